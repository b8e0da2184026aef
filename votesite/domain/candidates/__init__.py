"""Candidates and the order in which they are shown."""

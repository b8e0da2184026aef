"""Decisions that take two people."""

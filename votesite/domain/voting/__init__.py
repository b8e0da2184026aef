"""Casting a ballot: who may, when, how often and for whom."""

"""Reviewing suspicious ballots: signals, cases, voids confirmed by two people, appeals."""

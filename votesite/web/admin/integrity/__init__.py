"""Screens of the integrity review: cases, appeals, region."""

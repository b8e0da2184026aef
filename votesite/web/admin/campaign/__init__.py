"""Screens about one campaign as a whole: overview, set-up, decisions."""

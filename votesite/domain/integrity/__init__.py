"""Clean-up in the open: signals of crowds that are none, cases, voids by two people, appeals."""

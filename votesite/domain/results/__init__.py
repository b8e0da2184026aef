"""Published figures, and turnout for staff."""

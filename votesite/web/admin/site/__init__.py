"""Screens about the whole site: accounts, one's own account, sign-in, logs."""

"""Staff: accounts, passwords, sessions, roles, second factors, the security log."""

"""Running the site: backups, key rotation, readiness, tokens."""

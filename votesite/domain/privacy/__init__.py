"""What the site stores about people: shown, deleted, and purged after a campaign."""

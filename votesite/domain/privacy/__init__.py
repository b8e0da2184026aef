"""What the site holds of people: shown, deleted, and purged after a campaign."""

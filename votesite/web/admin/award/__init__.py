"""The composite as it stands, for those who run a campaign."""

"""Setting a campaign up, in the admin area or from a folder."""

"""The campaign folder: how a campaign is handed over in files, read with every fault at once."""

"""The campaign folder: a campaign handed over in files, read with every fault at once."""

"""Pictures and videos: re-encoded, kept under random names, tidied."""

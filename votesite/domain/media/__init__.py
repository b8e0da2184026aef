"""Pictures and videos: re-encoded, stored under random names, tidied up."""

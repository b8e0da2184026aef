"""Campaigns: presets, publishing, freezing, the privacy notice."""

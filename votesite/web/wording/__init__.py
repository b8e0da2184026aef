"""Every word that rules and codes are shown in, one file a stem.

Templates of the admin area find the files under `wording`.
"""

"""Display text for names and codes of the rules, one file a stem.

Templates of the admin area reach these modules as `wording.<stem>`.
"""

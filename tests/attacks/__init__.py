"""Attacks on the site, row by row of the catalogue in catalogue.py."""

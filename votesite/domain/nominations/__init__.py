"""Nominations: citizens propose bodies, staff review them."""

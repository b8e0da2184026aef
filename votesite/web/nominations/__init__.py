"""Nominating a body, and what became of one's own nominations."""

from votesite.web.nominations import mine, nominate
from votesite.web.nominations.blueprint import bp

SCREENS = (mine, nominate)  # importing a screen registers its views

__all__ = ["SCREENS", "bp"]

"""Objecting to a public notice, and what became of an objection."""

from votesite.web.hearing import objection, objections
from votesite.web.hearing.blueprint import bp

SCREENS = (objection, objections)  # importing a screen registers its views

__all__ = ["SCREENS", "bp"]

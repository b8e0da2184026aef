"""Questionnaires as citizens answer them."""

from votesite.web.surveys import survey
from votesite.web.surveys.blueprint import bp

SCREENS = (survey,)  # importing a screen registers its views

__all__ = ["SCREENS", "bp"]

"""Staff's pages: one file a screen, all on one blueprint."""

from votesite.web.admin import sign_in
from votesite.web.admin.blueprint import bp

SCREENS = (sign_in,)  # importing a screen registers its views

__all__ = ["SCREENS", "bp"]

"""What a nominated body reads and says behind its private link."""

from votesite.web.dossiers import dossier
from votesite.web.dossiers.blueprint import bp

SCREENS = (dossier,)  # importing a screen registers its views

__all__ = ["SCREENS", "bp"]

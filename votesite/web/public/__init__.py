"""Pages: public."""

from votesite.web.public import (
    campaign,
    candidate,
    home,
    house,
    media,
    operations,
    posters,
    results,
    texts,
)
from votesite.web.public.blueprint import bp

__all__ = [
    "bp",
    "campaign",
    "candidate",
    "home",
    "house",
    "media",
    "operations",
    "posters",
    "results",
    "texts",
]

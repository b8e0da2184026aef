"""Pages: public."""

from votesite.web.public import (
    campaign,
    candidate,
    cleanup,
    home,
    house,
    media,
    openapi,
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
    "cleanup",
    "home",
    "house",
    "media",
    "openapi",
    "operations",
    "posters",
    "results",
    "texts",
]

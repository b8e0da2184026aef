"""Public pages: campaigns, candidates, results, explanations, the site itself."""

from votesite.web.public import (
    award,
    campaign,
    candidate,
    clean_ups,
    compare,
    explanations,
    home,
    media,
    notice,
    openapi,
    operations,
    posters,
    results,
    site_pages,
)
from votesite.web.public.blueprint import bp

__all__ = [
    "award",
    "bp",
    "campaign",
    "candidate",
    "clean_ups",
    "compare",
    "explanations",
    "home",
    "media",
    "notice",
    "openapi",
    "operations",
    "posters",
    "results",
    "site_pages",
]

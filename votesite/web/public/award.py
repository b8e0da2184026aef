"""The result as announced: ranking, method, a worked example; page and JSON, from the notice on."""

from datetime import datetime

from flask import Response
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.scoring.announced import Announced, announced
from votesite.domain.scoring.composite import COMPONENTS
from votesite.models.campaigns import Campaign
from votesite.web.access.campaigns import campaign_or_404
from votesite.web.access.visitors import wants_json
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.responses import private_json
from votesite.web.wording import award as words
from votesite.web.wording import method


@bp.get("/c/<slug>/award")
def award(slug: str) -> ResponseReturnValue:
    """Show the ranking that the last notice names; 404 before the first one has begun."""
    return _json(slug) if wants_json() else campaign_page("public/award.html", slug, _context)


def _json(slug: str) -> Response:
    found = announced(campaign_or_404(slug).id, clock.now())
    stage = "final" if found.is_final else "notice"
    return private_json({"stage": stage, "n": found.n, "rows": found.rows})


def _context(campaign: Campaign, now: datetime) -> dict[str, object]:
    found = announced(campaign.id, now)
    return {
        "found": found,
        "groups": _groups(found),
        "parts": [(part, 4 + at) for at, part in enumerate(COMPONENTS) if found.award[part]],
        "words": words,
        "method": method,
    }


def _groups(found: Announced) -> list[tuple[str, int, list[list[int]]]]:
    """Each category that has candidates, its seats, its rows by rank."""
    rows = sorted(found.rows, key=lambda row: (row[1], row[0]))
    groups = [
        (category, seats, [row for row in rows if found.names[row[0]][1] == category])
        for category, seats in found.award["seats"]
    ]
    return [group for group in groups if group[2]]

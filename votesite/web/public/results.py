"""Figures as the policy lets everybody see them: page, JSON, big screen."""

from typing import Any

from flask import Response, current_app, request

from votesite.clock import minute
from votesite.domain import campaigns, results
from votesite.domain.results import Head, Row
from votesite.errors import MalformedRequest, NotFound
from votesite.models.campaigns import Campaign
from votesite.web import phases, rules
from votesite.web.access import moment
from votesite.web.public.blueprint import bp
from votesite.web.public.shared import campaign_page, head_or_404
from votesite.web.responses import public_json

BEST = 10


@bp.get("/c/<slug>/results")
def results_page(slug: str) -> Response:
    """How it stands, as of when, and that it is not the final result."""
    category = request.args.get("category", "")
    return campaign_page(
        "public/results.html",
        slug,
        lambda found, head: _context(found, head, category),
        keep=not category,
    )


@bp.get("/c/<slug>/screen")
def screen(slug: str) -> Response:
    """The same for a hall's big screen."""
    return campaign_page("public/screen.html", slug, lambda found, head: _context(found, head, ""))


@bp.get("/c/<slug>/results.json")
def results_json(slug: str) -> Response:
    """The published figures for programs."""
    head = head_or_404(slug)
    stamp = (head.version, head.ballots, head.voided, minute(moment()))
    kept: dict[str, tuple[Any, dict[str, Any]]] = current_app.extensions.setdefault(
        "votesite.results", {}
    )
    if slug not in kept or kept[slug][0] != stamp:
        kept[slug] = (stamp, _json(slug, head))
    return public_json(kept[slug][1], "max-age=1")


def _json(slug: str, head: Head) -> dict[str, Any]:
    campaign = campaigns.find(slug)
    if campaign is None:
        raise NotFound
    standing = results.standing(head.campaign_id)
    return {
        "phase": campaign.phase_at(moment()),
        "policy": standing.policy,
        "as_of": standing.as_of,
        "ballots": standing.ballots,
        "candidates": [
            {
                "no": row.no,
                "name": row.name,
                "category": row.category,
                "votes": row.votes,
                "rank": row.rank,
                "withdrawn": row.withdrawn,
            }
            for row in standing.rows
        ],
    }


def _context(campaign: Campaign, head: Head, category: str) -> dict[str, Any]:
    if category and category not in campaign.category_names:
        raise MalformedRequest
    now = moment()
    standing = results.standing(campaign.id)
    rows = _by_votes([row for row in standing.rows if not category or row.category == category])
    return {
        "standing": standing,
        "head": head,
        "category": category,
        "rows": rows,
        "best": rows[:BEST],
        "has_ranks": bool(category) or len(campaign.categories) == 1,
        "left": phases.countdown(campaign, now),
        "steps_sentence": rules.steps_sentence(campaign),
        "figures_sentence": rules.figures_sentence(campaign),
        "short_rule": rules.short_sentence(campaign),
        "may_vote": campaign.is_open("voting", now) and not campaign.paused,
    }


def _by_votes(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-(row.votes or 0), row.no))

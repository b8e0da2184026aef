"""Published figures, as far as the policy lets everybody see them: page, JSON, big screen."""

import json
from datetime import datetime

from flask import Response, request

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.hearing.margins import margins_of_votes
from votesite.domain.results import tallies
from votesite.domain.results.tallies import PublishedFigures, ResultRow
from votesite.errors import MalformedRequest, NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access import campaigns
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import notice, phases, rules
from votesite.web.wsgi.page_cache import JSON, campaign_question, shared_page

TOP_ROWS = 10


@bp.get("/c/<slug>/results")
def results_page(slug: str) -> Response:
    """Show the figures, as of when, and that they are not the final result."""
    category = request.args.get("category", "")
    return campaign_page(
        "public/results.html",
        slug,
        lambda campaign, now: _context(campaign, category, now),
        keep=not category,
    )


@bp.get("/c/<slug>/screen")
def screen(slug: str) -> Response:
    """Show the figures on the big screen of a hall."""
    return campaign_page(
        "public/screen.html", slug, lambda campaign, now: _context(campaign, "", now)
    )


@bp.get("/c/<slug>/results.json")
def results_json(slug: str) -> Response:
    """Return the published figures as JSON."""
    campaigns.head_or_404(slug)
    return shared_page(
        campaign_question(slug, live=True),
        lambda: _json(slug),
        content_type=JSON,
        cache_control="max-age=1",
    )


def _json(slug: str) -> bytes:
    campaign = listing.find(slug)
    if campaign is None:
        raise NotFound
    figures = tallies.published_figures(campaign.id)
    answer = {
        "phase": campaign.phase_at(clock.now()),
        "policy": figures.policy,
        "as_of": figures.as_of,
        "ballots": figures.ballots,
        "candidates": [
            {
                "no": row.no,
                "name": row.name,
                "category": row.category,
                "votes": row.votes,
                "rank": row.rank,
                "withdrawn": row.withdrawn,
            }
            for row in figures.rows
        ],
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def _context(campaign: Campaign, category: str, now: datetime) -> dict[str, object]:
    if category and category not in campaign.category_names:
        raise MalformedRequest
    figures = tallies.published_figures(campaign.id)
    rows = _by_votes([row for row in figures.rows if not category or row.category == category])
    return {
        "standing": figures,
        "category": category,
        "rows": rows,
        "best": rows[:TOP_ROWS],
        "has_ranks": bool(category) or len(campaign.categories) == 1,
        "left": phases.countdown(campaign, now),
        "waiting": rules.waiting_sentence(campaign, figures),
        "steps_sentence": rules.steps_sentence(campaign),
        "figures_sentence": rules.figures_sentence(campaign),
        "neighbours": rules.neighbour_sentences(campaign),
        "short_rule": rules.short_sentence(campaign),
        "may_vote": campaign.accepts_votes_at(now),
        "margins": _margins(campaign, figures) if not category else [],
    }


def _margins(campaign: Campaign, figures: PublishedFigures) -> list[str]:
    """How close the last honours are, once counted, where votes alone decide."""
    if not figures.is_final or not campaign.is_decided_by_votes:
        return []
    names = {row.no: row.name for row in figures.rows}
    return notice.margins(margins_of_votes(campaign.id), names)


def _by_votes(rows: list[ResultRow]) -> list[ResultRow]:
    return sorted(rows, key=lambda row: (-(row.votes or 0), row.no))

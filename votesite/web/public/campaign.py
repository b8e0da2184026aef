"""A campaign's own page: what it is, who runs it, until when, and its candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask import Response, request

from votesite import clock
from votesite.domain.candidates import ordering, searching
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.nominations import queries
from votesite.domain.results import tallies
from votesite.domain.results.tallies import PublishedFigures
from votesite.domain.surveys import answering
from votesite.domain.texts import whole
from votesite.errors import MalformedRequest
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import phases, rules

MAX_ON_ONE_PAGE = 200
PAGE_SIZE = 100
MAX_QUERY = 60
ORDERS = ("number", "stroke", "random", "votes")


@dataclass(frozen=True)
class Query:
    """Which part of the list is asked for; empty texts mean all, in the campaign's own order."""

    text: str
    category: str
    order: str
    page: int

    @property
    def is_plain(self) -> bool:
        """Whether this is the page that everybody sees first."""
        return self == Query("", "", "", 1)


class CandidateGroup(NamedTuple):
    """The candidates of one category on this page; `total` counts those on other pages too."""

    name: str
    position: int
    candidates: list[Candidate]
    total: int


@bp.get("/c/<slug>/")
def campaign(slug: str) -> Response:
    """Show the campaign with its candidates."""
    query = _read_query()
    return campaign_page(
        "public/campaign.html",
        slug,
        lambda campaign, now: _context(campaign, query, now),
        keep=query.is_plain,
    )


def place_of(campaign: Campaign, candidates: list[Candidate], no: int, now: datetime) -> str:
    """What to append to the campaign's address to come to a candidate's card in the list."""
    if len(candidates) <= MAX_ON_ONE_PAGE:
        return f"#c{no}"
    listed = [one.no for one in _sorted(candidates, campaign.ballot["order"], {}, now)]
    return f"?page={listed.index(no) // PAGE_SIZE + 1}#c{no}"


def _read_query() -> Query:
    args = request.args
    order, page = args.get("order", ""), args.get("page", "") or "1"
    if order and order not in ORDERS:
        raise MalformedRequest
    number = whole(page, 3)
    if number is None or not 1 <= number <= 100:
        raise MalformedRequest
    text = args.get("q", "").strip()[:MAX_QUERY]
    return Query(text, args.get("category", ""), order, number)


def _context(campaign: Campaign, query: Query, now: datetime) -> dict[str, object]:
    figures = tallies.published_figures(campaign.id)
    votes = {row.no: row.votes for row in figures.rows if row.votes is not None}
    order = query.order or campaign.ballot["order"]
    if order == "votes" and figures.hidden:
        order = campaign.ballot["order"]
    candidates = candidates_of(campaign.id)
    matching = _sorted(_matching(campaign, candidates, query), order, votes, now)
    pages = -(-len(matching) // PAGE_SIZE) if len(matching) > MAX_ON_ONE_PAGE else 1
    if query.page > max(pages, 1):
        raise MalformedRequest
    shown = (
        matching[(query.page - 1) * PAGE_SIZE : query.page * PAGE_SIZE] if pages > 1 else matching
    )
    return {
        "query": query,
        "order": order,
        "next_order": _next_order(campaign, figures, order),
        "candidates": candidates,
        "found": matching,
        "groups": _groups(
            campaign, shown, matching, by_category=order != "votes" and not query.text
        ),
        "pages": pages,
        "standing": figures,
        "votes": votes,
        "columns": phases.columns(campaign, now),
        "left": phases.countdown(campaign, now),
        "notice_runs": phases.is_notice_running(campaign, now),
        "nominated": queries.counts(campaign.id) if campaign.window("nomination") else None,
        "steps": rules.steps(campaign),
        "short_rule": rules.short_sentence(campaign),
        "short_policy": rules.short_policy(campaign),
        "waiting": rules.waiting_sentence(campaign, figures)
        if campaign.accepts_votes_at(now)
        else "",
        "may_vote": campaign.accepts_votes_at(now),
        "may_nominate": campaign.is_open("nomination", now),
        "surveys": answering.open_surveys(campaign, now),
    }


def _matching(campaign: Campaign, candidates: Sequence[Candidate], query: Query) -> list[Candidate]:
    if query.category and query.category not in campaign.category_names:
        raise MalformedRequest
    return [
        candidate
        for candidate in candidates
        if (not query.category or candidate.category == query.category)
        and searching.matches(candidate, query.text)
    ]


def _sorted(
    candidates: list[Candidate], order: str, votes: dict[int, int], now: datetime
) -> list[Candidate]:
    if order == "votes":
        return sorted(candidates, key=lambda candidate: (-votes.get(candidate.no, 0), candidate.no))
    return ordering.ordered(candidates, order, seed=clock.minute(now)[:13])


def _groups(
    campaign: Campaign,
    shown: Sequence[Candidate],
    matching: Sequence[Candidate],
    *,
    by_category: bool,
) -> list[CandidateGroup]:
    if not by_category:
        return [CandidateGroup("", 0, list(shown), len(matching))]
    return [
        CandidateGroup(
            name,
            position,
            inside,
            sum(candidate.category == name for candidate in matching),
        )
        for position, name in enumerate(campaign.category_names)
        if (inside := [candidate for candidate in shown if candidate.category == name])
    ]


def _next_order(campaign: Campaign, figures: PublishedFigures, order: str) -> str:
    """The order to offer next: each in turn, then the first again."""
    offered = list(dict.fromkeys([campaign.ballot["order"], "number", "votes"]))
    if figures.hidden:
        offered.remove("votes")
    return offered[(offered.index(order) + 1) % len(offered)] if order in offered else offered[0]

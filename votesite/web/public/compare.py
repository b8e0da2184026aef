"""Up to three candidates side by side, criterion by criterion."""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, request

from votesite.domain.candidates.listing import candidates_of
from votesite.domain.results import tallies
from votesite.domain.results.tallies import PublishedFigures
from votesite.errors import MalformedRequest, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.access.numbers import candidate_number
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign import place_of
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import rules

MOST = 3


@bp.get("/c/<slug>/compare")
def compare(slug: str) -> Response:
    """Show the candidates whose numbers `no` names; with fewer than three, offer the others."""
    typed = [text for text in request.args.getlist("no") if text]
    numbers = list(dict.fromkeys(candidate_number(text) for text in typed))
    if len(numbers) > MOST:
        raise MalformedRequest
    return campaign_page(
        "public/compare.html",
        slug,
        lambda campaign, now: _context(campaign, numbers, now),
        keep=False,
    )


def _context(campaign: Campaign, numbers: list[int], now: datetime) -> dict[str, object]:
    known = {candidate.no: candidate for candidate in candidates_of(campaign.id)}
    if not known.keys() >= set(numbers):
        raise NotFound
    chosen = [known[no] for no in numbers]
    figures = tallies.published_figures(campaign.id)
    return {
        "chosen": chosen,
        "back": place_of(campaign, list(known.values()), numbers[0], now) if numbers else "",
        "numbers": numbers,
        "most": MOST,
        "others": _by_category(campaign, [one for no, one in known.items() if no not in numbers]),
        "positions": {name: at for at, name in enumerate(campaign.category_names)},
        "standing": figures,
        "votes": _votes(figures),
        "criteria": _criteria(campaign, chosen),
        "may_vote": campaign.accepts_votes_at(now),
        "short_rule": rules.short_sentence(campaign),
    }


def _by_category(
    campaign: Campaign, candidates: Sequence[Candidate]
) -> list[tuple[str, list[Candidate]]]:
    groups = [
        (name, [candidate for candidate in candidates if candidate.category == name])
        for name in campaign.category_names
    ]
    return [(name, inside) for name, inside in groups if inside]


def _votes(figures: PublishedFigures) -> dict[int, int]:
    return {row.no: row.votes for row in figures.rows if row.votes is not None}


def _criteria(campaign: Campaign, chosen: Sequence[Candidate]) -> list[dict[str, object]]:
    """The criteria under which any of them has a text, with the text of each."""
    rows = [
        (criterion, [one.dossier.get(criterion["key"], "").strip() for one in chosen])
        for criterion in campaign.criteria
    ]
    return [{**criterion, "texts": texts} for criterion, texts in rows if any(texts)]

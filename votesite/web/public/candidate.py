"""A candidate's public page: who this is, why, by the criteria, and what was changed of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from flask import Response

from votesite.domain.candidates import versions
from votesite.domain.candidates.listing import candidate_numbered, candidates_of
from votesite.domain.results import tallies
from votesite.errors import NotFound
from votesite.extensions import db
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate, DossierVersion, Medium
from votesite.web.access.numbers import candidate_number
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign import place_of
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import dossiers

Sides = tuple[dossiers.Compared, dossiers.Compared]


class _Change(NamedTuple):
    """A change of a dossier as pages show it; `k` counts from the first."""

    k: int
    at: str
    said: str
    parts: Sequence[tuple[str, DossierVersion, Sides | None]]


@bp.get("/c/<slug>/candidates/<no>")
def candidate(slug: str, no: str) -> Response:
    """Show one candidate."""
    number = candidate_number(no)
    return campaign_page(
        "public/candidate.html",
        slug,
        lambda campaign, now: _context(campaign, number, now),
    )


@bp.get("/c/<slug>/candidates/<no>/pictures/<k>")
def candidate_picture(slug: str, no: str, k: str) -> Response:
    """Show one of a candidate's pictures, whole, with the way back."""
    number, place = candidate_number(no), candidate_number(k)
    return campaign_page(
        "public/picture.html",
        slug,
        lambda campaign, _now: _picture_context(campaign, number, place),
    )


@bp.get("/c/<slug>/candidates/<no>/changes/<k>")
def candidate_change(slug: str, no: str, k: str) -> Response:
    """Show one change of a dossier after the freeze, with the former text and the new one."""
    number, place = candidate_number(no), candidate_number(k)
    return campaign_page(
        "public/change.html",
        slug,
        lambda campaign, _now: _change_context(campaign, number, place),
    )


def _change_context(campaign: Campaign, number: int, k: int) -> dict[str, object]:
    candidate = candidate_numbered(campaign.id, number)
    changes = _changes(campaign, candidate) if candidate else []
    if candidate is None or k > len(changes):
        raise NotFound
    return {
        "candidate": candidate,
        "change": changes[-k],
        "all": len(changes),
        "standing": dict(_pictures(candidate)),
    }


def _picture_context(campaign: Campaign, number: int, k: int) -> dict[str, object]:
    candidate = candidate_numbered(campaign.id, number)
    if candidate is None:
        raise NotFound
    pictures = _pictures(candidate)
    if k > len(pictures):
        raise NotFound
    return {"candidate": candidate, "pictures": pictures, "k": k}


def _context(campaign: Campaign, number: int, now: datetime) -> dict[str, object]:
    candidate = candidate_numbered(campaign.id, number)
    if candidate is None:
        raise NotFound
    figures = tallies.published_figures(campaign.id)
    votes = {row.no: row.votes for row in figures.rows}
    listed = candidates_of(campaign.id)
    neighbours = [other for other in listed if not other.is_withdrawn]
    before = [other for other in neighbours if other.no < number]
    after = [other for other in neighbours if other.no > number]
    return {
        "candidate": candidate,
        "back": place_of(campaign, listed, number, now),
        "position": campaign.category_names.index(candidate.category),
        "votes": votes.get(number),
        "standing": figures,
        "pictures": _pictures(candidate),
        "standing_pictures": dict(_pictures(candidate)),
        "changes": _changes(campaign, candidate),
        "chapters": _chapters(campaign, candidate),
        "before": before[-1] if before else None,
        "after": after[0] if after else None,
        "may_vote": campaign.accepts_votes_at(now) and not candidate.is_withdrawn,
    }


def _pictures(candidate: Candidate) -> list[tuple[str, str]]:
    """Tokens and alternative texts of the pictures, in order."""
    rows = [db.session.get(Medium, token) for token in candidate.images]
    return [(row.token, row.alt) for row in rows if row is not None]


def _changes(campaign: Campaign, candidate: Candidate) -> list[_Change]:
    """What was changed after the freeze, newest first."""
    found = versions.changes_of(candidate.id)
    return [
        _Change(
            k, change.at, dossiers.changed(campaign, change.parts), _parts(campaign, change.parts)
        )
        for k, change in reversed(list(enumerate(found, start=1)))
    ]


def _parts(
    campaign: Campaign, rows: Sequence[DossierVersion]
) -> list[tuple[str, DossierVersion, Sides | None]]:
    return [
        (dossiers.part(campaign, row.part), row, dossiers.compared(row.former, row.later))
        if dossiers.is_text(row)
        else (dossiers.part(campaign, row.part), row, None)
        for row in rows
    ]


def _chapters(campaign: Campaign, candidate: Candidate) -> list[dict[str, object]]:
    return [
        {**criterion, "text": text}
        for criterion in campaign.criteria
        if (text := candidate.dossier.get(criterion["key"], "").strip())
    ]

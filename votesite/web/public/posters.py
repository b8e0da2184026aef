"""Posters to print or send: who, what, by which rule, and a code that leads to the page."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from flask import Response, current_app, request

from votesite.domain import campaigns
from votesite.domain.candidates import candidate_numbered, picture_path
from votesite.domain.results import Head
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web import rules
from votesite.web.access import base_url, candidate_number
from votesite.web.public import poster_art
from votesite.web.public.blueprint import bp
from votesite.web.public.shared import head_or_404
from votesite.web.templating import variant

KEPT = 24


@bp.get("/c/<slug>/poster.jpg")
def poster(slug: str) -> Response:
    """The campaign's poster."""
    head = head_or_404(slug)
    return _kept(slug, "", head, lambda: poster_art.draw(_campaign_poster(_found(slug))))


@bp.get("/c/<slug>/candidates/<no>/poster.jpg")
def candidate_poster(slug: str, no: str) -> Response:
    """A candidate's poster; it never shows figures."""
    head, number = head_or_404(slug), candidate_number(no)

    def draw() -> bytes:
        campaign = _found(slug)
        candidate = candidate_numbered(campaign.id, number)
        if candidate is None:
            raise NotFound
        return poster_art.draw(_candidate_poster(campaign, candidate))

    return _kept(slug, no, head, draw)


def _found(slug: str) -> Campaign:
    campaign = campaigns.find(slug)
    if campaign is None or not poster_art.has_fonts():
        raise NotFound
    return campaign


def _kept(slug: str, no: str, head: Head, draw: Callable[[], bytes]) -> Response:
    """A poster takes a tenth of a second to draw: the last ones are kept until the page changes."""
    kept: OrderedDict[tuple[str, ...], tuple[int, bytes]] = current_app.extensions.setdefault(
        "votesite.posters", OrderedDict()
    )
    key = (slug, no, variant()[0], base_url())
    found = kept.get(key)
    if found is None or found[0] != head.rules_version:
        found = (head.rules_version, draw())
        kept[key] = found
        while len(kept) > KEPT:
            kept.popitem(last=False)
    etag = f'"{hashlib.sha256(found[1]).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    return Response(found[1], headers=headers, mimetype="image/jpeg")


def _campaign_poster(campaign: Campaign) -> poster_art.Poster:
    return poster_art.Poster(
        colour=campaign.colour,
        seed=campaign.slug,
        theme=campaign.theme,
        title=campaign.title,
        lines=poster_art.basis_lines(campaign),
        rule=rules.ballot_sentence(campaign) + rules.voluntary_sentence(),
        address=f"{base_url()}/c/{campaign.slug}/",
    )


def _candidate_poster(campaign: Campaign, candidate: Candidate) -> poster_art.Poster:
    image = picture_path(candidate.images[0], "1080", "jpeg") if candidate.images else None
    return poster_art.Poster(
        colour=campaign.colour,
        seed=campaign.slug,
        theme=campaign.title,
        title=candidate.name,
        lines=[line for line in (candidate.slogan, candidate.category) if line],
        rule=rules.ballot_sentence(campaign) + rules.voluntary_sentence(),
        address=f"{base_url()}/c/{campaign.slug}/candidates/{candidate.no}",
        number=candidate.no,
        picture=image,
    )

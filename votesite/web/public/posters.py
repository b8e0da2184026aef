"""Posters to print or send: who, what, by which rule, and a QR code that leads to the page."""

import hashlib
from collections import OrderedDict

from flask import Response, current_app, request

from votesite.domain.candidates.listing import candidate_numbered
from votesite.domain.media.pictures import picture_path
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.access.campaigns import campaign_or_404
from votesite.web.access.numbers import candidate_number
from votesite.web.access.visitors import base_url
from votesite.web.public import poster_art
from votesite.web.public.blueprint import bp
from votesite.web.public.poster_art import Poster
from votesite.web.wording import rules

MAX_KEPT = 24


@bp.get("/c/<slug>/poster.jpg")
def poster(slug: str) -> Response:
    """The campaign's poster."""
    return _answer((slug, ""), _campaign_poster(_campaign(slug)))


@bp.get("/c/<slug>/candidates/<no>/poster.jpg")
def candidate_poster(slug: str, no: str) -> Response:
    """A candidate's poster, which never shows figures."""
    campaign = _campaign(slug)
    candidate = candidate_numbered(campaign.id, candidate_number(no))
    if candidate is None:
        raise NotFound
    return _answer((slug, no), _candidate_poster(campaign, candidate))


def _campaign(slug: str) -> Campaign:
    campaign = campaign_or_404(slug)
    if not poster_art.has_fonts():
        raise NotFound
    return campaign


def _answer(key: tuple[str, str], poster: Poster) -> Response:
    """Return a poster as JPEG, drawn again only when what it says has changed.

    Drawing takes a tenth of a second.
    """
    posters: OrderedDict[tuple[str, str], tuple[Poster, bytes]] = current_app.extensions.setdefault(
        "votesite.posters", OrderedDict()
    )
    kept = posters.get(key)
    if kept is None or kept[0] != poster:
        kept = posters[key] = (poster, poster_art.draw(poster))
        while len(posters) > MAX_KEPT:
            posters.popitem(last=False)
    content = kept[1]
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return Response(status=304, headers=headers)
    return Response(content, headers=headers, mimetype="image/jpeg")


def _campaign_poster(campaign: Campaign) -> Poster:
    return Poster(
        colour=campaign.colour,
        seed=campaign.slug,
        theme=campaign.theme,
        title=campaign.title,
        lines=poster_art.basis_lines(campaign),
        rule=rules.ballot_sentence(campaign) + rules.voluntary_sentence(),
        address=f"{base_url()}/c/{campaign.slug}/",
    )


def _candidate_poster(campaign: Campaign, candidate: Candidate) -> Poster:
    image = picture_path(candidate.images[0], "1080", "jpeg") if candidate.images else None
    return Poster(
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

"""`/d/<token>`: the private page of a nominated body. Who has the link, has the page."""

from flask import Response, flash, get_flashed_messages, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain.candidates import listing
from votesite.domain.hearing import hearings, links
from votesite.domain.hearing.own_scores import own_scores
from votesite.domain.texts import typed_whole
from votesite.errors import InvalidObjection, Lapsed, NotFound, Refused
from votesite.extensions import load
from votesite.models.campaigns import Campaign
from votesite.models.hearing import DossierLink
from votesite.web.access import forms, visitors
from votesite.web.dossiers.blueprint import bp
from votesite.web.responses import page, see_other
from votesite.web.wording import hearing as wording
from votesite.web.wording import refusals

REPLIED = "replied"
MAX_DIGITS = 9


@bp.get("/d/<token>")
def dossier(token: str) -> Response:
    """Show a body its own scores, what it is asked, and its dossier."""
    try:
        link = links.opened(token)
    except NotFound:
        return _unknown()
    return _page(token, link)


@bp.post("/d/<token>")
def reply(token: str) -> Response:
    """Take in what a body says to a question; it can be said once."""
    forms.accept_form(admit=_admit)
    try:
        link = links.find(token, now=clock.now())
    except NotFound:
        return _unknown()
    forms.require_clean_fields()
    hearing_id = typed_whole(request.form.get("hearing", ""), MAX_DIGITS) or 0
    try:
        hearings.reply(token, hearing_id, request.form.get("reply", ""))
    except (InvalidObjection, Lapsed) as refusal:
        return _page(token, link, hearing_id, refusal)
    flash(_("已交上。"), REPLIED)
    return see_other(url_for(".dossier", token=token))


def _admit() -> None:
    rate_limits.check_ballot(None, visitors.client_address())


def _unknown() -> Response:
    """Alike for a link that never was, was revoked, or is too old."""
    if visitors.wants_json():
        raise NotFound
    return page("dossiers/unknown.html", 404)


def _page(
    token: str, link: DossierLink, hearing_id: int = 0, refusal: Refused | None = None
) -> Response:
    campaign = load(Campaign, link.campaign_id)
    candidate = listing.candidate_numbered(link.campaign_id, link.no)
    if candidate is None:
        raise NotFound
    faults = refusal.fields if isinstance(refusal, InvalidObjection) else {}
    return page(
        "dossiers/dossier.html",
        refusal.status if refusal else 200,
        campaign=campaign,
        candidate=candidate,
        link=link,
        token=token,
        scores=own_scores(campaign.id, link.no, now=clock.now()),
        components=wording.components(),
        heard=[
            (one, hearings.is_owed(one.row))
            for one in hearings.of_candidate(campaign.id, link.no)
        ],
        failed=hearing_id,
        faults={name: refusals.fault(fault) for name, fault in faults.items()},
        has_lapsed=isinstance(refusal, Lapsed),
        typed=request.form.get("reply", ""),
        replied=get_flashed_messages(category_filter=[REPLIED]),
    )

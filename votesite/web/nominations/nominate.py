"""The form that nominates a body."""

from functools import partial
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain.nominations import nominating
from votesite.domain.nominations.fields import MAX_CRITERION, MAX_LENGTHS, criterion_keys
from votesite.domain.voting import consents
from votesite.domain.voting.voters import key_of
from votesite.errors import (
    Closed,
    ConsentRequired,
    InvalidNomination,
    LimitReached,
    Refused,
)
from votesite.models.campaigns import Campaign
from votesite.models.nominations import SLOTS
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.nominations.blueprint import bp
from votesite.web.responses import page, private_json
from votesite.web.wording import refusals

REFUSALS_ON_THE_FORM = (Closed, ConsentRequired, InvalidNomination, LimitReached)
JUST_NOMINATED = "nominated"
NOT_TYPED = ("csrf_token", "consent")


@bp.get("/c/<slug>/nominate")
def new(slug: str) -> Response:
    """The form; to a stranger what it asks and the button that begins login."""
    return _form_page(campaigns.campaign_or_404(slug))


@bp.post("/c/<slug>/nominate")
def create(slug: str) -> Response:
    """Keep the nomination and show where it stands."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form(forms.FILES, partial(_admit, campaign))
    proposal = _read_proposal(campaign, identity.require_voter())
    if proposal.picture:
        rate_limits.check_picture(proposal.voter)
    try:
        made = nominating.nominate(proposal)
    except REFUSALS_ON_THE_FORM as refusal:
        return _refused(campaign, _explained(refusal))
    if visitors.wants_json():
        return private_json({"id": made.id}, 201)
    flash(slug, JUST_NOMINATED)
    response: Response = redirect(url_for("nominations.mine"), 303)  # type: ignore[assignment]
    return response


def _require_open(campaign: Campaign) -> None:
    try:
        nominating.check_open(campaign, clock.now())
    except Closed as refusal:
        raise _explained(refusal) from refusal


def _admit(campaign: Campaign) -> None:
    """Refuse whoever may not nominate; before a large body is read also where nobody may."""
    if forms.is_large():
        _require_open(campaign)
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    identity.require_voter()


def _read_proposal(campaign: Campaign, voter: bytes) -> nominating.Proposal:
    upload = request.files.get("picture")
    return nominating.Proposal(
        campaign_id=campaign.id,
        voter=voter,
        fields=_fields(),
        picture=upload.read() if upload and upload.filename else None,
        consents=request.form.get("consent") == "1",
    )


def _fields() -> dict[str, str]:
    """The posted texts; what is posted twice is read as one, line by line."""
    posted = request.form
    fields = {name: "\n".join(posted.getlist(name)) for name in posted if name not in NOT_TYPED}
    if forms.fields_are_malformed() and request.mimetype == forms.FORM_TYPES[0]:
        fields |= dict.fromkeys(_names_of_no_text(request.get_data()), "\ufffd")
    return fields


def _names_of_no_text(body: bytes) -> list[str]:
    """Names of fields that are not UTF-8; reading the form has only left their escapes."""
    names = []
    for pair in body.split(b"&"):
        name, _sign, value = pair.partition(b"=")
        try:
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            names.append(unquote(name.decode(errors="replace")))
    return names


def _explained(refusal: Refused) -> Refused:
    """The refusal in words about nominating."""
    if not isinstance(refusal, Closed) or refusal.reason:
        return refusal
    if refusal.next_at:
        when = refusals.moment(refusal.next_at)
        return Closed(
            refusal.next_at, _("提名还没有开始，%(when)s 开始。没有保存任何内容。", when=when)
        )
    return Closed(reason=_("提名已经截止。没有保存任何内容。"))


def _refused(campaign: Campaign, refusal: Refused) -> Response:
    """A refused post: as problem for a program, else the form filled again."""
    if visitors.wants_json():
        raise refusal
    return _form_page(campaign, refusal)


def _form_page(campaign: Campaign, refusal: Refused | None = None) -> Response:
    voter = identity.site_voter()
    key = key_of(campaign.id, voter)
    faults = refusal.fields if isinstance(refusal, InvalidNomination | ConsentRequired) else {}
    return page(
        "nominations/nominate.html",
        status=refusal.status if refusal else 200,
        campaign=campaign,
        window=campaign.window(nominating.PHASE),
        criteria=_criteria(campaign),
        limits=MAX_LENGTHS,
        longest=MAX_CRITERION,
        identified=key is not None,
        snapshot=identity.is_snapshot(),
        remaining=nominating.remaining(campaign.id, key) if key else SLOTS,
        allowed=SLOTS,
        consented=consents.has_consent(campaign, key) if key else False,
        values=_fields() if refusal else {},
        faults={name: refusals.fault(found) for name, found in faults.items()},
        consents=refusal is not None and request.form.get("consent") == "1",
        needs_consent=isinstance(refusal, ConsentRequired),
        refusal=refusals.sentence(refusal) if refusal and not faults else None,
    )


def _criteria(campaign: Campaign) -> list[dict[str, Any]]:
    spoken_to = criterion_keys(campaign)
    return [found for found in campaign.criteria if found["key"] in spoken_to]

"""The form that nominates a body."""

from functools import partial

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain import texts
from votesite.domain.nominations import nominating
from votesite.domain.nominations.fields import criterion_keys
from votesite.errors import (
    Closed,
    ConsentRequired,
    InvalidNomination,
    LimitReached,
    Refused,
)
from votesite.models.campaigns import Campaign, Criterion
from votesite.models.nominations import SLOTS
from votesite.web import citizen_form
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.nominations.blueprint import bp
from votesite.web.responses import private_json, see_other

REFUSALS_ON_THE_FORM = (Closed, ConsentRequired, InvalidNomination, LimitReached)
JUST_NOMINATED = "nominated"
NOT_TYPED = ("csrf_token", "consent")


@bp.get("/c/<slug>/nominate")
def new(slug: str) -> Response:
    """Show the form; visitors not signed in see what it asks and the button that begins login."""
    return _form_page(campaigns.campaign_or_404(slug))


@bp.post("/c/<slug>/nominate")
def create(slug: str) -> Response:
    """Store the nomination and show where it stands."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form(forms.FILES, partial(_admit, campaign))
    proposal = _read_proposal(campaign, identity.require_voter())
    if proposal.picture:
        rate_limits.check_picture(proposal.voter)
    try:
        nomination = nominating.nominate(proposal)
    except REFUSALS_ON_THE_FORM as refusal:
        return citizen_form.refused(_explained(refusal), lambda shown: _form_page(campaign, shown))
    if visitors.wants_json():
        return private_json({"id": nomination.id}, 201)
    flash(slug, JUST_NOMINATED)
    return see_other(url_for("nominations.mine"))


def _admit(campaign: Campaign) -> None:
    """Refuse whoever may not nominate; before a large body is read also where nobody may."""
    if forms.is_large():
        try:
            nominating.check_open(campaign, clock.now())
        except Closed as refusal:
            raise _explained(refusal) from refusal
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    identity.require_voter()


def _explained(refusal: Refused) -> Refused:
    return citizen_form.in_words(
        refusal,
        too_early=_("提名还没有开始，%(when)s 开始。没有保存任何内容。"),
        too_late=_("提名已经截止。没有保存任何内容。"),
    )


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
    """The posted texts; several of one name become the lines of one text."""
    posted = request.form
    fields = {name: "\n".join(posted.getlist(name)) for name in posted if name not in NOT_TYPED}
    return fields | dict.fromkeys(forms.names_not_utf8(), texts.LOST)


def _form_page(campaign: Campaign, refusal: Refused | None = None) -> Response:
    key = citizen_form.citizen_key(campaign)
    return citizen_form.form_page(
        "nominations/nominate.html",
        campaign,
        refusal,
        now=clock.now(),
        window=campaign.window(nominating.PHASE),
        criteria=_criteria(campaign),
        remaining=nominating.remaining(campaign.id, key) if key else SLOTS,
        allowed=SLOTS,
        values=_fields() if refusal else {},
    )


def _criteria(campaign: Campaign) -> list[Criterion]:
    """The criteria that the form asks about."""
    asked = criterion_keys(campaign)
    return [criterion for criterion in campaign.criteria if criterion["key"] in asked]

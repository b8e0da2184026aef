"""The form for an objection to a public notice."""

import re
from functools import partial
from secrets import token_urlsafe

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain import texts
from votesite.domain.hearing import objections
from votesite.domain.hearing.objections import ALLOWED, FIELDS, Submission
from votesite.errors import (
    Closed,
    ConsentRequired,
    InvalidObjection,
    LimitReached,
    Refused,
)
from votesite.models.campaigns import Campaign
from votesite.web import citizen_form
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.hearing.blueprint import bp
from votesite.web.responses import private_json, see_other
from votesite.web.wording import hearing as wording

REFUSALS_ON_THE_FORM = (Closed, ConsentRequired, InvalidObjection, LimitReached)
JUST_OBJECTED = "objected"
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,100}", re.ASCII)


@bp.get("/c/<slug>/objections/new")
def new(slug: str) -> Response:
    """Show the form; visitors not signed in see what it asks and the button that begins login."""
    return _form_page(campaigns.campaign_or_404(slug))


@bp.post("/c/<slug>/objections/new")
def create(slug: str) -> Response:
    """Take the objection in and show its code; the same form again gets the same answer."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form(forms.FILES, partial(_admit, campaign))
    submission = _read(campaign, identity.require_voter())
    if submission.file:
        rate_limits.check_picture(submission.voter)
    try:
        received = objections.submit(submission)
    except REFUSALS_ON_THE_FORM as refusal:
        return citizen_form.refused(_explained(refusal), lambda shown: _form_page(campaign, shown))
    if visitors.wants_json():
        again = {} if received.is_new else {"repeated": True}
        answer = {"n": received.n, "code": received.code, **again}
        return private_json(answer, 201 if received.is_new else 200)
    flash(received.code, JUST_OBJECTED)
    return see_other(url_for(".objection", slug=slug, code=received.code))


def _admit(campaign: Campaign) -> None:
    """Refuse whoever may not object; before a large body is read also where nobody may."""
    if forms.is_large():
        try:
            objections.check_open(campaign, clock.now())
        except Closed as refusal:
            raise _explained(refusal) from refusal
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    identity.require_voter()


def _explained(refusal: Refused) -> Refused:
    if isinstance(refusal, LimitReached):
        return LimitReached(
            reason=_("对这次公示，每人最多提 %(n)s 件异议。没有保存任何内容。", n=ALLOWED)
        )
    return citizen_form.in_words(
        refusal,
        too_early=_("公示还没有开始，%(when)s 开始。没有保存任何内容。"),
        too_late=_("现在不在公示期内，不能提出异议。没有保存任何内容。"),
    )


def _read(campaign: Campaign, voter: bytes) -> Submission:
    upload = request.files.get("file")
    token = request.form.get("form_token", "")
    return Submission(
        campaign_id=campaign.id,
        voter=voter,
        fields=_fields(),
        token=token if TOKEN.fullmatch(token) else "",
        file=upload.read() if upload and upload.filename else None,
        consents=request.form.get("consent") == "1",
    )


def _fields() -> dict[str, str]:
    lost = set(forms.names_not_utf8())
    return {name: texts.LOST if name in lost else request.form.get(name, "") for name in FIELDS}


def _form_page(campaign: Campaign, refusal: Refused | None = None) -> Response:
    now = clock.now()
    key = citizen_form.citizen_key(campaign)
    notice, begins = None, None
    try:
        notice = objections.check_open(campaign, now)
    except Closed as closed:
        begins = closed.next_at
    left = objections.remaining(campaign.id, key, notice["n"]) if key and notice else ALLOWED
    return citizen_form.form_page(
        "hearing/new.html",
        campaign,
        refusal,
        now=now,
        notice=notice,
        begins=begins,
        remaining=left,
        allowed=ALLOWED,
        kinds=wording.kinds(),
        form_token=_token(),
        values=_fields() if refusal else {},
    )


def _token() -> str:
    """The form's own token: the one that came with a refused form, else a fresh one."""
    posted = request.form.get("form_token", "")
    return posted if TOKEN.fullmatch(posted) else token_urlsafe(16)

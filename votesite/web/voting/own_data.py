"""One's own data: to see, to download, to withdraw consent, to delete."""

import json

from flask import Response, flash, get_flashed_messages, request, url_for
from flask_babel import gettext as _

from votesite.domain.campaigns import listing
from votesite.domain.privacy import own_data as data
from votesite.domain.privacy.own_data import CampaignData
from votesite.errors import NotFound
from votesite.web.access import forms, identity
from votesite.web.responses import download, page, see_other
from votesite.web.voting.blueprint import bp
from votesite.web.wording import hearing

DONE = "own-data"
OWN_DATA = "voting.own_data"


@bp.get("/my/")
def own_data() -> Response:
    """Show everything of one's own, by campaign; to those not signed in, the button for login."""
    voter = identity.site_voter()
    return page(
        "voting/own_data.html",
        identified=voter is not None,
        parts=data.held(voter) if voter else [],
        forgotten=data.forgotten() if voter else [],
        objection_words=hearing,
        done=get_flashed_messages(category_filter=[DONE]),
    )


@bp.get("/my/export")
def export() -> Response:
    """Download one's own data as JSON."""
    body = json.dumps(data.exported(identity.require_voter()), ensure_ascii=False, indent=1)
    return download(body, "my-data.json", "application/json")


@bp.post("/my/consent")
def withdraw_consent() -> Response:
    """Withdraw consent in one campaign."""
    forms.accept_form()
    voter = identity.require_voter()
    forms.require_clean_fields()
    campaign = listing.find(request.form.get("campaign", ""))
    if campaign is None or not campaign.is_published:
        raise NotFound
    data.withdraw_consent(campaign.id, voter)
    return _back(_("同意已撤回。再次投票或提名时会重新询问。"))


@bp.get("/my/delete")
def confirm_delete() -> Response:
    """Show what deleting takes away and what remains, before the button."""
    parts = data.held(identity.require_voter())
    return page(
        "voting/delete_own_data.html",
        removed=_counted(parts),
        ballots=sum(len(part.receipts) for part in parts),
        accepted=sum(not own.is_pending for part in parts for own in part.nominations),
        objections=sum(len(part.objections) for part in parts),
        is_invited=any(part.is_invited for part in parts),
    )


@bp.post("/my/delete")
def delete() -> Response:
    """Delete one's own data."""
    forms.accept_form()
    data.delete(identity.require_voter())
    return _back(_("已经删除。已投的选票仍在公开账本里，不受影响。"))


@bp.post("/my/sign-out")
def sign_out() -> Response:
    """Sign out, and have the browser delete what it keeps of this person."""
    forms.accept_form()
    identity.forget()
    response = see_other(url_for(OWN_DATA))
    response.headers["Clear-Site-Data"] = '"storage"'  # picks and drafts; browsers heed it on https
    return response


def _counted(parts: list[CampaignData]) -> list[tuple[str, int]]:
    """What would be deleted, in words, with how much there is of each."""
    codes = sum(code is not None for part in parts for code, _n, _t in part.receipts)
    return [
        (_("同意记录"), sum(len(part.consents) for part in parts)),
        (_("回执码"), codes),
        (
            _("未审核的提名"),
            sum(own.is_pending for part in parts for own in part.nominations),
        ),
        (_("问卷答案"), sum(len(part.answers) for part in parts)),
        (_("申诉文字"), sum(len(part.appeals) for part in parts)),
    ]


def _back(words: str) -> Response:
    flash(words, DONE)
    return see_other(url_for(OWN_DATA))

"""The roster of an invited group: who is on it, and new codes on the one page that shows them."""

from base64 import b64encode
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import edits
from votesite.domain.campaigns import freeze
from votesite.domain.setup import steps
from votesite.domain.setup.folder import rosters
from votesite.domain.voting.roster import printed, spoken, states_of
from votesite.errors import Conflict, Frozen, InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import settings


@bp.get("/c/<slug>/roster")
@staff_required()
def roster(slug: str) -> ResponseReturnValue:
    """List the labels, and whether their codes were used."""
    return _page(_of_roster(staff_campaign(slug, "editor", "supervisor", "auditor")))


@bp.post("/c/<slug>/roster")
@staff_required(files=True)
def set_roster(slug: str) -> ResponseReturnValue:
    """Replace the roster's labels by the given ones; shows the new codes, and their file."""
    campaign = _of_roster(staff_campaign(slug, "editor"))
    require_clean_fields()
    seen, given = request.form.get("seen", ""), request.form.get(rosters.LINES, "")
    try:
        labels = _labels()
        given = "\n".join(labels)
        new_codes = steps.set_roster(
            campaign.id,
            labels,
            by=require_staff().id,
            seen=seen,
            voiding=request.form.get("voiding", 0, int),
        )
    except InvalidFields as refusal:
        return _page(campaign, 422, refusal=refusal, seen=seen, labels=given)
    except Frozen as refusal:  # voting began while the form was being filled in
        return _page(campaign, refusal.status, typed=given)
    except Conflict as refusal:
        now, given = (settings.as_text(labels) for labels in refusal.fields["labels"])
        rows = [(_("名单"), now, given)]
        return _page(campaign, refusal.status, conflicts=rows, labels=given)
    if not new_codes:
        flash(_("名单已保存，没有新的投票码。"), "ok")
        return see_other(url_for(".roster", slug=slug))
    return _page(
        campaign,
        new_codes=[(label, spoken(code)) for label, code in new_codes],
        codes_file=b64encode(printed(new_codes)).decode(),
    )


def _of_roster(campaign: Campaign) -> Campaign:
    if campaign.ballot.get("eligibility") != "roster":
        raise NotFound
    return campaign


def _labels() -> list[str]:
    """One label a line of the box, or the labels of a file. Raises InvalidFields."""
    upload = request.files.get(rosters.UPLOAD)
    if upload is None or not upload.filename:
        return rosters.pasted(request.form.get(rosters.LINES, ""))
    return rosters.uploaded(upload.read(), upload.filename)


def _page(
    campaign: Campaign, status: int = 200, refusal: InvalidFields | None = None, **context: Any
) -> ResponseReturnValue:
    """The roster, and a form with what stands or what was typed."""
    states = states_of(campaign.id)
    labels = [label for label, _is_used in states]
    return admin_page(
        "admin/candidates/roster.html",
        status,
        campaign=campaign,
        active="roster",
        states=states,
        used=sum(is_used for _label, is_used in states),
        may_edit=may(campaign, "editor"),
        is_frozen=freeze.is_frozen(campaign, clock.now()),
        **{
            "faults": faults_in_words(refusal) if refusal else {},
            "voiding": _to_void(refusal),
            "conflicts": [],
            "new_codes": [],
            "typed": "",
            "seen": edits.marks({"labels": labels}),
            "labels": "\n".join(labels),
            **context,
        },
    )


def _to_void(refusal: InvalidFields | None) -> int:
    """How many unused codes the form would void, where this was asked."""
    fault = refusal.fields.get("voiding") if refusal else None
    return int(fault.detail["n"]) if fault else 0

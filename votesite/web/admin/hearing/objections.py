"""Objections at the desk: the list with its deadlines, and what came on paper."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.hearing import answering, objections
from votesite.domain.hearing.objections import FIELDS, Paper
from votesite.domain.texts import typed_whole
from votesite.errors import Closed, InvalidObjection
from votesite.models.campaigns import Campaign
from votesite.models.hearing import Objection
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.access.visitors import wants_json
from votesite.web.admin.acting import CREATED, NO_FAILURE, Failure, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_json, see_other
from votesite.web.wording import hearing as wording

READING = ("editor", "reviewer", "supervisor")
RECEIVING = ("reviewer", "supervisor")
EDITING = ("editor",)
MAX_DIGITS = 3


@bp.get("/c/<slug>/objections", endpoint="objections")
@staff_required()
def objections_list(slug: str) -> ResponseReturnValue:
    """List objections and hints, what is owed first; as JSON without any word of theirs."""
    campaign = staff_campaign(slug, *READING)
    if wants_json():
        now = clock.now()
        rows = answering.objections_of(campaign.id)
        return private_json(
            {"objections": [_told(row, answering.is_late(row, now)) for row in rows]}
        )
    return _list_page(campaign)


@bp.post("/c/<slug>/objections")
@staff_required(files=True)
def enter_objection(slug: str) -> ResponseReturnValue:
    """Enter one that came on paper, and show the code that its author gets."""
    campaign = staff_campaign(slug, *RECEIVING)
    require_clean_fields()
    upload = request.files.get("file")
    paper = Paper(
        campaign_id=campaign.id,
        fields={name: request.form.get(name, "") for name in FIELDS},
        received=request.form.get("received", ""),
        file=upload.read() if upload and upload.filename else None,
    )
    try:
        received = objections.enter(paper, require_staff().id)
    except InvalidObjection as refusal:
        if wants_json():
            raise
        return _list_page(campaign, Failure(refusal.status, faults_in_words(refusal)))
    if wants_json():
        return private_json({"n": received.n, "code": received.code}, CREATED)
    flash(_("已登记。查询码 %(code)s，请告诉提出人。", code=received.code), "ok")
    return see_other(url_for(".objections", slug=slug))


@bp.post("/c/<slug>/objections/days")
@staff_required()
def set_objection_days(slug: str) -> ResponseReturnValue:
    """Set within how many working days objections are answered."""
    campaign = staff_campaign(slug, *EDITING)
    require_clean_fields()
    days = typed_whole(request.form.get("days", ""), MAX_DIGITS)
    return run(
        lambda: answering.set_days(campaign.id, days, by=require_staff().id),
        done=_("已保存。以后收到的异议按这个期限办。"),
        to=url_for(".objections", slug=slug),
        again=lambda failure: _list_page(campaign, failure),
    )


def _told(row: Objection, is_late: bool) -> dict[str, object]:
    return {
        "id": row.id,
        "n": row.n,
        "code": row.code,
        "kind": row.kind,
        "state": row.state,
        "outcome": row.outcome,
        "received": row.received_at,
        "due_on": row.due_on if row.n is not None else None,
        "late": is_late,
        "answer_n": row.answer_n,
    }


def _list_page(campaign: Campaign, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    now = clock.now()
    rows = answering.objections_of(campaign.id)
    return admin_page(
        "admin/hearing/objections.html",
        failure.status,
        campaign=campaign,
        active="objections",
        rows=rows,
        late={row.id for row in rows if answering.is_late(row, now)},
        owed={row.id for row in rows if answering.is_owed(row)},
        words=wording,
        may_enter=may(campaign, *RECEIVING) and _takes_paper(campaign),
        may_set=may(campaign, *EDITING),
        days=objections.days_of(campaign.id),
        posted=request.form if failure.faults else {},
        faults=failure.faults,
    )


def _takes_paper(campaign: Campaign) -> bool:
    """Whether a notice runs, or has ended less than a day ago."""
    try:
        objections.check_open(campaign, clock.now(), on_paper=True)
    except Closed:
        return False
    return True

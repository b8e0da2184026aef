"""One objection at the desk: what it says, taking it up, who is concerned, hearing bodies."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.hearing import answering, concerns, evidence, hearings
from votesite.domain.hearing.sealing import Words, open_note, open_reply, open_words
from votesite.domain.staff import people, roles
from votesite.domain.texts import typed_whole
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.hearing import Objection
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.acting import NO_FAILURE, Failure, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.admin.hearing.objections import READING
from votesite.web.responses import download
from votesite.web.wording import hearing as wording

HANDLING = ("editor", "reviewer")
MAX_DIGITS = 9


@bp.get("/c/<slug>/objections/<int:objection_id>")
@staff_required()
def objection(slug: str, objection_id: int) -> ResponseReturnValue:
    """Show one objection, sealed parts only at a further press."""
    campaign = staff_campaign(slug, *READING)
    return _page(campaign, answering.find(campaign.id, objection_id))


@bp.post("/c/<slug>/objections/<int:objection_id>/accept")
@staff_required()
def accept_objection(slug: str, objection_id: int) -> ResponseReturnValue:
    """Take an objection up; its author reads so at once."""
    campaign = staff_campaign(slug, *HANDLING)
    return run(
        lambda: answering.accept(campaign.id, objection_id, by=require_staff().id),
        done=_("已受理，提出人的页面上已经写明。"),
        to=_address(slug, objection_id),
    )


@bp.post("/c/<slug>/objections/<int:objection_id>/decline")
@staff_required()
def decline_objection(slug: str, objection_id: int) -> ResponseReturnValue:
    """Do not take an objection up, or have done with a hint."""
    campaign = staff_campaign(slug, *HANDLING)
    require_clean_fields()
    asked = answering.find(campaign.id, objection_id)
    reason = request.form.get("reason", "")
    return run(
        lambda: answering.decline(campaign.id, asked.id, reason, by=require_staff().id),
        done=_("已记下。")
        if asked.n is None
        else _("已记下，提出人看得到理由；还要由两人确认书面答复。"),
        to=_address(slug, objection_id),
        again=lambda failure: _page(campaign, asked, failure),
    )


@bp.post("/c/<slug>/objections/<int:objection_id>/contact")
@staff_required()
def objection_contact(slug: str, objection_id: int) -> ResponseReturnValue:
    """Show who objects and how to reach them; that is noted in the audit log."""
    campaign = staff_campaign(slug, *READING)
    asked = answering.find(campaign.id, objection_id)
    revealed = answering.reveal(campaign.id, asked.id, by=require_staff().id)
    return _page(campaign, asked, revealed=revealed)


@bp.post("/c/<slug>/objections/<int:objection_id>/file")
@staff_required()
def objection_file(slug: str, objection_id: int) -> ResponseReturnValue:
    """Download the evidence as it came; that is noted in the audit log."""
    campaign = staff_campaign(slug, *READING)
    asked = answering.find(campaign.id, objection_id)
    file = answering.open_file(campaign.id, asked.id, by=require_staff().id)
    name = f"objection-{asked.id}.{evidence.ENDS[file.media_type]}"
    response = download(file.data, name, file.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/c/<slug>/objections/<int:objection_id>/concern")
@staff_required()
def note_concern(slug: str, objection_id: int) -> ResponseReturnValue:
    """Note that oneself or a colleague is concerned, so that they neither read nor decide."""
    campaign = staff_campaign(slug, *READING)
    require_clean_fields()
    asked = answering.find(campaign.id, objection_id)
    whom, why = _number("colleague"), request.form.get("why", "")
    return run(
        lambda: concerns.note(campaign.id, asked.id, whom, why, by=require_staff().id),
        done=_("已登记回避，这位同事不能再看，也不能参与答复。"),
        to=_address(slug, objection_id),
        again=lambda failure: _page(campaign, asked, failure),
    )


@bp.post("/c/<slug>/objections/<int:objection_id>/concern/drop")
@staff_required()
def drop_concern(slug: str, objection_id: int) -> ResponseReturnValue:
    """Take back that a colleague is concerned."""
    campaign = staff_campaign(slug, *READING)
    require_clean_fields()
    whom = _number("colleague")
    return run(
        lambda: concerns.drop(campaign.id, objection_id, whom, by=require_staff().id),
        done=_("已取消回避。"),
        to=_address(slug, objection_id),
    )


@bp.post("/c/<slug>/objections/<int:objection_id>/hear")
@staff_required()
def hear_body(slug: str, objection_id: int) -> ResponseReturnValue:
    """Ask a candidate; the question appears behind its private link."""
    campaign = staff_campaign(slug, *HANDLING)
    require_clean_fields()
    asked = answering.find(campaign.id, objection_id)
    no, question = _number("candidate"), request.form.get("question", "")
    return run(
        lambda: hearings.ask(campaign.id, asked.id, no, question, by=require_staff().id),
        done=_("问题已写到候选自己的页面上。请把页面链接交给候选。"),
        to=_address(slug, objection_id),
        again=lambda failure: _page(campaign, asked, failure),
    )


def _page(
    campaign: Campaign,
    asked: Objection,
    failure: Failure = NO_FAILURE,
    *,
    revealed: Words | None = None,
) -> ResponseReturnValue:
    now, who = clock.now(), require_staff().id
    concerned = concerns.of_objection(asked.id)
    is_concerned = any(one.staff_id == who for one in concerned)
    deciding = roles.holders(campaign.id, concerns.READERS)
    return admin_page(
        "admin/hearing/objection.html",
        failure.status,
        campaign=campaign,
        active="objections",
        objection=asked,
        words=wording,
        steps=wording.steps(asked),
        is_owed=answering.is_owed(asked),
        is_late=answering.is_late(asked, now),
        is_concerned=is_concerned,
        facts="" if is_concerned else open_words(asked).facts,
        note=open_note(asked),
        reply=open_reply(asked),
        file=answering.file_of(asked),
        revealed=revealed,
        heard=[] if is_concerned else hearings.of_objection(asked.id),
        concerned=concerned,
        names=people.display_names([*deciding, *(one.staff_id for one in concerned)]),
        candidates=listing.candidates_of(campaign.id),
        proposal=_proposal(asked),
        may_handle=may(campaign, *HANDLING) and not is_concerned,
        posted=request.form if failure.faults else {},
        faults=failure.faults,
    )


def _proposal(asked: Objection) -> Decision | None:
    """The answer that waits for its second person, or None."""
    for decision in proposals.waiting(asked.campaign_id, now=clock.now()):
        if decision.kind == "answer" and asked.n in decision.payload["answer"]["objections"]:
            return decision
    return None


def _declined(asked: Objection) -> str:
    if asked.n is None:
        return _("已记下。")
    return _("已记下，提出人看得到理由；还要由两人确认书面答复。")


def _number(field: str) -> int:
    """A whole number of the form; for anything else 0, which nothing has as its number."""
    return typed_whole(request.form.get(field, ""), MAX_DIGITS) or 0


def _address(slug: str, objection_id: int) -> str:
    return url_for(".objection", slug=slug, objection_id=objection_id)

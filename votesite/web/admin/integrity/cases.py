"""The integrity desk: what the signals found, what is held, voided, restored on appeal.

No page here shows a ballot's choice: cases speak of all their ballots together.
"""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.integrity import appeals, cases, clean_ups, regions, risks, scanning
from votesite.domain.staff import people
from votesite.errors import InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import BALLOT_KINDS, Decision
from votesite.models.integrity import Case
from votesite.models.sanctions import Appeal
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.colleague import confirm_on_screen
from votesite.web.admin.frame import desk, faults_in_words
from votesite.web.wording import signals

HANDLERS = ("reviewer",)
CONFIRMERS = ("reviewer", "supervisor")


@bp.get("/c/<slug>/integrity")
@staff_required()
def integrity(slug: str) -> ResponseReturnValue:
    """Cases that wait, appeals that wait, and what became of the others."""
    return _integrity_page(staff_campaign(slug))


def _integrity_page(
    campaign: Campaign, refusal: InvalidFields | None = None
) -> ResponseReturnValue:
    if campaign.is_published:
        scanning.scan_if_due(campaign.id)
    return desk(
        "admin/integrity.html",
        refusal.status if refusal else 200,
        campaign=campaign,
        active="integrity",
        cases=[(case, cases.details(case)) for case in cases.cases_of(campaign.id)],
        appeals=appeals.appeals_of(campaign.id),
        register=clean_ups.of_campaign(campaign),
        signals=signals,
        may_read_appeals=may(campaign, *CONFIRMERS),
        may_handle=may(campaign, *HANDLERS),
        has_map=regions.has_map(),
        area=request.form.get("area", "") if refusal else regions.home_region(campaign.id),
        faults=faults_in_words(refusal) if refusal else {},
    )


@bp.post("/c/<slug>/integrity/area")
@staff_required()
def set_area(slug: str) -> ResponseReturnValue:
    """Say where the campaign's voters are at home."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    try:
        regions.set_home_region(campaign.id, require_staff().id, request.form.get("area", ""))
    except InvalidFields as refusal:
        return _integrity_page(campaign, refusal)
    flash(_("已保存，从下一张选票起生效。"), "ok")
    return redirect(url_for(".integrity", slug=slug), 303)


@bp.get("/c/<slug>/integrity/cases/<int:case_id>")
@staff_required()
def integrity_case(slug: str, case_id: int) -> ResponseReturnValue:
    """One case: why, how much, when, and what can be done."""
    campaign = staff_campaign(slug)
    return _case_page(campaign, cases.find(campaign.id, case_id))


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/hold")
@staff_required()
def hold_case(slug: str, case_id: int) -> ResponseReturnValue:
    """Put its ballots under review by a rule."""
    campaign = staff_campaign(slug, *HANDLERS)
    case = cases.find(campaign.id, case_id)
    try:
        cases.hold(case.id, require_staff().id, request.form.get("rule", ""))
    except InvalidFields as refusal:
        return _case_page(campaign, cases.find(campaign.id, case_id), refusal)
    flash(_("已列为待查。它们照常计入，直到作废；公开页只写张数和规则。"), "ok")
    return _to_case(slug, case_id)


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/release")
@staff_required()
def release_case(slug: str, case_id: int) -> ResponseReturnValue:
    """Find nothing wrong with them."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    case = cases.find(campaign.id, case_id)
    try:
        cases.release(case.id, require_staff().id, request.form.get("note", ""))
    except InvalidFields as refusal:
        return _case_page(campaign, cases.find(campaign.id, case_id), refusal)
    flash(_("已解除，选票照常计入。"), "ok")
    return _to_case(slug, case_id)


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/void")
@staff_required()
def propose_void(slug: str, case_id: int) -> ResponseReturnValue:
    """Propose to void them; with a colleague's name and password it takes effect at once."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    case = cases.find(campaign.id, case_id)
    rule = case.rule or request.form.get("rule", "")
    try:
        made = cases.propose_void(case.id, require_staff().id, rule, request.form.get("why", ""))
    except InvalidFields as refusal:
        return _case_page(campaign, cases.find(campaign.id, case_id), refusal)
    if request.form.get("colleague"):
        return _confirm_here(campaign, made)
    flash(_("已提议作废，等另一人确认。"), "ok")
    return _to_case(slug, case_id)


@bp.get("/c/<slug>/integrity/appeals/<int:appeal_id>")
@staff_required()
def integrity_appeal(slug: str, appeal_id: int) -> ResponseReturnValue:
    """One appeal: what its voter says, and what can be done."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    return _appeal_page(campaign, appeals.find(campaign.id, appeal_id))


@bp.post("/c/<slug>/integrity/appeals/<int:appeal_id>/restore")
@staff_required()
def propose_restore(slug: str, appeal_id: int) -> ResponseReturnValue:
    """Propose to let the ballot count again."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    found = appeals.find(campaign.id, appeal_id)
    why = request.form.get("why", "")
    try:
        made = appeals.propose_restore(found.id, require_staff().id, why)
    except InvalidFields as refusal:
        return _appeal_page(campaign, appeals.find(campaign.id, appeal_id), refusal)
    if request.form.get("colleague"):
        return _confirm_here(campaign, made)
    flash(_("已提议恢复，等另一人确认。"), "ok")
    return redirect(url_for(".integrity_appeal", slug=slug, appeal_id=appeal_id), 303)


@bp.post("/c/<slug>/integrity/appeals/<int:appeal_id>/reject")
@staff_required()
def reject_appeal(slug: str, appeal_id: int) -> ResponseReturnValue:
    """Leave the ballot void and answer its voter."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    found = appeals.find(campaign.id, appeal_id)
    try:
        appeals.reject(found.id, require_staff().id, request.form.get("reply", ""))
    except InvalidFields as refusal:
        return _appeal_page(campaign, appeals.find(campaign.id, appeal_id), refusal)
    flash(_("已驳回，理由会显示在投票人的回执页。"), "ok")
    return redirect(url_for(".integrity_appeal", slug=slug, appeal_id=appeal_id), 303)


@bp.get("/c/<slug>/integrity/decisions/<int:decision_id>")
@staff_required()
def integrity_decision(slug: str, decision_id: int) -> ResponseReturnValue:
    """The case or appeal that a decision is about."""
    campaign = staff_campaign(slug)
    return _to_subject(slug, _decision(campaign, decision_id))


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/confirm")
@staff_required()
def confirm_void(slug: str, decision_id: int) -> ResponseReturnValue:
    """Put it into effect as the second person."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    found = _decision(campaign, decision_id)
    proposals.confirm(found.id, require_staff().id)
    flash(_("已确认，已生效并公开。"), "ok")
    return _to_subject(slug, proposals.find(decision_id))


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/confirm-here")
@staff_required()
def confirm_void_here(slug: str, decision_id: int) -> ResponseReturnValue:
    """A colleague confirms on this screen with name and password."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    return _confirm_here(campaign, _decision(campaign, decision_id))


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/take-back")
@staff_required()
def take_back_void(slug: str, decision_id: int) -> ResponseReturnValue:
    """Withdraw one's own proposal; the ballots stay under review."""
    campaign = staff_campaign(slug, *HANDLERS)
    found = _decision(campaign, decision_id)
    proposals.take_back(found.id, require_staff().id)
    flash(_("提议已撤回。"), "ok")
    return _to_subject(slug, proposals.find(decision_id))


def _confirm_here(campaign: Campaign, made: Decision) -> ResponseReturnValue:
    decision_id = made.id
    error, status = confirm_on_screen(decision_id)
    found = proposals.find(decision_id)
    if not error:
        flash(_("已确认，已生效并公开。"), "ok")
        return _to_subject(campaign.slug, found)
    if found.kind == "void":
        case = cases.find(campaign.id, found.payload["void"]["case"])
        return _case_page(campaign, case, error=error, status=status)
    appeal = appeals.find(campaign.id, found.payload["restore"])
    return _appeal_page(campaign, appeal, error=error, status=status)


def _decision(campaign: Campaign, decision_id: int) -> Decision:
    found = proposals.find(decision_id)
    if found.campaign_id != campaign.id or found.kind not in BALLOT_KINDS:
        raise NotFound
    return found


def _to_subject(slug: str, found: Decision) -> ResponseReturnValue:
    if found.kind == "void":
        return _to_case(slug, found.payload["void"]["case"])
    appeal_id = found.payload["restore"]
    return redirect(url_for(".integrity_appeal", slug=slug, appeal_id=appeal_id), 303)


def _to_case(slug: str, case_id: int) -> ResponseReturnValue:
    return redirect(url_for(".integrity_case", slug=slug, case_id=case_id), 303)


def _case_page(
    campaign: Campaign,
    case: Case,
    refusal: InvalidFields | None = None,
    *,
    error: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    told = cases.details(case)
    named = listing.candidate_numbered(campaign.id, told.candidate)
    return desk(
        "admin/integrity_case.html",
        refusal.status if refusal else status,
        campaign=campaign,
        active="integrity",
        case=case,
        details=told,
        candidate=named,
        asked=risks.asked(case, now=clock.now()),
        signals=signals,
        handled_by=people.display_names([case.handled_by]).get(case.handled_by or 0, ""),
        may_handle=may(campaign, *HANDLERS),
        **_proposal(campaign, cases.proposal(case, now=clock.now())),
        **_posted(refusal, error),
    )


def _appeal_page(
    campaign: Campaign,
    found: Appeal,
    refusal: InvalidFields | None = None,
    *,
    error: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    return desk(
        "admin/integrity_appeal.html",
        refusal.status if refusal else status,
        campaign=campaign,
        active="integrity",
        appeal=found,
        signals=signals,
        text=appeals.text_of(found),
        reply=appeals.reply_of(found),
        answered_by=people.display_names([found.answered_by]).get(found.answered_by or 0, ""),
        may_handle=may(campaign, *HANDLERS),
        may_reject=appeals.may_reject(found, require_staff().id),
        **_proposal(campaign, appeals.proposal(found, now=clock.now())),
        **_posted(refusal, error),
    )


def _proposal(campaign: Campaign, waiting: Decision | None) -> dict[str, Any]:
    names = people.display_names([waiting.proposed_by]) if waiting else {}
    return {
        "waiting": waiting,
        "proposed_by": names.get(waiting.proposed_by, "") if waiting else "",
        "is_own": waiting is not None and waiting.proposed_by == require_staff().id,
        "may_confirm": may(campaign, *CONFIRMERS),
    }


def _posted(refusal: InvalidFields | None, error: str) -> dict[str, Any]:
    faults = faults_in_words(refusal) if refusal else {}
    form = (request.endpoint or "").rpartition(".")[2]
    return {"faults": faults, "posted": request.form, "form": form, "error": error}

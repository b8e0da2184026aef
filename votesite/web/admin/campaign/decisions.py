"""What takes two people: propose, then confirm from another session or on the same screen."""

from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.domain.texts import whole
from votesite.errors import InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import BALLOT_KINDS, RULE_KINDS, Decision
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.colleague import confirm_on_screen
from votesite.web.admin.frame import desk, faults_in_words

CONFIRMERS = ("editor", "supervisor")


@bp.get("/c/<slug>/decisions")
@staff_required()
def decisions_list(slug: str) -> ResponseReturnValue:
    """What waits, what can be proposed, and what was decided."""
    campaign = staff_campaign(slug)
    now = clock.now()
    found = proposals.of_campaign(campaign.id)
    return desk(
        "admin/decisions.html",
        campaign=campaign,
        active="decisions_list",
        waiting=[_shown(campaign, one, now) for one in found if proposals.is_waiting(one, now)],
        past=[_shown(campaign, one, now) for one in found if not proposals.is_waiting(one, now)],
        state=freeze.ledger_state(campaign),
        frozen=freeze.is_frozen(campaign, now),
    )


@bp.get("/c/<slug>/decisions/new")
@staff_required()
def new_decision(slug: str) -> ResponseReturnValue:
    """The form of a proposal: `kind` says which."""
    campaign = staff_campaign(slug, "editor")
    return _form(campaign, request.args.get("kind", "pause"), {"no": request.args.get("no", "")})


@bp.post("/c/<slug>/decisions/new")
@staff_required()
def propose(slug: str) -> ResponseReturnValue:
    """Propose a change; with a colleague's name and password it takes effect at once."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    kind, why = request.form.get("kind", ""), request.form.get("why", "")
    if kind not in RULE_KINDS:
        raise NotFound
    try:
        made = proposals.propose(campaign.id, require_staff().id, Change(kind, _value(kind)), why)
    except InvalidFields as refusal:
        return _form(campaign, kind, dict(request.form), 422, faults_in_words(refusal))
    if request.form.get("colleague"):
        return _confirm_on_screen(campaign, made)
    return redirect(url_for(".decision", slug=slug, decision_id=made.id), 303)


@bp.get("/c/<slug>/decisions/<int:decision_id>")
@staff_required()
def decision(slug: str, decision_id: int) -> ResponseReturnValue:
    """One decision: what it does, who has to confirm it, and how."""
    campaign = staff_campaign(slug)
    found = _decision(campaign, decision_id)
    if found.kind in BALLOT_KINDS:
        return redirect(url_for(".integrity_decision", slug=slug, decision_id=decision_id), 303)
    return _page(campaign, found)


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm")
@staff_required()
def confirm(slug: str, decision_id: int) -> ResponseReturnValue:
    """Put it into effect as the second person."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    found = _decision(campaign, decision_id)
    proposals.confirm(found.id, require_staff().id)
    flash(_("已确认，已生效。"), "ok")
    return redirect(url_for(".decision", slug=slug, decision_id=decision_id), 303)


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm-here")
@staff_required()
def confirm_here(slug: str, decision_id: int) -> ResponseReturnValue:
    """A colleague confirms on this screen with name and password."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    return _confirm_on_screen(campaign, _decision(campaign, decision_id))


@bp.post("/c/<slug>/decisions/<int:decision_id>/take-back")
@staff_required()
def take_back(slug: str, decision_id: int) -> ResponseReturnValue:
    """Withdraw one's own proposal."""
    campaign = staff_campaign(slug, "editor")
    proposals.take_back(_decision(campaign, decision_id).id, require_staff().id)
    flash(_("提议已撤回。"), "ok")
    return redirect(url_for(".decisions_list", slug=slug), 303)


@bp.get("/c/<slug>/incident")
@staff_required()
def new_incident(slug: str) -> ResponseReturnValue:
    """The form for an event that belongs into the public ledger."""
    return _incident(staff_campaign(slug, "editor"))


@bp.post("/c/<slug>/incident")
@staff_required()
def record_incident(slug: str) -> ResponseReturnValue:
    """Write it into the ledger."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    try:
        proposals.record_incident(campaign.id, require_staff().id, request.form.get("what", ""))
    except InvalidFields as refusal:
        return _incident(campaign, 422, faults_in_words(refusal))
    flash(_("已写入公开账本。"), "ok")
    return redirect(url_for(".decisions_list", slug=slug), 303)


def _incident(
    campaign: Campaign, status: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    return desk(
        "admin/new_incident.html",
        status,
        campaign=campaign,
        active="decisions_list",
        faults=faults or {},
        state=freeze.ledger_state(campaign),
    )


def _confirm_on_screen(campaign: Campaign, found: Decision) -> ResponseReturnValue:
    decision_id = found.id
    error, status = confirm_on_screen(decision_id)
    if not error:
        flash(_("已确认，已生效。"), "ok")
        return redirect(url_for(".decision", slug=campaign.slug, decision_id=decision_id), 303)
    return _page(campaign, proposals.find(decision_id), status, error)


def _value(kind: str) -> Any:
    if kind in ("withdraw", "reinstate"):
        return whole(request.form.get("no", ""), 4) or 0
    if kind == "to":
        return f"{request.form.get('to', '').strip()[:16]}+08:00"
    return ""


def _decision(campaign: Campaign, decision_id: int) -> Decision:
    """A decision of this campaign; those of others do not exist here."""
    found = proposals.find(decision_id)
    if found.campaign_id != campaign.id:
        raise NotFound
    return found


def _form(
    campaign: Campaign,
    kind: str,
    values: dict[str, str],
    status: int = 200,
    faults: dict[str, str] | None = None,
) -> ResponseReturnValue:
    if kind not in RULE_KINDS:
        raise NotFound
    standing = listing.candidates_of(campaign.id)
    return desk(
        "admin/new_decision.html",
        status,
        campaign=campaign,
        active="decisions_list",
        kind=kind,
        values=values,
        faults=faults or {},
        choices=[found for found in standing if found.is_withdrawn == (kind == "reinstate")],
        frozen=freeze.is_frozen(campaign, clock.now()),
        least_left=_left_after_withdrawal(campaign, len(standing)),
    )


def _left_after_withdrawal(campaign: Campaign, count: int) -> bool:
    """Whether a ballot could still be filled with one candidate fewer."""
    standing = [found for found in listing.candidates_of(campaign.id) if not found.is_withdrawn]
    return bool(count) and len(standing) - 1 >= campaign.ballot["picks"][0]


def _page(
    campaign: Campaign, found: Decision, status: int = 200, error: str = ""
) -> ResponseReturnValue:
    now = clock.now()
    return desk(
        "admin/decision.html",
        status,
        campaign=campaign,
        active="decisions_list",
        shown=_shown(campaign, found, now),
        is_own=found.proposed_by == require_staff().id,
        may_confirm=may(campaign, *CONFIRMERS),
        error=error,
    )


def _shown(campaign: Campaign, found: Decision, now: datetime) -> dict[str, Any]:
    """A decision with the names of its people."""
    names = people.display_names([found.proposed_by, found.decided_by])
    waits = proposals.is_waiting(found, now)
    return {
        "decision": found,
        "is_waiting": waits,
        "state": "lapsed" if found.is_open and not waits else found.state,
        "proposed_by": names.get(found.proposed_by, ""),
        "decided_by": names.get(found.decided_by or 0, ""),
        "standing": listing.candidates_of(campaign.id),
        "until": clock.parse_minute(found.proposed_at) + timedelta(hours=24),
    }

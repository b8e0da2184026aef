"""Decisions that take two people: one proposes, another confirms, elsewhere or on this screen."""

from datetime import datetime, timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.domain.texts import typed_whole
from votesite.errors import Fault, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import BALLOT_KINDS, RULE_KINDS, Decision
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin import acting
from votesite.web.admin.acting import NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import see_other

CONFIRMERS = ("editor", "supervisor")


@bp.get("/c/<slug>/decisions")
@staff_required()
def decisions_list(slug: str) -> ResponseReturnValue:
    """List what waits, what can be proposed, and what was decided."""
    campaign = staff_campaign(slug)
    now = clock.now()
    shown = [_shown(campaign, decision, now) for decision in proposals.of_campaign(campaign.id)]
    return admin_page(
        "admin/campaign/decisions.html",
        campaign=campaign,
        active="decisions_list",
        waiting=[decision for decision in shown if decision["is_waiting"]],
        past=[decision for decision in shown if not decision["is_waiting"]],
        state=freeze.ledger_state(campaign),
        has_ledger=proposals.has_ledger(campaign),
        frozen=freeze.is_frozen(campaign, now),
    )


@bp.get("/c/<slug>/decisions/new")
@staff_required()
def new_decision(slug: str) -> ResponseReturnValue:
    """Show the form of a proposal; the parameter `kind` says which."""
    campaign = staff_campaign(slug, "editor")
    return _form(campaign, request.args.get("kind", "pause"), {"no": request.args.get("no", "")})


@bp.post("/c/<slug>/decisions/new")
@staff_required()
def propose(slug: str) -> ResponseReturnValue:
    """Propose a change; a colleague's name and password make it effective at once."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    kind, why = request.form.get("kind", ""), request.form.get("why", "")
    if kind not in RULE_KINDS:
        raise NotFound
    return acting.propose(
        lambda: proposals.propose(campaign.id, require_staff().id, Change(kind, _value(kind)), why),
        proceed=lambda decision: see_other(_address(slug, decision.id)),
        confirm=lambda decision: _confirm_on_screen(campaign, decision.id),
        again=lambda failure: _form(campaign, kind, dict(request.form), failure),
    )


@bp.get("/c/<slug>/decisions/<int:decision_id>")
@staff_required()
def decision(slug: str, decision_id: int) -> ResponseReturnValue:
    """Show one decision: what it does, who has to confirm it, and how."""
    campaign = staff_campaign(slug)
    if _decision(campaign, decision_id).kind in BALLOT_KINDS:
        return see_other(url_for(".integrity_decision", slug=slug, decision_id=decision_id))
    return _page(campaign, decision_id)


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm")
@staff_required()
def confirm(slug: str, decision_id: int) -> ResponseReturnValue:
    """Confirm as the second person, which makes it effective."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    decision = _decision(campaign, decision_id)
    if acting.is_unaware(_warnings(campaign, decision)):
        return _page(campaign, decision_id, _unaware())
    return acting.run(
        lambda: proposals.confirm(decision.id, require_staff().id),
        done=_("已确认，已生效。"),
        to=_address(slug, decision_id),
    )


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm-here")
@staff_required()
def confirm_here(slug: str, decision_id: int) -> ResponseReturnValue:
    """Let a colleague confirm on this screen with name and password."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    decision = _decision(campaign, decision_id)
    if acting.is_unaware(_warnings(campaign, decision)):
        return _page(campaign, decision_id, _unaware())
    return _confirm_on_screen(campaign, decision.id)


@bp.post("/c/<slug>/decisions/<int:decision_id>/take-back")
@staff_required()
def take_back(slug: str, decision_id: int) -> ResponseReturnValue:
    """Withdraw one's own proposal."""
    campaign = staff_campaign(slug, "editor")
    decision = _decision(campaign, decision_id)
    return acting.run(
        lambda: proposals.take_back(decision.id, require_staff().id),
        done=_("提议已撤回。"),
        to=url_for(".decisions_list", slug=slug),
    )


@bp.get("/c/<slug>/incident")
@staff_required()
def new_incident(slug: str) -> ResponseReturnValue:
    """Show the form for an event that belongs in the public ledger."""
    return _incident(staff_campaign(slug, "editor"))


@bp.post("/c/<slug>/incident")
@staff_required()
def record_incident(slug: str) -> ResponseReturnValue:
    """Propose to record an event; it ends a halt, so a colleague has to confirm it."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    change, what = Change("incident", ""), request.form.get("what", "")
    return acting.propose(
        lambda: proposals.propose(campaign.id, require_staff().id, change, what),
        proceed=lambda decision: see_other(_address(slug, decision.id)),
        confirm=lambda decision: _confirm_on_screen(campaign, decision.id),
        again=lambda failure: _incident(campaign, failure),
    )


def _incident(campaign: Campaign, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    return admin_page(
        "admin/campaign/new_incident.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        faults=failure.faults,
        has_ledger=proposals.has_ledger(campaign),
    )


def _confirm_on_screen(campaign: Campaign, decision_id: int) -> ResponseReturnValue:
    return acting.confirm_on_screen(
        decision_id,
        done=_("已确认，已生效。"),
        to=_address(campaign.slug, decision_id),
        again=lambda failure: _page(campaign, decision_id, failure),
    )


def _warnings(campaign: Campaign, decision: Decision) -> list[Fault]:
    """What both people must know before a publication takes effect."""
    if decision.kind != "publish" or campaign.is_published:
        return []
    return publishing.publish_warnings(campaign, clock.now())


def _unaware() -> Failure:
    return Failure(acting.INVALID, error=_("请先勾选下面的方框，确认您知道这些。"))


def _address(slug: str, decision_id: int) -> str:
    return url_for(".decision", slug=slug, decision_id=decision_id)


def _value(kind: str) -> Any:
    if kind in ("withdraw", "reinstate"):
        return typed_whole(request.form.get("no", ""), 4) or 0
    if kind == "to":
        return f"{request.form.get('to', '').strip()[:16]}+08:00"
    return ""


def _decision(campaign: Campaign, decision_id: int) -> Decision:
    """A decision of this campaign; another campaign's raises NotFound."""
    decision = proposals.find(decision_id)
    if decision.campaign_id != campaign.id:
        raise NotFound
    return decision


def _form(
    campaign: Campaign,
    kind: str,
    values: dict[str, str],
    failure: Failure = NO_FAILURE,
) -> ResponseReturnValue:
    if kind not in RULE_KINDS:
        raise NotFound
    candidates = listing.candidates_of(campaign.id)
    remaining = [candidate for candidate in candidates if not candidate.is_withdrawn]
    withdrawn = [candidate for candidate in candidates if candidate.is_withdrawn]
    return admin_page(
        "admin/campaign/new_decision.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        kind=kind,
        values=values,
        faults=failure.faults,
        choices=withdrawn if kind == "reinstate" else remaining,
        frozen=freeze.is_frozen(campaign, clock.now()),
        # whether a ballot could still be filled with one candidate fewer
        least_left=bool(candidates) and len(remaining) - 1 >= campaign.ballot["picks"][0],
    )


def _page(
    campaign: Campaign, decision_id: int, failure: Failure = NO_FAILURE
) -> ResponseReturnValue:
    now = clock.now()
    decision = proposals.find(decision_id)
    return admin_page(
        "admin/campaign/decision.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        shown=_shown(campaign, decision, now),
        warnings=_warnings(campaign, decision),
        is_own=decision.proposed_by == require_staff().id,
        may_confirm=may(campaign, *CONFIRMERS),
        error=failure.error,
    )


def _shown(campaign: Campaign, decision: Decision, now: datetime) -> dict[str, object]:
    """A decision with the names of its people."""
    names = people.display_names([decision.proposed_by, decision.decided_by])
    is_waiting = proposals.is_waiting(decision, now)
    return {
        "decision": decision,
        "is_waiting": is_waiting,
        "state": "lapsed" if decision.is_open and not is_waiting else decision.state,
        "proposed_by": names.get(decision.proposed_by, ""),
        "decided_by": names.get(decision.decided_by or 0, ""),
        "candidates": listing.candidates_of(campaign.id),
        "until": clock.parse_minute(decision.proposed_at) + timedelta(hours=24),
    }

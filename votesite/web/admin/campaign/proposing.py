"""Proposing a decision: the forms, and the one address that takes every kind of it."""

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals, signatures
from votesite.domain.decisions.kinds import KINDS
from votesite.domain.decisions.possible import SIGNERS
from votesite.domain.integrity import appeals, cases
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people, roles
from votesite.domain.texts import typed_whole
from votesite.errors import Fault, InvalidFields, InvalidFile, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import (
    BALLOT_KINDS,
    HONOUR_KINDS,
    PEOPLE_KINDS,
    RULE_KINDS,
    Decision,
)
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin import acting
from votesite.web.admin.acting import NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.campaign import honour_forms
from votesite.web.admin.campaign.decisions import confirm_on_screen, decision_address
from votesite.web.admin.frame import admin_page
from votesite.web.responses import see_other
from votesite.web.wording import award

WITH_FORM = (*RULE_KINDS, "roster", *PEOPLE_KINDS, *HONOUR_KINDS)
MAX_DIGITS = 9
ASKED = ("no", "staff", "judge", "key", "outcome")  # what links to the form fill in


@bp.get("/c/<slug>/decisions/new")
@staff_required()
def new_decision(slug: str) -> ResponseReturnValue:
    """Show the form of a proposal; the parameter `kind` says which."""
    kind = request.args.get("kind", "pause")
    campaign = _campaign(slug, kind)
    values: dict[str, Any] = {name: request.args.get(name, "") for name in ASKED}
    values["objection"] = request.args.getlist("objection")
    return _form(campaign, kind, values)


@bp.post("/c/<slug>/decisions/new")
@staff_required(files=True)
def propose(slug: str) -> ResponseReturnValue:
    """Propose a decision; a colleague's name and password make it effective at once.

    That is only where decisions are not signed.
    """
    kind = request.form.get("kind", "")
    campaign = _campaign(slug, kind)
    require_clean_fields()
    return acting.propose(
        lambda: _propose(campaign, kind),
        proceed=lambda decision: see_other(decision_address(slug, decision.id)),
        confirm=lambda decision: confirm_on_screen(campaign, decision.id),
        again=lambda failure: _again(campaign, kind, failure),
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
        proceed=lambda decision: see_other(decision_address(slug, decision.id)),
        confirm=lambda decision: confirm_on_screen(campaign, decision.id),
        again=lambda failure: _incident(campaign, failure),
    )


def _campaign(slug: str, kind: str) -> Campaign:
    """The campaign, for those who may propose decisions of a kind; raises NotFound, Forbidden."""
    if kind not in KINDS:
        raise NotFound
    return staff_campaign(slug, *sorted(KINDS[kind].proposers))


def _propose(campaign: Campaign, kind: str) -> Decision:
    """Make the proposal that the form describes; raises what its command raises."""
    own, why = require_staff().id, request.form.get("why", "")
    if campaign.signed and request.form.get("colleague"):
        raise InvalidFields({"kind": Fault("signs-alone")})
    if kind == "void":
        case = cases.find(campaign.id, _number("case"))
        return cases.propose_void(case.id, own, case.rule or request.form.get("rule", ""), why)
    if kind == "restore":
        listed = [typed_whole(text, MAX_DIGITS) or 0 for text in request.form.getlist("appeal")]
        together = [appeals.find(campaign.id, appeal_id).id for appeal_id in listed]
        return appeals.propose_restore(together, own, why)
    if kind == "publish" and acting.is_unaware(publishing.publish_warnings(campaign, clock.now())):
        raise InvalidFields({"aware": Fault("missing")})
    return proposals.propose(campaign.id, own, Change(kind, _value(campaign, kind)), why)


def _value(campaign: Campaign, kind: str) -> Any:
    """What the form says that the decision is about."""
    if kind in ("withdraw", "reinstate"):
        return typed_whole(request.form.get("no", ""), 4) or 0
    if kind in PEOPLE_KINDS:
        return _number("staff")
    if kind in HONOUR_KINDS:
        return honour_forms.value_of(campaign, kind)
    if kind == "to":
        return f"{request.form.get('to', '').strip()[:16]}+08:00"
    return request.form.get("labels", "").splitlines() if kind == "roster" else ""


def _number(name: str) -> int:
    return typed_whole(request.form.get(name, ""), MAX_DIGITS) or 0


def _again(campaign: Campaign, kind: str, failure: Failure) -> ResponseReturnValue:
    """The form filled again; what is proposed on other pages is told there."""
    if kind in WITH_FORM:
        lists = {name: request.form.getlist(name) for name in ("categories", "objection")}
        return _form(campaign, kind, {**request.form, **lists}, failure)
    flash(next(iter(failure.faults.values())), "bad")
    screen = ".integrity" if kind in BALLOT_KINDS else ".setup_publish"
    return see_other(url_for(screen, slug=campaign.slug))


def _form(
    campaign: Campaign, kind: str, values: dict[str, Any], failure: Failure = NO_FAILURE
) -> ResponseReturnValue:
    if kind not in WITH_FORM:
        raise NotFound
    if kind in HONOUR_KINDS:
        return _honour_form(campaign, kind, values, failure)
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
        people=_people(campaign, kind) if kind in PEOPLE_KINDS else [],
        frozen=freeze.is_frozen(campaign, clock.now()),
        # whether a ballot could still be filled with one candidate fewer
        least_left=bool(candidates) and len(remaining) - 1 >= campaign.ballot["picks"][0],
    )


def _honour_form(
    campaign: Campaign, kind: str, values: dict[str, Any], failure: Failure
) -> ResponseReturnValue:
    """The form of a decision on the way to the honours; of a faulty file with its faults."""
    refusal = failure.refusal if isinstance(failure.refusal, InvalidFile) else None
    return admin_page(
        "admin/campaign/new_honour.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        kind=kind,
        values=values,
        faults=failure.faults,
        choices=listing.candidates_of(campaign.id),
        is_open=freeze.ledger_state(campaign).is_open,
        has_why=KINDS[kind].has_why,
        file_faults=award.file_faults(refusal) if refusal else [],
        columns=refusal.columns if refusal else [],
        rows=refusal.rows if refusal else "",
        **honour_forms.shown(campaign, kind),
    )


def _people(campaign: Campaign, kind: str) -> list[tuple[int, str]]:
    """Number and name of those who could become signers, or are some, but for oneself."""
    if kind == "drop":
        listed = signatures.signers(campaign.id, now=clock.now())
        able = {number for number, _is_old in listed}
    else:
        able = roles.holders(campaign.id, SIGNERS)
    names = people.display_names(able - {require_staff().id})
    return sorted(names.items())


def _incident(campaign: Campaign, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    return admin_page(
        "admin/campaign/new_incident.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        faults=failure.faults,
        has_ledger=proposals.has_ledger(campaign),
    )

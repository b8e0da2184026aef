"""Suspicious ballots: the list of cases, one case, and what reviewers do about it.

No page here shows a ballot's choice: a case speaks of all its ballots together.
"""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import edits
from votesite.domain.candidates import listing
from votesite.domain.integrity import appeals, cases, clean_ups, regions, risks, scanning
from votesite.domain.results.guard import guard
from votesite.domain.staff import people
from votesite.errors import Forbidden
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.acting import INVALID, NO_FAILURE, Failure, confirm_on_screen, propose, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.admin.integrity.subject import (
    CONFIRMERS,
    HANDLERS,
    may_open_cases,
    posted,
    proposal_shown,
)
from votesite.web.responses import see_other


@bp.get("/c/<slug>/integrity")
@staff_required()
def integrity(slug: str) -> ResponseReturnValue:
    """List the cases and appeals that wait, and what became of the others."""
    return integrity_page(staff_campaign(slug))


@bp.get("/c/<slug>/integrity/cases/<int:case_id>")
@staff_required()
def integrity_case(slug: str, case_id: int) -> ResponseReturnValue:
    """Show one case: why it was opened, how much, when, and what can be done."""
    campaign = staff_campaign(slug)
    if not may_open_cases(campaign):
        raise Forbidden
    return case_page(campaign, case_id)


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/hold")
@staff_required()
def hold_case(slug: str, case_id: int) -> ResponseReturnValue:
    """Put its ballots under review by a rule."""
    campaign = staff_campaign(slug, *HANDLERS)
    case = cases.find(campaign.id, case_id)
    return run(
        lambda: cases.hold(case.id, require_staff().id, request.form.get("rule", "")),
        done=_("已列为待查。它们照常计入，直到作废；公开页只写张数和规则。"),
        to=case_address(slug, case_id),
        again=lambda failure: case_page(campaign, case_id, failure),
    )


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/release")
@staff_required()
def release_case(slug: str, case_id: int) -> ResponseReturnValue:
    """Close the case with nothing found wrong."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    case = cases.find(campaign.id, case_id)
    return run(
        lambda: cases.release(case.id, require_staff().id, request.form.get("note", "")),
        done=_("已解除，选票照常计入。"),
        to=case_address(slug, case_id),
        again=lambda failure: case_page(campaign, case_id, failure),
    )


@bp.post("/c/<slug>/integrity/cases/<int:case_id>/void")
@staff_required()
def propose_void(slug: str, case_id: int) -> ResponseReturnValue:
    """Propose to void its ballots; a colleague's name and password make it effective at once."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    case = cases.find(campaign.id, case_id)
    rule, why = case.rule or request.form.get("rule", ""), request.form.get("why", "")

    def again(failure: Failure) -> ResponseReturnValue:
        return case_page(campaign, case_id, failure)

    def confirm(decision: Decision) -> ResponseReturnValue:
        done, to = _("已确认，已生效并公开。"), case_address(slug, case_id)
        return confirm_on_screen(decision.id, done=done, to=to, again=again)

    def proceed(decision: Decision) -> ResponseReturnValue:
        if decision.state == "unsigned":
            return see_other(url_for(".decision", slug=slug, decision_id=decision.id))
        flash(_("已提议作废，等另一人确认。"), "ok")
        return see_other(case_address(slug, case_id))

    return propose(
        lambda: cases.propose_void(case.id, require_staff().id, rule, why),
        proceed=proceed,
        confirm=confirm,
        again=again,
    )


def case_address(slug: str, case_id: int) -> str:
    """The address of a case's page."""
    return url_for(".integrity_case", slug=slug, case_id=case_id)


def integrity_page(campaign: Campaign, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    """Render the list of cases, with a `failure` of its form for the region of the voters."""
    if campaign.is_published:
        scanning.scan_if_due(campaign.id)
    area = regions.home_region(campaign.id)
    return admin_page(
        "admin/integrity/cases.html",
        failure.status,
        campaign=campaign,
        active="integrity",
        cases=cases.with_details(campaign.id),
        appeals=appeals.appeals_of(campaign.id),
        register=clean_ups.of_campaign(campaign),
        may_open=may_open_cases(campaign),
        may_read_appeals=may(campaign, *CONFIRMERS),
        may_handle=may(campaign, *HANDLERS),
        has_map=regions.has_map(),
        area=request.form.get("area", "") if failure.faults else area,
        seen=request.form.get("seen", "")
        if failure.status == INVALID
        else edits.marks({"area": area}),
        faults=failure.faults,
    )


def case_page(
    campaign: Campaign, case_id: int, failure: Failure = NO_FAILURE
) -> ResponseReturnValue:
    """Render a case, with a `failure` of the form that was posted; raises NotFound."""
    case, now = cases.find(campaign.id, case_id), clock.now()
    details = cases.details(case)
    return admin_page(
        "admin/integrity/case.html",
        failure.status,
        campaign=campaign,
        active="integrity",
        case=case,
        details=details,
        guard=guard(campaign.id),
        part=cases.next_part(case),
        candidate=listing.candidate_numbered(campaign.id, details.candidate),
        asked=risks.asked(case, now=now),
        handled_by=people.display_names([case.handled_by]).get(case.handled_by or 0, ""),
        may_handle=may(campaign, *HANDLERS),
        **proposal_shown(campaign, cases.proposal(case, now=now)),
        **posted(failure),
    )

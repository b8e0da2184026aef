"""Confirming and withdrawing decisions about ballots: voids, and restorations on appeal."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain.decisions import proposals
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import BALLOT_KINDS, Decision
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.acting import Failure, confirm_on_screen, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.integrity.appeals import appeal_address, appeal_page
from votesite.web.admin.integrity.cases import case_address, case_page
from votesite.web.admin.integrity.subject import CONFIRMERS, HANDLERS
from votesite.web.responses import see_other


@bp.get("/c/<slug>/integrity/decisions/<int:decision_id>")
@staff_required()
def integrity_decision(slug: str, decision_id: int) -> ResponseReturnValue:
    """Go on to the case or appeal that a decision is about."""
    campaign = staff_campaign(slug)
    return see_other(_subject_address(slug, _decision(campaign, decision_id)))


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/confirm")
@staff_required()
def confirm_void(slug: str, decision_id: int) -> ResponseReturnValue:
    """Confirm as the second person, which makes it effective."""
    decision = _decision(staff_campaign(slug, *CONFIRMERS), decision_id)
    to = _subject_address(slug, decision)
    return run(
        lambda: proposals.confirm(decision_id, require_staff().id),
        done=_("已确认，已生效并公开。"),
        to=to,
    )


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/confirm-here")
@staff_required()
def confirm_void_here(slug: str, decision_id: int) -> ResponseReturnValue:
    """Let a colleague confirm on this screen with name and password."""
    campaign = staff_campaign(slug, *CONFIRMERS)
    decision = _decision(campaign, decision_id)
    done, to = _("已确认，已生效并公开。"), _subject_address(slug, decision)
    is_void, subject_id = decision.kind == "void", _subject_id(decision)

    def again(failure: Failure) -> ResponseReturnValue:
        show = case_page if is_void else appeal_page
        return show(campaign, subject_id, failure)

    return confirm_on_screen(decision_id, done=done, to=to, again=again)


@bp.post("/c/<slug>/integrity/decisions/<int:decision_id>/take-back")
@staff_required()
def take_back_void(slug: str, decision_id: int) -> ResponseReturnValue:
    """Withdraw one's own proposal; the ballots stay under review."""
    decision = _decision(staff_campaign(slug, *HANDLERS), decision_id)
    to = _subject_address(slug, decision)
    return run(
        lambda: proposals.take_back(decision_id, require_staff().id),
        done=_("提议已撤回。"),
        to=to,
    )


def _decision(campaign: Campaign, decision_id: int) -> Decision:
    """A decision about ballots of this campaign; any other raises NotFound."""
    decision = proposals.find(decision_id)
    if decision.campaign_id != campaign.id or decision.kind not in BALLOT_KINDS:
        raise NotFound
    return decision


def _subject_id(decision: Decision) -> int:
    """The number of the case that is to be voided, or of the appeal."""
    value = decision.payload[decision.kind]
    return int(value["case"] if decision.kind == "void" else value)


def _subject_address(slug: str, decision: Decision) -> str:
    address = case_address if decision.kind == "void" else appeal_address
    return address(slug, _subject_id(decision))

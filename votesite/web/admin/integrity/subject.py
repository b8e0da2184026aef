"""What pages of cases and appeals share: who may act, the proposal that waits, the form posted."""

from flask import request

from votesite.domain.results.guard import guard
from votesite.domain.staff import people
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.web.access.staff import may, require_staff
from votesite.web.admin.acting import Failure

HANDLERS = ("reviewer",)
CONFIRMERS = ("reviewer", "supervisor")


def may_open_cases(campaign: Campaign) -> bool:
    """Whether the reader may open cases: while figures wait only who decides about them."""
    return may(campaign, *CONFIRMERS) or not guard(campaign.id).holds_back


def proposal_shown(campaign: Campaign, waiting: Decision | None) -> dict[str, object]:
    """The context that shows a proposal, if one waits, and whether the reader may confirm it."""
    names = people.display_names([waiting.proposed_by]) if waiting else {}
    return {
        "waiting": waiting,
        "proposed_by": names.get(waiting.proposed_by, "") if waiting else "",
        "is_own": waiting is not None and waiting.proposed_by == require_staff().id,
        "may_confirm": may(campaign, *CONFIRMERS),
    }


def posted(failure: Failure) -> dict[str, object]:
    """The context that fills the posted form again and says what was wrong with it."""
    form = (request.endpoint or "").rpartition(".")[2]
    return {
        "faults": failure.faults,
        "posted": request.form,
        "form": form,
        "error": failure.error,
    }

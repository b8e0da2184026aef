"""The inbox: what waits for one's own second confirmation, over all campaigns."""

from flask import url_for
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.candidates import listing as candidates
from votesite.domain.decisions import inbox as decisions_inbox
from votesite.domain.staff import account_acts, people
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.admin.site.accounts import names_for
from votesite.web.wording import decisions as wording


@bp.get("/inbox")
@staff_required()
def inbox() -> ResponseReturnValue:
    """List what others have proposed and this person may confirm."""
    now, staff = clock.now(), require_staff()
    waiting = decisions_inbox.waiting_for(staff.id, now=now)
    campaigns = listing.numbered(decision.campaign_id for decision in waiting)
    acts = account_acts.waiting_for(staff, now=now)
    return admin_page(
        "admin/site/inbox.html",
        active="inbox",
        decisions=[_shown(decision, campaigns[decision.campaign_id]) for decision in waiting],
        proposers=people.display_names(decision.proposed_by for decision in waiting),
        acts=acts,
        names=names_for(acts),
    )


def _shown(decision: Decision, campaign: Campaign) -> dict[str, object]:
    """A decision with its campaign, its sentence and its address."""
    return {
        "decision": decision,
        "campaign": campaign,
        "sentence": wording.sentence(decision, candidates.candidates_of(campaign.id)),
        "href": url_for(".decision", slug=campaign.slug, decision_id=decision.id),
    }

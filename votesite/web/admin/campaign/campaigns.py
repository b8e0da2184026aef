"""The campaigns in which a staff member has a role, and new drafts."""

from datetime import datetime

from flask import request, url_for
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.decisions import proposals
from votesite.domain.results import turnout
from votesite.domain.setup import steps
from votesite.domain.staff import people
from votesite.errors import InvalidFields
from votesite.models.campaigns import Campaign
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import READERS, may, require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other


@bp.get("/")
@staff_required()
def campaigns() -> ResponseReturnValue:
    """List every campaign with a grant, the one being voted on first.

    A judge of one campaign, who has nothing else to do here, is led to the sheet.
    """
    now = clock.now()
    staff = require_staff()
    own = people.campaigns_of(staff.id)
    if len(own) == 1 and staff.roles_somewhere == {"judge"}:
        return see_other(_href(own[0]))
    own.sort(key=lambda campaign: _order(campaign, now))
    return admin_page(
        "admin/campaign/campaigns.html",
        active="campaigns",
        cards=[_card(campaign) for campaign in own],
        may_create=bool(staff.roles_everywhere & {"owner", "editor"}),
    )


@bp.get("/campaigns/new")
@staff_required("editor", everywhere=True)
def new_campaign() -> ResponseReturnValue:
    """Ask for name, address and kind of a new draft."""
    return admin_page("admin/campaign/new_campaign.html", active="campaigns", faults={})


@bp.post("/campaigns/new")
@staff_required("editor", everywhere=True)
def create_campaign() -> ResponseReturnValue:
    """Create a draft and go on to its settings."""
    require_clean_fields()
    form = request.form
    try:
        campaign = steps.create(
            form.get("slug", ""),
            form.get("title", ""),
            form.get("wording", ""),
            by=require_staff().id,
        )
    except InvalidFields as refusal:
        return admin_page(
            "admin/campaign/new_campaign.html",
            422,
            active="campaigns",
            faults=faults_in_words(refusal),
        )
    return see_other(url_for(".setup", slug=campaign.slug))


def _order(campaign: Campaign, now: datetime) -> tuple[int, str]:
    places = ("voting", "nomination", "review", "counting", "notice", "publicity", "draft", "final")
    return places.index(campaign.phase_at(now)), campaign.slug


def _card(campaign: Campaign) -> dict[str, object]:
    now = clock.now()
    is_reader = may(campaign, *READERS)
    return {
        "campaign": campaign,
        "phase": campaign.phase_at(now),
        "href": _href(campaign),
        "ballots": None if may(campaign, "judge") else turnout.ballots(campaign.id),
        "waiting": len(proposals.waiting(campaign.id, now=now)) if is_reader else 0,
        "roles": sorted(require_staff().roles_in(campaign.id)),
    }


def _href(campaign: Campaign) -> str:
    """Where a campaign begins for this person: who looks after accounts has a part in decisions."""
    if may(campaign, *READERS):
        return url_for(".overview", slug=campaign.slug)
    if may(campaign, "judge"):
        return url_for(".scores", slug=campaign.slug)
    return url_for(".decisions_list", slug=campaign.slug) if may(campaign, "accounts") else ""

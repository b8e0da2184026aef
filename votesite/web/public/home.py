"""The front page: selections that are open, to come, and past."""

from datetime import datetime

from flask import Response, render_template

from votesite import clock
from votesite.clock import parse_minute
from votesite.domain.campaigns import listing
from votesite.models.campaigns import Campaign
from votesite.web.public.blueprint import bp
from votesite.web.wording import phases
from votesite.web.wsgi.page_cache import shared_page, site_question


@bp.get("/")
def home() -> Response:
    """List the campaigns: running, coming, past."""
    return shared_page(site_question(), _render)


def _render() -> str:
    now = clock.now()
    known = listing.published()
    current = [campaign for campaign in known if campaign.phase_at(now) != "final"]
    past = [campaign for campaign in known if campaign.phase_at(now) == "final"]
    past.sort(key=lambda campaign: campaign.closes_at, reverse=True)
    current.sort(key=lambda campaign: _urgency(campaign, now))
    return render_template(
        "public/home.html",
        now=now,
        current=[_card(campaign, now) for campaign in current],
        past=past,
    )


def _urgency(campaign: Campaign, now: datetime) -> tuple[int, datetime]:
    """A sort key: campaigns in which visitors can act come first, those that end soonest before."""
    for place, phase in enumerate(("voting", "nomination")):
        window = campaign.window(phase)
        if window and window[0] <= now < window[1]:
            return place, window[1]
    if phases.is_notice_running(campaign, now):
        return 2, parse_minute(campaign.notice_to)
    waits = phases.countdown(campaign, now)
    return (3, waits.at) if waits else (4, campaign.final_at)


def _card(campaign: Campaign, now: datetime) -> dict[str, object]:
    return {
        "campaign": campaign,
        "phase": campaign.phase_at(now),
        "columns": phases.columns(campaign, now),
        "left": phases.countdown(campaign, now),
        "notice_runs": phases.is_notice_running(campaign, now),
        "awaited": phases.is_awaited(campaign, now),
    }

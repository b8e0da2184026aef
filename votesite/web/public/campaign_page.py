"""A campaign's public pages: shared by all visitors, or a draft's preview for its staff."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, render_template

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.results import tallies
from votesite.domain.results.tallies import CampaignHead
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access.campaigns import head_or_404
from votesite.web.access.staff import draft_for_staff
from votesite.web.responses import page
from votesite.web.wsgi.page_cache import campaign_question, shared_page

Context = Callable[[Campaign, datetime], dict[str, Any]]  # the second is the moment to show


def campaign_page(
    template: str, slug: str, context: Context | None = None, *, keep: bool = True
) -> Response:
    """Return a page of a campaign, rendered again when the campaign or the minute has changed.

    A draft is shown to its staff alone. Raises NotFound.
    """
    head = tallies.head(slug)
    if head is None or not head.is_published:
        return _preview(template, slug, head, context)
    head = head_or_404(slug)

    def render() -> str:
        campaign = listing.find(slug)
        if campaign is None:
            raise NotFound
        return render_template(template, **_whole(campaign, context))

    return shared_page(campaign_question(slug), render, keep=keep)


def _preview(
    template: str, slug: str, head: CampaignHead | None, context: Context | None
) -> Response:
    """Show its staff how a draft will look; the refusal tells others nothing."""
    campaign = draft_for_staff(slug)
    if campaign is None or head is None or not campaign.schedule.get("voting"):
        raise NotFound
    return page(template, **_whole(campaign, context))


def _whole(campaign: Campaign, context: Context | None) -> dict[str, Any]:
    now = clock.now()
    basis = {"campaign": campaign, "now": now, "phase": campaign.phase_at(now)}
    return basis | (context(campaign, now) if context else {})

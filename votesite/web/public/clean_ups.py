"""The public list of clean-ups: every void with its rule and reason, and what was refused."""

from datetime import datetime

from flask import Response

from votesite.domain.candidates.listing import candidates_of
from votesite.domain.integrity.clean_ups import of_campaign
from votesite.domain.results import tallies
from votesite.models.campaigns import Campaign
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import reasons


@bp.get("/c/<slug>/clean-up")
def clean_ups(slug: str) -> Response:
    """Show what was voided and restored, what is under review, what could not be cast."""
    return campaign_page("public/clean_ups.html", slug, _context)


def _context(campaign: Campaign, _now: datetime) -> dict[str, object]:
    return {
        "register": of_campaign(campaign),
        "standing": tallies.published_figures(campaign.id),
        "names": {candidate.no: candidate.name for candidate in candidates_of(campaign.id)},
        "rule_texts": {rule["id"]: rule["text"] for rule in campaign.void_rules},
        "refusal_words": reasons.short,
    }

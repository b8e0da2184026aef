"""The public clean-up register: every void with its rule and reason, and what was refused."""

from typing import Any

from flask import Response

from votesite.domain.candidates import listing
from votesite.domain.integrity import clean_ups
from votesite.models.campaigns import Campaign
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.wording import reasons


@bp.get("/c/<slug>/clean-up")
def clean_up(slug: str) -> Response:
    """What was voided and restored, what is under review, what could not be cast."""
    return campaign_page("public/clean_up.html", slug, _context)


def _context(campaign: Campaign) -> dict[str, Any]:
    return {
        "register": clean_ups.of_campaign(campaign),
        "names": {found.no: found.name for found in listing.candidates_of(campaign.id)},
        "rule_texts": {rule["id"]: rule["text"] for rule in campaign.void_rules},
        "refusal_words": reasons.words,
    }

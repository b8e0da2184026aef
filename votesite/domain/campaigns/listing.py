"""Finding campaigns: by address, and those the public may see."""

from collections.abc import Iterable

from sqlalchemy import select

from votesite.extensions import db
from votesite.models.campaigns import Campaign


def find(slug: str) -> Campaign | None:
    """The campaign with this slug, drafts included, or None."""
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def numbered(campaign_ids: Iterable[int | None]) -> dict[int, Campaign]:
    """Campaigns by their numbers; unknown ones, and None, are left out."""
    wanted = {number for number in campaign_ids if number is not None}
    rows = db.session.scalars(select(Campaign).where(Campaign.id.in_(wanted)))
    return {campaign.id: campaign for campaign in rows}


def published() -> list[Campaign]:
    """Every campaign that the public may see, the one whose voting began last first."""
    rows = db.session.scalars(select(Campaign).where(Campaign.published_at.is_not(None)))
    return sorted(rows, key=lambda campaign: (campaign.opens_at, campaign.id), reverse=True)

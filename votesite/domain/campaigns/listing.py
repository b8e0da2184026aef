"""Finding campaigns: by address, and those the public may see."""

from sqlalchemy import select

from votesite.extensions import db
from votesite.models.campaigns import Campaign


def find(slug: str) -> Campaign | None:
    """The campaign with this slug, drafts included, or None."""
    return db.session.scalar(select(Campaign).where(Campaign.slug == slug))


def published() -> list[Campaign]:
    """Every campaign that the public may see, the one whose voting began last first."""
    rows = db.session.scalars(select(Campaign).where(Campaign.published_at.is_not(None)))
    return sorted(rows, key=lambda campaign: (campaign.opens_at, campaign.id), reverse=True)

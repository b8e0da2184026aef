"""Finding and counting a campaign's candidates."""

from sqlalchemy import func, select

from votesite.extensions import db
from votesite.models.candidates import Candidate


def candidates_of(campaign_id: int) -> list[Candidate]:
    """Every candidate of a campaign, withdrawn ones included, in the order of their numbers."""
    of_campaign = select(Candidate).where(Candidate.campaign_id == campaign_id)
    return list(db.session.scalars(of_campaign.order_by(Candidate.no)))


def candidate_numbered(campaign_id: int, no: int) -> Candidate | None:
    """The candidate with this number, or None."""
    return db.session.scalar(
        select(Candidate).where(Candidate.campaign_id == campaign_id, Candidate.no == no)
    )


def how_many(campaign_id: int) -> int:
    """How many candidates there are, withdrawn ones included."""
    counted = select(func.count()).where(Candidate.campaign_id == campaign_id)
    return db.session.scalar(counted) or 0

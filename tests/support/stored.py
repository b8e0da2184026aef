"""What the database holds now, whatever the session has read before."""

from sqlalchemy import select

from votesite.extensions import db
from votesite.models.campaigns import Campaign


def rows(table):
    """Every row of a table."""
    db.session.rollback()
    return list(db.session.scalars(select(table)))


def fresh(campaign):
    """The campaign as it stands now."""
    db.session.rollback()
    return db.session.get(Campaign, campaign.id)

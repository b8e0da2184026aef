"""Who of the staff is concerned by an objection: they do not decide about it."""

from collections.abc import Collection

from sqlalchemy import exists, select

from votesite.extensions import db
from votesite.models.hearing import Concern, Objection


def is_concerned(campaign_id: int, numbers: Collection[int], staff_id: int) -> bool:
    """Whether somebody is concerned by one of the objections with these entries."""
    query = select(
        exists().where(
            Concern.objection_id == Objection.id,
            Concern.staff_id == staff_id,
            Objection.campaign_id == campaign_id,
            Objection.n.in_(numbers),
        )
    )
    return bool(db.session.scalar(query))

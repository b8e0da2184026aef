"""What waits for one person's second confirmation, over all campaigns."""

from datetime import datetime

from sqlalchemy import select

from votesite.domain.decisions import proposals
from votesite.domain.staff import people
from votesite.extensions import db
from votesite.models.decisions import Decision


def waiting_for(staff_id: int, *, now: datetime) -> list[Decision]:
    """Proposals of others that somebody may confirm, oldest first. Raises NotFound."""
    query = select(Decision).where(Decision.state == "proposed", Decision.proposed_by != staff_id)
    staff = people.by_id(staff_id)
    return [
        decision
        for decision in db.session.scalars(query.order_by(Decision.id))
        if proposals.is_waiting(decision, now)
        and staff.roles_in(decision.campaign_id, now) & proposals.confirmers(decision.kind)
        and not proposals.is_about(decision, staff_id)
    ]

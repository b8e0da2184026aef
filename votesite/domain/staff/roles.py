"""Who holds which role in a campaign."""

from sqlalchemy import select

from votesite.extensions import db
from votesite.models.staff import Staff


def has_role(staff_id: int, campaign_id: int, roles: frozenset[str]) -> bool:
    """Whether an account in force holds one of the roles in a campaign."""
    found = db.session.get(Staff, staff_id)
    return found is not None and not found.disabled and bool(found.roles_in(campaign_id) & roles)


def holders(campaign_id: int, roles: frozenset[str]) -> set[int]:
    """The accounts in force that hold one of the roles in a campaign."""
    query = select(Staff).where(Staff.disabled.is_(False))
    return {found.id for found in db.session.scalars(query) if found.roles_in(campaign_id) & roles}

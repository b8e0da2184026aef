"""Who holds which role in a campaign."""

from sqlalchemy import select

from votesite.errors import Forbidden
from votesite.extensions import db
from votesite.models.staff import Staff


def has_role(staff_id: int, campaign_id: int, roles: frozenset[str]) -> bool:
    """Whether an account that is not closed holds one of the roles in a campaign."""
    staff = db.session.get(Staff, staff_id)
    return staff is not None and not staff.disabled and bool(staff.roles_in(campaign_id) & roles)


def require_role(staff_id: int, campaign_id: int, roles: frozenset[str]) -> None:
    """Raise Forbidden unless the account holds one of the roles in a campaign."""
    if not has_role(staff_id, campaign_id, roles):
        raise Forbidden


def holders(campaign_id: int, roles: frozenset[str]) -> set[int]:
    """The ids of all accounts, closed ones excepted, that hold one of the roles in a campaign."""
    query = select(Staff).where(Staff.disabled.is_(False))
    return {staff.id for staff in db.session.scalars(query) if staff.roles_in(campaign_id) & roles}

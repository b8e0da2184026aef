"""Finding staff accounts, and the names to show for them."""

from collections.abc import Iterable

from sqlalchemy import select

from votesite.domain.texts import alike
from votesite.extensions import db, load
from votesite.models.campaigns import Campaign
from votesite.models.staff import Staff


def everybody() -> list[Staff]:
    """All accounts, closed ones included, by number."""
    return list(db.session.scalars(select(Staff).order_by(Staff.id)))


def by_id(staff_id: int) -> Staff:
    """Return an account by its number; raises NotFound."""
    return load(Staff, staff_id)


def by_name(name: str) -> Staff | None:
    """The account with this login name, or None."""
    return db.session.scalar(select(Staff).where(Staff.name == login_name(name)))


def campaigns_of(staff_id: int) -> list[Campaign]:
    """Every campaign in which an account holds any role, drafts included. Raises NotFound."""
    staff = by_id(staff_id)
    campaigns = db.session.scalars(select(Campaign).order_by(Campaign.slug))
    return [campaign for campaign in campaigns if staff.roles_in(campaign.id)]


def display_names(staff_ids: Iterable[int | None]) -> dict[int, str]:
    """The names to show for staff numbers; unknown numbers are left out."""
    wanted = {staff_id for staff_id in staff_ids if staff_id is not None}
    rows = db.session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


def login_name(typed: str) -> str:
    """A login name as it is stored: width, case and surrounding blanks do not matter."""
    return alike(typed)

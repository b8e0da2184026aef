"""Granting and revoking roles, in one campaign or in all."""

from datetime import datetime

from sqlalchemy import func, select

from votesite import clock as times
from votesite.clock import Clock
from votesite.domain import audit
from votesite.domain.staff import people
from votesite.errors import (
    Fault,
    InvalidFields,
    LastOwner,
    NotFound,
)
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.staff import ROLES, Grant, Staff


def grant(
    staff_id: int,
    role: str,
    campaign_id: int | None,
    *,
    by: int | None,
    clock: Clock = times.now,
) -> None:
    """Give a role in one campaign or in all; giving it twice changes nothing.

    Raises InvalidFields for an unknown role or campaign, NotFound for an unknown account.
    """
    with writing():
        add(people.by_id(staff_id), role, campaign_id, by=by, now=clock())


def add(staff: Staff, role: str, campaign_id: int | None, *, by: int | None, now: datetime) -> None:
    """As `grant`, inside the caller's `writing()`."""
    if role not in ROLES:
        raise InvalidFields({"role": Fault("unknown-choice")})
    if campaign_id is not None and db.session.get(Campaign, campaign_id) is None:
        raise InvalidFields({"campaign": Fault("unknown-choice")})
    if any((had.role, had.campaign_id) == (role, campaign_id) for had in staff.grants):
        return
    added = Grant(staff_id=staff.id, campaign_id=campaign_id, role=role)
    db.session.add(added)
    db.session.flush()
    audit.note(
        by, "grant", "staff_grants", added.id, [f"staff:{staff.id}", role], campaign_id, now=now
    )


def revoke(staff_id: int, grant_id: int, *, by: int, clock: Clock = times.now) -> None:
    """Take a role back. The last owner of the site stays. Raises LastOwner."""
    with writing():
        now = clock()
        given = db.session.get(Grant, grant_id)
        if given is None or given.staff_id != staff_id:
            raise NotFound
        if given.role == "owner" and given.campaign_id is None:
            refuse_last_owner(staff_id)
        audit.note(
            by,
            "revoke",
            "staff_grants",
            given.id,
            [f"staff:{staff_id}", given.role],
            given.campaign_id,
            now=now,
        )
        db.session.delete(given)


def refuse_last_owner(staff_id: int) -> None:
    """Raise LastOwner unless another account in force owns the whole site."""
    others = db.session.scalar(
        select(func.count())
        .select_from(Grant)
        .join(Staff, Staff.id == Grant.staff_id)
        .where(
            Grant.role == "owner",
            Grant.campaign_id.is_(None),
            Staff.disabled.is_(False),
            Staff.id != staff_id,
        )
    )
    if not others:
        raise LastOwner

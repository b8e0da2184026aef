"""Granting and revoking roles, in one campaign or in all."""

from datetime import datetime

from sqlalchemy import func, select

from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.staff import people
from votesite.errors import (
    Fault,
    InvalidFields,
    LastOwner,
    NotFound,
)
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.staff import APART, ROLES, Grant, Staff


def grant(
    staff_id: int,
    role: str,
    campaign_id: int | None,
    *,
    by: int | None,
    clock: Clock = now,
) -> None:
    """Give a role in one campaign or in all; giving it twice changes nothing.

    Raises InvalidFields for an unknown role or campaign and for roles that exclude each other,
    NotFound for an unknown account.
    """
    with writing():
        add(people.by_id(staff_id), role, campaign_id, by=by, now=clock())


def add(staff: Staff, role: str, campaign_id: int | None, *, by: int | None, now: datetime) -> None:
    """Like `grant`, inside the caller's `writing()`."""
    if role not in ROLES:
        raise InvalidFields({"role": Fault("unknown-choice")})
    if campaign_id is not None and db.session.get(Campaign, campaign_id) is None:
        raise InvalidFields({"campaign": Fault("unknown-choice")})
    if any((held.role, held.campaign_id) == (role, campaign_id) for held in staff.grants):
        return
    _refuse_together(staff, role, campaign_id)
    added = Grant(staff_id=staff.id, campaign_id=campaign_id, role=role)
    db.session.add(added)
    db.session.flush()
    _note(by, "grant", added, now)


def revoke(staff_id: int, grant_id: int, *, by: int, clock: Clock = now) -> None:
    """Take a role back.

    Raises NotFound for another account's grant, and LastOwner if nobody else could manage accounts.
    """
    with writing():
        now = clock()
        revoked = load(Grant, grant_id)
        if revoked.staff_id != staff_id:
            raise NotFound
        if revoked.role == "owner" and revoked.campaign_id is None:
            refuse_last_owner(staff_id)
        _note(by, "revoke", revoked, now)
        db.session.delete(revoked)


def _refuse_together(staff: Staff, role: str, campaign_id: int | None) -> None:
    """Who counts again or judges, runs nothing: those roles go with no other in a campaign."""
    others = {
        held.role
        for held in staff.grants
        if held.role != role
        and (None in (campaign_id, held.campaign_id) or held.campaign_id == campaign_id)
    }
    if others and not {role, *others}.isdisjoint(APART):
        raise InvalidFields({"role": Fault("roles-apart")})


def refuse_last_owner(staff_id: int) -> None:
    """Raise LastOwner unless another account that is not closed may manage accounts."""
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


def _note(by: int | None, action: str, grant: Grant, now: datetime) -> None:
    """Add the audit log's line about a grant."""
    fields = [f"staff:{grant.staff_id}", grant.role]
    audit.note(by, action, "staff_grants", grant.id, fields, grant.campaign_id, now=now)

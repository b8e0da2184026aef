"""Granting and revoking roles, in one campaign or in all."""

from datetime import datetime

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

KEPT_FILLED = frozenset({"owner", "accounts"})  # somebody always holds them for the whole site
WHOLE_SITE = frozenset({"accounts"})


def grant(
    staff_id: int,
    role: str,
    campaign_id: int | None,
    *,
    by: int | None,
    clock: Clock = now,
) -> None:
    """Give a role at once, in one campaign or in all; giving it twice changes nothing.

    For commands on the server: at the desk it is an act (`account_acts`). Raises InvalidFields for
    an unknown role or campaign and for roles that exclude each other, NotFound for an unknown
    account.
    """
    with writing():
        add(people.by_id(staff_id), role, campaign_id, by=by, now=clock())


def add(
    staff: Staff,
    role: str,
    campaign_id: int | None,
    *,
    by: int | None,
    now: datetime,
    effective_from: str = "",
) -> None:
    """Like `grant`, inside the caller's `writing()`; it counts from `effective_from` on."""
    faults = role_faults(staff, role, campaign_id)
    if faults:
        raise InvalidFields(faults)
    if holds(staff, role, campaign_id):
        return
    added = Grant(
        staff_id=staff.id, campaign_id=campaign_id, role=role, effective_from=effective_from
    )
    db.session.add(added)
    db.session.flush()
    _note(by, "grant", added, now)


def revoke(staff_id: int, grant_id: int, *, by: int, clock: Clock = now) -> None:
    """Take a role back.

    Raises NotFound for another account's grant, and LastOwner for the last owner's and the last
    role that looks after accounts.
    """
    with writing():
        now = clock()
        revoked = load(Grant, grant_id)
        if revoked.staff_id != staff_id:
            raise NotFound
        if revoked.role in KEPT_FILLED and revoked.campaign_id is None:
            refuse_last(staff_id, revoked.role, now)
        drop(revoked, by=by, now=now)


def drop(revoked: Grant, *, by: int, now: datetime) -> None:
    """Like `revoke`, inside the caller's `writing()`, and whoever holds it."""
    _note(by, "revoke", revoked, now)
    db.session.delete(revoked)


def holds(staff: Staff, role: str, campaign_id: int | None) -> Grant | None:
    """The grant of just this role in just this place, whether it counts already or not."""
    same = (held for held in staff.grants if (held.role, held.campaign_id) == (role, campaign_id))
    return next(same, None)


def everywhere(staff: Staff, now: datetime) -> frozenset[str]:
    """Its roles for the whole site that count now."""
    return frozenset(held.role for held in staff.grants_in_force(now) if held.campaign_id is None)


def role_faults(staff: Staff | None, role: str, campaign_id: int | None) -> dict[str, Fault]:
    """Why somebody, or a newcomer, cannot have a role there, by the field of the form."""
    if role not in ROLES:
        return {"role": Fault("unknown-choice")}
    if campaign_id is not None and db.session.get(Campaign, campaign_id) is None:
        return {"campaign": Fault("unknown-choice")}
    if role in WHOLE_SITE and campaign_id is not None:
        return {"campaign": Fault("whole-site-only")}
    if staff is not None and _excludes(staff, role, campaign_id):
        return {"role": Fault("roles-apart")}
    return {}


def refuse_last(staff_id: int, role: str, now: datetime) -> None:
    """Raise LastOwner unless another account that is not closed holds the role everywhere."""
    others = (other for other in people.everybody() if other.id != staff_id)
    if not any(role in everywhere(other, now) for other in others if not other.disabled):
        raise LastOwner


def _excludes(staff: Staff, role: str, campaign_id: int | None) -> bool:
    """Whether another of its roles forbids this one.

    Who counts again, judges or looks after accounts, runs nothing: those roles go with no other in
    a campaign, from the moment they are granted.
    """
    others = {
        held.role
        for held in staff.grants
        if held.role != role
        and (None in (campaign_id, held.campaign_id) or held.campaign_id == campaign_id)
    }
    return bool(others) and not {role, *others}.isdisjoint(APART)


def _note(by: int | None, action: str, grant: Grant, now: datetime) -> None:
    """Add the audit log's line about a grant."""
    fields = [f"staff:{grant.staff_id}", grant.role]
    audit.note(by, action, "staff_grants", grant.id, fields, grant.campaign_id, now=now)

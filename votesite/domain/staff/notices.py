"""Notices: what was done about an account, told to its person and to all owners.

A notice stays at the top of every page of the desk until its reader acknowledges it.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.staff import people
from votesite.extensions import db, writing
from votesite.models.staff import AccountAct, AccountNotice, Staff


def tell(act: AccountAct, now: datetime) -> None:
    """Tell the person concerned and all owners, again if they know of it already.

    Whose account was made on the server need not be told of that.

    Owners of a single campaign are told where it is about that campaign, or about somebody who
    holds a role there. Inside the caller's `writing()`.
    """
    for staff in people.everybody():
        is_own = staff.id == act.staff_id
        if act.kind != "create" if is_own else is_owner_there(staff, act, now):
            tell_one(act, staff.id)


def tell_one(act: AccountAct, staff_id: int) -> None:
    """Tell one person of an act, inside the caller's `writing()`."""
    db.session.merge(AccountNotice(act_id=act.id, staff_id=staff_id, acknowledged_at=None))


def is_owner_there(staff: Staff, act: AccountAct, now: datetime) -> bool:
    """Whether somebody owns the whole site, or a campaign that the act touches."""
    if staff.disabled:
        return False
    owned = {held.campaign_id for held in staff.grants_in_force(now) if held.role == "owner"}
    touched = {act.campaign_id}
    if act.staff_id is not None:
        touched |= {held.campaign_id for held in people.by_id(act.staff_id).grants}
    return None in owned or bool(owned & touched)


def waiting(staff_id: int) -> list[AccountAct]:
    """The acts that somebody was told of and has not acknowledged, oldest first."""
    query = (
        select(AccountAct)
        .join(AccountNotice, AccountNotice.act_id == AccountAct.id)
        .where(AccountNotice.staff_id == staff_id, AccountNotice.acknowledged_at.is_(None))
        .order_by(AccountAct.id)
    )
    return list(db.session.scalars(query))


def count(staff_id: int) -> int:
    """How many notices wait for somebody."""
    query = select(func.count()).where(
        AccountNotice.staff_id == staff_id, AccountNotice.acknowledged_at.is_(None)
    )
    return db.session.scalar(query) or 0


def acknowledge(act_ids: Collection[int], *, by: int, clock: Clock = now) -> None:
    """Record that somebody has read the notices that their page showed, and no others."""
    with writing():
        now = clock()
        query = select(AccountNotice).where(
            AccountNotice.staff_id == by, AccountNotice.acknowledged_at.is_(None)
        )
        for notice in db.session.scalars(query):
            if notice.act_id in act_ids:
                notice.acknowledged_at = minute(now)
                audit.note(by, "acknowledge", "account_acts", notice.act_id, now=now)

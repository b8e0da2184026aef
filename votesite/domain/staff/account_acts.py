"""Acts about accounts: proposed by who looks after accounts, confirmed by a second person.

Whoever looks after accounts decides nothing in a campaign, and whoever decides there cannot begin
such an act. What gives power over decisions takes two people and begins to count a day later:
granting a role that decides, counts again or looks after accounts; a new password; a new phone; an
account opened again. The person concerned and all owners are told, and can stop it till then.

A person completes an act with a link that works once (`joining`): nobody knows another's password.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit
from votesite.domain.staff import accounts, grants, notices, people, second_factors
from votesite.errors import Fault, Forbidden, InvalidFields, Lapsed, NotFound, SecondPersonNeeded
from votesite.extensions import db, load, writing
from votesite.models.staff import AccountAct, Staff

LINKED = frozenset({"invite", "reset", "drop-factor", "reopen"})
GRANTING = frozenset({"invite", "grant"})
ALONE = frozenset({"judge"})  # roles that one person may grant, at once
CONFIRMERS = frozenset({"owner", "accounts"})
DELAY = timedelta(hours=24)
MAX_AGE = timedelta(hours=72)  # of a proposal
LINK_LASTS = timedelta(hours=72)


class Wish(NamedTuple):
    """What somebody asks for: an invitation has a name, every other act an account."""

    kind: str
    staff_id: int | None = None
    display_name: str = ""
    role: str = ""
    campaign_id: int | None = None


class Proposal(NamedTuple):
    """A stored act, and the token of its link, which is shown once; empty where it has none."""

    act: AccountAct
    token: str


def takes_two(kind: str, role: str) -> bool:
    """Whether an act needs a second person."""
    return not (kind in GRANTING and role in ALONE)


def faults(wish: Wish) -> dict[str, Fault]:
    """What is wrong with the fields of a form that asks for this. Raises NotFound."""
    if wish.kind not in GRANTING:
        return {}
    staff = people.by_id(wish.staff_id) if wish.staff_id else None
    found = {} if staff else accounts.display_name_faults(wish.display_name)
    found |= grants.role_faults(staff, wish.role, wish.campaign_id)
    if staff and not found and grants.holds(staff, wish.role, wish.campaign_id):
        found["role"] = Fault("held-already")
    return found


def propose(wish: Wish, *, by: int, clock: Clock = now) -> Proposal:
    """Propose an act; one that takes no second person is done at once.

    Raises Forbidden for who does not look after accounts and for acts about oneself, NotFound,
    InvalidFields, and Lapsed if there is nothing to do, or it waits already.
    """
    wish = wish._replace(display_name=wish.display_name.strip())
    with writing():
        now = clock()
        if not _looks_after_accounts(people.by_id(by), now) or wish.staff_id == by:
            raise Forbidden
        _refuse_impossible(wish)
        _sweep(now)
        if _waits(wish, now):
            raise Lapsed
        token = secrets.token_urlsafe(16) if wish.kind in LINKED else ""
        act = AccountAct(
            **wish._asdict(),
            proposed_by=by,
            proposed_at=minute(now),
            state="proposed",
            token_hash=token_hash(token) if token else None,
        )
        db.session.add(act)
        db.session.flush()
        _note(by, "propose-account", act, now)
        if not takes_two(act.kind, act.role):
            _take_effect(act, by, now)
    return Proposal(act, token)


def confirm(act_id: int, *, by: int, clock: Clock = now) -> AccountAct:
    """Confirm an act as its second person; it begins to count a day later.

    Raises NotFound, SecondPersonNeeded for who has proposed it and whom it is about, Forbidden, and
    Lapsed if it is too old, or nothing is left to do.
    """
    with writing():
        now = clock()
        act = load(AccountAct, act_id)
        if by in (act.proposed_by, act.staff_id):
            raise SecondPersonNeeded
        if not may_confirm(people.by_id(by), act, now):
            raise Forbidden
        if not is_waiting(act, now):
            raise Lapsed
        _refuse_stale(act, now)
        act.confirmed_by, act.confirmed_at = by, minute(now)
        act.effective_from = minute(now + DELAY + timedelta(seconds=59))  # never a moment too early
        _note(by, "confirm-account", act, now)
        _take_effect(act, by, now)
        notices.tell(act, now)
    return act


def stop(act_id: int, *, by: int, clock: Clock = now) -> AccountAct:
    """Withdraw an act, or object to it, before it has taken effect.

    Whoever looks after accounts may, every owner of where it counts, and whom it is about. Raises
    NotFound, Forbidden, and Lapsed if it is too late.
    """
    with writing():
        now = clock()
        act = load(AccountAct, act_id)
        if not may_stop(people.by_id(by), act, now):
            raise Forbidden
        if not can_be_stopped(act, now):
            raise Lapsed
        was_told = act.confirmed_by is not None
        _undo_grant(act, by, now)
        act.state, act.stopped_by, act.stopped_at = "stopped", by, minute(now)
        act.token_hash = None
        _note(by, "stop-account", act, now)
        if was_told:
            notices.tell(act, now)
    return act


def find(act_id: int, reader: Staff, *, now: datetime) -> AccountAct:
    """An act that somebody may read. Raises NotFound."""
    act = load(AccountAct, act_id)
    if not may_stop(reader, act, now):
        raise NotFound
    return act


def recent(*, now: datetime) -> list[AccountAct]:
    """Acts that wait, or can still be stopped, newest first."""
    query = select(AccountAct).where(AccountAct.state.in_(("proposed", "done")))
    acts = db.session.scalars(query.order_by(AccountAct.id.desc()))
    return [act for act in acts if can_be_stopped(act, now)]


def of_account(staff_id: int) -> list[AccountAct]:
    """Every act about an account, newest first."""
    query = select(AccountAct).where(AccountAct.staff_id == staff_id)
    return list(db.session.scalars(query.order_by(AccountAct.id.desc())))


def waiting_for(staff: Staff, *, now: datetime) -> list[AccountAct]:
    """Acts that others have proposed and this person may confirm, oldest first."""
    query = select(AccountAct).where(AccountAct.state == "proposed").order_by(AccountAct.id)
    return [
        act
        for act in db.session.scalars(query)
        if is_waiting(act, now)
        and staff.id not in (act.proposed_by, act.staff_id)
        and may_confirm(staff, act, now)
    ]


def may_confirm(staff: Staff, act: AccountAct, now: datetime) -> bool:
    """Whether somebody's roles allow it: to who looks after accounts, or an owner of the place."""
    roles = grants.everywhere(staff, now)
    if act.campaign_id is not None:
        roles |= staff.roles_in(act.campaign_id, now)
    return bool(roles & CONFIRMERS)


def may_stop(staff: Staff, act: AccountAct, now: datetime) -> bool:
    """Whether somebody may read an act, and stop it while that is possible."""
    is_concerned = staff.id == act.staff_id or notices.is_owner_there(staff, act, now)
    return is_concerned or may_confirm(staff, act, now)


def is_waiting(act: AccountAct, now: datetime) -> bool:
    """Whether an act waits for its second person."""
    return act.state == "proposed" and now - parse_minute(act.proposed_at) <= MAX_AGE


def can_be_stopped(act: AccountAct, now: datetime) -> bool:
    """Whether an act waits, has not begun to count, or its link was not used yet."""
    if act.state != "done":
        return is_waiting(act, now)
    if act.kind in LINKED and act.used_at is None:
        return now < link_ends(act)
    return act.kind in GRANTING and minute(now) < act.effective_from


def has_link(act: AccountAct, now: datetime) -> bool:
    """Whether an act's link works now: confirmed, begun, neither used nor too old."""
    is_begun = act.kind == "invite" or act.effective_from <= minute(now)
    return act.state == "done" and act.used_at is None and is_begun and now < link_ends(act)


def link_ends(act: AccountAct) -> datetime:
    """When the link of an act that is done stops working."""
    begins = act.confirmed_at or act.proposed_at if act.kind == "invite" else act.effective_from
    return parse_minute(begins) + LINK_LASTS


def token_hash(token: str) -> bytes:
    """What is stored of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def is_anybody_there(*, now: datetime) -> bool:
    """Whether anybody looks after accounts."""
    return any(_looks_after_accounts(staff, now) for staff in people.everybody())


def _looks_after_accounts(staff: Staff, now: datetime) -> bool:
    return not staff.disabled and "accounts" in grants.everywhere(staff, now)


def _refuse_impossible(wish: Wish) -> None:
    """Raise InvalidFields or NotFound for a wrong wish, Lapsed where there is nothing to do."""
    found = faults(wish)
    if found:
        raise InvalidFields(found)
    if wish.kind in GRANTING:
        return
    staff = people.by_id(wish.staff_id or 0)
    has_factor = second_factors.has_second_factor(staff.id)
    if staff.disabled != (wish.kind == "reopen") or (wish.kind == "drop-factor" and not has_factor):
        raise Lapsed


def _refuse_stale(act: AccountAct, now: datetime) -> None:
    """Raise Lapsed if what was proposed is impossible by now, or its proposer has lost the role."""
    if not _looks_after_accounts(people.by_id(act.proposed_by or 0), now):
        raise Lapsed
    try:
        _refuse_impossible(_wish_of(act))
    except InvalidFields:
        raise Lapsed from None


def _wish_of(act: AccountAct) -> Wish:
    return Wish(act.kind, act.staff_id, act.display_name, act.role, act.campaign_id)


def _take_effect(act: AccountAct, by: int, now: datetime) -> None:
    """Do what an act says; a link does the rest."""
    act.state = "done"
    if act.kind == "grant":
        staff = people.by_id(act.staff_id or 0)
        begins = act.effective_from
        grants.add(staff, act.role, act.campaign_id, by=by, now=now, effective_from=begins)


def _undo_grant(act: AccountAct, by: int, now: datetime) -> None:
    """Take back a role that an act has granted and that does not count yet."""
    if act.state != "done" or act.kind not in GRANTING or act.staff_id is None:
        return
    granted = grants.holds(people.by_id(act.staff_id), act.role, act.campaign_id)
    if granted is not None:
        grants.drop(granted, by=by, now=now)


def _waits(wish: Wish, now: datetime) -> bool:
    """Whether the same was proposed already, and can still be confirmed or completed."""
    return any(
        _wish_of(act) == wish
        for act in recent(now=now)
        if act.kind != "grant" or is_waiting(act, now)
    )


def _sweep(now: datetime) -> None:
    """Mark the proposals that have lapsed."""
    query = select(AccountAct).where(AccountAct.state == "proposed")
    for act in db.session.scalars(query):
        if not is_waiting(act, now):
            act.state, act.token_hash = "lapsed", None


def _note(by: int, action: str, act: AccountAct, now: datetime) -> None:
    """Add the audit log's line about an act."""
    whose = [f"staff:{act.staff_id}"] if act.staff_id else []
    fields = [act.kind, *whose, *([act.role] if act.role else [])]
    audit.note(by, action, "account_acts", act.id, fields, act.campaign_id, now=now)

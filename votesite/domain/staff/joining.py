"""The one-time links with which people open their account, set a new password or change phones.

A link's token has 128 bits; only its hash is stored. It works once, for 72 hours: that of an
invitation from its confirmation on, every other from a day after it.
"""

from datetime import datetime

from sqlalchemy import select

from votesite.clock import Clock, minute, now, real
from votesite.domain import audit, keys
from votesite.domain.staff import (
    account_acts,
    accounts,
    grants,
    notices,
    passwords,
    people,
    second_factors,
    sessions,
)
from votesite.domain.staff.attempts import Browser
from votesite.errors import InvalidFields, NotFound
from votesite.extensions import db, writing
from votesite.models.staff import AccountAct

NEW_PASSWORD = frozenset({"reset", "reopen"})


def opened(token: str, *, now: datetime) -> AccountAct:
    """The act of a link that works, now or when it is confirmed and has begun.

    Raises NotFound for an unknown, used, stopped or old one.
    """
    query = select(AccountAct).where(AccountAct.token_hash == account_acts.token_hash(token))
    act = db.session.scalar(query)
    if act is None or not account_acts.can_be_stopped(act, now) or _is_closed(act):
        raise NotFound
    return act


def works(act: AccountAct, *, now: datetime) -> bool:
    """Whether an act's link works at present, and not only later."""
    return account_acts.has_link(act, now)


def join(token: str, name: str, password: str, *, clock: Clock = now) -> str:
    """Open an account by an invitation, under the invited person's own login name and password.

    It gets its role, and a secret for the phone; until a first code has proved that the phone has
    it, the account can do nothing. Returns the secret id of a session. Raises NotFound,
    InvalidFields.
    """
    invited = _working(token, {"invite"}, clock())
    staff = accounts.prepared(name, invited.display_name, password)
    staff.needs_factor = True
    keys.field_prefix()  # read before the lock is held: on a new site it makes the key
    with writing():
        now = clock()
        act = _working(token, {"invite"}, now)
        accounts.add(staff, now)
        _use_up(act, staff.id, now)
        audit.note(staff.id, "open-account", "staff", staff.id, ["name", "display_name"], now=now)
        by, begins = act.confirmed_by or act.proposed_by, act.effective_from
        grants.add(staff, act.role, act.campaign_id, by=by, now=now, effective_from=begins)
        second_factors.add_secret(staff.id)
        if act.confirmed_by is not None:
            notices.tell_one(act, staff.id)
        return sessions.begin(staff.id, real())


def set_password(token: str, password: str, *, clock: Clock = now) -> None:
    """Set one's own new password, which ends all sessions; a closed account is open again.

    Raises NotFound, InvalidFields.
    """
    staff_id = _working(token, NEW_PASSWORD, clock()).staff_id or 0
    faults = passwords.password_faults(password, people.by_id(staff_id).name)
    if faults:
        raise InvalidFields(faults)
    hashed = passwords.HASHER.hash(password)
    with writing():
        now = clock()
        act = _working(token, NEW_PASSWORD, now)
        _use_up(act, staff_id, now)
        passwords.put(staff_id, hashed, now=now)
        if act.kind == "reopen":
            people.by_id(staff_id).disabled = False
            audit.note(staff_id, "enable", "staff", staff_id, ["disabled"], now=now)


def change_phone(token: str, password: str, browser: Browser, *, clock: Clock = now) -> str:
    """Take one's own lost phone away, with the password, and get a secret for another.

    Returns the secret id of a session. Raises NotFound, InvalidFields, TooManyRequests.
    """
    staff_id = _working(token, {"drop-factor"}, clock()).staff_id or 0
    passwords.require_own_password(staff_id, password, browser)
    keys.field_prefix()  # read before the lock is held: on a new site it makes the key
    with writing():
        now = clock()
        _use_up(_working(token, {"drop-factor"}, now), staff_id, now)
        second_factors.remove(staff_id, by=staff_id, now=now)
        second_factors.add_secret(staff_id)
        sessions.end_sessions(staff_id)
        return sessions.begin(staff_id, real())


def _working(token: str, kinds: set[str] | frozenset[str], now: datetime) -> AccountAct:
    """The act of a link that works at present; raises NotFound."""
    act = opened(token, now=now)
    if act.kind not in kinds or not works(act, now=now):
        raise NotFound
    return act


def _is_closed(act: AccountAct) -> bool:
    """Whether the account was closed meanwhile: only what opens it again works then."""
    if act.staff_id is None or act.kind == "reopen":
        return False
    return people.by_id(act.staff_id).disabled


def _use_up(act: AccountAct, staff_id: int, now: datetime) -> None:
    """End a link: the person has done what it is for."""
    act.staff_id, act.used_at, act.token_hash = staff_id, minute(now), None

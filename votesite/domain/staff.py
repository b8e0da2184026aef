"""Staff accounts: passwords with back-off, sessions that can be ended, grants."""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select

from votesite import clock as times
from votesite.clock import Clock, minute, parse_minute
from votesite.domain import audit, keys, second_factors, security_log
from votesite.errors import (
    Busy,
    Fault,
    InvalidFields,
    LastOwner,
    NotFound,
    TooManyRequests,
)
from votesite.extensions import db, site, writing
from votesite.keys import mac
from votesite.models.campaigns import Campaign
from votesite.models.staff import ROLES, Grant, SignInFailure, Staff, StaffSession
from votesite.store import Statement

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 128
DIFFERENT_CHARACTERS = 5
SHORTEST_NAME, LONGEST_NAME = 2, 40
FREE_FOR_ACCOUNT = 3
FREE_FOR_ADDRESS = 10  # an office shares its address
LONGEST_WAIT = 900
FORGOTTEN_AFTER = 24 * 3600

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_SEEN = Statement("UPDATE staff_sessions SET seen_at = :t WHERE id = :id AND seen_at < :t")


@dataclass(frozen=True)
class SignedIn:
    """A signed-in staff member and the session that says so."""

    staff: Staff
    session_id: int
    seen_at: str


def create(
    name: str,
    display_name: str,
    password: str,
    *,
    by: int | None,
    clock: Clock = times.now,
) -> Staff:
    """Add an account without any grant. Raises InvalidFields."""
    name, display_name = login_name(name), display_name.strip() or name.strip()
    faults = _name_faults(name, display_name) | password_faults(password, name)
    if faults:
        raise InvalidFields(faults)
    hashed = _HASHER.hash(password)
    with writing():
        now = clock()
        if db.session.scalar(select(Staff.id).where(Staff.name == name)):
            raise InvalidFields({"name": Fault("taken")})
        staff = Staff(
            name=name, display_name=display_name, password_hash=hashed, created_at=minute(now)
        )
        db.session.add(staff)
        db.session.flush()
        audit.note(by, "create", "staff", staff.id, ["name", "display_name"], now=now)
    return staff


def grant(
    staff_id: int,
    role: str,
    campaign_id: int | None,
    *,
    by: int | None,
    clock: Clock = times.now,
) -> None:
    """Give a role in one campaign or in all; giving it twice changes nothing."""
    if role not in ROLES:
        raise InvalidFields({"role": Fault("unknown-choice")})
    with writing():
        now = clock()
        staff = _staff(staff_id)
        if campaign_id is not None and db.session.get(Campaign, campaign_id) is None:
            raise InvalidFields({"campaign": Fault("unknown-choice")})
        if any((had.role, had.campaign_id) == (role, campaign_id) for had in staff.grants):
            return
        added = Grant(staff_id=staff_id, campaign_id=campaign_id, role=role)
        db.session.add(added)
        db.session.flush()
        audit.note(
            by, "grant", "staff_grants", added.id, [f"staff:{staff_id}", role], campaign_id, now=now
        )


def revoke(staff_id: int, grant_id: int, *, by: int, clock: Clock = times.now) -> None:
    """Take a role back. The last owner of the site stays. Raises LastOwner."""
    with writing():
        now = clock()
        given = db.session.get(Grant, grant_id)
        if given is None or given.staff_id != staff_id:
            raise NotFound
        if given.role == "owner" and given.campaign_id is None:
            _refuse_last_owner(staff_id)
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


def set_disabled(staff_id: int, is_disabled: bool, *, by: int, clock: Clock = times.now) -> None:
    """Close an account, which ends its sessions, or open it again. Raises LastOwner."""
    with writing():
        now = clock()
        staff = _staff(staff_id)
        if is_disabled and staff.is_site_owner:
            _refuse_last_owner(staff_id)
        staff.disabled = is_disabled
        if is_disabled:
            _end_sessions(staff_id)
        action = "disable" if is_disabled else "enable"
        audit.note(by, action, "staff", staff_id, ["disabled"], now=now)


def change_password(
    staff_id: int,
    old: str,
    new: str,
    *,
    address: str,
    keep_session: int,
    clock: Clock = times.now,
) -> None:
    """Set one's own password; every other session ends. Raises InvalidFields, TooManyRequests."""
    staff = _staff(staff_id)
    faults = password_faults(new, staff.name, field="new")
    if faults:
        raise InvalidFields(faults)
    require_own_password(staff_id, old, address, field="old", clock=clock)
    _set_password(staff_id, new, by=staff_id, keep_session=keep_session, clock=clock)


def reset_password(staff_id: int, *, by: int | None, clock: Clock = times.now) -> str:
    """Set a new random password, to be handed over once; all sessions of the account end."""
    password = new_password()
    _set_password(staff_id, password, by=by, keep_session=None, clock=clock)
    return password


def require_own_password(
    staff_id: int,
    password: str,
    address: str,
    *,
    field: str = "password",
    clock: Clock = times.now,
) -> None:
    """Ask somebody who is signed in for the password again. Raises InvalidFields as said above."""
    if check_password(_staff(staff_id).name, password, address, clock=clock) is None:
        raise InvalidFields({field: Fault("invalid")})


def check_password(
    name: str,
    password: str,
    address: str,
    *,
    code: str | None = None,
    clock: Clock = times.now,
) -> Staff | None:
    """The account, or None; raises TooManyRequests while the name or the address has to wait.

    With `code`, which may be empty, the second factor is asked for too where the account has one;
    without, of somebody who is signed in, only the password.

    The attempt is counted before the password is looked at, so that guesses in parallel wait too.
    An unknown name takes the same steps and the same time.
    """
    name = login_name(name)
    marks = {_mark("name", name): FREE_FOR_ACCOUNT, _mark("address", address): FREE_FOR_ADDRESS}
    try:
        _count_attempt(marks, clock=clock)
    except TooManyRequests:
        _note(security_log.BRAKED, by_name(name), address, clock)
        raise
    staff = by_name(name)
    nobodys = _nobodys_hash()
    hashed = staff.password_hash if staff and not staff.disabled else nobodys
    if not _is_password(hashed, password) or staff is None or staff.disabled:
        _note(security_log.SIGN_IN_FAILED, staff, address, clock)
        return None
    if code is not None and not second_factors.passes(staff.id, code, clock=clock):
        _note(security_log.CODE_FAILED, staff, address, clock)
        return None
    _forgive(marks, staff.id, password)
    return staff


def sign_in(
    name: str, password: str, address: str, *, code: str = "", clock: Clock = times.now
) -> str | None:
    """Begin a session: its secret id for the cookie, or None for a wrong name, password or code."""
    staff = check_password(name, password, address, code=code, clock=clock)
    if staff is None:
        return None
    staff_id, token = staff.id, secrets.token_urlsafe(32)
    with writing():
        now = clock()
        session = StaffSession(
            token_hash=_token_hash(token),
            staff_id=staff_id,
            created_at=minute(now),
            seen_at=minute(now),
        )
        db.session.execute(
            delete(StaffSession).where(StaffSession.created_at < minute(now - LONGEST))
        )
        db.session.add(session)
        db.session.flush()
        audit.note(staff_id, "sign-in", "staff_sessions", session.id, now=now)
    return token


def signed_in(token: str, *, now: datetime) -> SignedIn | None:
    """Who a cookie's session id belongs to; None if it is unknown, ended, idle or too old."""
    session = db.session.scalar(
        select(StaffSession).where(StaffSession.token_hash == _token_hash(token))
    )
    if session is None:
        return None
    staff = db.session.get(Staff, session.staff_id)
    is_idle = now - parse_minute(session.seen_at) > IDLE
    is_old = now - parse_minute(session.created_at) >= LONGEST
    if staff is None or staff.disabled or is_idle or is_old:
        return None
    return SignedIn(staff, session.id, session.seen_at)


def stay(found: SignedIn, *, now: datetime) -> None:
    """Note that a session is in use, once a minute; a full write queue does not matter."""
    t = minute(now)
    if found.seen_at >= t:
        return
    values = {"t": t, "id": found.session_id}
    try:
        site().store.write(lambda tx: tx.run(_SEEN, values))
    except Busy:
        return


def end_session(session_id: int, *, by: int, clock: Clock = times.now) -> None:
    """End one of one's own sessions. Raises NotFound for somebody else's."""
    with writing():
        session = db.session.get(StaffSession, session_id)
        if session is None or session.staff_id != by:
            raise NotFound
        audit.note(by, "sign-out", "staff_sessions", session_id, now=clock())
        db.session.delete(session)


def sessions_of(staff_id: int, *, now: datetime) -> list[StaffSession]:
    """The sessions still in force, newest first."""
    query = (
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.seen_at >= minute(now - IDLE),
            StaffSession.created_at > minute(now - LONGEST),
        )
        .order_by(StaffSession.id.desc())
    )
    return list(db.session.scalars(query))


def everybody() -> list[Staff]:
    """All accounts by number."""
    return list(db.session.scalars(select(Staff).order_by(Staff.id)))


def by_id(staff_id: int) -> Staff:
    """An account; raises NotFound."""
    return _staff(staff_id)


def by_name(name: str) -> Staff | None:
    """An account by its login name."""
    return db.session.scalar(select(Staff).where(Staff.name == login_name(name)))


def campaigns_of(staff_id: int) -> list[Campaign]:
    """Every campaign in which an account holds any role, drafts too."""
    found = db.session.scalars(select(Campaign).order_by(Campaign.slug))
    staff = _staff(staff_id)
    return [campaign for campaign in found if staff.roles_in(campaign.id)]


def display_names(staff_ids: Iterable[int | None]) -> dict[int, str]:
    """Names to show for staff numbers."""
    wanted = {staff_id for staff_id in staff_ids if staff_id is not None}
    rows = db.session.execute(select(Staff.id, Staff.display_name).where(Staff.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


def login_name(typed: str) -> str:
    """A login name as it is stored: width, case and blanks around it do not matter."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def new_password() -> str:
    """A random password of 80 bits that can be read out: no letter that looks like another."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    letters = "".join(secrets.choice(alphabet) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def password_faults(password: str, name: str, *, field: str = "password") -> dict[str, Fault]:
    """What is wrong with a new password; empty if nothing."""
    if len(password) < SHORTEST_PASSWORD:
        return {
            field: Fault("too-short", min=SHORTEST_PASSWORD, n=SHORTEST_PASSWORD - len(password))
        }
    if len(password) > LONGEST_PASSWORD:
        return {field: Fault("too-long", max=LONGEST_PASSWORD, n=len(password) - LONGEST_PASSWORD)}
    if len(set(password)) < DIFFERENT_CHARACTERS or name in password.casefold():
        return {field: Fault("invalid")}
    return {}


def _name_faults(name: str, display_name: str) -> dict[str, Fault]:
    faults: dict[str, Fault] = {}
    for field, value in (("name", name), ("display_name", display_name)):
        if len(value) < SHORTEST_NAME:
            faults[field] = Fault("too-short", min=SHORTEST_NAME, n=SHORTEST_NAME - len(value))
        elif len(value) > LONGEST_NAME:
            faults[field] = Fault("too-long", max=LONGEST_NAME, n=len(value) - LONGEST_NAME)
        elif not value.isprintable():
            faults[field] = Fault("control-characters")
    if "name" not in faults and not all(char.isalnum() or char in "._-" for char in name):
        faults["name"] = Fault("invalid")
    return faults


def _staff(staff_id: int) -> Staff:
    found = db.session.get(Staff, staff_id)
    if found is None:
        raise NotFound
    return found


def _refuse_last_owner(staff_id: int) -> None:
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


def _set_password(
    staff_id: int, password: str, *, by: int | None, keep_session: int | None, clock: Clock
) -> None:
    hashed, mark = _HASHER.hash(password), _mark("name", _staff(staff_id).name)
    with writing():
        _staff(staff_id).password_hash = hashed
        _end_sessions(staff_id, but=keep_session)
        db.session.execute(delete(SignInFailure).where(SignInFailure.mark == mark))
        audit.note(by, "set-password", "staff", staff_id, ["password_hash"], now=clock())


def _end_sessions(staff_id: int, *, but: int | None = None) -> None:
    query = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    db.session.execute(query if but is None else query.where(StaffSession.id != but))


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _mark(kind: str, value: str) -> bytes:
    """What failures are kept under: a keyed hash, so that no address stands in the database."""
    return mac(keys.site_voter_key(), f"staff-sign-in|{kind}|{value}".encode())


def _count_attempt(marks: dict[bytes, int], *, clock: Clock) -> None:
    """Count an attempt as if it failed; raise TooManyRequests before its time."""
    with writing():
        now = int(clock().timestamp())
        rows = {mark: db.session.get(SignInFailure, mark) for mark in marks}
        wait = max((row.until - now for row in rows.values() if row), default=0)
        if wait > 0:
            raise TooManyRequests(wait)
        for mark, free in marks.items():
            row = rows[mark]
            if row is None:
                row = SignInFailure(mark=mark, failures=0, last=now, until=now)
                db.session.add(row)
            elif now - row.last > FORGOTTEN_AFTER:
                row.failures = 0
            row.failures += 1
            row.last = now
            row.until = now + _wait_after(row.failures - free)
        db.session.execute(delete(SignInFailure).where(SignInFailure.last < now - FORGOTTEN_AFTER))


def _note(event: str, staff: Staff | None, address: str, clock: Clock) -> None:
    staff_id = staff.id if staff else security_log.NOBODY
    security_log.note(event, address, staff_id=staff_id, clock=clock)


def _wait_after(failures_beyond: int) -> int:
    """Seconds to wait: none for the free ones, then 1, 2, 4 … up to a quarter of an hour."""
    if failures_beyond < 0:
        return 0
    return min(1 << min(failures_beyond, 20), LONGEST_WAIT)


def _forgive(marks: dict[bytes, int], staff_id: int, password: str) -> None:
    """After the right password: the name starts anew, the address loses this one attempt."""
    name_mark, address_mark = marks
    with writing():
        db.session.execute(delete(SignInFailure).where(SignInFailure.mark == name_mark))
        row = db.session.get(SignInFailure, address_mark)
        if row is not None:
            row.failures -= 1
            row.until = row.last
        staff = _staff(staff_id)
        if _HASHER.check_needs_rehash(staff.password_hash):
            staff.password_hash = _HASHER.hash(password)


def _is_password(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """What the password of an unknown name is compared with."""
    return _HASHER.hash(secrets.token_urlsafe(16))

"""Staff sessions: a random id in the cookie, its hash in a row, and no session without the row."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from votesite.clock import Clock, minute, now, parse_minute, real
from votesite.domain import audit
from votesite.domain.staff import passwords
from votesite.domain.staff.attempts import Browser
from votesite.errors import (
    Busy,
    NotFound,
)
from votesite.extensions import db, site, writing
from votesite.models.staff import Staff, StaffSession
from votesite.store import Statement

MAX_IDLE = timedelta(minutes=30)
MAX_SESSION = timedelta(hours=12)
_SEEN = Statement("UPDATE staff_sessions SET seen_at = :t WHERE id = :id AND seen_at < :t")


@dataclass(frozen=True)
class SignedIn:
    """A signed-in staff member and their session; `seen_at` is the minute of its last use."""

    staff: Staff
    session_id: int
    seen_at: str


def sign_in(
    name: str, password: str, browser: Browser, *, code: str = "", clock: Clock = real
) -> str | None:
    """Begin a session and return its secret id, which belongs in the cookie.

    Returns None for a wrong name, password or code. Raises TooManyRequests.
    """
    staff = passwords.check_password(
        name, password, browser, code=code, by_recovery=True, clock=clock
    )
    if staff is None:
        return None
    staff_id = staff.id
    with writing():
        return begin(staff_id, clock())


def begin(staff_id: int, now: datetime) -> str:
    """Begin a session inside the caller's `writing()` and return its secret id."""
    token = secrets.token_urlsafe(32)
    session = StaffSession(
        token_hash=_token_hash(token),
        staff_id=staff_id,
        created_at=minute(now),
        seen_at=minute(now),
    )
    db.session.execute(
        delete(StaffSession).where(StaffSession.created_at < minute(now - MAX_SESSION))
    )
    db.session.add(session)
    db.session.flush()
    audit.note(staff_id, "sign-in", "staff_sessions", session.id, now=now)
    return token


def signed_in(token: str, *, now: datetime) -> SignedIn | None:
    """Whom a session id from a cookie belongs to.

    None if the session is unknown, ended, idle for too long or too old, or the account closed.
    """
    session = db.session.scalar(
        select(StaffSession).where(StaffSession.token_hash == _token_hash(token))
    )
    if session is None:
        return None
    staff = db.session.get(Staff, session.staff_id)
    is_idle = now - parse_minute(session.seen_at) > MAX_IDLE
    is_old = now - parse_minute(session.created_at) >= MAX_SESSION
    if staff is None or staff.disabled or is_idle or is_old:
        return None
    return SignedIn(staff, session.id, session.seen_at)


def stay(signed_in: SignedIn, *, now: datetime) -> None:
    """Record that a session is in use, once a minute; a full write queue does not matter."""
    t = minute(now)
    if signed_in.seen_at >= t:
        return
    values = {"t": t, "id": signed_in.session_id}
    try:
        site().store.write(lambda tx: tx.run(_SEEN, values))
    except Busy:
        return


def end_session(session_id: int, *, by: int, clock: Clock = now) -> None:
    """End one of one's own sessions. Raises NotFound for those of others."""
    with writing():
        session = db.session.get(StaffSession, session_id)
        if session is None or session.staff_id != by:
            raise NotFound
        audit.note(by, "sign-out", "staff_sessions", session_id, now=clock())
        db.session.delete(session)


def sessions_of(staff_id: int, *, now: datetime) -> list[StaffSession]:
    """An account's sessions that have not ended, newest first."""
    query = (
        select(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.seen_at >= minute(now - MAX_IDLE),
            StaffSession.created_at > minute(now - MAX_SESSION),
        )
        .order_by(StaffSession.id.desc())
    )
    return list(db.session.scalars(query))


def end_sessions(staff_id: int, *, but: int | None = None) -> None:
    """Delete an account's sessions, except one; the caller commits."""
    query = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    db.session.execute(query if but is None else query.where(StaffSession.id != but))


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

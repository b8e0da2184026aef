"""Passwords: what they have to be like, checking them with a back-off, changing, resetting."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete

from votesite.clock import Clock, now
from votesite.domain import audit, keys
from votesite.domain.staff import people, second_factors, security_log, sessions
from votesite.domain.texts import length_fault
from votesite.errors import (
    Fault,
    InvalidFields,
    TooManyRequests,
)
from votesite.extensions import db, writing
from votesite.keys import mac
from votesite.models.staff import SignInFailure, Staff

MIN_PASSWORD, MAX_PASSWORD = 10, 128
MIN_DIFFERENT = 5  # characters
FREE_FOR_ACCOUNT = 3  # failed attempts before the first wait
FREE_FOR_ADDRESS = 10  # an office shares its address
MAX_WAIT = 900  # seconds
FORGOTTEN_AFTER = 24 * 3600  # seconds

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def change_password(
    staff_id: int,
    old: str,
    new: str,
    *,
    address: str,
    keep_session: int,
    clock: Clock = now,
) -> None:
    """Set one's own password and end every session but `keep_session`.

    Raises NotFound, InvalidFields for `old` or `new`, TooManyRequests.
    """
    staff = people.by_id(staff_id)
    faults = password_faults(new, staff.name, field="new")
    if faults:
        raise InvalidFields(faults)
    require_own_password(staff_id, old, address, field="old", clock=clock)
    _set_password(staff_id, new, by=staff_id, keep_session=keep_session, clock=clock)


def reset_password(staff_id: int, *, by: int | None, clock: Clock = now) -> str:
    """Set a new random password and end all sessions of the account.

    Returns the password, which is shown once. Raises NotFound.
    """
    password = new_password()
    _set_password(staff_id, password, by=by, keep_session=None, clock=clock)
    return password


def require_own_password(
    staff_id: int,
    password: str,
    address: str,
    *,
    field: str = "password",
    clock: Clock = now,
) -> None:
    """Ask somebody who is signed in for their password again.

    Raises NotFound, InvalidFields for `field`, TooManyRequests.
    """
    if check_password(people.by_id(staff_id).name, password, address, clock=clock) is None:
        raise InvalidFields({field: Fault("invalid")})


def check_password(
    name: str,
    password: str,
    address: str,
    *,
    code: str | None = None,
    clock: Clock = now,
) -> Staff | None:
    """Return the account if name and password are right, otherwise None.

    With `code`, which may be empty, accounts that have a second factor need it too. Without it only
    the password counts, for people who are signed in already.

    The attempt is counted before the password is checked, so that guesses in parallel have to wait
    too. An unknown name takes the same steps and the same time. Raises TooManyRequests while the
    name or the address has to wait.
    """
    name = people.login_name(name)
    marks = {_mark("name", name): FREE_FOR_ACCOUNT, _mark("address", address): FREE_FOR_ADDRESS}
    try:
        _count_attempt(marks, clock=clock)
    except TooManyRequests:
        _note(security_log.BRAKED, people.by_name(name), address, clock)
        raise
    staff = people.by_name(name)
    decoy = _decoy_hash()
    hashed = staff.password_hash if staff and not staff.disabled else decoy
    if not _is_password(hashed, password) or staff is None or staff.disabled:
        _note(security_log.SIGN_IN_FAILED, staff, address, clock)
        return None
    if code is not None and not second_factors.passes(staff.id, code, clock=clock):
        _note(security_log.CODE_FAILED, staff, address, clock)
        return None
    _forgive(marks, staff.id, password)
    return staff


def new_password() -> str:
    """Return a random password of 80 bits that can be read out: no two letters look alike."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    letters = "".join(secrets.choice(alphabet) for _ in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def password_faults(password: str, name: str, *, field: str = "password") -> dict[str, Fault]:
    """What is wrong with a new password, under the name of its field; empty if nothing is."""
    fault = length_fault(password, MAX_PASSWORD, least=MIN_PASSWORD)
    if fault:
        return {field: fault}
    if len(set(password)) < MIN_DIFFERENT or name in password.casefold():
        return {field: Fault("invalid")}
    return {}


def _set_password(
    staff_id: int, password: str, *, by: int | None, keep_session: int | None, clock: Clock
) -> None:
    hashed, mark = HASHER.hash(password), _mark("name", people.by_id(staff_id).name)
    with writing():
        people.by_id(staff_id).password_hash = hashed
        sessions.end_sessions(staff_id, but=keep_session)
        db.session.execute(delete(SignInFailure).where(SignInFailure.mark == mark))
        audit.note(by, "set-password", "staff", staff_id, ["password_hash"], now=clock())


def _mark(kind: str, value: str) -> bytes:
    """A keyed hash under which failures are counted, so that no address is in the database."""
    return mac(keys.site_voter_key(), f"staff-sign-in|{kind}|{value}".encode())


def _count_attempt(marks: dict[bytes, int], *, clock: Clock) -> None:
    """Count an attempt as a failure; raise TooManyRequests if it comes too early."""
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
    """Seconds to wait: none while attempts are free, then 1, 2, 4 … up to MAX_WAIT."""
    if failures_beyond < 0:
        return 0
    return min(1 << min(failures_beyond, 20), MAX_WAIT)


def _forgive(marks: dict[bytes, int], staff_id: int, password: str) -> None:
    """After the right password: clear the name's failures, and take one from the address."""
    name_mark, address_mark = marks
    with writing():
        db.session.execute(delete(SignInFailure).where(SignInFailure.mark == name_mark))
        row = db.session.get(SignInFailure, address_mark)
        if row is not None:
            row.failures -= 1
            row.until = row.last
        staff = people.by_id(staff_id)
        if HASHER.check_needs_rehash(staff.password_hash):
            staff.password_hash = HASHER.hash(password)


def _is_password(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy_hash() -> str:
    """The hash that the password of an unknown name is compared with."""
    return HASHER.hash(secrets.token_urlsafe(16))

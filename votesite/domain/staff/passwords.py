"""Passwords: what they have to be like, checking them with a back-off, changing them."""

import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from votesite.clock import Clock, real
from votesite.domain import audit
from votesite.domain.staff import attempts, people, second_factors, security_log, sessions
from votesite.domain.staff.attempts import Attempt, Browser
from votesite.domain.texts import length_fault
from votesite.errors import (
    Fault,
    InvalidFields,
    TooManyRequests,
)
from votesite.extensions import writing
from votesite.models.staff import Staff

MIN_PASSWORD, MAX_PASSWORD = 10, 128
MIN_DIFFERENT = 5  # characters

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def change_password(
    staff_id: int,
    old: str,
    new: str,
    *,
    browser: Browser,
    keep_session: int,
    clock: Clock = real,
) -> None:
    """Set one's own password and end every session but `keep_session`.

    Raises NotFound, InvalidFields for `old` or `new`, TooManyRequests.
    """
    staff = people.by_id(staff_id)
    faults = password_faults(new, staff.name, field="new")
    if faults:
        raise InvalidFields(faults)
    require_own_password(staff_id, old, browser, field="old", clock=clock)
    hashed = HASHER.hash(new)
    with writing():
        put(staff_id, hashed, keep_session=keep_session, now=clock())


def put(staff_id: int, hashed: str, *, keep_session: int | None = None, now: datetime) -> None:
    """Store the hash of an owner's new password and end other sessions, inside `writing()`."""
    people.by_id(staff_id).password_hash = hashed
    sessions.end_sessions(staff_id, but=keep_session)
    audit.note(staff_id, "set-password", "staff", staff_id, ["password_hash"], now=now)


def require_own_password(
    staff_id: int,
    password: str,
    browser: Browser,
    *,
    field: str = "password",
    clock: Clock = real,
) -> None:
    """Ask somebody who is signed in for their password again.

    Raises NotFound, InvalidFields for `field`, TooManyRequests.
    """
    if check_password(people.by_id(staff_id).name, password, browser, clock=clock) is None:
        raise InvalidFields({field: Fault("invalid")})


def require_step_up(
    staff_id: int,
    password: str,
    code: str,
    browser: Browser,
    *,
    by_recovery: bool = False,
    clock: Clock = real,
) -> None:
    """Ask somebody who is signed in for password and code again, the code if they have a phone.

    Raises NotFound, InvalidFields for `password`, without telling which was wrong, TooManyRequests.
    """
    name = people.by_id(staff_id).name
    found = check_password(name, password, browser, code=code, by_recovery=by_recovery, clock=clock)
    if found is None:
        raise InvalidFields({"password": Fault("step-up")})


def check_password(
    name: str,
    password: str,
    browser: Browser,
    *,
    code: str | None = None,
    by_recovery: bool = False,
    clock: Clock = real,
) -> Staff | None:
    """Return the account if name and password are right, otherwise None.

    With `code`, which may be empty, accounts that have a second factor need it too; `by_recovery`
    takes a recovery code in its place. Without `code` only the password counts, for people who are
    signed in already.

    An unknown name takes the same steps and the same time. Raises TooManyRequests while this
    browser has to wait (`attempts`), or others' passwords are being computed.
    """
    name = people.login_name(name)
    staff = people.by_name(name)
    try:
        attempt = attempts.begin(name, staff, browser, clock)
        is_right = _computed(attempt, staff, password)
    except TooManyRequests:
        _note(security_log.BRAKED, staff, browser.address, clock)
        raise
    if not is_right or staff is None or staff.disabled:
        _note(security_log.SIGN_IN_FAILED, staff, browser.address, clock)
        return None
    is_passed = code is None or second_factors.passes(
        staff.id, code, by_recovery=by_recovery, clock=clock
    )
    if not is_passed:
        _note(security_log.CODE_FAILED, staff, browser.address, clock)
        return None
    attempt.succeed(clock)
    _renew(staff, password)
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


def _note(event: str, staff: Staff | None, address: str, clock: Clock) -> None:
    staff_id = staff.id if staff else security_log.NOBODY
    security_log.note(event, address, staff_id=staff_id, clock=clock)


def _computed(attempt: Attempt, staff: Staff | None, password: str) -> bool:
    """Whether the password is right. Raises TooManyRequests, uncounted, in a crowd of attempts."""
    decoy = _decoy_hash()
    hashed = staff.password_hash if staff and not staff.disabled else decoy
    try:
        with attempts.turn(attempt.is_known):
            return _is_password(hashed, password)
    except TooManyRequests:
        attempt.take_back()
        raise


def _renew(staff: Staff, password: str) -> None:
    """Store a right password's hash again if it was made with weaker parameters."""
    if HASHER.check_needs_rehash(staff.password_hash):
        hashed = HASHER.hash(password)
        with writing():
            people.by_id(staff.id).password_hash = hashed


def _is_password(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password[: MAX_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy_hash() -> str:
    """The hash that the password of an unknown name is compared with."""
    return HASHER.hash(secrets.token_urlsafe(16))

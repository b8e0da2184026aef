"""Staff's second factor: a code that a phone shows for half a minute (TOTP, RFC 6238).

Accounts that were opened by a link hold no role before they have one; for those made on the server
it is voluntary. Those who have set one up need it wherever a password alone would let them sign in
or confirm. Each code works once. The codes of the time steps before and after the present one are
accepted too, for phones whose clocks are off by half a minute.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, select

from votesite.clock import Clock, minute, now, real
from votesite.domain import audit, keys
from votesite.domain.staff import recovery_codes
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db, site, writing
from votesite.models.staff import SecondFactor, Staff, StaffSession

STEP_SECONDS = 30
ACCEPTED_STEPS = (-1, 0, 1)
_TABLE = "staff_second_factors"


@dataclass(frozen=True)
class Enrolment:
    """A secret for a phone: to type in, and as the `otpauth:` address in a QR code."""

    secret: str
    uri: str


def since(staff_id: int) -> str | None:
    """The minute from which on an account's second factor is required; None if it has none."""
    row = db.session.get(SecondFactor, staff_id)
    return row.since if row else None


def has_second_factor(staff_id: int) -> bool:
    """Whether an account has a second factor that is required."""
    return since(staff_id) is not None


def holders() -> frozenset[int]:
    """The ids of the accounts that have a second factor."""
    query = select(SecondFactor.staff_id).where(SecondFactor.since.is_not(None))
    return frozenset(db.session.scalars(query))


def begin(staff_id: int) -> None:
    """Make a secret, replacing one that was never confirmed; codes are not required yet.

    Does nothing if the account has a second factor.
    """
    keys.field_prefix()  # read before the lock is held: on a new site it makes the key
    with writing():
        add_secret(staff_id)


def add_secret(staff_id: int) -> None:
    """Like `begin`, inside the caller's `writing()`, who has read the newest field key before."""
    row = db.session.get(SecondFactor, staff_id)
    if row is not None and row.since is not None:
        return
    sealed = keys.seal_field(pyotp.random_base32(), _bound_to(staff_id))
    db.session.merge(SecondFactor(staff_id=staff_id, sealed=sealed, since=None, last_step=0))


def enrolment(staff_id: int) -> Enrolment | None:
    """The secret for the phone, as long as it is not confirmed; afterwards None."""
    row = db.session.get(SecondFactor, staff_id)
    staff = db.session.get(Staff, staff_id)
    if row is None or row.since is not None or staff is None:
        return None
    secret = keys.open_field(row.sealed, _bound_to(staff_id))
    issuer = f"公评 {site().settings.host}"
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name=issuer)
    return Enrolment(secret, uri)


def confirm(staff_id: int, code: str, *, keep_session: int, clock: Clock = real) -> list[str]:
    """Require codes from now on, because the phone has shown a right one; end all other sessions.

    Returns the account's recovery codes, which are shown once. Raises InvalidFields for a wrong
    code, NotFound if no secret waits for confirmation.
    """
    keys.trace_key()  # read before the lock is held: on a new site it makes the key
    with writing():
        now = clock()
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is not None:
            raise NotFound
        step = _step_of(row, code, now)
        if step is None:
            raise InvalidFields({"code": Fault("invalid")})
        row.since, row.last_step = minute(now), step
        others = StaffSession.staff_id == staff_id, StaffSession.id != keep_session
        db.session.execute(delete(StaffSession).where(*others))
        audit.note(staff_id, "set-second-factor", "staff", staff_id, ["second_factor"], now=now)
        return recovery_codes.make(staff_id)


def take_away(staff_id: int, *, by: int, clock: Clock = now) -> None:
    """Remove a second factor, for its owner: others propose that (`account_acts`)."""
    with writing():
        remove(staff_id, by=by, now=clock())


def remove(staff_id: int, *, by: int | None, now: datetime) -> bool:
    """Remove a second factor with its recovery codes, inside the caller's `writing()`.

    Returns False if there was none; `by` is None on the server.
    """
    row = db.session.get(SecondFactor, staff_id)
    if row is None:
        return False
    db.session.delete(row)
    recovery_codes.forget(staff_id)
    audit.note(by, "drop-second-factor", "staff", staff_id, ["second_factor"], now=now)
    return True


def passes(staff_id: int, code: str, *, by_recovery: bool = False, clock: Clock = real) -> bool:
    """Whether a code is right and unused, or none is required. Asking uses the code up.

    With `by_recovery` a recovery code will do as well.
    """
    if since(staff_id) is None:
        return True
    keys.trace_key()  # read before the lock is held: on a new site it makes the key
    with writing():
        now = clock()
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is None:
            return True
        step = _step_of(row, code, now)
        if step is None:
            return by_recovery and recovery_codes.use_up(staff_id, code, now=now)
        row.last_step = step
    return True


def _step_of(row: SecondFactor, code: str, now: datetime) -> int | None:
    """The time step this code matches.

    None if it matches none, or if that step or a later one was already used.
    """
    typed = "".join(code.split()).encode()
    totp = pyotp.TOTP(keys.open_field(row.sealed, _bound_to(row.staff_id)), interval=STEP_SECONDS)
    steps = [int(now.timestamp()) // STEP_SECONDS + away for away in ACCEPTED_STEPS]
    matching = [
        step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return next((step for step in matching if step > row.last_step), None)


def _bound_to(staff_id: int) -> str:
    return f"{_TABLE}|{staff_id}|sealed"

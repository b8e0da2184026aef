"""Staff's second factor: a code that a phone shows for half a minute (TOTP, RFC 6238).

It is voluntary. Those who have set one up need it wherever a password alone would let them sign in
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


def holders() -> frozenset[int]:
    """The ids of the accounts that have a second factor."""
    query = select(SecondFactor.staff_id).where(SecondFactor.since.is_not(None))
    return frozenset(db.session.scalars(query))


def begin(staff_id: int) -> None:
    """Make a secret, replacing one that was never confirmed; codes are not required yet.

    Does nothing if the account has a second factor.
    """
    secret = pyotp.random_base32()
    sealed = keys.seal_field(secret, _bound_to(staff_id))
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is not None and row.since is not None:
            return
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


def confirm(staff_id: int, code: str, *, keep_session: int, clock: Clock = real) -> None:
    """Require codes from now on, because the phone has shown a right one; end all other sessions.

    Raises InvalidFields for a wrong code, NotFound if no secret waits for confirmation.
    """
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


def take_away(staff_id: int, *, by: int | None, clock: Clock = now) -> bool:
    """Remove a second factor. Returns False if there was none; `by` is None on the server."""
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is None:
            return False
        db.session.delete(row)
        audit.note(by, "drop-second-factor", "staff", staff_id, ["second_factor"], now=clock())
    return True


def passes(staff_id: int, code: str, *, clock: Clock = real) -> bool:
    """Whether a code is right and unused, or none is required. Asking uses the code up."""
    if since(staff_id) is None:
        return True
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is None:
            return True
        step = _step_of(row, code, clock())
        if step is None:
            return False
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

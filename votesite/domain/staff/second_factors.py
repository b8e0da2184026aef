"""Staff's second factor: a code that a phone shows for half a minute (TOTP, RFC 6238).

Whoever has set one up needs it wherever a password alone would let him in or let him confirm.
Nobody is made to. A code is good once; the one before and the one after the clock's are taken too,
for phones that go wrong by half a minute.
"""

import hmac
from dataclasses import dataclass

import pyotp
from sqlalchemy import delete, select

from votesite import clock as times
from votesite.clock import Clock, minute
from votesite.domain import audit, keys
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db, site, writing
from votesite.models.staff import SecondFactor, Staff, StaffSession

STEP = 30  # seconds
ACCEPTED_STEPS = (-1, 0, 1)
_TABLE = "staff_second_factors"


@dataclass(frozen=True)
class Enrolment:
    """A secret on its way to a phone: to type in, and as the address in a QR code."""

    secret: str
    uri: str


def since(staff_id: int) -> str | None:
    """From which minute on an account's second factor is asked for; None if it has none."""
    row = db.session.get(SecondFactor, staff_id)
    return row.since if row else None


def holders() -> frozenset[int]:
    """The accounts that have one."""
    query = select(SecondFactor.staff_id).where(SecondFactor.since.is_not(None))
    return frozenset(db.session.scalars(query))


def begin(staff_id: int) -> None:
    """Make a secret, in place of one that was not confirmed; it is not asked for yet."""
    secret = pyotp.random_base32()
    sealed = keys.seal_field(secret, _bound_to(staff_id))
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is not None and row.since is not None:
            return
        db.session.merge(SecondFactor(staff_id=staff_id, sealed=sealed, since=None, last_step=0))


def enrolment(staff_id: int) -> Enrolment | None:
    """What the phone needs, while it is not confirmed yet; never again."""
    row = db.session.get(SecondFactor, staff_id)
    staff = db.session.get(Staff, staff_id)
    if row is None or row.since is not None or staff is None:
        return None
    secret = keys.open_field(row.sealed, _bound_to(staff_id))
    issuer = f"公评 {site().settings.host}"
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.name, issuer_name=issuer)
    return Enrolment(secret, uri)


def confirm(staff_id: int, code: str, *, keep_session: int, clock: Clock = times.now) -> None:
    """The phone shows the right code: it is asked for from now on, and every other session ends.

    Raises InvalidFields for a wrong code, NotFound where nothing was begun.
    """
    with writing():
        now = clock()
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is not None:
            raise NotFound
        step = _step_of(row, code, now.timestamp())
        if step is None:
            raise InvalidFields({"code": Fault("invalid")})
        row.since, row.last_step = minute(now), step
        others = StaffSession.staff_id == staff_id, StaffSession.id != keep_session
        db.session.execute(delete(StaffSession).where(*others))
        audit.note(staff_id, "set-second-factor", "staff", staff_id, ["second_factor"], now=now)


def take_away(staff_id: int, *, by: int | None, clock: Clock = times.now) -> bool:
    """The password alone is enough again; False if there was none. `by` None: on the server."""
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is None:
            return False
        db.session.delete(row)
        audit.note(by, "drop-second-factor", "staff", staff_id, ["second_factor"], now=clock())
    return True


def passes(staff_id: int, code: str, *, clock: Clock = times.now) -> bool:
    """Whether a code is right and new, or none is needed; it is used up by the question."""
    if since(staff_id) is None:
        return True
    with writing():
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is None:
            return True
        step = _step_of(row, code, clock().timestamp())
        if step is None:
            return False
        row.last_step = step
    return True


def _step_of(row: SecondFactor, code: str, now: float) -> int | None:
    """The step of the clock that a code belongs to, if none so late was used before."""
    typed = "".join(code.split()).encode()
    totp = pyotp.TOTP(keys.open_field(row.sealed, _bound_to(row.staff_id)), interval=STEP)
    steps = [int(now) // STEP + away for away in ACCEPTED_STEPS]
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), typed)]
    return next((step for step in found if step > row.last_step), None)


def _bound_to(staff_id: int) -> str:
    return f"{_TABLE}|{staff_id}|sealed"

"""Recovery codes: ten numbers on paper that stand in for a lost phone, each of them once.

They let somebody sign in and take the own second factor away, nothing else. What is stored is a
keyed hash of each; a code is shown when it is made, and never again.
"""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, select

from votesite.clock import Clock, real
from votesite.domain import audit, keys
from votesite.errors import Lapsed
from votesite.extensions import db, writing
from votesite.keys import mac
from votesite.models.staff import RecoveryCode, SecondFactor

COUNT, DIGITS = 10, 12
MARK_BYTES = 16


def renew(staff_id: int, *, clock: Clock = real) -> list[str]:
    """Make ten new codes; the old ones end. Raises Lapsed if there is no second factor."""
    keys.trace_key()  # read before the lock is held: on a new site it makes the key
    with writing():
        now = clock()
        row = db.session.get(SecondFactor, staff_id)
        if row is None or row.since is None:
            raise Lapsed
        codes = make(staff_id)
        audit.note(staff_id, "recovery-codes", "staff", staff_id, now=now)
    return codes


def make(staff_id: int) -> list[str]:
    """Like `renew`, inside the caller's `writing()` and without a line in the audit log."""
    forget(staff_id)
    codes = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(COUNT)]
    db.session.add_all(RecoveryCode(staff_id=staff_id, mark=_mark(staff_id, it)) for it in codes)
    return ["-".join(code[start : start + 4] for start in range(0, DIGITS, 4)) for code in codes]


def use_up(staff_id: int, typed: str, *, now: datetime) -> bool:
    """Whether this is one of the account's codes, which ends it; inside `writing()`."""
    digits = "".join(char for char in typed if char.isdecimal() and char.isascii())
    row = db.session.get(RecoveryCode, (staff_id, _mark(staff_id, digits)))
    if row is None:
        return False
    db.session.delete(row)
    audit.note(staff_id, "use-recovery-code", "staff", staff_id, now=now)
    return True


def left(staff_id: int) -> int:
    """How many codes an account has that were not used."""
    query = select(func.count()).where(RecoveryCode.staff_id == staff_id)
    return db.session.scalar(query) or 0


def forget(staff_id: int) -> None:
    """End all codes of an account, inside `writing()`."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))


def _mark(staff_id: int, digits: str) -> bytes:
    return mac(keys.trace_key(), f"recovery|{staff_id}|{digits}".encode())[:MARK_BYTES]

"""Creating and closing staff accounts."""

from datetime import datetime

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.staff import grants, passwords, people, sessions
from votesite.domain.texts import length_fault, stray
from votesite.errors import (
    Fault,
    InvalidFields,
)
from votesite.extensions import db, writing
from votesite.models.staff import Staff

MIN_NAME, MAX_NAME = 2, 40


def create(
    name: str,
    display_name: str,
    password: str,
    *,
    by: int | None,
    clock: Clock = now,
) -> Staff:
    """Add an account without any grant. Raises InvalidFields."""
    staff = prepared(name, display_name, password)
    with writing():
        now = clock()
        add(staff, now)
        audit.note(by, "create", "staff", staff.id, ["name", "display_name"], now=now)
    return staff


def close(staff_id: int, *, by: int, clock: Clock = now) -> None:
    """Close an account, which ends its sessions; `joining` opens it again.

    Raises NotFound, and LastOwner for the last owner or the last who looks after accounts.
    """
    with writing():
        now = clock()
        staff = people.by_id(staff_id)
        for role in grants.KEPT_FILLED & grants.everywhere(staff, now):
            grants.refuse_last(staff_id, role, now)
        staff.disabled = True
        sessions.end_sessions(staff_id)
        audit.note(by, "disable", "staff", staff_id, ["disabled"], now=now)


def display_name_faults(display_name: str) -> dict[str, Fault]:
    """What keeps somebody from being shown under this name."""
    return _text_faults("display_name", display_name.strip())


def prepared(name: str, display_name: str, password: str) -> Staff:
    """An account not yet stored; the password is hashed before any lock is held.

    Raises InvalidFields.
    """
    name, display_name = _names(name, display_name)
    faults = _text_faults("name", name) | _text_faults("display_name", display_name)
    if "name" not in faults and not all(char.isalnum() or char in "._-" for char in name):
        faults["name"] = Fault("login-name")
    if "name" not in faults and people.by_name(name):
        faults["name"] = Fault("taken")
    faults |= passwords.password_faults(password, name)
    if faults:
        raise InvalidFields(faults)
    hashed = passwords.HASHER.hash(password)
    return Staff(name=name, display_name=display_name, password_hash=hashed)


def add(staff: Staff, now: datetime) -> None:
    """Store a prepared account inside the caller's `writing()`. Raises InvalidFields."""
    if people.by_name(staff.name):
        raise InvalidFields({"name": Fault("taken")})
    staff.created_at = minute(now)
    db.session.add(staff)
    db.session.flush()


def _text_faults(field: str, text: str) -> dict[str, Fault]:
    """What is wrong with a name, whichever of the two it is."""
    fault = length_fault(text, MAX_NAME, least=MIN_NAME)
    if fault:
        return {field: fault}
    if not text.isprintable() or stray(text, lines=False):
        return {field: Fault("control-characters")}
    return {}


def _names(name: str, display_name: str) -> tuple[str, str]:
    """Both names as they are kept; without the second, colleagues see the first."""
    return people.login_name(name), display_name.strip() or name.strip()

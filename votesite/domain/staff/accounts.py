"""Creating, closing and reopening staff accounts."""

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
    staff = _new_account(name, display_name, password)
    with writing():
        _add(staff, by, clock())
    return staff


def create_with_role(  # noqa: PLR0913 -- the fields of one form
    name: str,
    display_name: str,
    password: str,
    role: str,
    campaign_id: int | None,
    *,
    by: int,
    clock: Clock = now,
) -> Staff:
    """Add an account with its first role, in one campaign or in all: both or neither.

    Raises InvalidFields.
    """
    staff = _new_account(name, display_name, password)
    with writing():
        now = clock()
        _add(staff, by, now)
        grants.add(staff, role, campaign_id, by=by, now=now)
    return staff


def set_disabled(staff_id: int, is_disabled: bool, *, by: int, clock: Clock = now) -> None:
    """Close an account, which ends its sessions, or open it again.

    Raises NotFound, and LastOwner if nobody else could manage accounts.
    """
    with writing():
        now = clock()
        staff = people.by_id(staff_id)
        if is_disabled and staff.is_site_owner:
            grants.refuse_last_owner(staff_id)
        staff.disabled = is_disabled
        if is_disabled:
            sessions.end_sessions(staff_id)
        action = "disable" if is_disabled else "enable"
        audit.note(by, action, "staff", staff_id, ["disabled"], now=now)


def name_faults(name: str, display_name: str) -> dict[str, Fault]:
    """What keeps an account from being called so, a name that is taken included."""
    name, display_name = _names(name, display_name)
    faults: dict[str, Fault] = {}
    for field, value in (("name", name), ("display_name", display_name)):
        fault = length_fault(value, MAX_NAME, least=MIN_NAME)
        if fault:
            faults[field] = fault
        elif not value.isprintable() or stray(value, lines=False):
            faults[field] = Fault("control-characters")
    if "name" not in faults and not all(char.isalnum() or char in "._-" for char in name):
        faults["name"] = Fault("login-name")
    if "name" not in faults and people.by_name(name):
        faults["name"] = Fault("taken")
    return faults


def _new_account(name: str, display_name: str, password: str) -> Staff:
    """An account not yet stored; the password is hashed before any lock is held."""
    faults = name_faults(name, display_name)
    name, display_name = _names(name, display_name)
    faults |= passwords.password_faults(password, name)
    if faults:
        raise InvalidFields(faults)
    hashed = passwords.HASHER.hash(password)
    return Staff(name=name, display_name=display_name, password_hash=hashed)


def _add(staff: Staff, by: int | None, now: datetime) -> None:
    if people.by_name(staff.name):
        raise InvalidFields({"name": Fault("taken")})
    staff.created_at = minute(now)
    db.session.add(staff)
    db.session.flush()
    audit.note(by, "create", "staff", staff.id, ["name", "display_name"], now=now)


def _names(name: str, display_name: str) -> tuple[str, str]:
    """Both names as they are kept; without the second, colleagues see the first."""
    return people.login_name(name), display_name.strip() or name.strip()

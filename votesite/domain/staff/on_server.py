"""What the commands on the server do about accounts: at once, by nobody's account, and told.

Whoever runs the machine needs no second person, so the owners are shown each of these acts at their
next sign-in.
"""

from datetime import datetime

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.staff import accounts, grants, notices, people, second_factors
from votesite.extensions import db, writing
from votesite.models.staff import AccountAct, Staff


def create(
    name: str,
    display_name: str,
    password: str,
    role: str,
    campaign_id: int | None,
    *,
    clock: Clock = now,
) -> Staff:
    """Add an account with a role that counts at once. Raises InvalidFields."""
    staff = accounts.prepared(name, display_name, password)
    with writing():
        now = clock()
        accounts.add(staff, now)
        audit.note(None, "create", "staff", staff.id, ["name", "display_name"], now=now)
        grants.add(staff, role, campaign_id, by=None, now=now)
        act = _act("create", staff.id, now)
        act.role, act.campaign_id = role, campaign_id
        notices.tell(act, now)
    return staff


def reset_second_factor(staff_id: int, *, clock: Clock = now) -> bool:
    """Take somebody's second factor away; False if there was none. Raises NotFound."""
    with writing():
        now = clock()
        if not second_factors.remove(people.by_id(staff_id).id, by=None, now=now):
            return False
        notices.tell(_act("drop-factor", staff_id, now), now)
    return True


def _act(kind: str, staff_id: int, now: datetime) -> AccountAct:
    t = minute(now)
    act = AccountAct(kind=kind, staff_id=staff_id, proposed_at=t, used_at=t, state="done")
    db.session.add(act)
    db.session.flush()
    return act

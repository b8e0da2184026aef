"""Dealing with objections at the desk: taking them up, or saying why not; hints; what is read.

The answer itself is a decision of two people (`decisions`), which alone writes it into the ledger.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, day, minute, now
from votesite.domain import audit
from votesite.domain.hearing import concerns, evidence
from votesite.domain.hearing.concerns import READERS
from votesite.domain.hearing.evidence import Evidence
from votesite.domain.hearing.sealing import Words, open_words, seal_note
from votesite.domain.staff.roles import require_role
from votesite.domain.texts import required
from votesite.errors import Fault, InvalidFields, Lapsed, NotFound
from votesite.extensions import db, load_in, writing
from votesite.models.hearing import Objection, ObjectionFile, ObjectionTerms

HANDLERS = frozenset({"owner", "editor", "reviewer"})
EDITORS = frozenset({"owner", "editor"})
MAX_REASON = 2000
MAX_DAYS = 60
OPEN_STATES = ("received", "accepted")


class Waiting(NamedTuple):
    """How many objections are unanswered, and how many of them are late."""

    open: int
    late: int


def objections_of(campaign_id: int) -> list[Objection]:
    """A campaign's objections and hints: the undecided first, by the day they are due."""
    rows = db.session.scalars(select(Objection).where(Objection.campaign_id == campaign_id))
    return sorted(rows, key=lambda row: (not is_owed(row), row.due_on, row.id))


def is_owed(objection: Objection) -> bool:
    """Whether something is still to be done: an answer, or of a hint a look at it."""
    if objection.n is None:
        return objection.state in OPEN_STATES
    return objection.answer_n is None


def is_late(objection: Objection, now: datetime) -> bool:
    """Whether its deadline has passed; for a hint there is none."""
    is_due = objection.n is not None and is_owed(objection)
    return is_due and objection.due_on < day(now).isoformat()


def waiting(campaign_id: int, *, now: datetime) -> Waiting:
    """What waits in a campaign."""
    rows = [row for row in objections_of(campaign_id) if is_owed(row)]
    return Waiting(len(rows), sum(is_late(row, now) for row in rows))


def find(campaign_id: int, objection_id: int) -> Objection:
    """An objection of this campaign; raises NotFound, for those of others too."""
    return load_in(Objection, objection_id, campaign_id)


def accept(campaign_id: int, objection_id: int, *, by: int, clock: Clock = now) -> None:
    """Take an objection up. Raises NotFound, Forbidden, Lapsed for one that is dealt with."""
    with writing():
        now = clock()
        row = _to_handle(campaign_id, objection_id, by)
        if row.n is None or row.state not in ("received", "closed"):
            raise Lapsed
        row.state, row.accepted_by, row.accepted_at = "accepted", by, minute(now)
        row.declined = None
        audit.note(by, "take-up", "objections", row.id, ("state",), campaign_id, now=now)


def decline(
    campaign_id: int, objection_id: int, reason: str, *, by: int, clock: Clock = now
) -> None:
    """Do not take an objection up, or have done with a hint; `reason` is shown to an objector.

    The answer to an objection is owed all the same. Raises NotFound, Forbidden, InvalidFields,
    Lapsed.
    """
    said = required("reason", reason, MAX_REASON)
    with writing():
        now = clock()
        row = _to_handle(campaign_id, objection_id, by)
        if row.state not in OPEN_STATES:
            raise Lapsed
        row.state, row.declined = "closed", seal_note(row.code, said)
        fields = ("state", "declined")
        audit.note(by, "decline", "objections", row.id, fields, campaign_id, now=now)


def reveal(campaign_id: int, objection_id: int, *, by: int, clock: Clock = now) -> Words:
    """Who objects, and how they are reached; each look is in the audit log.

    Raises NotFound, Forbidden.
    """
    with writing():
        now = clock()
        row = _to_read(campaign_id, objection_id, by)
        fields = ("name", "contact")
        audit.note(by, "look", "objections", row.id, fields, campaign_id, now=now)
        return open_words(row)


def open_file(campaign_id: int, objection_id: int, *, by: int, clock: Clock = now) -> Evidence:
    """The evidence as it came; each look is in the audit log. Raises NotFound, Forbidden."""
    with writing():
        now = clock()
        row = _to_read(campaign_id, objection_id, by)
        file = db.session.get(ObjectionFile, row.id)
        if file is None:
            raise NotFound
        audit.note(by, "look", "objection_files", row.id, ("file",), campaign_id, now=now)
        return evidence.opened(row, file)


def file_of(objection: Objection) -> ObjectionFile | None:
    """What evidence came with an objection, or None."""
    return db.session.get(ObjectionFile, objection.id)


def set_days(campaign_id: int, days: int | None, *, by: int, clock: Clock = now) -> None:
    """Set within how many working days objections that come in from now on are answered.

    Raises Forbidden, InvalidFields.
    """
    if days is None or not 1 <= days <= MAX_DAYS:
        raise InvalidFields({"days": Fault("invalid")})
    with writing():
        now = clock()
        require_role(by, campaign_id, EDITORS)
        db.session.merge(ObjectionTerms(campaign_id=campaign_id, days=days))
        audit.note(by, "edit", "objection_terms", campaign_id, ("days",), campaign_id, now=now)


def _to_read(campaign_id: int, objection_id: int, by: int) -> Objection:
    require_role(by, campaign_id, READERS)
    row = find(campaign_id, objection_id)
    concerns.refuse_concerned(row, by)
    return row


def _to_handle(campaign_id: int, objection_id: int, by: int) -> Objection:
    require_role(by, campaign_id, HANDLERS)
    row = _to_read(campaign_id, objection_id, by)
    if row.answer_n is not None:
        raise Lapsed
    return row

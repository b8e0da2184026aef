"""What staff did: noted in the same transaction as the act, chained, checked."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from votesite.clock import minute
from votesite.extensions import db
from votesite.models.audit import AuditEntry

BEGINNING = bytes(32)


def note(  # noqa: PLR0913 -- a line of the log has these parts
    actor_id: int | None,
    action: str,
    table: str,
    row_id: int | str,
    fields: Sequence[str] = (),
    campaign_id: int | None = None,
    *,
    now: datetime,
) -> None:
    """Add a line about an act to the transaction that does it; the caller commits.

    It must be called inside `writing()`: the write lock is what keeps the chain without forks.
    Never hand over what a citizen wrote; `fields` are names of columns.
    """
    last = db.session.scalar(select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1))
    entry = AuditEntry(
        n=last.n + 1 if last else 0,
        t=minute(now),
        staff_id=actor_id,
        action=action,
        campaign_id=campaign_id,
        table=table,
        row_id=str(row_id),
        fields=" ".join(fields),
        previous=last.hash if last else BEGINNING,
    )
    entry.hash = entry.computed_hash()
    db.session.add(entry)
    db.session.flush()


def first_broken() -> int | None:
    """The number of the first line that does not follow from the one before, or None."""
    previous, expected = BEGINNING, 0
    query = select(AuditEntry).order_by(AuditEntry.n).execution_options(yield_per=500)
    with db.session.execute(query) as lines:
        for entry in lines.scalars():
            if (entry.n, entry.previous, entry.hash) != (expected, previous, entry.computed_hash()):
                return expected
            previous, expected = entry.hash, expected + 1
    return None


def verify_chain() -> bool:
    """Whether every line follows from the one before and has not been changed."""
    return first_broken() is None


def entries(
    campaign_ids: Collection[int] | None, *, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """The newest lines, those of some campaigns or (None) of all; `before` pages on."""
    query = select(AuditEntry).order_by(AuditEntry.n.desc()).limit(limit)
    if campaign_ids is not None:
        query = query.where(AuditEntry.campaign_id.in_(campaign_ids))
    if before is not None:
        query = query.where(AuditEntry.n < before)
    return list(db.session.scalars(query))


def newest(staff_id: int, action: str, limit: int) -> list[AuditEntry]:
    """Somebody's newest lines of one kind."""
    query = select(AuditEntry).where(AuditEntry.staff_id == staff_id, AuditEntry.action == action)
    return list(db.session.scalars(query.order_by(AuditEntry.n.desc()).limit(limit)))


def head() -> AuditEntry | None:
    """The newest line: who writes down its hash can later show that nothing before has changed."""
    return db.session.scalar(select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1))

"""The audit log: what staff did, written in the same transaction as the act, and chained."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from votesite.clock import minute
from votesite.extensions import db
from votesite.models.audit import AuditEntry

BEGINNING = bytes(32)


def note(  # noqa: PLR0913 -- a line of the log has these parts
    by: int | None,
    action: str,
    table: str,
    row_id: int | str,
    fields: Sequence[str] = (),
    campaign_id: int | None = None,
    *,
    now: datetime,
) -> None:
    """Add a line about an act to the transaction that does it; the caller commits.

    `by` is the account that acted, None for commands on the server. `fields` are names of columns:
    never pass what a citizen wrote. Call it inside `writing()`, because only the write lock keeps
    two lines from following the same one.
    """
    last = db.session.scalar(select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1))
    entry = AuditEntry(
        n=last.n + 1 if last else 0,
        t=minute(now),
        staff_id=by,
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
    """Return the number of the first line that breaks the chain, None if every line follows."""
    previous, expected = BEGINNING, 0
    query = select(AuditEntry).order_by(AuditEntry.n).execution_options(yield_per=500)
    with db.session.execute(query) as lines:
        for entry in lines.scalars():
            if (entry.n, entry.previous, entry.hash) != (expected, previous, entry.computed_hash()):
                return expected
            previous, expected = entry.hash, expected + 1
    return None


def entries(
    campaign_ids: Collection[int] | None,
    *,
    by: int | None = None,
    on: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return the newest lines, newest first: those of some campaigns, or of all if None.

    `by` asks for the lines of one account (0: of commands on the server), `on` for those of one day
    (`YYYY-MM-DD`), `before` for lines with smaller numbers.
    """
    query = select(AuditEntry).order_by(AuditEntry.n.desc()).limit(limit)
    if campaign_ids is not None:
        query = query.where(AuditEntry.campaign_id.in_(campaign_ids))
    if by is not None:
        query = query.where(AuditEntry.staff_id == by if by else AuditEntry.staff_id.is_(None))
    if on:
        query = query.where(AuditEntry.t.startswith(on, autoescape=True))
    if before is not None:
        query = query.where(AuditEntry.n < before)
    return list(db.session.scalars(query))


def authors(campaign_ids: Collection[int] | None) -> list[int]:
    """Return the accounts that have lines in some campaigns, or in the whole log if None."""
    query = select(AuditEntry.staff_id).distinct().where(AuditEntry.staff_id.is_not(None))
    if campaign_ids is not None:
        query = query.where(AuditEntry.campaign_id.in_(campaign_ids))
    return [number for number in db.session.scalars(query) if number is not None]


def newest(staff_id: int, action: str, limit: int) -> list[AuditEntry]:
    """Return the newest lines about one action of one account, newest first."""
    query = select(AuditEntry).where(AuditEntry.staff_id == staff_id, AuditEntry.action == action)
    return list(db.session.scalars(query.order_by(AuditEntry.n.desc()).limit(limit)))


def about(campaign_id: int, table: str) -> list[AuditEntry]:
    """Return every line about one table of a campaign, oldest first."""
    query = select(AuditEntry).where(
        AuditEntry.campaign_id == campaign_id, AuditEntry.table == table
    )
    return list(db.session.scalars(query.order_by(AuditEntry.n)))


def head() -> AuditEntry | None:
    """Return the newest line. Its hash, kept elsewhere, proves later that nothing has changed."""
    return db.session.scalar(select(AuditEntry).order_by(AuditEntry.n.desc()).limit(1))

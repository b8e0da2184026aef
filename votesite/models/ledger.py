"""The public log and what belongs to it. Entries, tiles and checkpoints are append-only.

These tables are written by statements in `domain/ledger.py` inside the one write transaction; the
classes here declare them for migrations and for tests.
"""

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base

WITHOUT_ROWID = {"sqlite_with_rowid": False}  # one tree a table: entries come in key order
APPEND_ONLY = {
    "log_entries": ("campaign_id", "n"),
    "log_tiles": ("campaign_id", "level", "tile"),
    "sealed_choices": ("campaign_id", "n"),
    "audit_entries": ("n",),
}


class LogHead(Base):
    """The end of a campaign's log and what its pages depend on; locked first in every write.

    `size` entries so far (0: not open), `t` the last entry's minute, `frontier` the perfect
    subtrees' hashes, `counts` the sealed gross and net votes in candidate order. `version` grows
    with every visible change, `rules_version` with every change a ballot's decision depends on.
    `due_at` (epoch seconds) is when a tally or the close falls due by time alone. `fault` is the
    check that the last look of the site at its own ledger found failing; while it stands nothing
    new is published.
    """

    __tablename__ = "log_heads"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    size: Mapped[int] = mapped_column(default=0)
    t: Mapped[str] = mapped_column(String(22), default="")
    frontier: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    ballots: Mapped[int] = mapped_column(default=0)
    voided: Mapped[int] = mapped_column(default=0)
    counts: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    vote_t: Mapped[str] = mapped_column(String(22), default="")
    tally_n: Mapped[int | None]
    tally_ballots: Mapped[int] = mapped_column(default=0)
    tally_t: Mapped[str] = mapped_column(String(22), default="")
    tallied_at: Mapped[int] = mapped_column(default=0)
    close_n: Mapped[int | None]
    due_at: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    rules_version: Mapped[int] = mapped_column(default=1)
    fault: Mapped[int | None]
    checked_at: Mapped[str | None] = mapped_column(String(22))


class LogEntry(Base):
    """One entry: its canonical body and its leaf hash."""

    __tablename__ = "log_entries"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    k: Mapped[str] = mapped_column(String(8))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class LogNode(Base):
    """The hash over 256 children a level down: level 1 covers leaves, level 2 those of level 1."""

    __tablename__ = "log_tiles"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """A signed tree head; its note grows by cosignatures."""

    __tablename__ = "checkpoints"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)


class SealedChoices(Base):
    """What a ballot chose, AES-256-GCM, bound to campaign|n."""

    __tablename__ = "sealed_choices"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Receipt(Base):
    """A ballot's receipt code (80 random bits)."""

    __tablename__ = "receipts"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int]

    __table_args__ = (UniqueConstraint("campaign_id", "n"), WITHOUT_ROWID)


class AuditorKey(Base):
    """The verifier key with which an auditor cosigns a campaign's checkpoints."""

    __tablename__ = "auditor_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    verifier_key: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[str] = mapped_column(String(22))

    __table_args__ = (UniqueConstraint("campaign_id", "verifier_key"),)

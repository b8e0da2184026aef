"""The public log and its companions. Entries, nodes, checkpoints, sealed choices are append-only.

These tables are written by plain statements in `domain/ledger/`, inside the one write transaction;
the classes here declare them for migrations and for tests.
"""

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import (
    WITHOUT_ROWID,
    CampaignId,
    CampaignKey,
    EntryKey,
    Minute,
    Sealed,
    StaffId,
)

APPEND_ONLY = {
    "log_entries": ("campaign_id", "n"),
    "log_acts": ("campaign_id", "n"),
    "log_tiles": ("campaign_id", "level", "tile"),
    "sealed_choices": ("campaign_id", "n"),
    "audit_entries": ("n",),
    "checkpoints": ("campaign_id", "size"),
    "cosignatures": ("campaign_id", "size", "name", "key_id"),
    "log_tables": ("campaign_id", "n", "name"),
    "sealed_sheets": ("campaign_id", "n"),
    "vote_slots": ("campaign_id", "p", "v", "slot"),
    "vote_picks": ("campaign_id", "mark"),
}


class LogHead(Base):
    """The end of a campaign's log, and what its pages depend on. Every write locks it first.

    `size` is the number of entries (0: not open), `t` the last entry's minute, `frontier` the
    hashes of the perfect subtrees, `counts` the sealed gross and net votes in candidate order.
    `voters` is how many different pseudonyms voted, with daily repeat on the busiest day;
    `period_voters` how many did in `period`, the `q` of the last ballot (ledger.md section 2).
    `step` holds the pseudonyms (16 bytes each) whose ballots since the last tally are not void, no
    more of them than a step needs. `sanctioned_at` (epoch seconds) is when the first void or
    restore changed the published result, NULL while none has.
    `version` grows with every visible change, `rules_version` with every change that the decision
    about a ballot depends on. `due_at` (epoch seconds) is when a tally or the close falls due by
    time alone. `fault` is the check of ledger.md section 5 that failed when the site last checked
    its own ledger (`checked_at`); while it is set, nothing new is published.
    """

    __tablename__ = "log_heads"

    campaign_id: Mapped[CampaignKey]
    size: Mapped[int] = mapped_column(default=0)
    t: Mapped[Minute] = mapped_column(default="")
    frontier: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    ballots: Mapped[int] = mapped_column(default=0)
    voided: Mapped[int] = mapped_column(default=0)
    voters: Mapped[int] = mapped_column(default=0)
    period: Mapped[str] = mapped_column(String(10), default="")
    period_voters: Mapped[int] = mapped_column(default=0)
    counts: Mapped[Sealed] = mapped_column(default=b"")
    vote_t: Mapped[Minute] = mapped_column(default="")
    tally_n: Mapped[int | None]
    tally_t: Mapped[Minute] = mapped_column(default="")
    tallied_at: Mapped[int] = mapped_column(default=0)
    step: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    sanctioned_at: Mapped[int | None]
    close_n: Mapped[int | None]
    due_at: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    rules_version: Mapped[int] = mapped_column(default=1)
    fault: Mapped[int | None]
    checked_at: Mapped[Minute | None]


class LogEntry(Base):
    """One entry: its canonical JSON body (RFC 8785) and its leaf hash (RFC 6962)."""

    __tablename__ = "log_entries"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    k: Mapped[str] = mapped_column(String(12))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class LogAct(Base):
    """That entry `n` is neither vote nor tally: what people did is found without looking there.

    A table and not a partial index, which SQLite's planner passes over.
    """

    __tablename__ = "log_acts"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    k: Mapped[str] = mapped_column(String(12))


class LogNode(Base):
    """One stored hash of the tree, over the 256 hashes below it.

    Level 1 is over leaves, level 2 over hashes of level 1. The tiles of C2SP's tlog-tiles hold up
    to 256 such hashes; the table's name is older than this distinction.
    """

    __tablename__ = "log_tiles"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogTable(Base):
    """A table to whose SHA-256 entry `n` commits, as its JCS bytes.

    `name` is candidates (entry 0), votes (`close` and `recount`), data, answers (a `data` entry,
    where the figures come from a questionnaire) or ranking.
    """

    __tablename__ = "log_tables"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    name: Mapped[str] = mapped_column(String(12), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class PublishedVotes(Base):
    """Every candidate's net votes as last published, [[no, net], …] as JSON.

    A tally holds only the rows that differ from the one before, so no page can take them from it.
    """

    __tablename__ = "published_votes"

    campaign_id: Mapped[CampaignKey]
    votes: Mapped[str] = mapped_column(Text)


class Checkpoint(Base):
    """A signed tree head, with the lines of the log's own keys alone."""

    __tablename__ = "checkpoints"

    campaign_id: Mapped[CampaignKey]
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(Text)


class Cosignature(Base):
    """A line that an auditor has added to a checkpoint: name, key id, what is signed after it.

    Only what was checked is here; the line is written out of it.
    """

    __tablename__ = "cosignatures"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    key_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class SealedChoices(Base):
    """What a ballot chose, sealed with AES-256-GCM and bound to `campaign|n`."""

    __tablename__ = "sealed_choices"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    sealed: Mapped[Sealed]


class Receipt(Base):
    """The receipt code of a ballot: 80 random bits."""

    __tablename__ = "receipts"

    campaign_id: Mapped[CampaignKey]
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int]

    __table_args__ = (UniqueConstraint("campaign_id", "n"), WITHOUT_ROWID)


class AuditorKey(Base):
    """The key that verifies an auditor's cosignatures on a campaign's checkpoints.

    Those of entry 0 belong to nobody's account: their `staff_id` is NULL.
    """

    __tablename__ = "auditor_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    staff_id: Mapped[StaffId | None] = mapped_column(index=True)
    verifier_key: Mapped[str] = mapped_column(String(600))
    added_at: Mapped[Minute]

    __table_args__ = (UniqueConstraint("campaign_id", "verifier_key"),)

"""Suspicious ballots: where they came from, the cases about them, the checks that sources get.

Nothing here leads to a person or shows what a ballot chose: sources and agents are keyed hashes,
and what a case says about choices is sealed.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import (
    WITHOUT_ROWID,
    CampaignId,
    CampaignKey,
    EntryKey,
    Mark,
    Minute,
    Sealed,
    StaffId,
)

CASE_STATES = ("open", "held", "released", "voided")


class BallotTrace(Base):
    """Where a ballot came from, kept for 180 days: keyed hashes of network and browser.

    `minute` counts minutes since the epoch. `outside` says whether the ballot came from outside the
    campaign's home region; None if that is unknown.
    """

    __tablename__ = "ballot_traces"
    __table_args__ = (Index("ix_ballot_traces_minute", "minute"), WITHOUT_ROWID)

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    source: Mapped[Mark]
    agent: Mapped[Mark]
    minute: Mapped[int]
    outside: Mapped[bool | None]


class HomeRegion(Base):
    """Where a campaign's voters live, as ip2region writes it: `江西省|赣州市`."""

    __tablename__ = "integrity_areas"

    campaign_id: Mapped[CampaignKey]
    name: Mapped[str] = mapped_column(String(60))


class Scan(Base):
    """When a campaign's traces were last scanned (`at`, epoch seconds), and up to what log size."""

    __tablename__ = "integrity_scans"

    campaign_id: Mapped[CampaignKey]
    at: Mapped[int]
    size: Mapped[int]


class Case(Base):
    """Ballots that arrived in a pattern people do not produce.

    `mark` is a keyed hash of what they have in common; ballots that share it join the case while it
    is open. `sealed` holds the figures and the chart, because they reveal choices. `rule` is the
    void rule under which the case is held, empty before.
    """

    __tablename__ = "integrity_cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))
    mark: Mapped[Mark]
    state: Mapped[str] = mapped_column(String(10), default="open")
    rule: Mapped[str] = mapped_column(String(20), default="")
    ballots: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[Sealed]
    opened_at: Mapped[Minute]
    from_t: Mapped[Minute]
    to_t: Mapped[Minute]
    note: Mapped[str] = mapped_column(Text, default="")
    handled_by: Mapped[StaffId | None]
    handled_at: Mapped[Minute | None]

    __table_args__ = (CheckConstraint(f"state IN {CASE_STATES}", name="state"),)


class CaseBallot(Base):
    """A ballot in a case. A ballot is in at most one case."""

    __tablename__ = "integrity_ballots"
    __table_args__ = (Index("ix_integrity_ballots_case_id", "case_id"), WITHOUT_ROWID)

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_cases.id"))


class Risk(Base):
    """A network or browser whose recent ballots mostly belong to an open case: it has to do checks.

    `mark` is the hash in the traces; `until` counts minutes since the epoch.
    """

    __tablename__ = "integrity_risks"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    mark: Mapped[Mark] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_cases.id"))
    until: Mapped[int]


class UsedCheck(Base):
    """A check that a ballot has been cast with already; kept until the check expires.

    `until` counts minutes since the epoch.
    """

    __tablename__ = "used_checks"
    __table_args__ = WITHOUT_ROWID

    mark: Mapped[Mark] = mapped_column(primary_key=True)
    until: Mapped[int]

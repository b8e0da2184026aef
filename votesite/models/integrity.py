"""What guards the vote against crowds that are none: traces, cases, voids, appeals.

Nothing here leads to a person or shows a ballot's choice: sources and agents are keyed hashes, what
a case says of choices is sealed. That a ballot is void stands in the ledger; the table of sanctions
only finds it quickly.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.ledger import WITHOUT_ROWID

CASE_STATES = ("open", "held", "released", "voided")
APPEAL_STATES = ("open", "restored", "rejected")


class BallotTrace(Base):
    """Whence a ballot came, for 180 days: keyed hashes of network and browser, and the minute.

    `minute` counts minutes since the epoch; `outside`: not from the campaign's area, None: unknown.
    """

    __tablename__ = "ballot_traces"
    __table_args__ = (Index("ix_ballot_traces_minute", "minute"), WITHOUT_ROWID)

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[bytes] = mapped_column(LargeBinary)
    agent: Mapped[bytes] = mapped_column(LargeBinary)
    minute: Mapped[int]
    outside: Mapped[bool | None]


class Area(Base):
    """Where a campaign's voters are at home, as ip2region names it: `江西省|赣州市`."""

    __tablename__ = "integrity_areas"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))


class Scan(Base):
    """When a campaign's traces were last looked through (epoch seconds), and how far."""

    __tablename__ = "integrity_scans"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    at: Mapped[int]
    size: Mapped[int]


class Case(Base):
    """Ballots that came in a way which people do not.

    `mark` is a keyed hash of what they share, by which further ones join while the case is open;
    `sealed` holds figures and chart, which tell of choices. `rule` is the void rule it is held by.
    """

    __tablename__ = "integrity_cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="open")
    rule: Mapped[str] = mapped_column(String(20), default="")
    ballots: Mapped[int] = mapped_column(default=0)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[str] = mapped_column(String(22))
    from_t: Mapped[str] = mapped_column(String(22))
    to_t: Mapped[str] = mapped_column(String(22))
    note: Mapped[str] = mapped_column(Text, default="")
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    handled_at: Mapped[str | None] = mapped_column(String(22))

    __table_args__ = (CheckConstraint(f"state IN {CASE_STATES}", name="state"),)


class CaseBallot(Base):
    """A ballot of a case. A ballot belongs to one case at most."""

    __tablename__ = "integrity_ballots"
    __table_args__ = (Index("ix_integrity_ballots_case_id", "case_id"), WITHOUT_ROWID)

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_cases.id"))


class Risk(Base):
    """A network or browser that a waiting case is mostly about: its ballots need a check.

    `mark` is the trace's own hash, `until` a minute since the epoch.
    """

    __tablename__ = "integrity_risks"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("integrity_cases.id"))
    until: Mapped[int]


class UsedCheck(Base):
    """An answer to a check that has brought its ballot already; kept until it is too old anyway."""

    __tablename__ = "used_checks"
    __table_args__ = WITHOUT_ROWID

    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    until: Mapped[int]


class Sanction(Base):
    """Where the ledger voids or restores a ballot: `n` is the entry, `of` the ballot."""

    __tablename__ = "sanctions"
    __table_args__ = (Index("ix_sanctions_of", "campaign_id", "of"), WITHOUT_ROWID)

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    k: Mapped[str] = mapped_column(String(8))
    of: Mapped[int]


class CleanUp(Base):
    """Ballots voided together, or one restored, as the public clean-up register shows them.

    `candidate` is whom nearly all of them named; 0 where they are too few to say so.
    """

    __tablename__ = "clean_ups"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("integrity_cases.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    k: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(20), default="")
    ballots: Mapped[int]
    candidate: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(Text)
    t: Mapped[str] = mapped_column(String(22))
    first: Mapped[int]
    last: Mapped[int]

    __table_args__ = (CheckConstraint("k IN ('void', 'restore')", name="k"),)


class Appeal(Base):
    """What the voter of a voided ballot says against it, once; text and reply are sealed."""

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    n: Mapped[int]
    text: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[str] = mapped_column(String(22))
    state: Mapped[str] = mapped_column(String(10), default="open")
    reply: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[str | None] = mapped_column(String(22))

    __table_args__ = (
        Index("uq_appeals_campaign_id_n", "campaign_id", "n", unique=True),
        CheckConstraint(f"state IN {APPEAL_STATES}", name="state"),
    )

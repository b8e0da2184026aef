"""What became of suspicious ballots: voids, restores and appeals.

The ledger says that a ballot is void; `sanctions` only indexes those entries by ballot.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
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

APPEAL_STATES = ("open", "restored", "rejected")


class Sanction(Base):
    """That entry `n` voided or restored ballot `of`; the last row of a ballot says which holds.

    `rule` is that of the void, also beside the restore that lifts it.
    """

    __tablename__ = "sanctions"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    of: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[EntryKey]
    k: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(20))


class CleanUp(Base):
    """Ballots voided together, or restored, as the public clean-up page shows them.

    `k` is void or restore, `t` the ledger minute, `first` and `last` the lowest and highest entry.
    `candidate` is the number that many of the ballots named, for pages that tell of it after the
    count; 0 if that would show a ballot.
    """

    __tablename__ = "clean_ups"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("integrity_cases.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    k: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(20), default="")
    ballots: Mapped[int]
    candidate: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(Text)
    t: Mapped[Minute]
    first: Mapped[int]
    last: Mapped[int]

    __table_args__ = (CheckConstraint("k IN ('void', 'restore')", name="k"),)


class Appeal(Base):
    """What the voter of a voided ballot says against the void, at most once per ballot.

    `shown_alone` is whether the voter agrees that the difference of two results may show the
    ballot, if it is restored after `close`.
    """

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId]
    n: Mapped[int]
    text: Mapped[Sealed]
    made_at: Mapped[Minute]
    shown_alone: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="open")
    reply: Mapped[Sealed] = mapped_column(default=b"")
    answered_by: Mapped[StaffId | None]
    answered_at: Mapped[Minute | None]

    __table_args__ = (
        Index("uq_appeals_campaign_id_n", "campaign_id", "n", unique=True),
        CheckConstraint(f"state IN {APPEAL_STATES}", name="state"),
    )

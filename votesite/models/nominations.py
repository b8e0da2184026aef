"""Nominations: bodies that citizens propose, and what staff decide about them."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from votesite.extensions import Base
from votesite.models.candidates import Candidate
from votesite.models.columns import CampaignId, Mark, Minute, Sealed, StaffId

STATUSES = ("pending", "accepted", "merged", "rejected")
SLOTS = 5


class Nomination(Base):
    """One body, as one citizen proposed it.

    `nominator` is the voter key. `slot` numbers the nominations of one nominator, 1 to SLOTS: its
    unique key enforces the limit per voter and campaign. `criteria` maps criterion keys to texts,
    `picture` is a private media token. `candidate_id` is the candidate that the nomination became
    or joined, directly or by `merged_into`; `made_candidate` says that it became one. When citizens
    have their data deleted, nominator, slot, contact and evidence are emptied.
    """

    __tablename__ = "nominations"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId]
    nominator: Mapped[Mark | None]
    slot: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(60))
    region: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    evidence: Mapped[str] = mapped_column(String(500), default="")
    contact: Mapped[Sealed | None]
    picture: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(12), default="pending")
    reply: Mapped[str] = mapped_column(Text, default="")
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id"), index=True)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"), index=True)
    made_candidate: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[Minute]
    decided_at: Mapped[Minute | None]
    decided_by: Mapped[StaffId | None]

    candidate: Mapped[Candidate | None] = relationship(viewonly=True)

    __table_args__ = (
        UniqueConstraint("campaign_id", "nominator", "slot"),
        CheckConstraint(f"slot BETWEEN 1 AND {SLOTS}", name="slot"),
        CheckConstraint("(nominator IS NULL) = (slot IS NULL)", name="slot_of_nominator"),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("(status = 'merged') = (merged_into IS NOT NULL)", name="merged_into"),
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
        Index("ix_nominations_campaign_id_status", "campaign_id", "status"),
        {"sqlite_autoincrement": True},
    )

    @property
    def is_pending(self) -> bool:
        """Whether it is still undecided."""
        return self.status == "pending"

    @property
    def is_accepted(self) -> bool:
        """Whether there is a candidate for it, its own or that of the one it was merged into."""
        return self.candidate_id is not None

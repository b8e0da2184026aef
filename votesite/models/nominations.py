"""Nominations: bodies that citizens propose, and what staff decided about them."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from votesite.extensions import Base
from votesite.models.candidates import Candidate

STATUSES = ("pending", "accepted", "merged", "rejected")
SLOTS = 5


class Nomination(Base):
    """One body as one citizen proposed it.

    `slot` is this nomination's place among the nominator's: the limit per voter and campaign is its
    unique key. `criteria` holds texts by criterion key, `contact` is sealed, `picture` a private
    media token. `candidate_id` is the candidate it became or joined, also by way of `merged_into`.
    Nominator, slot, contact and evidence go when the citizen has them deleted.
    """

    __tablename__ = "nominations"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    nominator: Mapped[bytes | None] = mapped_column(LargeBinary)
    slot: Mapped[int | None]
    name: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(60))
    region: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[str] = mapped_column(Text)
    criteria: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    evidence: Mapped[str] = mapped_column(String(500), default="")
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    picture: Mapped[str] = mapped_column(String(32), default="")
    status: Mapped[str] = mapped_column(String(12), default="pending")
    reply: Mapped[str] = mapped_column(Text, default="")
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id"), index=True)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("nominations.id"), index=True)
    made_candidate: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[str] = mapped_column(String(22))
    decided_at: Mapped[str | None] = mapped_column(String(22))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

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
        """Whether nobody has decided about it yet."""
        return self.status == "pending"

    @property
    def is_accepted(self) -> bool:
        """Whether it stands behind a candidate, also by way of the one it was merged into."""
        return self.candidate_id is not None

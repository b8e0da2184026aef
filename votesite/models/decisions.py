"""Decisions that take two people: proposed by one, confirmed by another."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute, StaffId

RULE_KINDS = ("pause", "resume", "withdraw", "reinstate", "to")
BALLOT_KINDS = ("void", "restore")
KINDS = (*RULE_KINDS, "publish", *BALLOT_KINDS, "incident")
STATES = ("proposed", "done", "lapsed", "withdrawn")


class Decision(Base):
    """A proposal and what became of it.

    `payload` is the `set` of the ledger's `rule` entry (ledger.md section 2),
    {"void": {"case": id, "rule": id}}, {"restore": appeal's id} or {"incident": what happened}.
    `why` becomes public for good.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[StaffId]
    proposed_at: Mapped[Minute]
    decided_by: Mapped[StaffId | None]
    decided_at: Mapped[Minute | None]
    state: Mapped[str] = mapped_column(String(12), default="proposed")

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(
            "decided_by IS NULL OR state <> 'done' OR decided_by <> proposed_by", name="two_people"
        ),
    )

    @property
    def is_open(self) -> bool:
        """Whether it is still undecided; it may have lapsed even so (`decisions.proposals`)."""
        return self.state == "proposed"

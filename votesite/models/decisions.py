"""Decisions that take two people: proposed by one, confirmed by another."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base

RULE_KINDS = ("pause", "resume", "withdraw", "reinstate", "to")
BALLOT_KINDS = ("void", "restore")
KINDS = (*RULE_KINDS, "publish", *BALLOT_KINDS)
STATES = ("proposed", "done", "lapsed", "withdrawn")


class Decision(Base):
    """A proposal and what became of it.

    `payload` is the `set` of the ledger's `rule` entry, {"void": {"case", "rule"}} or {"restore":
    an appeal's number}; `why` becomes public for ever with it.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[str] = mapped_column(String(22))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[str | None] = mapped_column(String(22))
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
        """Whether nobody has decided it yet; whether it is too old is the rule's question."""
        return self.state == "proposed"

"""Decisions that take two people: proposed by one, confirmed by another."""

import secrets
from typing import Any

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute, Sealed, StaffId

RULE_KINDS = ("pause", "resume", "withdraw", "reinstate", "to")
BALLOT_KINDS = ("void", "restore")
PEOPLE_KINDS = ("signer", "drop")
HONOUR_KINDS = (
    "judge",
    "dismiss",
    "panel",
    "data",
    "ranking",
    "notice",
    "answer",
    "final",
    "revoke",
)
KINDS = (
    *RULE_KINDS,
    "publish",
    *BALLOT_KINDS,
    "roster",
    *PEOPLE_KINDS,
    "incident",
    *HONOUR_KINDS,
)
STATES = ("unsigned", "proposed", "done", "lapsed", "withdrawn")


def _random_id() -> str:
    return secrets.token_hex(16)


class Decision(Base):
    """A proposal and what became of it.

    `payload` says what it is about, by its kind: {"to": minute}, {"void": {"case": id, "rule":
    id}}. `fields` are those of the ledger's entry, fixed when it is proposed, but for `by`, `id`
    (`entry_id`) and `sigs`; {} where no entry will record it with two people. `why` becomes public
    for good. `n` is the entry's number once it is in effect. `sealed` is what the proposal
    prepared and nobody may read before it is in effect.

    In a campaign whose decisions are signed a proposal is "unsigned" until its proposer has.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    why: Mapped[str] = mapped_column(Text)
    entry_id: Mapped[str] = mapped_column(String(32), unique=True, default=_random_id)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sealed: Mapped[Sealed | None]
    proposed_by: Mapped[StaffId]
    proposed_at: Mapped[Minute]
    decided_by: Mapped[StaffId | None]
    decided_at: Mapped[Minute | None]
    state: Mapped[str] = mapped_column(String(12), default="proposed")
    n: Mapped[int | None]
    signature: Mapped[str] = mapped_column(Text, default="")
    second_signature: Mapped[str] = mapped_column(Text, default="")

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
        return self.state in ("unsigned", "proposed")

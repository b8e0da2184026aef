"""Long work: what staff have asked for and a process of its own does, one piece at a time."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute, Sealed, StaffId

UNFINISHED = ("waiting", "running")
JOB_STATES = (*UNFINISHED, "done", "failed")


class Job(Base):
    """One piece of work: `done` of `total` steps, its question and its answer as JSON.

    `input` and `output` are files that go in or come out, sealed; `filename` is the latter's. The
    process that works is `pid`. Of a failure the answer has the `reason`.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(20))
    asked_by: Mapped[StaffId]
    asked_at: Mapped[Minute]
    question: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    input: Mapped[Sealed | None]
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    pid: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    output: Mapped[Sealed | None]
    filename: Mapped[str] = mapped_column(String(80), default="")
    ended_at: Mapped[Minute | None]

    __table_args__ = (CheckConstraint(f"state IN {JOB_STATES}", name="state"),)

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits or is being done."""
        return self.state in UNFINISHED

"""Expert review: judges, their drafts and sheets, and the model dossiers that they practise on.

What a judge writes is sealed: only `panel` and what the campaign publishes after it open sheets.
"""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
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


class Judge(Base):
    """A judge of a campaign, as the `judge` entry `n` appointed them; `number` stands in the log.

    `categories` as in the entry, [] for all. `sealed` holds {"name", "unit", "salt"}, what the
    entry's `who` commits to. `dismissed_n` is the entry that dismissed them.
    """

    __tablename__ = "judges"

    campaign_id: Mapped[CampaignKey]
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    staff_id: Mapped[StaffId] = mapped_column(index=True)
    categories: Mapped[list[str]] = mapped_column(JSON, default=list)
    sealed: Mapped[Sealed]
    n: Mapped[int]
    dismissed_n: Mapped[int | None]

    __table_args__ = (UniqueConstraint("campaign_id", "staff_id"),)


class SealedSheet(Base):
    """The score sheet of `sheet` entry `n`, JCS bytes, sealed and bound to `campaign|sheet|n`.

    `beside` seals what never enters the log: {"recused": {category: reason}, "notes": {no: text}}.
    """

    __tablename__ = "sealed_sheets"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    judge: Mapped[int]
    sealed: Mapped[Sealed]
    beside: Mapped[Sealed]


class SheetDraft(Base):
    """What a judge has filled in so far, as typed: sealed JSON, bound to `campaign|draft|judge`.

    {"texts": {field of the form: text}, "recused": {category: reason}}. `version` grows with every
    save.
    """

    __tablename__ = "sheet_drafts"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    judge: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[Sealed]
    version: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[Minute]


class ModelDossier(Base):
    """A made-up dossier that judges practise on before they score; it never counts.

    `closed_at` is when staff ended the round, so that judges see each other's mean.
    """

    __tablename__ = "model_dossiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[Minute | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "position"),
        CheckConstraint("length(title) > 0", name="title"),
    )


class PracticeScore(Base):
    """What a judge gave a model dossier, in tenths of a point by criterion."""

    __tablename__ = "practice_scores"
    __table_args__ = WITHOUT_ROWID

    dossier_id: Mapped[int] = mapped_column(ForeignKey("model_dossiers.id"), primary_key=True)
    judge: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scores: Mapped[dict[str, int]] = mapped_column(JSON)

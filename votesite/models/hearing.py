"""The public notice: its calendar and papers, objections, and what nominated bodies say to them."""

from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import (
    WITHOUT_ROWID,
    CampaignId,
    CampaignKey,
    Day,
    EntryKey,
    Mark,
    Minute,
    Sealed,
    StaffId,
)

OBJECTION_KINDS = ("unit", "person", "hint")
OBJECTION_STATES = ("received", "accepted", "answered", "closed")
OUTCOMES = ("upheld", "dismissed", "withdrawn", "invalid")
OUTCOME_OR_NONE = ("", *OUTCOMES)


class CalendarYear(Base):
    """A confirmed table of holidays that staff loaded: {"YYYY-MM-DD": "off" | "work"}."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    days: Mapped[dict[str, str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(200))
    loaded_by: Mapped[StaffId]
    loaded_at: Mapped[Minute]


class NoticePaper(Base):
    """The printed form of the notice that entry `n` began, as it was made for the file."""

    __tablename__ = "notice_papers"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Minute]


class Objection(Base):
    """An objection to a notice, or a hint without a name.

    `n` is its entry, NULL for a hint, `notice_n` the notice it is about. `voter` is the author's
    voter key, NULL for one on paper, which `received_by` entered and `received_at` says when it
    came. `form_mark` is a keyed hash of the form's token, by which a second tap is told. `sealed`
    holds name, contact, facts and salt, empty once `purge` has destroyed them. `due_on` is the day
    by which it is to be answered. `answer_n` is the entry that answered it, `reply` the sealed
    words, `outcome` what was decided; `declined`, sealed too, is why it was not taken up, of a hint
    what became of it.
    """

    __tablename__ = "objections"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    n: Mapped[int | None]
    notice_n: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8))
    voter: Mapped[Mark | None] = mapped_column(index=True)
    form_mark: Mapped[Mark | None]
    sealed: Mapped[Sealed]
    made_at: Mapped[Minute]
    received_at: Mapped[Minute] = mapped_column(default="")
    received_by: Mapped[StaffId | None]
    state: Mapped[str] = mapped_column(String(12), default="received")
    accepted_by: Mapped[StaffId | None]
    accepted_at: Mapped[Minute | None]
    declined: Mapped[Sealed | None]
    due_on: Mapped[Day]
    answer_n: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(12), default="")
    reply: Mapped[Sealed | None]
    answered_at: Mapped[Minute | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "n"),
        UniqueConstraint("campaign_id", "form_mark"),
        CheckConstraint(f"kind IN {OBJECTION_KINDS}", name="kind"),
        CheckConstraint(f"state IN {OBJECTION_STATES}", name="state"),
        CheckConstraint(f"outcome IN {OUTCOME_OR_NONE}", name="outcome"),
        CheckConstraint("(kind = 'hint') = (n IS NULL)", name="hint"),
    )


class ObjectionFile(Base):
    """The evidence that came with an objection, sealed as it came; `sha256` is of its bytes."""

    __tablename__ = "objection_files"

    objection_id: Mapped[int] = mapped_column(
        ForeignKey("objections.id"), primary_key=True, autoincrement=False
    )
    media_type: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[Sealed]
    sha256: Mapped[str] = mapped_column(String(64))


class ObjectionTerms(Base):
    """Within how many working days a campaign answers objections, where it is not as usual."""

    __tablename__ = "objection_terms"

    campaign_id: Mapped[CampaignKey]
    days: Mapped[int]


class Concern(Base):
    """That somebody of the staff is concerned by an objection and so does not decide about it."""

    __tablename__ = "objection_concerns"
    __table_args__ = WITHOUT_ROWID

    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"), primary_key=True)
    staff_id: Mapped[StaffId] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(Text)
    noted_by: Mapped[StaffId]
    noted_at: Mapped[Minute]


class Hearing(Base):
    """What candidate `no` was asked about an objection, and what it said; both sealed."""

    __tablename__ = "hearings"

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("objections.id"), index=True)
    no: Mapped[int]
    question: Mapped[Sealed]
    asked_by: Mapped[StaffId]
    asked_at: Mapped[Minute]
    reply: Mapped[Sealed | None]
    replied_at: Mapped[Minute | None]


class DossierLink(Base):
    """The private link of a nominated body, `/d/<token>`: the SHA-256 of its 128 random bits."""

    __tablename__ = "dossier_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    no: Mapped[int]
    token_hash: Mapped[Mark] = mapped_column(unique=True)
    made_by: Mapped[StaffId]
    made_at: Mapped[Minute]
    expires_at: Mapped[Minute]
    revoked_at: Mapped[Minute | None]
    seen_at: Mapped[Minute | None]


class Corrections(Base):
    """What the form of a notice corrected in the calendar: {"off": [days], "on": [days]}."""

    __tablename__ = "notice_corrections"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    n: Mapped[EntryKey]
    corrections: Mapped[dict[str, Any]] = mapped_column(JSON)

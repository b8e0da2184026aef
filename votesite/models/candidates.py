"""Candidates, their dossiers, and the pictures and videos that go with them."""

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute

LEVELS = ("市级", "县级", "乡级")


class Candidate(Base):
    """A body that can be voted for.

    `no` is its number on the ballot; `dossier` maps criterion keys to Markdown; `images` lists
    media tokens. `withdrawn` is the public reason why it can no longer be picked, or empty.
    """

    __tablename__ = "candidates"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    no: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    category: Mapped[str] = mapped_column(String(60))
    level: Mapped[str] = mapped_column(String(12), default="")
    region: Mapped[str] = mapped_column(String(60), default="")
    slogan: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    dossier: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    images: Mapped[list[str]] = mapped_column(JSON, default=list)
    video: Mapped[str] = mapped_column(String(40), default="")
    withdrawn: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[Minute | None] = mapped_column(default=None)

    __table_args__ = (
        UniqueConstraint("campaign_id", "no"),
        UniqueConstraint("campaign_id", "name", name="uq_candidates_campaign_id_name"),
        CheckConstraint("no BETWEEN 1 AND 9999", name="no"),
    )

    @property
    def is_withdrawn(self) -> bool:
        """Whether it can no longer be picked."""
        return bool(self.withdrawn)


class DossierVersion(Base):
    """One thing that was changed in a dossier after the freeze; public, both before and after.

    `part` is a field of text, `dossier.` and a criterion's key, `caption`, `picture-up`,
    `picture-down` or `order` (`later` has the former places in the order that holds now); `token`
    is the picture's, which may be gone.
    """

    __tablename__ = "dossier_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    at: Mapped[Minute]
    part: Mapped[str] = mapped_column(String(60))
    former: Mapped[str] = mapped_column(Text, default="")
    later: Mapped[str] = mapped_column(Text, default="")
    token: Mapped[str] = mapped_column(String(32), default="")


class Medium(Base):
    """A picture or video under a random name (`token`).

    Private ones belong to nominations and are for staff only. `width` and `height` in pixels.
    """

    __tablename__ = "media"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[CampaignId] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(12))
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    alt: Mapped[str] = mapped_column(String(200), default="")
    public: Mapped[bool] = mapped_column(default=True)
    source_name: Mapped[str] = mapped_column(String(120), default="")

    __table_args__ = (CheckConstraint("kind IN ('picture', 'video')", name="kind"),)

"""Keys at rest, each wrapped by the master key."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import CampaignId, Minute, Sealed


class WrappedKey(Base):
    """One key.

    `purpose` is site-voter, field or trace for the site (made by `flask db upgrade` alone, see
    `operations.identity`), and pseudonym, opening, sheet, choices or signing for a campaign.
    `retired_at_size` is the log size up to which a former signing key counts.
    """

    __tablename__ = "wrapped_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[CampaignId | None] = mapped_column(index=True)
    wrapped: Mapped[Sealed]
    created_at: Mapped[Minute]
    retired_at_size: Mapped[int | None]

"""Keys at rest, each wrapped by the master key."""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base


class WrappedKey(Base):
    """One key.

    `purpose`: site-voter, field, trace, or per campaign pseudonym, opening, choices, signing.
    """

    __tablename__ = "wrapped_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[str] = mapped_column(String(22))
    retired_at_size: Mapped[int | None]

"""Facts about this installation as a whole."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base


class SiteFact(Base):
    """One fact, under its key."""

    __tablename__ = "site_facts"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)

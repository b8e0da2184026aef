"""What makes a second vote impossible, and what lets somebody vote: slots, picks, tokens, consents.

No table here holds a voter key beside a ledger number, or a candidate beside a pseudonym; and none
keeps the order in which its rows came, which would say the same.
"""

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base

WITHOUT_ROWID = {"sqlite_with_rowid": False}


class VoteSlot(Base):
    """The `slot`th ballot of a pseudonym in a period: the limit is this primary key."""

    __tablename__ = "vote_slots"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    p: Mapped[str] = mapped_column(String(10), primary_key=True)
    v: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class VotePick(Base):
    """A keyed mark of pseudonym and candidate, where picks must be unique over several ballots."""

    __tablename__ = "vote_picks"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class VoteToken(Base):
    """A keyed mark of voter and ballot token: the same post again finds its ballot."""

    __tablename__ = "vote_tokens"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    n: Mapped[int]


class Consent(Base):
    """A voter's consent to one version of a campaign's privacy notice; serves nominating too."""

    __tablename__ = "consents"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    voter: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    given_on: Mapped[str] = mapped_column(String(10))


class RosterCode(Base):
    """A one-time code of an invited group, kept as keyed hash; binds once to one voter key."""

    __tablename__ = "roster_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    mark: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    voter: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)


class RosterMiss(Base):
    """Wrong codes of a voter in an hour: ten, then a pause."""

    __tablename__ = "roster_misses"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    voter: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    hour: Mapped[str] = mapped_column(String(13), primary_key=True)
    misses: Mapped[int] = mapped_column(default=0)


class RefusalCount(Base):
    """How many ballots were refused in an hour, by reason; nothing about who or what."""

    __tablename__ = "refusal_counts"

    campaign_id: Mapped[int] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True, autoincrement=False
    )
    hour: Mapped[str] = mapped_column(String(13), primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)
    refused: Mapped[int] = mapped_column(default=0)

"""What prevents a second vote and what permits a first: slots, picks, tokens, consents, rosters.

No table here holds a voter key beside a ledger number, or a candidate beside a pseudonym. None
keeps the order in which its rows arrived either, for that would reveal the same.
"""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import WITHOUT_ROWID, CampaignId, CampaignKey, Day, Hour, Mark


class VoteSlot(Base):
    """The `slot`th ballot of pseudonym `v` in period `p`, entry `n`.

    The primary key enforces the limit of ballots.
    """

    __tablename__ = "vote_slots"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    p: Mapped[str] = mapped_column(String(10), primary_key=True)
    v: Mapped[Mark] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]


class VotePick(Base):
    """A keyed mark of pseudonym and candidate, for rules under which a pick cannot be repeated."""

    __tablename__ = "vote_picks"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    mark: Mapped[Mark] = mapped_column(primary_key=True)


class VoteToken(Base):
    """A keyed mark of voter and ballot token: a repeated post finds the ballot of the first."""

    __tablename__ = "vote_tokens"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    mark: Mapped[Mark] = mapped_column(primary_key=True)
    n: Mapped[int]


class Consent(Base):
    """A voter's consent to one version of a campaign's privacy notice, to vote or nominate.

    `voter` is a keyed mark that stands in no other table; older rows have the voter key.
    """

    __tablename__ = "consents"
    __table_args__ = WITHOUT_ROWID

    campaign_id: Mapped[CampaignKey]
    voter: Mapped[Mark] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    given_on: Mapped[Day]


class RosterCode(Base):
    """A one-time code of an invited group, as a keyed hash; it is bound once, to one voter key.

    `folded` is the SHA-256 of the label as `texts.alike` folds it: nobody is listed twice, however
    spelled. Nor is a voter key bound to two codes: one person has one.
    """

    __tablename__ = "roster_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId]
    label: Mapped[str] = mapped_column(String(120))
    folded: Mapped[Mark]
    mark: Mapped[Mark] = mapped_column(unique=True)
    voter: Mapped[Mark | None]

    __table_args__ = (
        UniqueConstraint("campaign_id", "folded"),
        UniqueConstraint("campaign_id", "voter"),
    )


class RosterMiss(Base):
    """How many wrong codes a voter has entered in an hour."""

    __tablename__ = "roster_misses"

    campaign_id: Mapped[CampaignKey]
    voter: Mapped[Mark] = mapped_column(primary_key=True)
    hour: Mapped[Hour] = mapped_column(primary_key=True)
    misses: Mapped[int] = mapped_column(default=0)


class RefusalCount(Base):
    """How many ballots were refused in an hour, by reason; nothing about voters or choices."""

    __tablename__ = "refusal_counts"

    campaign_id: Mapped[CampaignKey]
    hour: Mapped[Hour] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)
    refused: Mapped[int] = mapped_column(default=0)

"""Staff accounts, grants, sessions, second factors, signing keys and the security log."""

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from votesite.extensions import Base
from votesite.models.columns import WITHOUT_ROWID, CampaignId, Mark, Minute, Sealed, StaffId

ROLES = ("owner", "editor", "reviewer", "supervisor", "auditor", "judge")
APART = ("auditor", "judge")  # who has one of these in a campaign, has nothing else there


class Staff(Base):
    """An account. Its id is the staff number in the ledger, and is never used again."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(160))
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Minute]

    grants: Mapped[list["Grant"]] = relationship(order_by="Grant.id", viewonly=True)

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 2 AND 40", name="name_length"),
        {"sqlite_autoincrement": True},
    )

    def roles_in(self, campaign_id: int) -> frozenset[str]:
        """Its roles in a campaign, those that it holds everywhere included."""
        return frozenset(
            grant.role for grant in self.grants if grant.campaign_id in (None, campaign_id)
        )

    @property
    def roles_everywhere(self) -> frozenset[str]:
        """Its roles in every campaign, present and future."""
        return frozenset(grant.role for grant in self.grants if grant.campaign_id is None)

    @property
    def is_site_owner(self) -> bool:
        """Whether it may manage accounts."""
        return "owner" in self.roles_everywhere


class Grant(Base):
    """A role in one campaign, or in all campaigns if `campaign_id` is NULL."""

    __tablename__ = "staff_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[StaffId]
    campaign_id: Mapped[CampaignId | None] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(12))

    __table_args__ = (
        UniqueConstraint("staff_id", "campaign_id", "role"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        Index(
            "ix_staff_grants_everywhere",
            "staff_id",
            "role",
            unique=True,
            sqlite_where=(campaign_id.is_(None)),
            postgresql_where=(campaign_id.is_(None)),
        ),
    )


class StaffSession(Base):
    """A signed-in browser, by the SHA-256 of its random id. Deleting the row ends the session."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[Mark] = mapped_column(unique=True)
    staff_id: Mapped[StaffId] = mapped_column(index=True)
    created_at: Mapped[Minute]
    seen_at: Mapped[Minute]


class SecondFactor(Base):
    """The TOTP secret of an account.

    `since` is NULL until a first code has proved that the phone has the secret. `last_step` is the
    latest time step (epoch seconds / 30) whose code has been used.
    """

    __tablename__ = "staff_second_factors"

    staff_id: Mapped[StaffId] = mapped_column(primary_key=True)
    sealed: Mapped[Sealed]
    since: Mapped[Minute | None]
    last_step: Mapped[int]


class SigningKey(Base):
    """The public half of a key that one browser of a staff member signs decisions with.

    `public` is base64 of the 65 bytes of an uncompressed P-256 point, `label` what its owner calls
    the browser. A removed key keeps its row: no key ever stands for two people.
    """

    __tablename__ = "staff_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[StaffId] = mapped_column(index=True)
    public: Mapped[str] = mapped_column(String(88), unique=True)
    label: Mapped[str] = mapped_column(String(40))
    added_at: Mapped[Minute]
    removed_at: Mapped[Minute | None]

    __table_args__ = (CheckConstraint("length(public) = 88", name="public_length"),)


class SecurityEvent(Base):
    """Something that the admin area refused, and how many times in that minute.

    `minute` counts minutes since the epoch. `screen` is the URL rule, empty for passwords and
    codes. `source` is the keyed hash of a network, empty where there were too many to tell apart.
    `staff_id` is 0 if the account is unknown.
    """

    __tablename__ = "security_events"
    __table_args__ = WITHOUT_ROWID

    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(20), primary_key=True)
    screen: Mapped[str] = mapped_column(String(120), primary_key=True)
    source: Mapped[Mark] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    times: Mapped[int]

"""Staff: accounts, what they may do where, sessions, second factors, what they were refused."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from votesite.extensions import Base
from votesite.models.ledger import WITHOUT_ROWID

ROLES = ("owner", "editor", "reviewer", "supervisor", "auditor", "judge")


class Staff(Base):
    """An account. Its id is the staff number that the ledger names; it is never given again."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(160))
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[str] = mapped_column(String(22))

    grants: Mapped[list["Grant"]] = relationship(order_by="Grant.id", viewonly=True)

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 2 AND 40", name="name_length"),
        {"sqlite_autoincrement": True},
    )

    def roles_in(self, campaign_id: int) -> frozenset[str]:
        """What it may do in a campaign."""
        return frozenset(
            grant.role for grant in self.grants if grant.campaign_id in (None, campaign_id)
        )

    @property
    def roles_everywhere(self) -> frozenset[str]:
        """What it may do in every campaign, also in those to come."""
        return frozenset(grant.role for grant in self.grants if grant.campaign_id is None)

    @property
    def is_site_owner(self) -> bool:
        """Whether it looks after accounts."""
        return "owner" in self.roles_everywhere


class Grant(Base):
    """A role in one campaign, or in all where `campaign_id` is NULL."""

    __tablename__ = "staff_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
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
    """A signed-in browser: the SHA-256 of its random id. It ends when the row goes."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[str] = mapped_column(String(22))
    seen_at: Mapped[str] = mapped_column(String(22))


class SecondFactor(Base):
    """The secret of an account's TOTP app, sealed under the field key.

    `since` is NULL until a first code has shown that the phone has it; `last_step` is the newest
    half minute (epoch seconds / 30) whose code was used.
    """

    __tablename__ = "staff_second_factors"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    since: Mapped[str | None] = mapped_column(String(22))
    last_step: Mapped[int]


class SignInFailure(Base):
    """Wrong passwords in a row, under a keyed hash of the login name or of the address.

    `failures` counts attempts that have not succeeded, `until` (epoch seconds) is when the next
    may be made, `last` when the last was.
    """

    __tablename__ = "sign_in_failures"

    mark: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    last: Mapped[int]
    until: Mapped[int]


class SecurityEvent(Base):
    """Something that was refused at the desk's doors, and how often in that minute.

    `minute` since the epoch; `screen` the address's rule, empty for passwords and codes; `source`
    the keyed hash of a network, empty where they were too many; `staff_id` 0 where nobody is known.
    """

    __tablename__ = "security_events"
    __table_args__ = WITHOUT_ROWID

    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(String(20), primary_key=True)
    screen: Mapped[str] = mapped_column(String(120), primary_key=True)
    source: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    staff_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    times: Mapped[int]

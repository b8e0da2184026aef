"""Staff: accounts, grants, acts about them, sessions, factors, signing keys, security log."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from votesite import clock
from votesite.extensions import Base
from votesite.models.columns import WITHOUT_ROWID, CampaignId, Mark, Minute, Sealed, StaffId

DECIDING = ("owner", "editor", "reviewer", "supervisor")
APART = (
    "auditor",
    "judge",
    "accounts",
)  # who has one of these in a campaign, has nothing else there
ROLES = (*DECIDING, *APART)
ACT_KINDS = ("create", "invite", "grant", "reset", "drop-factor", "reopen")
ACT_STATES = ("proposed", "done", "stopped", "lapsed")


class Staff(Base):
    """An account. Its id is the staff number in the ledger, and is never used again.

    `needs_factor`: without a second factor it holds no role. So it is for every account that was
    opened by a link; those made on the server may do without.
    """

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(160))
    disabled: Mapped[bool] = mapped_column(default=False)
    needs_factor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Minute]

    grants: Mapped[list["Grant"]] = relationship(order_by="Grant.id", viewonly=True)
    factor: Mapped["SecondFactor | None"] = relationship(viewonly=True)

    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 2 AND 40", name="name_length"),
        {"sqlite_autoincrement": True},
    )

    def roles_in(self, campaign_id: int, now: datetime | None = None) -> frozenset[str]:
        """Its roles in a campaign, those that it holds everywhere included."""
        return frozenset(
            grant.role
            for grant in self.grants_in_force(now)
            if grant.campaign_id in (None, campaign_id)
        )

    @property
    def roles_everywhere(self) -> frozenset[str]:
        """Its roles in every campaign, present and future."""
        return frozenset(
            grant.role for grant in self.grants_in_force() if grant.campaign_id is None
        )

    @property
    def roles_somewhere(self) -> frozenset[str]:
        """Its roles in any campaign or in all."""
        return frozenset(grant.role for grant in self.grants_in_force())

    @property
    def is_site_owner(self) -> bool:
        """Whether it holds the role of an owner in every campaign."""
        return "owner" in self.roles_everywhere

    @property
    def waits_for_factor(self) -> bool:
        """Whether it can do nothing before its second factor is set up."""
        return self.needs_factor and (self.factor is None or self.factor.since is None)

    def grants_in_force(self, now: datetime | None = None) -> "list[Grant]":
        """Its grants that have begun, at present or at `now`; none while it waits for a factor."""
        if self.waits_for_factor:
            return []
        t = clock.minute(now or clock.now())
        return [grant for grant in self.grants if grant.effective_from <= t]


class Grant(Base):
    """A role in one campaign, or in all campaigns if `campaign_id` is NULL.

    It counts from the minute `effective_from` on; empty: as soon as it was granted.
    """

    __tablename__ = "staff_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[StaffId]
    campaign_id: Mapped[CampaignId | None] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(12))
    effective_from: Mapped[Minute] = mapped_column(default="")

    __table_args__ = (
        UniqueConstraint("staff_id", "campaign_id", "role"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("role <> 'accounts' OR campaign_id IS NULL", name="accounts_everywhere"),
        Index(
            "ix_staff_grants_everywhere",
            "staff_id",
            "role",
            unique=True,
            sqlite_where=(campaign_id.is_(None)),
            postgresql_where=(campaign_id.is_(None)),
        ),
    )


class AccountAct(Base):
    """Something done about an account: proposed by one, confirmed by another where it takes two.

    `staff_id` is whose account it is, NULL for somebody who is invited and has not joined yet: then
    `display_name` is their name. `role` and `campaign_id` are what is granted. `proposed_by` is
    NULL for commands on the server, `confirmed_by` where one person was enough. `effective_from` is
    when it begins to count; empty: at once. `stopped_by` has withdrawn it, or objected to it.

    `token_hash` is the SHA-256 of the token in the one-time link with which the person completes
    it, `used_at` when they did.
    """

    __tablename__ = "account_acts"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    staff_id: Mapped[StaffId | None] = mapped_column(index=True)
    display_name: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(12), default="")
    campaign_id: Mapped[CampaignId | None]
    proposed_by: Mapped[StaffId | None]
    proposed_at: Mapped[Minute]
    confirmed_by: Mapped[StaffId | None]
    confirmed_at: Mapped[Minute | None]
    stopped_by: Mapped[StaffId | None]
    stopped_at: Mapped[Minute | None]
    effective_from: Mapped[Minute] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[Mark | None] = mapped_column(unique=True)
    used_at: Mapped[Minute | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {ACT_KINDS}", name="kind"),
        CheckConstraint(f"state IN {ACT_STATES}", name="state"),
        CheckConstraint("confirmed_by <> proposed_by", name="two_people"),
    )


class AccountNotice(Base):
    """That somebody has to be told of an act about an account, until they acknowledge it."""

    __tablename__ = "account_notices"
    __table_args__ = WITHOUT_ROWID

    act_id: Mapped[int] = mapped_column(ForeignKey("account_acts.id"), primary_key=True)
    staff_id: Mapped[StaffId] = mapped_column(primary_key=True, index=True)
    acknowledged_at: Mapped[Minute | None]


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


class RecoveryCode(Base):
    """A code that stands in for the phone, once: its keyed hash. Using it deletes the row."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = WITHOUT_ROWID

    staff_id: Mapped[StaffId] = mapped_column(primary_key=True)
    mark: Mapped[Mark] = mapped_column(primary_key=True)


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

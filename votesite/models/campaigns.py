"""Campaigns: what is selected, by whom, on what basis, when and under which rules."""

from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from sqlalchemy import JSON, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from votesite.clock import CST, minute, parse_minute
from votesite.extensions import Base
from votesite.models.columns import Minute

PHASES = ("draft", "publicity", "nomination", "review", "voting", "counting", "notice", "final")
SCHEDULED = PHASES[1:-1]


class Standing(NamedTuple):
    """How far a campaign has come from the count to the final list, by its ledger's entries.

    `by_entries`: whether its notice and its end are entries of the ledger, not dates of the
    schedule. `noticed_from` is when its first notice began or begins, empty without one.
    """

    by_entries: bool
    noticed_from: str
    is_final: bool

    def phase(self, scheduled: str, present: str) -> str:
        """The phase shown at a minute for which the schedule says `scheduled`."""
        if not self.by_entries or PHASES.index(scheduled) < PHASES.index("counting"):
            return scheduled
        if self.is_final:
            return "final"
        return "notice" if self.noticed_from and self.noticed_from <= present else "counting"


def phase_of(schedule: dict[str, list[str]], standing: Standing, now: datetime) -> str:
    """The phase that a published campaign shows at a moment (contract.md sections 4 and 7)."""
    return standing.phase(_scheduled_phase(schedule, now), minute(now))


def _scheduled_phase(schedule: dict[str, list[str]], now: datetime) -> str:
    present = minute(now)  # ledger minutes sort as texts
    windows = [(phase, *schedule[phase]) for phase in SCHEDULED if phase in schedule]
    is_open = [phase for phase, begin, end in windows if begin <= present < end]
    if is_open:
        return is_open[-1]
    ended = [position for position, (_, _, end) in enumerate(windows) if end <= present]
    if not ended:
        return "publicity"
    following = [*(phase for phase, _, _ in windows), "final"]
    return following[ended[-1] + 1]


class Approval(TypedDict, total=False):
    """On what basis: a document's number, or why none is needed. Empty parts are left out."""

    number: str
    exempt: str
    reason: str


class Organisers(TypedDict, total=False):
    """Who answers for a campaign, and how they are reached."""

    host: list[str]
    undertaker: list[str]
    supervisor: list[str]
    phone: str
    supervision_phone: str
    email: str


class Ballot(TypedDict):
    """The rules of ledger.md section 2 without `results` and `recount`, plus `order`.

    `min_batch` counts voters, `quiet` minutes before the end, `publish_every` seconds.
    """

    scope: str
    ballots: int
    picks: list[int]
    repeat: str
    hours: list[str]
    order: str
    eligibility: str
    min_batch: int
    quiet: int
    publish_every: int


class Category(TypedDict):
    """What candidates compete in. `picks` is [min, max] of a ballot, None for any number."""

    name: str
    seats: int
    picks: list[int] | None


class Criterion(TypedDict):
    """What candidates are judged by, with its weight in percent of the expert review."""

    key: str
    name: str
    weight: int


class Weights(TypedDict):
    """How the composite score is made, as `award` of ledger.md section 2a has it.

    `public`, `expert`, `satisfaction` and `objective` are shares in percent. `cap` counts votes
    and is 0 but with the score of that name; `region_cap` 0 is none.
    """

    public: int
    expert: int
    satisfaction: int
    objective: int
    public_score: str
    cap: int
    expert_score: str
    trim: bool
    decimals: int
    ties: list[str]
    missing: str
    region_cap: int
    sheets: str
    panel: str
    min_answers: int
    notice_days: int


def votes_alone() -> Weights:
    """The weights of a campaign that says nothing about them: the public's votes decide."""
    return Weights(
        public=100,
        expert=0,
        satisfaction=0,
        objective=0,
        public_score="rank",
        cap=0,
        expert_score="rank",
        trim=True,
        decimals=2,
        ties=["public"],
        missing="refuse",
        region_cap=0,
        sheets="auditors",
        panel="numbered",
        min_answers=30,
        notice_days=5,
    )


class Electorate(TypedDict):
    """How many people may vote, as the organiser states it, and the source; 0 and "": unstated."""

    population: int
    source: str


def unstated() -> Electorate:
    """The electorate of a campaign that states none."""
    return Electorate(population=0, source="")


class Audit(TypedDict):
    """Verifier keys of the auditors, and how many of them must sign the count."""

    auditors: list[str]
    quorum: int


def unaudited() -> Audit:
    """The audit of a campaign that names no auditors."""
    return Audit(auditors=[], quorum=0)


class VoidRule(TypedDict):
    """By which rule a ballot may be voided."""

    id: str
    text: str


class Campaign(Base):
    """One award selection. `schedule` is {phase: [from, to]} in ledger minutes.

    `ranking_n`, `notice_n` and `final_n` are the last entries of these kinds; the last notice runs
    from `notice_from` to `notice_to`, the first one began at `noticed_from`.
    """

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    theme: Mapped[str] = mapped_column(String(120), default="")
    wording: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[str] = mapped_column(String(8), default="red")
    cover: Mapped[str] = mapped_column(String(32), default="")
    fee_free: Mapped[bool] = mapped_column(default=False)
    results: Mapped[str] = mapped_column(String(16), default="live")
    recount: Mapped[str] = mapped_column(String(16), default="auditors")
    signed: Mapped[bool] = mapped_column(default=False)
    approval: Mapped[Approval] = mapped_column(JSON, default=dict)
    organisers: Mapped[Organisers] = mapped_column(JSON, default=dict)
    schedule: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    ballot: Mapped[Ballot] = mapped_column(JSON, default=dict)
    categories: Mapped[list[Category]] = mapped_column(JSON, default=list)
    criteria: Mapped[list[Criterion]] = mapped_column(JSON, default=list)
    weights: Mapped[Weights] = mapped_column(JSON, default=votes_alone)
    electorate: Mapped[Electorate] = mapped_column(JSON, default=unstated)
    audit: Mapped[Audit] = mapped_column(JSON, default=unaudited)
    void_rules: Mapped[list[VoidRule]] = mapped_column(JSON, default=list)
    notice_version: Mapped[str] = mapped_column(String(16), default="")
    notice_text: Mapped[str] = mapped_column(Text, default="")
    paused: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Minute]
    published_at: Mapped[Minute | None] = mapped_column(default=None)
    ranking_n: Mapped[int | None] = mapped_column(default=None)
    notice_n: Mapped[int | None] = mapped_column(default=None)
    noticed_from: Mapped[Minute] = mapped_column(default="")
    notice_from: Mapped[Minute] = mapped_column(default="")
    notice_to: Mapped[Minute] = mapped_column(default="")
    final_n: Mapped[int | None] = mapped_column(default=None)

    __table_args__ = (
        CheckConstraint("length(slug) BETWEEN 3 AND 60", name="slug_length"),
        CheckConstraint("colour IN ('red', 'blue', 'green')", name="colour"),
        CheckConstraint("recount IN ('auditors', 'public')", name="recount"),
    )

    @property
    def is_published(self) -> bool:
        """Whether the public may see it."""
        return self.published_at is not None

    def window(self, phase: str) -> tuple[datetime, datetime] | None:
        """[from, to) of a scheduled phase, or None if the campaign has no such phase."""
        edges = self.schedule.get(phase)
        return (parse_minute(edges[0]), parse_minute(edges[1])) if edges else None

    def is_open(self, phase: str, now: datetime) -> bool:
        """Whether the window of a phase is open. Only this decides what visitors may do."""
        window = self.window(phase)
        return window is not None and window[0] <= now < window[1]

    def accepts_votes_at(self, now: datetime) -> bool:
        """Whether ballots can be cast: the window of voting is open and voting is not paused."""
        return self.is_open("voting", now) and not self.paused

    def phase_at(self, now: datetime) -> str:
        """The phase shown at a moment (contract.md section 4).

        It is the last phase whose window is open. Between two windows it is the one after the
        earlier; after the last window it is `final`; before the first it is `publicity`, because
        the campaign is announced already. A draft is always in `draft`.
        """
        return phase_of(self.schedule, self.standing, now) if self.is_published else "draft"

    @property
    def standing(self) -> Standing:
        """How far it has come by the entries of its ledger."""
        by_schedule = self.is_decided_by_votes and "notice" not in self.schedule
        by_entries = not by_schedule or self.ranking_n is not None
        return Standing(by_entries, self.noticed_from, self.final_n is not None)

    @property
    def category_names(self) -> list[str]:
        """The names of the categories, in their order."""
        return [category["name"] for category in self.categories]

    @property
    def is_decided_by_votes(self) -> bool:
        """Whether the public's votes alone make the result."""
        return int(self.weights.get("public", 100)) == 100 if self.weights else True

    @property
    def opens_at(self) -> datetime:
        """When voting begins."""
        return parse_minute(self.schedule["voting"][0])

    @property
    def closes_at(self) -> datetime:
        """When voting ends, extensions included."""
        return parse_minute(self.schedule["voting"][1])

    @property
    def count_published_at(self) -> datetime:
        """When the figures become public on their own: under `hidden`, once counting is over."""
        counting = self.window("counting")
        return counting[1] if self.results == "hidden" and counting else self.closes_at

    @property
    def final_at(self) -> datetime:
        """When its last scheduled phase has ended."""
        return max(
            (parse_minute(window[1]) for window in self.schedule.values()),
            default=datetime.max.replace(tzinfo=CST) - timedelta(days=1),
        )

"""The terms of a vote now in force: ballot rules, candidates, window, keys (ledger.md 2)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from votesite.clock import at, day, hour_of_day, parse_minute
from votesite.domain import keys
from votesite.domain.ledger import entries, high_water, merkle
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.keys import Sealer
from votesite.store import Statement, Transaction

_RULES_VERSION = Statement("SELECT rules_version FROM log_heads WHERE campaign_id = :campaign_id")
_CAMPAIGN = Statement(
    "SELECT slug, title, results, recount, schedule, ballot, categories, void_rules, notice_text,"
    " notice_version, paused, published_at FROM campaigns WHERE id = :campaign_id"
)
_CANDIDATES = Statement(
    "SELECT no, name, category, withdrawn FROM candidates"
    " WHERE campaign_id = :campaign_id ORDER BY no"
)


@dataclass(frozen=True)
class BallotRules:
    """The `rules` of entry 0, all fields always present."""

    scope: str
    ballots: int
    picks: tuple[int, int]
    category_picks: dict[str, tuple[int, int]]
    hours: tuple[str, str]
    repeat: str
    results: str
    recount: str
    eligibility: str
    min_batch: int
    publish_every: int

    def as_entry(self) -> dict[str, Any]:
        """The object as the ledger and `/me` publish it."""
        return {
            "scope": self.scope,
            "ballots": self.ballots,
            "picks": list(self.picks),
            "category_picks": {name: list(bounds) for name, bounds in self.category_picks.items()},
            "hours": list(self.hours),
            "repeat": self.repeat,
            "results": self.results,
            "recount": self.recount,
            "eligibility": self.eligibility,
            "min_batch": self.min_batch,
            "publish_every": self.publish_every,
        }

    @property
    def picks_span_ballots(self) -> bool:
        """Whether a voter's picks must differ over several ballots: then they are marked."""
        return self.ballots > 1 or (self.scope == "day" and self.repeat == "never")

    def period(self, moment: datetime) -> str:
        """`p` of a vote at a moment."""
        return "all" if self.scope == "campaign" else day(moment).isoformat()

    def is_within_hours(self, moment: datetime) -> bool:
        """Whether the time of day is inside [begin, end)."""
        return self.hours[0] <= hour_of_day(moment) < self.hours[1]

    def first_open(self, moment: datetime, begins: datetime, ends: datetime) -> datetime | None:
        """The first minute at or after `moment` in which a ballot is possible, or None."""
        found = max(moment, begins)
        if not self.is_within_hours(found):
            later = day(found) + timedelta(days=hour_of_day(found) >= self.hours[1])
            found = at(later, self.hours[0])
        return found if found < ends else None


def ballot_rules(
    ballot: dict[str, Any], categories: Iterable[dict[str, Any]], results: str, recount: str
) -> BallotRules:
    """The rules that a campaign's settings make."""
    return BallotRules(
        scope=ballot["scope"],
        ballots=ballot["ballots"],
        picks=(ballot["picks"][0], ballot["picks"][1]),
        category_picks={
            category["name"]: (category["picks"][0], category["picks"][1])
            for category in categories
            if category.get("picks")
        },
        hours=(ballot["hours"][0], ballot["hours"][1]),
        repeat="never" if ballot["scope"] == "campaign" else ballot["repeat"],
        results=results,
        recount=recount,
        eligibility=ballot["eligibility"],
        min_batch=ballot["min_batch"],
        publish_every=ballot["publish_every"],
    )


@dataclass(frozen=True)
class VotingTerms:
    """What decides about a ballot, as now in force; read anew when `rules_version` has changed."""

    campaign_id: int
    rules_version: int
    slug: str
    title: str
    rules: BallotRules
    opens: datetime
    closes: datetime
    count_published_at: datetime
    paused: str
    is_published: bool
    candidates: tuple[tuple[int, str, str], ...]
    withdrawn: frozenset[int]
    void_rules: tuple[dict[str, str], ...]
    schedule: dict[str, list[str]]
    notice_text: str
    notice_version: str
    is_halted: bool = False
    positions: dict[int, int] = field(repr=False, default_factory=dict)

    @cached_property
    def origin(self) -> str:
        """The log's origin as the base URL makes it; entry 0 keeps it for ever."""
        return f"{site().settings.host}/c/{self.slug}"

    @cached_property
    def pseudonym_key(self) -> bytes:
        """Turns site voter ids into voter keys, and those into pseudonyms."""
        return keys.campaign_key(self.campaign_id, "pseudonym")

    @cached_property
    def opening_key(self) -> bytes:
        """Makes the salts of the commitments."""
        return keys.campaign_key(self.campaign_id, "opening")

    @cached_property
    def sealer(self) -> Sealer:
        """Seals choices and counts."""
        return Sealer(keys.campaign_key(self.campaign_id, "choices"))


def read_terms(tx: Transaction, campaign_id: int, rules_version: int) -> VotingTerms:
    """The campaign's terms, from memory while its rules have not changed."""
    kept = cast(dict[int, VotingTerms], site().voting_terms)
    found = kept.get(campaign_id)
    if found is None or found.rules_version != rules_version or found.is_halted:
        found = kept[campaign_id] = load_terms(tx, campaign_id, rules_version)
    return found


def load_terms(tx: Transaction, campaign_id: int, rules_version: int) -> VotingTerms:
    """The terms read from the database; raises NotFound."""
    row = tx.one(_CAMPAIGN, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound
    schedule, ballot, categories, void_rules = (parsed_json(row[i]) for i in (4, 5, 6, 7))
    candidates = tx.all(_CANDIDATES, {"campaign_id": campaign_id})
    closes = parse_minute(schedule["voting"][1])
    hidden_until = schedule.get("counting", schedule["voting"])[1]
    return VotingTerms(
        campaign_id=campaign_id,
        rules_version=rules_version,
        slug=row[0],
        title=row[1],
        rules=ballot_rules(ballot, categories, row[2], row[3]),
        opens=parse_minute(schedule["voting"][0]),
        closes=closes,
        count_published_at=parse_minute(hidden_until) if row[2] == "hidden" else closes,
        paused=row[10],
        is_published=row[11] is not None,
        candidates=tuple((no, name, category) for no, name, category, _ in candidates),
        withdrawn=frozenset(no for no, _, _, withdrawn in candidates if withdrawn),
        void_rules=tuple(void_rules),
        schedule=schedule,
        notice_text=row[8],
        notice_version=row[9],
        is_halted=disagrees(campaign_id, row[0]),
        positions={no: position for position, (no, *_) in enumerate(candidates)},
    )


def parsed_json(value: Any) -> Any:
    """A JSON column: text from SQLite, parsed already from PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value


def disagrees(campaign_id: int, slug: str) -> bool:
    """Whether the log is shorter than, or another than, what was published of it before.

    The marks are read before the log: they are written after the commit they tell of.
    """
    trees = high_water.marks(slug).trees()
    if not trees:
        return False
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
        subtree = entries.subtrees(tx, campaign_id)
        try:
            return any(
                known > size or merkle.root(subtree, 0, known).hex() != root
                for known, root in trees
            )
        except (IndexError, ValueError):  # leaves or tiles are lost
            return True


def rules_version(tx: Transaction, campaign_id: int) -> int:
    """Which state of the rules is in force."""
    row = tx.one(_RULES_VERSION, {"campaign_id": campaign_id})
    return int(row[0]) if row else 0

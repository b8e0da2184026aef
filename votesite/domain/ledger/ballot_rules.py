"""The `rules` of a vote, as entry 0 of its log fixes them (ledger.md section 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from votesite.clock import at, day, hour_of_day
from votesite.models.campaigns import Ballot, Category


@dataclass(frozen=True)
class BallotRules:
    """The `rules` of entry 0, all fields always present.

    `min_batch` counts voters, `quiet` minutes, `publish_every` seconds.
    """

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
    quiet: int
    publish_every: int

    def as_entry(self) -> dict[str, object]:
        """Returns the object as the ledger and `/me` publish it."""
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
            "quiet": self.quiet,
            "publish_every": self.publish_every,
        }

    @property
    def picks_span_ballots(self) -> bool:
        """Whether a voter's picks must differ over several ballots: then they are marked."""
        return self.ballots > 1 or (self.scope == "day" and self.repeat == "never")

    def period(self, moment: datetime) -> str:
        """Returns `p` of a vote at a moment: `all` or the Beijing day."""
        return "all" if self.scope == "campaign" else day(moment).isoformat()

    def is_within_hours(self, moment: datetime) -> bool:
        """Whether the time of day is inside [begin, end)."""
        return self.hours[0] <= hour_of_day(moment) < self.hours[1]

    def first_open(self, moment: datetime, begins: datetime, ends: datetime) -> datetime | None:
        """Returns the first minute from `moment` on in which a ballot is possible, or None."""
        first = max(moment, begins)
        if not self.is_within_hours(first):
            later = day(first) + timedelta(days=hour_of_day(first) >= self.hours[1])
            first = at(later, self.hours[0])
        return first if first < ends else None


def ballot_rules(
    ballot: Ballot, categories: Iterable[Category], results: str, recount: str
) -> BallotRules:
    """Returns the rules that a campaign's settings make."""
    return BallotRules(
        scope=ballot["scope"],
        ballots=ballot["ballots"],
        picks=(ballot["picks"][0], ballot["picks"][1]),
        category_picks={
            category["name"]: (bounds[0], bounds[1])
            for category in categories
            if (bounds := category.get("picks"))
        },
        hours=(ballot["hours"][0], ballot["hours"][1]),
        repeat="never" if ballot["scope"] == "campaign" else ballot["repeat"],
        results=results,
        recount=recount,
        eligibility=ballot["eligibility"],
        min_batch=ballot["min_batch"],
        quiet=ballot["quiet"],
        publish_every=ballot["publish_every"],
    )

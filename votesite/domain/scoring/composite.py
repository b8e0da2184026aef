"""The composite result: votes, sheets and figures become points, ranks and honours.

It follows ledger.md section 2a to the letter, on whole numbers alone: every number is rounded once,
half up, to *points* of 10^-decimals; what comes after uses the rounded number.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from votesite.domain.award import FULL_POINTS

COMPONENTS = ("public", "expert", "satisfaction", "objective")
MISSING = -1  # in a table: no score, or a component without weight
MIN_TRIMMED = 5  # sheets of a candidate from which the highest and the lowest are left out
SHEET_FULL = 100 * 1000  # Σ weight × score of a sheet that gives everything


class Candidate(NamedTuple):
    """Who is ranked: withdrawn candidates are not among them."""

    no: int
    category: str
    region: str


@dataclass(frozen=True)
class Inputs:
    """What a ranking is made of.

    `award` is that of entry 0. `votes` are net votes by number, `sheets` the counting sheets as
    their JSON arrays [no, scores in tenths], `satisfaction` and `objective` points by number, `lot`
    the drawn value, empty without one.
    """

    award: Mapping[str, Any]
    candidates: Sequence[Candidate]
    votes: Mapping[int, int]
    sheets: Sequence[Sequence[Any]] = ()
    satisfaction: Mapping[int, int] = field(default_factory=dict)
    objective: Mapping[int, int] = field(default_factory=dict)
    lot: str = ""

    @property
    def full(self) -> int:
        """100 points, counted in points of 10^-decimals."""
        return int(FULL_POINTS * 10 ** self.award["decimals"])


class Missing(NamedTuple):
    """A score that is not there although its component has weight."""

    no: int
    component: str


class Tie(NamedTuple):
    """Candidates with the same total, in the order that decided, and by what between neighbours.

    `by` has one member less than `numbers`: a member of `ties`, or "" where the rank is shared.
    """

    numbers: tuple[int, ...]
    by: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """The table of ledger.md section 2a, and how it came about.

    `rows`: [no, rank, awarded, total, public, expert, satisfaction, objective], ascending by
    number. `trimmed` says of each category whether highest and lowest sheets were left out,
    `dropped` which components were for want of a score, `capped` who would be honoured but for the
    regional cap. `expert_points` are the points of the sheets before they become rank points.
    `shared` are the groups of one rank that take a category beyond its seats.
    """

    rows: list[list[int]]
    missing: list[Missing]
    trimmed: dict[str, bool]
    dropped: dict[str, list[str]]
    ties: list[Tie]
    capped: list[int]
    expert_points: dict[int, int]
    shared: list[tuple[int, ...]]

    @property
    def honoured(self) -> list[int]:
        """Who is awarded, ascending."""
        return [row[0] for row in self.rows if row[2]]


def half_up(numerator: int, denominator: int) -> int:
    """Returns a fraction that is not negative, rounded half up to a whole number."""
    return (2 * numerator + denominator) // (2 * denominator)


def rank(inputs: Inputs) -> Ranking:
    """Returns the ranking that follows from votes, sheets and figures by the rules of entry 0.

    A missing score counts 0 here where the rule is to refuse: `missing` names it, and no such
    ranking is ever written.
    """
    return rank_by(inputs, sheet_values(inputs))


def rank_by(inputs: Inputs, scored: Mapping[int, Sequence[int]]) -> Ranking:
    """Returns the ranking with other values in place of the sheets': as `sheet_values` has them."""
    ranked: dict[str, _Category] = {}
    for category, candidates in by_category(inputs).items():
        ranked[category] = _Category(inputs, candidates, scored)
    order = [category for category, _ in inputs.award["seats"] if category in ranked]
    honours = Honours(inputs.award["region_cap"])
    for category, seats in inputs.award["seats"]:
        if category in ranked:
            honours.award(ranked[category].groups(), seats, ranked[category].regions)
    rows = [
        [no, of.ranks[no], int(no in honours.awarded), of.totals[no], *of.row_of(no)]
        for of in ranked.values()
        for no in of.numbers
    ]
    return Ranking(
        rows=sorted(rows),
        missing=sorted(missing for of in ranked.values() for missing in of.missing),
        trimmed={category: of.is_trimmed for category, of in ranked.items()},
        dropped={category: of.dropped for category, of in ranked.items()},
        ties=[tie for category in order for tie in ranked[category].ties()],
        capped=sorted(honours.capped),
        expert_points={no: p for of in ranked.values() for no, p in of.expert_points.items()},
        shared=honours.shared,
    )


def sheet_values(inputs: Inputs) -> dict[int, list[int]]:
    """Returns Σ weight × score of every sheet that scores a candidate, by number."""
    weights = [criterion["weight"] for criterion in inputs.award["criteria"]]
    values: dict[int, list[int]] = defaultdict(list)
    for sheet in inputs.sheets:
        for no, scores in sheet:
            weighted = zip(weights, scores, strict=True)
            values[no].append(sum(weight * score for weight, score in weighted))
    return values


class _Category:
    """The candidates of one category: points by component, totals, ranks."""

    def __init__(
        self,
        inputs: Inputs,
        candidates: Sequence[Candidate],
        scored: Mapping[int, Sequence[int]],
    ) -> None:
        self.inputs = inputs
        self.award = inputs.award
        self.numbers = [candidate.no for candidate in candidates]
        self.regions = {candidate.no: candidate.region for candidate in candidates}
        self.votes = {no: inputs.votes.get(no, 0) for no in self.numbers}
        values = {no: scored[no] for no in self.numbers if scored.get(no)}
        self.is_trimmed = bool(self.award["trim"]) and bool(values)
        self.is_trimmed &= all(len(each) >= MIN_TRIMMED for each in values.values())
        self.expert_points = {no: self._mean(each) for no, each in values.items()}
        self.points = {
            "public": self._public(),
            "expert": self._expert(),
            "satisfaction": self._of(inputs.satisfaction),
            "objective": self._of(inputs.objective),
        }
        self.missing = [
            Missing(no, component)
            for component in COMPONENTS
            if self.award[component]
            for no in self.numbers
            if no not in self.points[component]
        ]
        lacking = {missing.component for missing in self.missing}
        self.dropped = [each for each in COMPONENTS if each in lacking]
        if self.award["missing"] != "drop":
            self.dropped = []
        self.totals = {no: self._total(no) for no in self.numbers}
        self.keys = {no: self._key(no) for no in self.numbers}
        self.order = sorted(self.numbers, key=lambda no: (self.keys[no], no))
        self.ranks = self._ranks()

    def row_of(self, no: int) -> list[int]:
        """Returns a candidate's points by component as the table has them."""
        return [
            self.points[each].get(no, MISSING) if self.award[each] else MISSING
            for each in COMPONENTS
        ]

    def ties(self) -> list[Tie]:
        """Returns the groups of equal totals, and what decided within each."""
        found = []
        for _, group in groupby(self.order, key=lambda no: self.totals[no]):
            numbers = tuple(group)
            if len(numbers) > 1:
                by = tuple(self._decider(one, other) for one, other in pairwise(numbers))
                found.append(Tie(numbers, by))
        return found

    def groups(self) -> list[list[int]]:
        """Returns who shares a rank, best first."""
        return [list(group) for _, group in groupby(self.order, key=self.ranks.__getitem__)]

    def _mean(self, values: Sequence[int]) -> int:
        counted = sorted(values)[1:-1] if self.is_trimmed else values
        return half_up(self.inputs.full * sum(counted), SHEET_FULL * len(counted))

    def _public(self) -> dict[int, int]:
        full, score = self.inputs.full, self.award["public_score"]
        if score == "rank":
            return rank_points(self.votes, full)
        most = self.award["cap"] if score == "cap" else max(self.votes.values(), default=0)
        if not most:
            return dict.fromkeys(self.numbers, 0)
        return {no: half_up(full * min(votes, most), most) for no, votes in self.votes.items()}

    def _expert(self) -> dict[int, int]:
        if self.award["expert_score"] == "points":
            return self.expert_points
        return rank_points(self.expert_points, self.inputs.full)

    def _of(self, table: Mapping[int, int]) -> dict[int, int]:
        return {no: table[no] for no in self.numbers if no in table}

    def _total(self, no: int) -> int:
        counted = [each for each in COMPONENTS if each not in self.dropped]
        weighted = sum(self.award[each] * self.points[each].get(no, 0) for each in counted)
        weights = sum(self.award[each] for each in counted)
        return half_up(weighted, weights) if weights else 0

    def _key(self, no: int) -> tuple[Any, ...]:
        """Returns what candidates are sorted by, best first: total, then the members of `ties`."""
        points = dict(zip(COMPONENTS, self.row_of(no), strict=True))
        lot = self.inputs.lot
        return (
            -self.totals[no],
            *(
                -self.votes[no] if member == "public" else tie_key(member, no, points, lot)
                for member in self.award["ties"]
            ),
        )

    def _decider(self, one: int, other: int) -> str:
        pairs = zip(self.award["ties"], self.keys[one][1:], self.keys[other][1:], strict=True)
        return next((member for member, mine, theirs in pairs if mine != theirs), "")

    def _ranks(self) -> dict[int, int]:
        ranks: dict[int, int] = {}
        for place, no in enumerate(self.order, start=1):
            before = self.order[place - 2] if place > 1 else None
            is_shared = before is not None and self.keys[before] == self.keys[no]
            ranks[no] = ranks[before] if is_shared and before is not None else place
        return ranks


def tie_key(member: str, no: int, points: Mapping[str, int], lot: str) -> int | bytes:
    """Returns what a member of `ties` other than "public" sorts equal totals by, best first."""
    if member == "lot":
        return hashlib.sha256(f"{lot}|{no}".encode()).digest()
    return -points[member]


def rank_points(figures: Mapping[int, int], full: int) -> dict[int, int]:
    """Returns FULL × (N − r + 1) / N, half up, with r = 1 + how many have more."""
    count = len(figures)
    better: dict[int, int] = {}
    for place, figure in enumerate(sorted(figures.values(), reverse=True)):
        better.setdefault(figure, place)
    return {no: half_up(full * (count - better[figure]), count) for no, figure in figures.items()}


class Honours:
    """Who is honoured, category by category in the order of `seats`.

    `held` counts the honours of each region so far, `capped` are those left out by the regional
    cap, `shared` the groups of one rank that took a category beyond its seats.
    """

    def __init__(self, region_cap: int, held: Mapping[str, int] | None = None) -> None:
        self.region_cap = region_cap
        self.held = Counter[str](held or {})
        self.awarded: set[int] = set()
        self.capped: list[int] = []
        self.shared: list[tuple[int, ...]] = []

    def award(
        self, groups: Iterable[Sequence[int]], seats: int, regions: Mapping[int, str]
    ) -> None:
        """Award the seats of one category to its groups of equal rank, best first."""
        count = 0
        for group in groups:
            if count >= seats:
                return
            full = self._full_regions(regions[no] for no in group)
            chosen = [no for no in group if regions[no] not in full]
            self.capped += [no for no in group if regions[no] in full]
            self.held.update(regions[no] for no in chosen)
            self.awarded.update(chosen)
            count += len(chosen)
            if count > seats:
                self.shared.append(tuple(chosen))

    def _full_regions(self, regions: Iterable[str]) -> set[str]:
        """Returns the regions of which a group holds more than the cap leaves room for."""
        if not self.region_cap:
            return set()
        wanted = Counter(region for region in regions if region)
        return {each for each, count in wanted.items() if self.held[each] + count > self.region_cap}


def by_category(inputs: Inputs) -> dict[str, list[Candidate]]:
    """Returns the candidates of each category that has some."""
    found: dict[str, list[Candidate]] = {}
    for candidate in inputs.candidates:
        found.setdefault(candidate.category, []).append(candidate)
    return found

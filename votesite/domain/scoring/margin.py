"""The margin: how few votes, given to one candidate or taken from another, would alter the honours.

The margin of victory of elections, for the last honour of each category: votes are added to the
first candidate left out or taken from the last one in, one of the two, all else fixed, and the
ranking of ledger.md section 2a is made again. The least number that alters the list is found by
halving the range of possible numbers, leaving out every part in which nothing can change: each
candidate's total moves in one direction only, so that its ends bound it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from votesite.domain.scoring.composite import (
    COMPONENTS,
    Candidate,
    Honours,
    Inputs,
    Ranking,
    by_category,
    half_up,
    rank_points,
    tie_key,
)

Key = tuple[Any, ...]
_ROUNDED = 2  # points that rounding can move the difference of two totals


class Margin(NamedTuple):
    """Of a category: `votes` more for `no_out`, or fewer for `no_in`, alter the list of honours.

    `no_in` is the last candidate honoured, `no_out` the first one left out after it. `votes` is
    None where no number of votes would.
    """

    category: str
    votes: int | None
    no_in: int
    no_out: int


def margin(inputs: Inputs, ranking: Ranking) -> list[Margin]:
    """Returns the margin of each category in which somebody is honoured and somebody is not."""
    found = []
    rows = {row[0]: row for row in ranking.rows}
    regions = {candidate.no: candidate.region for candidate in inputs.candidates}
    candidates = by_category(inputs)
    held = Counter[str]()
    for category, seats in inputs.award["seats"]:
        if category not in candidates:
            continue
        race = _Race(inputs, ranking, candidates[category], seats, held)
        order = sorted(race.numbers, key=lambda no: (rows[no][1], no))
        if (pair := _pair(order, rows, ranking)) is not None:
            found.append(Margin(category, race.least(*pair), *pair))
        held.update(regions[no] for no in race.honoured)
    return found


def _pair(
    order: Sequence[int], rows: Mapping[int, Sequence[int]], ranking: Ranking
) -> tuple[int, int] | None:
    """Returns the last one in and the first one left out, by the regional cap only if all are."""
    honoured = [no for no in order if rows[no][2]]
    if not honoured:
        return None
    below = order[order.index(honoured[-1]) + 1 :]
    free = [no for no in below if no not in ranking.capped]
    return (honoured[-1], (free or below)[0]) if below else None


class _Race:
    """One category with everything fixed but votes."""

    def __init__(
        self,
        inputs: Inputs,
        ranking: Ranking,
        candidates: Sequence[Candidate],
        seats: int,
        held: Mapping[str, int],
    ) -> None:
        self.award, self.full = inputs.award, inputs.full
        self.numbers = [candidate.no for candidate in candidates]
        self.regions = {candidate.no: candidate.region for candidate in candidates}
        self.votes = {no: inputs.votes.get(no, 0) for no in self.numbers}
        self.seats, self.held = seats, held
        rows = {row[0]: row for row in ranking.rows}
        dropped = ranking.dropped[candidates[0].category]
        counted = [each for each in COMPONENTS if self.award[each] and each not in dropped]
        self.weights = sum(self.award[each] for each in counted)
        self.weight = self.award["public"] if "public" in counted else 0
        points = {no: dict(zip(COMPONENTS, rows[no][4:], strict=True)) for no in self.numbers}
        self.rest = {
            no: sum(self.award[each] * max(of[each], 0) for each in counted if each != "public")
            for no, of in points.items()
        }
        ties = [each for each in self.award["ties"] if each != "public"]
        self.tie_keys = {
            no: {each: tie_key(each, no, points[no], inputs.lot) for each in ties}
            for no in self.numbers
        }
        self.honoured = self._honoured(self.keys({}))

    def least(self, no_in: int, no_out: int) -> int | None:
        """Returns the fewest votes taken from the one or given to the other that alter the list."""
        fewer = self._least(no_in, -1, self.votes[no_in])
        most = self._most_added(no_out)
        more = self._least(no_out, 1, most if fewer is None else min(most, fewer))
        return min((each for each in (fewer, more) if each is not None), default=None)

    def keys(self, change: Mapping[int, int]) -> dict[int, Key]:
        """Returns what candidates are sorted by, best first, when some have other votes."""
        votes = {**self.votes, **change}
        points = self._points(votes)
        return {
            no: (
                -(half_up(self.weight * points[no] + self.rest[no], self.weights))
                if self.weights
                else 0,
                *(
                    -votes[no] if each == "public" else self.tie_keys[no][each]
                    for each in self.award["ties"]
                ),
            )
            for no in self.numbers
        }

    def _points(self, votes: Mapping[int, int]) -> dict[int, int]:
        score = self.award["public_score"]
        if score == "rank":
            return rank_points(votes, self.full)
        most = self.award["cap"] if score == "cap" else max(votes.values())
        return {no: half_up(self.full * min(of, most), max(most, 1)) for no, of in votes.items()}

    def _most_added(self, no: int) -> int:
        """Returns after how many added votes nothing can change any more.

        With "share" that is when everybody else's votes are worth no point.
        """
        most = max(*self.votes.values(), 1)
        last = {"rank": most, "cap": max(most, self.award["cap"]), "share": 2 * self.full * most}
        return int(last[self.award["public_score"]]) + 1 - self.votes[no]

    def _honoured(self, keys: Mapping[int, Key]) -> set[int]:
        order = sorted(self.numbers, key=keys.__getitem__)
        groups = [list(group) for _, group in groupby(order, key=keys.__getitem__)]
        honours = Honours(self.award["region_cap"], self.held)
        honours.award(groups, self.seats, self.regions)
        return honours.awarded

    def _least(self, no: int, step: int, most: int) -> int | None:
        """Returns the least number of votes from 1 to `most` that alters the list, or None.

        Parts of the range are looked at in ascending order, halved until they prove still.
        """
        parts = [(1, most)] if most else []
        while parts:
            first, last = parts.pop()
            keys = self.keys({no: self.votes[no] + step * first})
            if self._honoured(keys) != self.honoured:
                return first
            if first == last or self._is_still(no, step, (first, last), keys):
                continue
            middle = (first + last) // 2
            parts += [(middle + 1, last), (first + 1, middle)] if middle > first else [(last, last)]
        return None

    def _is_still(
        self, no: int, step: int, part: tuple[int, int], at_first: Mapping[int, Key]
    ) -> bool:
        """Whether the list provably stays as it is in a part of the range."""
        at_last = self.keys({no: self.votes[no] + step * part[1]})
        best = {each: min(at_first[each], at_last[each]) for each in self.numbers}
        worst = {each: max(at_first[each], at_last[each]) for each in self.numbers}
        order = sorted(self.numbers, key=at_first.__getitem__)
        end = max(place for place, each in enumerate(order) if each in self.honoured)
        upper, lower = order[: end + 1], order[end + 1 :]
        if len(self.honoured) < self.seats or not lower:
            return self._is_order_still(order, best, worst)
        if not max(worst[each] for each in upper) < min(best[each] for each in lower) and not (
            self._is_apart(upper, lower, no, step, part)
        ):
            return False
        if len(upper) == self.seats and not self.award["region_cap"]:
            return True
        return self._is_order_still(upper, best, worst)

    def _is_order_still(
        self, order: Sequence[int], best: Mapping[int, Key], worst: Mapping[int, Key]
    ) -> bool:
        """Whether candidates keep their order in a part of the range, equal ones their keys."""
        return all(
            worst[one] < best[other] or (best[one] == worst[one] and best[other] == worst[other])
            for one, other in pairwise(order)
        )

    def _is_apart(
        self, upper: Sequence[int], lower: Sequence[int], no: int, step: int, part: tuple[int, int]
    ) -> bool:
        """Whether two groups' totals differ by more than rounding can move, at both ends.

        With "share" and the changed candidate ahead of all others by votes, a total that is not
        rounded is a straight line in 1 / most votes: between the ends differences stay between
        those at the ends.
        """
        others = max((of for each, of in self.votes.items() if each != no), default=0)
        ends = [self.votes[no] + step * number for number in part]
        if self.award["public_score"] != "share" or min(ends) < max(others, 1):
            return False
        return all(self._are_apart(upper, lower, no, of) for of in ends)

    def _are_apart(self, upper: Sequence[int], lower: Sequence[int], no: int, most: int) -> bool:
        totals = {
            each: self.weight * self.full * (most if each == no else self.votes[each])
            + self.rest[each] * most
            for each in self.numbers
        }
        least: int = min(totals[each] for each in upper) - max(totals[each] for each in lower)
        rounded: int = _ROUNDED * max(self.weights, 1) * most
        return least > rounded

"""The worked example: one candidate's way from votes, sheets and figures to a place, step by step.

Every step holds the numbers that a reader needs to follow it with a calculator. Points are whole
numbers of 10^-decimals, as in the ranking's table; sheets' values are Σ weight × score, thousandths
of a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from votesite.domain.scoring.composite import (
    COMPONENTS,
    MISSING,
    Candidate,
    Inputs,
    Ranking,
    rank,
    sheet_values,
)

MADE_UP = 6  # candidates of an example before the vote
_MADE_UP_SHEETS = 7


class PublicStep(NamedTuple):
    """Votes become points: by `score`, which is share, rank or cap.

    share: full × votes / `most`. cap: full × the smaller of votes and `most` / `most`. rank:
    full × (`field` − `place` + 1) / `field`.
    """

    score: str
    votes: int
    most: int
    place: int
    field: int
    points: int


class ExpertStep(NamedTuple):
    """Sheets become points. `values` ascend; with `is_trimmed` the first and the last do not count.

    `mean` are points. With `score` rank these are replaced by full × (`field` − `place` + 1) /
    `field`. Without a sheet `values` are empty, and `mean` and `points` −1.
    """

    score: str
    values: list[int]
    is_trimmed: bool
    mean: int
    place: int
    field: int
    points: int


class Part(NamedTuple):
    """A component of the total: `points` −1 where the score is missing, which counts 0.

    `is_dropped`: left out for the whole category for want of somebody's score.
    """

    component: str
    weight: int
    points: int
    is_dropped: bool


@dataclass(frozen=True)
class Example:
    """The steps of one candidate. `public` and `expert` are None where their weight is 0.

    `total` = Σ weight × points of the parts that count / `divisor`, half up. `field` counts the
    candidates of the category, `seats` its honours.
    """

    no: int
    category: str
    decimals: int
    public: PublicStep | None
    expert: ExpertStep | None
    parts: list[Part]
    divisor: int
    total: int
    rank: int
    field: int
    seats: int
    is_honoured: bool

    @property
    def full(self) -> int:
        """100 points, counted in points of 10^-decimals."""
        return int(100 * 10**self.decimals)

    @property
    def weighted(self) -> int:
        """Σ weight × points of the parts that count."""
        return sum(part.weight * max(part.points, 0) for part in self.parts if not part.is_dropped)


def worked_example(inputs: Inputs, ranking: Ranking, no: int) -> Example:
    """Returns how a candidate of the ranking came to its place."""
    category = next(each.category for each in inputs.candidates if each.no == no)
    numbers = [each.no for each in inputs.candidates if each.category == category]
    row = next(row for row in ranking.rows if row[0] == no)
    points = dict(zip(COMPONENTS, row[4:], strict=True))
    dropped = ranking.dropped[category]
    parts = [
        Part(each, inputs.award[each], points[each], each in dropped)
        for each in COMPONENTS
        if inputs.award[each]
    ]
    public, expert = inputs.award["public"], inputs.award["expert"]
    return Example(
        no=no,
        category=category,
        decimals=inputs.award["decimals"],
        public=_public(inputs, numbers, no, points["public"]) if public else None,
        expert=_expert(inputs, ranking, numbers, no) if expert else None,
        parts=parts,
        divisor=sum(part.weight for part in parts if not part.is_dropped),
        total=row[3],
        rank=row[1],
        field=len(numbers),
        seats=dict(inputs.award["seats"])[category],
        is_honoured=bool(row[2]),
    )


def first_of(ranking: Ranking) -> int | None:
    """Returns the candidate whom the example is about: the lowest number; None without any."""
    return ranking.rows[0][0] if ranking.rows else None


def made_up(award: Mapping[str, Any]) -> tuple[Inputs, Ranking]:
    """Returns invented figures of the first category with honours, and the ranking they make.

    For the rules page before the vote; number 1 is the one to work out.
    """
    seats = next((each for each in award["seats"] if each[1]), award["seats"][0])
    numbers = range(1, MADE_UP + 1)
    full = int(100 * 10 ** award["decimals"])
    inputs = Inputs(
        award={**award, "seats": [list(seats)], "region_cap": 0},
        candidates=[Candidate(no, seats[0], "") for no in numbers],
        votes={no: 4275 + 731 * (no * 5 % MADE_UP) for no in numbers},
        sheets=[_made_up_sheet(award, judge, numbers) for judge in range(_MADE_UP_SHEETS)]
        if award["expert"]
        else [],
        satisfaction={no: full * (870 + 13 * (no * 4 % 7)) // 1000 for no in numbers},
        objective={no: full * (910 - 17 * (no * 3 % 7)) // 1000 for no in numbers},
        lot="2026-12-15 03 09 14 22 28 31",
    )
    return inputs, rank(inputs)


def _made_up_sheet(award: Mapping[str, Any], judge: int, numbers: range) -> list[list[Any]]:
    return [
        [
            no,
            [
                780 + (37 * no + 53 * judge + 29 * at) % 190
                for at, _ in enumerate(award["criteria"])
            ],
        ]
        for no in numbers
    ]


def _public(inputs: Inputs, numbers: list[int], no: int, points: int) -> PublicStep:
    votes = {each: inputs.votes.get(each, 0) for each in numbers}
    score = inputs.award["public_score"]
    most = inputs.award["cap"] if score == "cap" else max(votes.values())
    place = 1 + sum(of > votes[no] for of in votes.values())
    return PublicStep(score, votes[no], most, place, len(numbers), points)


def _expert(inputs: Inputs, ranking: Ranking, numbers: list[int], no: int) -> ExpertStep:
    means = {each: of for each, of in ranking.expert_points.items() if each in numbers}
    mean = means.get(no, MISSING)
    row = next(row for row in ranking.rows if row[0] == no)
    return ExpertStep(
        score=inputs.award["expert_score"],
        values=sorted(sheet_values(inputs).get(no, [])),
        is_trimmed=ranking.trimmed[next(c.category for c in inputs.candidates if c.no == no)],
        mean=mean,
        place=1 + sum(of > mean for of in means.values()) if no in means else 0,
        field=len(means),
        points=row[4 + COMPONENTS.index("expert")],
    )

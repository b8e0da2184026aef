"""How far judges agree: spread of each candidate, severity of each judge, Kendall's W.

For the chair, after the panel: nothing here changes a ranking. A sheet's value is Σ weight × score
of ledger.md section 2a; in points it is that value / 1000.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from votesite.domain.scoring.composite import (
    SHEET_FULL,
    Inputs,
    Ranking,
    by_category,
    rank_by,
)

MODERATE, STRONG = 0.5, 0.7  # of W, where agreement is called moderate and strong (Schmidt 1997)
_UNIT = 1000  # of a sheet's value in a point
_ROUNDS = 200
_STILL = 1e-9

Values = dict[int, dict[int, int]]


class Spread(NamedTuple):
    """What judges gave a candidate, in points. `deviation` is of a sample, 0 with one sheet."""

    no: int
    sheets: int
    lowest: float
    highest: float
    mean: float
    deviation: float


class Severity(NamedTuple):
    """How many points a judge gives above others on the same candidates; negative is severe.

    `judge` is the place of the sheet among the inputs' sheets, from 0.
    """

    judge: int
    candidates: int
    points: float


class Concordance(NamedTuple):
    """Kendall's W of a category: 0 no agreement, 1 the same order; None where it cannot be told.

    Of the judges who scored all of the category. `strength`: weak, moderate, strong, or empty.
    """

    category: str
    judges: int
    w: float | None
    strength: str


class Shift(NamedTuple):
    """A candidate whom the severity-corrected ranking would place elsewhere."""

    no: int
    rank: int
    corrected: int
    is_honoured: bool
    would_be: bool


@dataclass(frozen=True)
class Agreement:
    """What a chair sees of a panel's work. `shifts` is shown and never used."""

    spreads: list[Spread]
    severities: list[Severity]
    concordances: list[Concordance]
    shifts: list[Shift]


def agreement(inputs: Inputs, ranking: Ranking) -> Agreement:
    """Returns how far the judges of a ranking agree."""
    values = _values(inputs)
    severity = _severity(values)
    return Agreement(
        spreads=_spreads(values),
        severities=[
            Severity(judge, len(given), severity[judge] / _UNIT)
            for judge, given in sorted(values.items())
        ],
        concordances=[
            _concordance(category, values, [candidate.no for candidate in candidates])
            for category, candidates in by_category(inputs).items()
        ],
        shifts=_shifts(inputs, ranking, values, severity),
    )


def kendall_w(scores: Sequence[Sequence[float]]) -> float | None:
    """Returns Kendall's coefficient of concordance with the correction for ties, or None.

    `scores` has a row for each of m judges, a column for each of n candidates. With R the sums of a
    candidate's ranks (equal scores share the mean rank), t the sizes of a judge's groups of equals:
    W = (12 Σ R² − 3 m² n (n + 1)²) / (m² n (n² − 1) − m Σ (t³ − t)). From Kendall and Gibbons, Rank
    Correlation Methods, 5th edition, chapter 6. None with fewer than two judges or candidates, or
    where every judge gives all the same.
    """
    m, n = len(scores), len(scores[0]) if scores else 0
    if min(m, n) < 2:
        return None
    ranks = [_mean_ranks(row) for row in scores]
    sums = [sum(column) for column in zip(*ranks, strict=True)]
    ties = sum(t**3 - t for row in scores for t in Counter(row).values())
    divisor = m**2 * n * (n**2 - 1) - m * ties
    above = 12 * sum(each**2 for each in sums) - 3 * m**2 * n * (n + 1) ** 2
    return above / divisor if divisor else None


def strength(w: float | None) -> str:
    """Returns what a W is called: weak below 0.5, strong from 0.7 on, moderate between.

    The bounds are those of Schmidt, Managing Delphi Surveys Using Nonparametric Statistical
    Techniques, Decision Sciences 28 (1997).
    """
    if w is None:
        return ""
    if w < MODERATE:
        return "weak"
    return "moderate" if w < STRONG else "strong"


def _values(inputs: Inputs) -> Values:
    """Returns the values that each judge's sheet gives, by judge and number."""
    weights = [criterion["weight"] for criterion in inputs.award["criteria"]]
    present = {candidate.no for candidate in inputs.candidates}
    return {
        judge: {
            no: sum(weight * score for weight, score in zip(weights, scores, strict=True))
            for no, scores in sheet
            if no in present
        }
        for judge, sheet in enumerate(inputs.sheets)
    }


def _spreads(values: Values) -> list[Spread]:
    by_number: dict[int, list[float]] = defaultdict(list)
    for given in values.values():
        for no, value in given.items():
            by_number[no].append(value / _UNIT)
    return [
        Spread(
            no,
            len(points),
            min(points),
            max(points),
            statistics.fmean(points),
            statistics.stdev(points) if len(points) > 1 else 0.0,
        )
        for no, points in sorted(by_number.items())
    ]


def _severity(values: Values) -> dict[int, float]:
    """Returns each judge's effect of the additive model value = candidate + judge, least squares.

    Means of what is left are taken in turn until they stand still; the effects add to 0. Judges
    who have no candidate in common with others, however indirectly, keep what their own
    candidates' mean leaves them: 0.
    """
    effect = dict.fromkeys(values, 0.0)
    scored = {judge: given for judge, given in values.items() if given}
    for _ in range(_ROUNDS):
        worth = _worth(scored, effect)
        fresh = {
            judge: statistics.fmean(value - worth[no] for no, value in given.items())
            for judge, given in scored.items()
        }
        moved = max((abs(fresh[judge] - effect[judge]) for judge in scored), default=0.0)
        effect.update(fresh)
        if moved < _STILL:
            break
    mean = statistics.fmean(effect[judge] for judge in scored) if scored else 0.0
    return {judge: effect[judge] - mean if judge in scored else 0.0 for judge in values}


def _worth(values: Values, effect: Mapping[int, float]) -> dict[int, float]:
    """Returns the mean of what judges gave each candidate, less their effects."""
    found: dict[int, list[float]] = defaultdict(list)
    for judge, given in values.items():
        for no, value in given.items():
            found[no].append(value - effect[judge])
    return {no: statistics.fmean(each) for no, each in found.items()}


def _concordance(category: str, values: Values, numbers: Sequence[int]) -> Concordance:
    whole = [given for given in values.values() if all(no in given for no in numbers)]
    w = kendall_w([[given[no] for no in numbers] for given in whole])
    return Concordance(category, len(whole), w, strength(w))


def _mean_ranks(row: Sequence[float]) -> list[float]:
    """Returns ranks from 1 for the highest; equal scores share the mean of their ranks."""
    counted, above, ranks = Counter(row), 0, dict[float, float]()
    for score in sorted(counted, reverse=True):
        ranks[score] = above + (counted[score] + 1) / 2
        above += counted[score]
    return [ranks[score] for score in row]


def _shifts(
    inputs: Inputs, ranking: Ranking, values: Values, severity: Mapping[int, float]
) -> list[Shift]:
    corrected: dict[int, list[int]] = defaultdict(list)
    for judge, given in values.items():
        for no, value in given.items():
            fair = round(value - severity[judge])
            corrected[no].append(min(max(fair, 0), SHEET_FULL))
    other = {row[0]: row for row in rank_by(inputs, corrected).rows}
    return [
        Shift(no, place, other[no][1], bool(awarded), bool(other[no][2]))
        for no, place, awarded, *_ in ranking.rows
        if (place, awarded) != tuple(other[no][1:3])
    ]

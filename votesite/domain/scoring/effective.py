"""Effective weights: what share of the differences between candidates each component makes.

A nominal weight says how points are added, not how much a component decides: one in which all
candidates are close decides little. The share of a component is its weight × the covariance of its
points with the total / the variance of the total; shares add to 1 (the covariance decomposition of
a composite's variance: Nunnally and Bernstein, Psychometric Theory, 3rd edition, chapter 7).
Candidates compete within their category, so that deviations are from the category's mean.
"""

import random
from collections.abc import Mapping
from typing import Any

from votesite.domain.scoring.composite import (
    COMPONENTS,
    MISSING,
    Candidate,
    Inputs,
    Ranking,
    by_category,
    rank,
)

_SIMULATED = 2000  # candidates that a simulation draws at least, over all its runs
_JUDGES = 7
_VOTES = (8.0, 0.8)  # mean and standard deviation of the logarithm of a candidate's votes
_REVIEW = (85.0, 5.0, 3.0)  # points: mean, deviation between candidates, of one judge's sheet
_FIGURES = (85.0, 6.0)  # points: mean and deviation of satisfaction and objective figures


def measured(inputs: Inputs, ranking: Ranking) -> dict[str, float]:
    """Returns the share of every component with weight; all 0 where no candidates differ.

    Points and totals are taken before the total is rounded, so that the shares add to 1.
    """
    weighted = [each for each in COMPONENTS if inputs.award[each]]
    covariance, variance = dict.fromkeys(weighted, 0.0), 0.0
    rows = {row[0]: dict(zip(COMPONENTS, row[4:], strict=True)) for row in ranking.rows}
    for category, candidates in by_category(inputs).items():
        counted = [each for each in weighted if each not in ranking.dropped[category]]
        parts = {
            each: _deviations(
                [
                    inputs.award[each] * (0 if of[each] == MISSING else of[each])
                    for of in (rows[candidate.no] for candidate in candidates)
                ],
                sum(inputs.award[each] for each in counted),
            )
            for each in counted
        }
        totals = [sum(of) for of in zip(*parts.values(), strict=True)]
        variance += sum(total * total for total in totals)
        for each in counted:
            pairs = zip(parts[each], totals, strict=True)
            covariance[each] += sum(part * total for part, total in pairs)
    return {each: of / variance if variance else 0.0 for each, of in covariance.items()}


def simulated(award: Mapping[str, Any], sizes: Mapping[str, int], seed: int) -> dict[str, float]:
    """Returns the shares to expect of an award, from invented results of campaigns.

    `sizes` are the numbers of candidates by category. Votes are drawn log-normally, as votes of
    public polls are spread; sheets and figures normally around 85 points. The same seed draws the
    same results.
    """
    pick = random.Random(seed)  # noqa: S311 -- no secret
    runs = max(1, _SIMULATED // max(1, sum(sizes.values())))
    found = [
        measured(drawn, rank(drawn)) for drawn in (_draw(award, sizes, pick) for _ in range(runs))
    ]
    return {each: sum(run[each] for run in found) / runs for each in COMPONENTS if award[each]}


def _draw(award: Mapping[str, Any], sizes: Mapping[str, int], pick: random.Random) -> Inputs:
    names = [name for name, size in sizes.items() for _ in range(size)]
    candidates = [Candidate(no, name, "") for no, name in enumerate(names, 1)]
    numbers = range(1, len(candidates) + 1)
    full = int(100 * 10 ** award["decimals"])
    return Inputs(
        award={**award, "region_cap": 0, "ties": []},
        candidates=candidates,
        votes={no: round(pick.lognormvariate(*_VOTES)) for no in numbers},
        sheets=_draw_sheets(award, numbers, pick) if award["expert"] else [],
        satisfaction={no: _points(pick, full) for no in numbers},
        objective={no: _points(pick, full) for no in numbers},
    )


def _draw_sheets(
    award: Mapping[str, Any], numbers: range, pick: random.Random
) -> list[list[list[Any]]]:
    mean, between, within = _REVIEW
    worth = {no: pick.gauss(mean, between) for no in numbers}
    return [
        [
            [no, [_tenths(pick.gauss(worth[no], within)) for _ in award["criteria"]]]
            for no in numbers
        ]
        for _ in range(_JUDGES)
    ]


def _tenths(points: float) -> int:
    return min(max(round(points * 10), 0), 1000)


def _points(pick: random.Random, full: int) -> int:
    return min(max(round(pick.gauss(*_FIGURES) * full / 100), 0), full)


def _deviations(values: list[int], divisor: int) -> list[float]:
    """Returns how far values are from their mean, each divided by the weights that count."""
    mean = sum(values) / len(values)
    return [(value - mean) / divisor for value in values]

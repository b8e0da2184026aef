"""How far judges agree: spread, severity, Kendall's W, the corrected ranking."""

from itertools import product

import pytest

from tests.support.awards import random_inputs
from votesite.domain.scoring.agreement import agreement, kendall_w, strength
from votesite.domain.scoring.composite import Candidate, Inputs, rank

EXPERTS = random_inputs(1).award | {
    "public": 0, "expert": 100, "satisfaction": 0, "objective": 0, "expert_score": "points",
    "criteria": [{"key": "service", "weight": 60}, {"key": "openness", "weight": 40}],
    "public_score": "rank", "cap": 0, "trim": 0, "decimals": 2, "ties": [], "missing": "zero",
    "seats": [["", 1]], "region_cap": 0,
}  # fmt: skip


def judged(*sheets, **changes):
    """A panel's scores: each sheet maps numbers to tenths of a point, the same by each criterion."""
    numbers = sorted({no for sheet in sheets for no in sheet})
    return Inputs(
        EXPERTS | changes,
        [Candidate(no, "", "") for no in numbers],
        {},
        [[[no, [score, score]] for no, score in sorted(sheet.items())] for sheet in sheets],
    )


def assessed(*sheets, **changes):
    inputs = judged(*sheets, **changes)
    return agreement(inputs, rank(inputs))


@pytest.mark.parametrize(
    ("scores", "w"),
    [
        ([[3, 2, 1], [3, 2, 1], [30, 20, 10]], 1),
        ([[3, 2, 1], [1, 2, 3]], 0),
        # Ranks 1 3 2 and 1.5 3 1.5, sums 2.5 6 3.5, one tie of two:
        # 12 x (6.25 + 36 + 12.25) - 3 x 4 x 3 x 16 = 78; 4 x 3 x 8 - 2 x 6 = 84.
        ([[3, 1, 2], [5, 4, 5]], 78 / 84),
        ([[1, 1], [1, 1]], None),
        ([[1, 2]], None),
        ([[1], [2]], None),
        ([], None),
    ],
)
def test_kendall_w_by_hand(scores, w):
    assert kendall_w(scores) == (None if w is None else pytest.approx(w))


def test_kendall_w_without_ties_is_that_of_the_mean_rank_correlation():
    """W = (1 + (m - 1) mean Spearman's rho) / m, another way to the same number."""
    scores = [[9, 5, 7, 1, 3], [8, 7, 6, 5, 4], [2, 9, 7, 6, 1], [5, 4, 9, 2, 1]]
    places = [[sorted(row, reverse=True).index(each) for each in row] for row in scores]

    def rho(one, other):
        n = len(one)
        return 1 - 6 * sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / (n**3 - n)

    pairs = [rho(a, b) for at, a in enumerate(places) for b in places[at + 1 :]]
    mean = sum(pairs) / len(pairs)

    assert kendall_w(scores) == pytest.approx((1 + 3 * mean) / 4)


def test_w_is_between_none_and_perfect_agreement():
    for rows in product(product((1, 2, 3), repeat=3), repeat=3):
        w = kendall_w(rows)
        assert w is None or -1e-12 <= w <= 1 + 1e-12


@pytest.mark.parametrize(
    ("w", "called"),
    [(None, ""), (0.49, "weak"), (0.5, "moderate"), (0.69, "moderate"), (0.7, "strong")],
)
def test_strength_has_stated_bounds(w, called):
    assert strength(w) == called


def test_spread_counts_points_of_each_candidate():
    (spread, _) = assessed({1: 800, 2: 700}, {1: 900, 2: 700}).spreads

    assert spread[:5] == (1, 2, 80, 90, 85)
    assert spread.deviation == pytest.approx(50**0.5)


def test_severity_is_found_although_judges_score_different_candidates():
    # Worth 80, 70, 60, 90 points; judges give 0, 5 less and 5 more.
    found = assessed({1: 800, 2: 700}, {2: 650, 3: 550, 4: 850}, {3: 650, 4: 950, 1: 850})

    points = {each.judge: each.points for each in found.severities}
    assert points == pytest.approx({0: 0, 1: -5, 2: 5}, abs=1e-6)
    assert [each.candidates for each in found.severities] == [2, 3, 3]


def test_severities_add_to_nothing():
    for seed in range(40):
        inputs = random_inputs(seed, expert=100, public=0, satisfaction=0, objective=0)
        found = [each.points for each in agreement(inputs, rank(inputs)).severities]
        scoring = [each for each, sheet in zip(found, inputs.sheets, strict=True) if sheet]
        assert sum(scoring) == pytest.approx(0, abs=1e-6)


def test_corrected_ranking_shows_whom_a_severe_judge_cost_the_place():
    # Candidate 1 has only the severe judge, 10 points below the other, and 79 points; 2 has 80.
    found = assessed({1: 790, 2: 750, 3: 600}, {2: 850, 3: 700})
    assert {shift.no: shift[1:] for shift in found.shifts} == {
        1: (2, 1, False, True),
        2: (1, 2, True, False),
    }


def test_judges_of_the_same_candidates_shift_nobody_without_trim():
    found = assessed({1: 800, 2: 700}, {1: 500, 2: 590})

    assert found.shifts == []
    assert [each.points for each in found.severities] == pytest.approx([10.25, -10.25])


def test_agreement_changes_no_ranking_and_stands_any_result():
    for seed in range(60):
        inputs = random_inputs(seed)
        ranking = rank(inputs)
        agreement(inputs, ranking)
        assert rank(inputs) == ranking

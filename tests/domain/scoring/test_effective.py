"""Effective weights: shares of the spread, measured and simulated."""

import pytest

from tests.support.awards import random_inputs
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.domain.scoring.effective import measured, simulated

USUAL = random_inputs(1).award | {
    "public": 30, "expert": 50, "satisfaction": 20, "objective": 0, "public_score": "share",
    "cap": 0, "expert_score": "points", "criteria": [{"key": "service", "weight": 100}],
    "trim": 1, "missing": "refuse", "decimals": 2, "seats": [["", 10]],
}  # fmt: skip


def shares(inputs):
    return measured(inputs, rank(inputs))


def test_shares_of_an_example_by_hand():
    award = USUAL | {"public": 50, "expert": 0, "criteria": [], "satisfaction": 50}
    candidates = [Candidate(no, "", "") for no in (1, 2, 3)]
    votes = {1: 100, 2: 50, 3: 0}  # 100, 50, 0 points
    satisfaction = {1: 8000, 2: 9000, 3: 8500}  # 80, 90, 85 points

    # Halves of the deviations: votes 25, 0, -25; satisfaction -2.5, 2.5, 0; together 22.5, 2.5,
    # -25. Variance 506.25 + 6.25 + 625 = 1137.5; votes 562.5 + 625 = 1187.5; satisfaction -50.
    assert shares(Inputs(award, candidates, votes, (), satisfaction)) == pytest.approx(
        {"public": 1187.5 / 1137.5, "satisfaction": -50 / 1137.5}
    )


def test_shares_add_to_one_or_are_all_zero():
    kinds = set()
    for seed in range(150):
        inputs = random_inputs(seed)
        found = shares(inputs)
        kinds.add(round(sum(found.values())))
        assert sum(found.values()) == pytest.approx(1) or not any(found.values())
        assert set(found) == {key for key in found if inputs.award[key]}

    assert kinds == {0, 1}


def test_component_in_which_nobody_differs_decides_nothing():
    candidates = [Candidate(no, "", "") for no in (1, 2)]
    inputs = Inputs(
        USUAL | {"expert": 0, "criteria": [], "satisfaction": 70},
        candidates,
        {1: 7, 2: 9},
        satisfaction={1: 9000, 2: 9000},
    )

    assert shares(inputs) == pytest.approx({"public": 1, "satisfaction": 0})


def test_dropped_component_decides_nothing():
    award = USUAL | {"expert": 0, "criteria": [], "satisfaction": 70, "missing": "drop"}
    candidates = [Candidate(no, "", "") for no in (1, 2, 3)]
    inputs = Inputs(award, candidates, {1: 7, 2: 9, 3: 1}, satisfaction={1: 9000, 2: 100})

    assert shares(inputs) == pytest.approx({"public": 1, "satisfaction": 0})


def test_thirty_percent_of_votes_make_most_of_the_spread_but_not_by_rank():
    by_share = simulated(USUAL, {"": 30}, seed=1)
    by_rank = simulated(USUAL | {"public_score": "rank", "expert_score": "rank"}, {"": 30}, seed=1)

    assert 0.75 < by_share["public"] < 0.95
    assert 0.15 < by_rank["public"] < 0.45
    assert by_rank["expert"] > 0.5


def test_same_seed_draws_the_same():
    sizes = {"城郊乡镇": 12, "山区乡镇": 8}
    award = USUAL | {"seats": [["城郊乡镇", 3], ["山区乡镇", 3]]}

    assert simulated(award, sizes, 5) == simulated(award, sizes, 5) != simulated(award, sizes, 6)
    assert sum(simulated(award, sizes, 5).values()) == pytest.approx(1)

"""The margin of each category's last honour, against trying every number of votes."""

from dataclasses import replace

import pytest

from tests.support.awards import random_inputs
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.domain.scoring.margin import Margin, margin


def changed(inputs, no, by):
    return replace(inputs, votes={**inputs.votes, no: inputs.votes.get(no, 0) + by})


def tried(inputs, found, most):
    """The least number of votes that alters the list, by ranking again for each number."""
    before = rank(inputs).honoured
    for number in range(1, most + 1):
        fewer = inputs.votes[found.no_in] >= number
        if rank(changed(inputs, found.no_out, number)).honoured != before or (
            fewer and rank(changed(inputs, found.no_in, -number)).honoured != before
        ):
            return number
    return None


@pytest.mark.parametrize("score", ["share", "rank", "cap"])
def test_margin_is_the_least_number_that_trying_finds(score):
    compared = altered = 0
    for seed in range(300):
        cap = 12 if score == "cap" else 0
        inputs = random_inputs(seed, public_score=score, cap=cap, decimals=2)
        for found in margin(inputs, rank(inputs)):
            # Some would need more than a hundred votes: there trying stops and finds none either.
            expected = found.votes if found.votes is None or found.votes <= 100 else None
            assert tried(inputs, found, 100) == expected, (seed, found)
            compared += 1
            altered += expected is not None

    assert compared > 100
    assert altered > 30


def votes_alone(votes, seats, **changes):
    award = random_inputs(1).award | {
        "public": 100, "expert": 0, "satisfaction": 0, "objective": 0, "criteria": [],
        "public_score": "share", "cap": 0, "decimals": 2, "ties": ["public"], "region_cap": 0,
        "seats": [["", seats]],
    } | changes  # fmt: skip
    return Inputs(award, [Candidate(no, "", "") for no in votes], votes)


def test_two_candidates_a_thousand_votes_apart():
    inputs = votes_alone({1: 5000, 2: 4000}, 1)

    # Equal votes share the place: 1,000 alter the list. By votes to the point, 0.01 points are
    # half a vote, and equal points are decided by votes.
    assert margin(inputs, rank(inputs)) == [Margin("", 1000, 1, 2)]


def test_points_that_round_alike_need_fewer_votes_where_votes_do_not_decide():
    inputs = votes_alone({1: 300_000, 2: 200_020, 3: 199_980}, 2, ties=[])

    # 200,020 is 66.67 points, and so is 199,995.
    assert margin(inputs, rank(inputs)) == [Margin("", 15, 2, 3)]


def test_no_number_of_votes_alters_what_votes_do_not_decide():
    inputs = votes_alone({1: 10, 2: 5}, 1, public=0, objective=100, ties=[])
    inputs = replace(inputs, objective={1: 9000, 2: 8000})

    assert margin(inputs, rank(inputs)) == [Margin("", None, 1, 2)]


def test_category_in_which_everybody_or_nobody_is_honoured_has_no_margin():
    everybody, nobody = votes_alone({1: 10, 2: 5}, 2), votes_alone({1: 10, 2: 5}, 0)

    assert margin(everybody, rank(everybody)) == margin(nobody, rank(nobody)) == []


def in_regions(inputs, regions):
    candidates = [each._replace(region=regions[each.no]) for each in inputs.candidates]
    return replace(inputs, candidates=candidates)


def test_first_left_out_is_one_whom_the_regional_cap_would_let_in():
    inputs = votes_alone({1: 90, 2: 50, 3: 50, 4: 50, 5: 40}, 2, ties=[], region_cap=1)
    inputs = in_regions(inputs, {1: "甲县", 2: "", 3: "", 4: "甲县", 5: ""})
    ranking = rank(inputs)

    assert (ranking.honoured, ranking.capped) == ([1, 2, 3], [4])
    assert margin(inputs, ranking)[0][2:] == (3, 5)


def test_where_the_cap_leaves_out_everybody_else_it_is_the_first_of_them():
    """Seats stay empty: 3 and 4 have a chance only if they pass 2, of their own region."""
    inputs = votes_alone({1: 90, 2: 50, 3: 30, 4: 20}, 4, ties=[], region_cap=1)
    inputs = in_regions(inputs, {1: "", 2: "甲县", 3: "甲县", 4: "甲县"})

    assert rank(inputs).honoured == [1, 2]
    assert margin(inputs, rank(inputs)) == [Margin("", 20, 2, 3)]


def test_two_of_a_region_left_out_together_are_parted_by_the_votes_of_one():
    inputs = votes_alone({1: 300_000, 2: 99_990, 3: 99_992}, 3, ties=[], region_cap=1)
    inputs = in_regions(inputs, {1: "", 2: "甲县", 3: "甲县"})
    (found,) = margin(inputs, rank(inputs))

    # Both have 33.33 points, too many for one honour; with 100,005 votes 2 has 33.34.
    assert found == Margin("", 15, 1, 2)
    assert tried(inputs, found, 20) == 15


def test_large_counts_take_a_handful_of_rankings():
    votes = {no: 900_000 - 7_001 * no for no in range(1, 101)}
    inputs = votes_alone(votes, 10, public_score="cap", cap=800_000, decimals=4)

    assert margin(inputs, rank(inputs)) == [Margin("", 7001, 10, 11)]

"""The composite: against a second calculation, by its properties, and by examples in numbers."""

import random
from dataclasses import replace

import pytest

from tests.support.awards import random_inputs
from tests.support.composite_by_hand import ranked_by_hand
from tools import verify
from votesite.domain.scoring.composite import (
    Candidate,
    Inputs,
    Missing,
    Tie,
    half_up,
    rank,
    sheet_values,
)

SEEDS = range(1000)
VOTES = random_inputs(1).award | {
    "public": 100, "expert": 0, "satisfaction": 0, "objective": 0, "criteria": [], "decimals": 2,
    "public_score": "share", "cap": 0, "expert_score": "points", "trim": 0, "ties": ["public"],
    "missing": "zero", "seats": [["", 2]], "region_cap": 0,
}  # fmt: skip


def by_votes(votes, regions=None, **changes):
    candidates = [Candidate(no, "", (regions or {}).get(no, "")) for no in votes]
    return Inputs(VOTES | changes, candidates, votes)


def by_sheets(*sheets, **changes):
    """Each sheet maps numbers to tenths of a point."""
    award = VOTES | {
        "public": 0, "expert": 100, "criteria": [{"key": "service", "weight": 100}],
    } | changes  # fmt: skip
    numbers = sorted({no for sheet in sheets for no in sheet})
    return Inputs(
        award,
        [Candidate(no, "", "") for no in numbers],
        {},
        [[[no, [score]] for no, score in sorted(sheet.items())] for sheet in sheets],
    )


def column(ranking, place):
    return {row[0]: row[place] for row in ranking.rows}


def ranks(ranking):
    return column(ranking, 1)


def totals(ranking):
    return column(ranking, 3)


def test_ranking_equals_a_second_calculation_on_a_thousand_random_campaigns():
    for seed in SEEDS:
        inputs = random_inputs(seed)
        assert rank(inputs).rows == ranked_by_hand(inputs), seed


def by_the_verifier(inputs):
    """The table as the program that is published beside the ledger computes it."""
    candidates = [
        {"no": each.no, "category": each.category, "region": each.region}
        for each in inputs.candidates
    ]
    figures = {"satisfaction": inputs.satisfaction, "objective": inputs.objective}
    composite = verify.Composite(
        inputs.award, candidates, inputs.votes, sheet_values(inputs), figures, inputs.lot
    )
    return [list(row) for row in composite.table()]


def test_verifier_comes_to_the_same_on_a_thousand_random_campaigns():
    for seed in SEEDS:
        inputs = random_inputs(seed)
        assert rank(inputs).rows == by_the_verifier(inputs), seed


def test_random_campaigns_hold_every_case():
    rankings = [(inputs.award, rank(inputs)) for inputs in map(random_inputs, SEEDS)]

    deciders = {by for _, ranking in rankings for tie in ranking.ties for by in tie.by}
    assert deciders == {"", "public", "expert", "satisfaction", "objective", "lot"}
    assert any(ranking.capped for _, ranking in rankings)
    assert any(ranking.shared for _, ranking in rankings)
    assert any(ranking.missing for _, ranking in rankings)
    assert any(any(ranking.dropped.values()) for _, ranking in rankings)
    assert {True, False} == {is_it for _, r in rankings for is_it in r.trimmed.values()}
    assert {(award["public_score"], award["expert_score"]) for award, _ in rankings} == {
        (public, expert) for public in ("share", "rank", "cap") for expert in ("points", "rank")
    }


def test_order_of_candidates_and_sheets_changes_nothing():
    for seed in range(200):
        inputs, pick = random_inputs(seed), random.Random(seed)
        candidates, sheets = list(inputs.candidates), list(inputs.sheets)
        pick.shuffle(candidates)
        pick.shuffle(sheets)
        assert rank(replace(inputs, candidates=candidates, sheets=sheets)) == rank(inputs)


def more_of(inputs, component, no):
    """The same inputs with more of one component for one candidate."""
    if component == "public":
        return replace(inputs, votes={**inputs.votes, no: inputs.votes[no] + 3})
    if component == "expert":
        sheets = [
            [[n, [min(score + 50, 1000) for score in scores] if n == no else scores]
             for n, scores in sheet]
            for sheet in inputs.sheets
        ]  # fmt: skip
        return replace(inputs, sheets=sheets)
    table = dict(getattr(inputs, component))
    if no in table:
        table[no] = min(table[no] + 500, inputs.full)
    return replace(inputs, **{component: table})


@pytest.mark.parametrize("component", ["public", "expert", "satisfaction", "objective"])
def test_more_of_a_component_never_costs_a_rank_nor_lets_anybody_below_pass(component):
    """Also with rank points and trimmed sheets: what is raised for one raises nobody else."""
    raised = 0
    for seed in range(250):
        inputs = random_inputs(seed)
        before = rank(inputs)
        for no in ranks(before):
            after = rank(more_of(inputs, component, no))
            assert totals(after)[no] >= totals(before)[no], (seed, no)
            assert ranks(after)[no] <= ranks(before)[no], (seed, no)
            raised += totals(after)[no] > totals(before)[no]

    assert raised > 50


def test_more_votes_may_cost_an_honour_where_a_regional_cap_meets_a_tie():
    """Better ranked and yet not honoured: the whole group of one region is left out."""
    regions = {1: "甲县", 2: "甲县", 3: ""}
    before = by_votes({1: 100, 2: 99, 3: 50}, regions, seats=[["", 2]], region_cap=1, ties=[])
    after = more_of_votes(before, {2: 100})

    assert rank(before).honoured == [1, 3]
    assert (rank(after).honoured, rank(after).capped) == ([3], [1, 2])


def more_of_votes(inputs, votes):
    return replace(inputs, votes={**inputs.votes, **votes})


def test_more_votes_of_one_reorder_two_others_with_rank_points():
    """Rank points are relative: who is passed loses a step, and may fall behind a third."""
    award = {"public": 50, "objective": 50, "public_score": "rank", "ties": []}
    before = replace(by_votes({1: 30, 2: 20, 3: 10}, **award), objective={1: 0, 2: 5000, 3: 8000})
    after = more_of_votes(before, {3: 25})

    # Steps of 33.33 points: 2 had 66.67 + 50, 3 had 33.33 + 80; then 33.33 + 50 and 66.67 + 80.
    assert ranks(rank(before)) == {1: 3, 2: 1, 3: 2}
    assert ranks(rank(after)) == {1: 2, 2: 3, 3: 1}


def without(inputs, no):
    """The same campaign after a candidate's withdrawal."""
    return replace(inputs, candidates=[each for each in inputs.candidates if each.no != no])


def order_of_others(ranking, no):
    """Pairs of the others that stand in a clear order."""
    place = {other: at for other, at in ranks(ranking).items() if other != no}
    return {(a, b) for a in place for b in place if place[a] < place[b]}


def test_withdrawal_reorders_nobody_where_points_are_not_relative():
    """Capped votes, experts' points, tables, missing scores as 0, no trim: all are one's own."""
    changes = {
        "public_score": "cap", "cap": 15, "expert_score": "points", "trim": 0, "missing": "zero",
    }  # fmt: skip
    for seed in range(250):
        inputs = random_inputs(seed, **changes)
        before = rank(inputs)
        category = {each.no: each.category for each in inputs.candidates}
        for no in ranks(before):
            after = rank(without(inputs, no))
            assert totals(after) == {n: t for n, t in totals(before).items() if n != no}
            alike = [
                {(a, b) for a, b in order_of_others(found, no) if category[a] == category[b]}
                for found in (before, after)
            ]
            assert alike[0] == alike[1], (seed, no)


def test_withdrawal_of_a_loser_reorders_others_with_rank_points():
    award = {"public": 50, "objective": 50, "public_score": "rank", "ties": []}
    inputs = replace(
        by_votes({1: 30, 2: 20, 3: 10, 4: 15}, **award),
        objective={1: 0, 2: 0, 3: 3500, 4: 0},
    )

    # With four, 2 is 50 points of votes ahead of 3; with three 33.33, fewer than 35 of figures.
    assert ranks(rank(inputs))[2] < ranks(rank(inputs))[3]
    assert ranks(rank(inputs))[4] == 4
    assert ranks(rank(without(inputs, 4)))[2] > ranks(rank(without(inputs, 4)))[3]


def test_withdrawal_of_the_one_with_most_votes_reorders_others_by_share():
    award = {"public": 50, "objective": 50, "ties": []}
    inputs = replace(by_votes({1: 100, 2: 50, 3: 40}, **award), objective={1: 0, 2: 8000, 3: 9500})

    assert ranks(rank(inputs)) == {1: 3, 2: 2, 3: 1}  # 50 + 80 against 40 + 95
    assert ranks(rank(without(inputs, 1))) == {2: 1, 3: 2}  # 100 + 80 against 80 + 95


def test_withdrawal_of_who_had_few_sheets_lets_the_others_be_trimmed():
    five = [{1: 900, 2: 800}, {1: 900, 2: 800}, {1: 900, 2: 800}, {1: 900, 2: 850}, {1: 0, 2: 800}]
    inputs = by_sheets(*five, trim=1)
    few = replace(
        inputs,
        candidates=[*inputs.candidates, Candidate(3, "", "")],
        sheets=[[*inputs.sheets[0], [3, [100]]], *inputs.sheets[1:]],
    )

    assert (rank(few).trimmed, ranks(rank(few))) == ({"": False}, {1: 2, 2: 1, 3: 3})
    assert (rank(inputs).trimmed, ranks(rank(inputs))) == ({"": True}, {1: 1, 2: 2})


def test_withdrawal_of_who_lacks_a_score_brings_a_dropped_component_back():
    award = {"public": 50, "objective": 50, "missing": "drop", "ties": []}
    inputs = replace(by_votes({1: 100, 2: 80, 3: 1}, **award), objective={1: 1000, 2: 9000})

    assert (rank(inputs).dropped, ranks(rank(inputs))) == ({"": ["objective"]}, {1: 1, 2: 2, 3: 3})
    assert ranks(rank(without(inputs, 3))) == {1: 2, 2: 1}
    assert rank(inputs).missing == [Missing(3, "objective")]


def test_withdrawal_reopens_a_region_that_was_full():
    regions = {1: "甲县", 2: "甲县", 3: ""}
    inputs = by_votes({1: 100, 2: 90, 3: 10}, regions, seats=[["", 2]], region_cap=1)

    assert (rank(inputs).honoured, rank(inputs).capped) == ([1, 3], [2])
    assert rank(without(inputs, 1)).honoured == [2, 3]


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [(0, 3, 0), (1, 2, 1), (49, 100, 0), (3, 2, 2), (5, 2, 3), (1, 3, 0), (2, 3, 1), (10, 5, 2)],
)
def test_half_is_rounded_up(numerator, denominator, whole):
    assert half_up(numerator, denominator) == whole


@pytest.mark.parametrize(("decimals", "points"), [(2, 3333), (4, 333333)])
def test_points_have_the_decimals_of_the_award(decimals, points):
    assert column(rank(by_votes({1: 3, 2: 1}, decimals=decimals)), 4)[2] == points


def test_trim_needs_five_sheets_of_everybody_who_has_one():
    four = by_sheets(*({1: score} for score in (0, 800, 800, 1000)), trim=1)
    five = by_sheets(*({1: score} for score in (0, 800, 800, 800, 1000)), trim=1)

    assert totals(rank(four)) == {1: 6500}
    assert totals(rank(five)) == {1: 8000}


def test_equal_totals_are_decided_by_ties_in_turn_and_said():
    decided = by_votes({1: 5000, 2: 5001, 3: 4000}, public_score="cap", cap=4500)
    shared = by_votes({1: 5000, 2: 5000, 3: 5000, 4: 1}, seats=[["", 2]])

    assert ranks(rank(decided)) == {1: 2, 2: 1, 3: 3}
    assert rank(decided).ties == [Tie((2, 1), ("public",))]
    assert ranks(rank(shared)) == {1: 1, 2: 1, 3: 1, 4: 4}
    assert rank(shared).shared == [(1, 2, 3)]
    assert rank(shared).honoured == [1, 2, 3]


def test_lot_decides_by_the_digest_of_the_drawn_value():
    inputs = replace(by_votes({1: 5, 2: 5, 3: 5}, ties=["lot"]), lot="03 09 14 22 28 31")

    # printf '03 09 14 22 28 31|2' | sha256sum: 13ab98...; of 3: 192323..., of 1: e096d6...
    assert ranks(rank(inputs)) == {1: 3, 2: 1, 3: 2}
    assert rank(inputs).ties == [Tie((2, 3, 1), ("lot", "lot"))]

"""Phases beside each other: what overlaps is found, what follows on is not."""

import pytest

from votesite.domain.campaigns import phases

IN_ORDER = {
    "publicity": ["2026-11-01 09:00", "2026-11-08 18:00"],
    "nomination": ["2026-11-02 09:00", "2026-11-08 18:00"],
    "review": ["2026-11-04 18:00", "2026-11-12 09:00"],
    "voting": ["2026-11-12 09:00", "2026-12-12 18:00"],
    "counting": ["2026-12-12 18:00", "2026-12-15 09:00"],
    "notice": ["2026-12-15 09:00", "2026-12-22 18:00"],
}


def test_phases_that_follow_on_and_a_rolling_review_are_in_order():
    assert phases.overlaps(IN_ORDER) == []
    assert phases.overlaps({}) == []


@pytest.mark.parametrize(
    ("phase", "window", "found"),
    [
        ("publicity", ["2026-11-01 09:00", "2026-11-13 09:00"], ("runs-into", "voting")),
        ("review", ["2026-11-20 09:00", "2026-12-30 18:00"], ("runs-into", "voting")),
        ("nomination", ["2026-11-02 09:00", "2026-11-12 09:01"], ("outlasts", "review")),
        ("counting", ["2026-12-12 18:00", "2026-12-16 09:00"], ("runs-into", "notice")),
    ],
)
def test_phase_that_goes_on_too_long_is_found(phase, window, found):
    named = [
        (one.code, one.phase, one.other) for one in phases.overlaps({**IN_ORDER, phase: window})
    ]

    assert (found[0], phase, found[1]) in named

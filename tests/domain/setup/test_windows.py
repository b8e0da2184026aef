"""The windows proposed around a vote: working days, in order, and nobody's own are touched."""

from datetime import datetime

import pytest

from votesite.clock import CST
from votesite.domain.setup import windows
from votesite.models.campaigns import SCHEDULED

VOTING = ["2026-11-12 09:00", "2026-12-12 18:00"]  # a Thursday, and a Saturday
BEFORE = datetime(2026, 7, 1, 9, tzinfo=CST)


def test_other_phases_are_counted_from_the_vote_in_working_days():
    assert windows.proposed({"voting": VOTING}, BEFORE) == {
        "publicity": ["2026-10-20 09:00", "2026-10-22 18:00"],
        "nomination": ["2026-10-23 09:00", "2026-11-05 18:00"],
        "review": ["2026-11-06 09:00", "2026-11-11 18:00"],
        "voting": VOTING,
        "counting": ["2026-12-14 09:00", "2026-12-14 18:00"],
        "notice": ["2026-12-15 09:00", "2026-12-21 18:00"],
    }


def test_proposal_is_in_order_and_on_working_days_whatever_the_day_of_the_vote():
    for day in range(1, 29):
        voting = [f"2026-09-{day:02} 09:00", f"2026-10-{day:02} 18:00"]
        found = windows.proposed({"voting": voting}, BEFORE)
        edges = [edge for phase in SCHEDULED for edge in found[phase]]
        others = [edge for phase in SCHEDULED if phase != "voting" for edge in found[phase]]
        assert edges == sorted(edges)
        assert all(datetime.fromisoformat(edge).weekday() < 5 for edge in others)


def test_windows_that_are_filled_in_stay():
    own = {"notice": ["2026-12-20 09:00", "2026-12-30 18:00"], "voting": VOTING}

    found = windows.proposed(own, BEFORE)

    assert found["notice"] == own["notice"]
    assert list(found) == list(SCHEDULED)


def test_windows_that_a_moved_vote_runs_into_are_proposed_again():
    moved = ["2026-11-05 09:00", "2026-12-31 18:00"]
    earlier = windows.proposed({"voting": VOTING}, BEFORE)

    assert windows.proposed({**earlier, "voting": moved}, BEFORE) == {
        **windows.proposed({"voting": moved}, BEFORE),
        "publicity": earlier["publicity"],
    }


def test_no_window_is_proposed_that_would_have_begun():
    found = windows.proposed({"voting": VOTING}, datetime(2026, 11, 6, 9, tzinfo=CST))

    assert list(found) == ["voting", "counting", "notice"]


@pytest.mark.parametrize(
    "schedule", [{}, {"voting": ["", ""]}, {"voting": ["2026-11-12 09:00", ""]}]
)
def test_nothing_is_proposed_without_a_vote(schedule):
    assert windows.proposed(schedule, BEFORE) == schedule

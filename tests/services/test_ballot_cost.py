"""The timers of the bench lie around functions that a ballot calls."""

import pytest

from bench import ballot_cost

pytestmark = pytest.mark.services


def test_every_part_of_a_ballot_is_timed():
    parts, whole = ballot_cost.measure(ballots=20, threads=2)

    assert parts.keys() == ballot_cost.PARTS.keys()
    assert 0 < sum(parts.values()) < whole


def test_a_timed_function_that_no_ballot_calls_is_named(monkeypatch):
    unused = (ballot_cost.merkle.Frontier, ("root",))
    monkeypatch.setitem(ballot_cost.PARTS, "tiles", [*ballot_cost.PARTS["tiles"], unused])

    with pytest.raises(SystemExit, match=r"Frontier\.root"):
        ballot_cost.measure(ballots=20, threads=2)

"""The short settings of the fault harnesses, and what the store owes to them."""

from pathlib import Path

import pytest

from bench.faults.__main__ import HARNESSES
from votesite.extensions import site
from votesite.store import Statement

pytestmark = pytest.mark.services


@pytest.mark.parametrize("name", HARNESSES)
def test_the_promises_hold_under_fault(name, tmp_path):
    report = HARNESSES[name](is_long=False, folder=Path(tmp_path))

    assert not report.broken, "\n".join(report.lines())


def test_a_fault_after_the_commit_does_not_repeat_the_write(app):
    seen = []

    def write(tx):
        seen.append(tx.one(Statement("SELECT 1")))
        tx.after_commit(lambda: 1 / 0)
        tx.after_commit(lambda: seen.append("next"))
        return "written"

    assert site().store.write(write) == "written"
    assert seen == [(1,), "next"]

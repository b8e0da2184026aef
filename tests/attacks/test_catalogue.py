"""The catalogue is whole: every row has tests that exist, and removals that still fit the tree."""

import ast
import re
from functools import cache

from bench.removals import REMOVALS
from tests.attacks.catalogue import ROOT, ROWS
from votesite.extensions import Base
from votesite.models import ledger, voting


@cache
def names_in(file):
    """The names of a file's tests."""
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def is_missing(test):
    file, _, name = test.partition("::")
    return not (ROOT / file).is_file() or name not in names_in(file)


def test_every_row_of_the_catalogue_has_tests_that_exist():
    missing = [test for _, tests in ROWS.values() for test in tests if is_missing(test)]

    assert sorted(ROWS) == list(range(1, len(ROWS) + 1))
    assert f"| {len(ROWS)} attacks," in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert [row for row, (_, tests) in ROWS.items() if not tests] == []
    assert missing == []


def test_every_row_has_a_removal_that_still_fits():
    unfit = [
        (removal.row, removal.file)
        for removal in REMOVALS
        if (ROOT / removal.file).read_text().count(removal.text) != 1
        or removal.text == removal.replacement
    ]

    assert {removal.row for removal in REMOVALS} == set(ROWS)
    assert unfit == []
    assert [removal.test for removal in REMOVALS if is_missing(removal.test)] == []


def test_data_inventory_names_every_table():
    inventory = (ROOT / "SECURITY.md").read_text()
    tables = Base.metadata.tables

    assert {ledger.LogEntry.__tablename__, voting.VoteSlot.__tablename__} <= set(tables)
    assert [name for name in tables if not re.search(rf"`{name}\b", inventory)] == []


# ASVS 5.0.0: how many requirements of levels 1 and 2 each chapter has.
ITEMS = dict(enumerate((27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7), start=1))


def test_every_item_of_asvs_level_2_is_answered_once_and_counted():
    page = (ROOT / "docs/asvs.md").read_text()
    lines = re.findall(r"(?m)^\| (\d+\.[\d., ]+) \| (met|n/a|open) \| \S", page)
    states = [(item, state) for items, state in lines for item in items.split(", ")]
    sums = re.findall(r"(?m)^\| V(\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page)
    counted = [
        tuple(
            sum(item.split(".")[0] == chapter and state in kind for item, state in states)
            for kind in kinds
        )
        for chapter, *_ in sums
        for kinds in [(("met", "n/a", "open"), ("met",), ("n/a",), ("open",))]
    ]

    assert len(dict(states)) == len(states) == sum(ITEMS.values()) == 253
    assert {int(chapter): int(whole) for chapter, whole, *_ in sums} == ITEMS
    assert counted == [tuple(map(int, figures)) for _, *figures in sums]

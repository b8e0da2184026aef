"""docs/asvs.md is whole: every item of levels 1 and 2 once, counts right, places that exist.

The items are those of OWASP ASVS 5.0.0, `5.0/docs_en/…_5.0.0_en.csv`, whose level is 1 or 2:
chapter.section, then the last numbers.
"""

import re
from collections import Counter
from pathlib import Path

from tests.attacks.catalogue import ROWS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ITEMS = """
1.1 1-2  1.2 1-9  1.3 1-11  1.4 1-3  1.5 1-2
2.1 1-3  2.2 1-3  2.3 1-4  2.4 1-1
3.2 1-2  3.3 1-4  3.4 1-6  3.5 1-5  3.7 1-2
4.1 1-3  4.2 1-1  4.3 1-2  4.4 1-4
5.1 1-1  5.2 1-3  5.3 1-2  5.4 1-3
6.1 1-3  6.2 1-12  6.3 1-4  6.4 1-4  6.5 1-5  6.6 1-3  6.8 1-4
7.1 1-3  7.2 1-4  7.3 1-2  7.4 1-5  7.5 1-2  7.6 1-2
8.1 1-2  8.2 1-3  8.3 1-1  8.4 1-1
9.1 1-3  9.2 1-4
10.1 1-2  10.2 1-2  10.3 1-4  10.4 1-11  10.5 1-5  10.6 1-2  10.7 1-3
11.1 1-2  11.2 1-3  11.3 1-3  11.4 1-4  11.5 1-1  11.6 1-1
12.1 1-3  12.2 1-2  12.3 1-4
13.1 1-1  13.2 1-5  13.3 1-2  13.4 1-5
14.1 1-2  14.2 1-4  14.3 1-3
15.1 1-3  15.2 1-3  15.3 1-7
16.1 1-1  16.2 1-5  16.3 1-4  16.4 1-3  16.5 1-3
17.1 1-1  17.2 1-4  17.3 1-2
"""


def items_answered():
    """(items, state, words) of every line."""
    for line in TEXT.splitlines():
        found = re.fullmatch(r"\| ([\d., ]+) \| (met|n/a|open) \| (.+) \|", line)
        if found:
            yield found[1].split(", "), found[2], found[3]


def test_every_item_of_levels_1_and_2_stands_there_once():
    expected = [
        f"{section}.{number}"
        for section, first, last in re.findall(r"(\d+\.\d+) (\d+)-(\d+)", ITEMS)
        for number in range(int(first), int(last) + 1)
    ]

    found = [item for items, _, _ in items_answered() for item in items]

    assert len(expected) == 253
    assert sorted(found) == sorted(expected)


def test_counts_are_those_of_the_rows():
    counted = Counter()
    for items, state, _ in items_answered():
        for item in items:
            counted[f"V{item.split('.')[0]}", state] += 1
            counted["all", state] += 1

    table = re.findall(r"^\| (V\d+|all) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", TEXT, re.M)

    assert len(table) == 18
    for chapter, whole, *parts in table:
        numbers = [counted[chapter, state] for state in ("met", "n/a", "open")]
        assert [sum(numbers), *numbers] == [int(whole), *map(int, parts)], chapter


def test_attacks_named_are_rows_of_the_catalogue():
    named = {int(each) for each in re.findall(r"attacks? (\d+)", TEXT)}

    assert named
    assert named <= ROWS.keys()

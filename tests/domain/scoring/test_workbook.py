"""`award.xlsx`: its formulas, computed by LibreOffice, give the ranking to the last digit."""

from dataclasses import replace

import pytest

from tests.support.awards import random_inputs
from tests.support.spreadsheet_program import computed, values
from votesite.domain.scoring.composite import Inputs, rank
from votesite.domain.scoring.workbook import WORDS, award_workbook

ODD_WORDS = {key: f'the judges\' "{key}"' for key in WORDS}
TOP = 3  # the first row below the heads of the sheet with the ranking, from 0
HARD = (
    {"decimals": 4, "public_score": "share", "cap": 0, "ties": ["expert", "public", "lot"]},
    {"region_cap": 1, "ties": []},
    {"region_cap": 2, "decimals": 4, "ties": ["lot"]},
    {"missing": "drop", "decimals": 4},
    {"trim": 1, "expert_score": "rank"},
)


def cases():
    """Twenty campaigns: random ones, and random ones in which rules of every kind meet."""
    found = {f"random-{seed}": random_inputs(seed, most_candidates=14) for seed in range(9)}
    for at, changes in enumerate(HARD * 2):
        found[f"hard-{at}"] = drawn(random_inputs(500 + at, most_candidates=14, **changes))
    found["large"] = large()
    return found


def drawn(inputs):
    return replace(inputs, lot="03 09 14 22" if "lot" in inputs.award["ties"] else "")


def large():
    """Votes of a great city, points of four decimals, halves to round."""
    inputs = random_inputs(
        77, most_candidates=14, decimals=4, public_score="share", cap=0, public=60, expert=0,
        satisfaction=40, objective=0, criteria=[],
    )  # fmt: skip
    numbers = [candidate.no for candidate in inputs.candidates]
    votes = {no: 40_000_000 - 12_345_67 * at for at, no in enumerate(numbers)}
    tables = {no: 999_999 - at for at, no in enumerate(numbers)}
    return replace(inputs, votes=votes, satisfaction=tables)


def made(inputs, ranking=None, **more):
    names = {candidate.no: f"=第{candidate.no}镇*?" for candidate in inputs.candidates}
    return award_workbook(inputs, ranking or rank(inputs), names, **more)


def tampered(inputs):
    """A ranking published with one total higher by the last digit than the formula gives."""
    ranking = rank(inputs)
    first, *others = ranking.rows
    return replace(ranking, rows=[[*first[:3], first[3] + 1, *first[4:]], *others])


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """All cases computed in one run, and one whose published total is wrong."""
    given = {name: made(inputs) for name, inputs in cases().items()}
    wrong = cases()["random-1"]
    given["wrong"] = made(wrong, tampered(wrong))
    given["words"] = made(wrong, words=ODD_WORDS)
    return computed(given, tmp_path_factory.mktemp("workbooks"))


def rows_of(book):
    """The rows of the ranking's sheet by head."""
    rows = book[WORDS["ranking"]]
    return [dict(zip(rows[TOP - 1], row, strict=True)) for row in rows[TOP:]]


def table_of(book, side):
    keys = ("rank", "awarded", "total", "public", "expert", "satisfaction", "objective")
    return [
        [row[WORDS["no"]], *(row[f"{WORDS[key]}（{WORDS[side]}）"] for key in keys)]
        for row in rows_of(book)
    ]


def verdict(book):
    return book[WORDS["ranking"]][1][1]


@pytest.mark.services
@pytest.mark.parametrize("name", cases())
def test_formulas_give_the_ranking_to_the_last_digit(books, name):
    expected = rank(cases()[name]).rows

    assert table_of(books[name], "computed") == expected
    assert table_of(books[name], "published") == expected
    assert {row[WORDS["check"]] for row in rows_of(books[name])} == {WORDS["alike"]}
    assert verdict(books[name]) == WORDS["all_alike"]


@pytest.mark.services
def test_published_number_that_does_not_follow_is_named(books):
    checks = [row[WORDS["check"]] for row in rows_of(books["wrong"])]

    assert checks == [WORDS["different"]] + [WORDS["alike"]] * (len(checks) - 1)
    assert verdict(books["wrong"]) == WORDS["different"]
    # The file said that its formula gave the wrong number: it was computed again.
    assert table_of(books["wrong"], "computed") == rank(cases()["random-1"]).rows


def test_cases_hold_every_rule():
    awards = [inputs.award for inputs in cases().values()]
    rankings = [rank(inputs) for inputs in cases().values()]

    assert len(awards) == 20
    assert {award["public_score"] for award in awards} == {"share", "rank", "cap"}
    assert {award["decimals"] for award in awards} == {2, 4}
    assert any(ranking.capped for ranking in rankings)
    assert any(any(ranking.dropped.values()) for ranking in rankings)
    assert any(any(ranking.trimmed.values()) for ranking in rankings)
    assert any("lot" in tie.by for ranking in rankings for tie in ranking.ties)
    assert any("" in tie.by for ranking in rankings for tie in ranking.ties)


def test_names_stay_texts_and_numbers_numbers():
    inputs = cases()["random-1"]
    rows = rows_of(values(made(inputs)))

    assert [row[WORDS["name"]] for row in rows] == [
        f"=第{candidate.no}镇*?" for candidate in sorted(inputs.candidates)
    ]
    assert all(isinstance(row[WORDS["no"]], int | float) for row in rows)


def test_values_are_there_before_anything_computes_them():
    """A telephone's preview computes nothing: the results stand in the file, the checks do not."""
    inputs = cases()["random-1"]
    book = values(made(inputs))

    assert table_of(book, "computed") == rank(inputs).rows
    assert {row[WORDS["check"]] for row in rows_of(book)} == {""}


def test_ranking_of_nobody_is_a_workbook_too():
    inputs = Inputs(random_inputs(1).award, [], {})

    assert rows_of(values(award_workbook(inputs, rank(inputs), {}))) == []


@pytest.mark.services
def test_words_of_another_language_may_hold_any_sign(books):
    rows = books["words"]['the judges\' "ranking"']

    assert rows[TOP - 1][0] == 'the judges\' "no"'
    assert rows[1][1] == 'the judges\' "all_alike"'
    assert {row[-1] for row in rows[TOP:]} == {'the judges\' "alike"'}

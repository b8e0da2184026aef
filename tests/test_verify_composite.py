"""tools/verify.py: the composite against figures worked out by hand, and against a slower reading."""

import random
import time
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import independent_ledger
from tests.support.ledger_cases import AWARD, COMPOSITE, LedgerWriter, vouched, write
from tools import verify

FULL = 10_000


def people(*regions, category=""):
    """Candidates from 1, of regions."""
    return [
        {"no": no, "name": f"{no}", "category": category, "region": region}
        for no, region in enumerate(regions, 1)
    ]


def award(**changes):
    """An award of one category, by votes alone unless something else is said."""
    return {**AWARD, "seats": [["", 2]], **changes}


def judged(**changes):
    """An award by two criteria of 60 and 40, judges alone."""
    criteria = COMPOSITE["criteria"]
    return award(public=0, expert=100, criteria=criteria, ties=["expert"], **changes)


def rows_of(rules, candidates, votes=None, sums=(), figures=(), lot=""):
    """The table, as lists."""
    votes = votes or dict.fromkeys([each["no"] for each in candidates], 0)
    composite = verify.Composite(rules, candidates, votes, dict(sums), dict(figures), lot)
    return [[*row] for row in composite.table()]


def column(name, *arguments, **more):
    place = verify.Row._fields.index(name)
    return [row[place] for row in rows_of(*arguments, **more)]


# --- by hand --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "votes", "points"),
    [
        ({"public_score": "share"}, [3, 1, 2], [10_000, 3_333, 6_667]),
        ({"public_score": "share"}, [0, 0, 0], [0, 0, 0]),
        ({"public_score": "share", "decimals": 4}, [3, 1, 2], [10**6, 333_333, 666_667]),
        ({"public_score": "share"}, [8, 1, 0], [10_000, 1_250, 0]),
        ({"public_score": "share"}, [16_000, 1, 5], [10_000, 1, 3]),  # 0.625 and 3.125
        ({"public_score": "share"}, [20_000, 1, 3], [10_000, 1, 2]),  # 0.5 and 1.5 go up
        ({"public_score": "rank"}, [3, 1, 2], [10_000, 3_333, 6_667]),
        ({"public_score": "rank"}, [3, 3, 2], [10_000, 10_000, 3_333]),
        ({"public_score": "rank"}, [3, 2, 2], [10_000, 6_667, 6_667]),
        ({"public_score": "rank"}, [0, 0, 0], [10_000, 10_000, 10_000]),
        ({"public_score": "cap", "cap": 3}, [7, 1, 3], [10_000, 3_333, 10_000]),
        ({"public_score": "cap", "cap": 1000}, [0, 1, 999], [0, 10, 9_990]),
    ],
)
def test_votes_as_points(rules, votes, points):
    found = column("public", award(**rules), people("", "", ""), dict(enumerate(votes, 1)))

    assert found == points


def sums_of(*sheets):
    """{no: sums} of sheets that give candidates from 1 on [first, second] or nothing."""
    found = {}
    for sheet in sheets:
        for no, scores in enumerate(sheet, 1):
            if scores:
                found.setdefault(no, []).append(60 * scores[0] + 40 * scores[1])
    return found


@pytest.mark.parametrize(
    ("rules", "sheets", "points"),
    [
        ({}, [[[1000, 1000], [0, 0]]], [10_000, 0]),
        # 0.6 × 85.5 + 0.4 × 90 = 87.3
        ({}, [[[855, 900], [500, 500]]], [8_730, 5_000]),
        # 87.3 and 87.31 (0.6 × 85.5 + 0.4 × 90.025): the mean of 8730 and 8731 goes up
        ({}, [[[855, 900], None], [[856, 899], [1, 0]]], [8_731, 6]),
        ({}, [[[1, 0], [0, 1]], [[0, 0], [0, 0]]], [3, 2]),
        ({}, [[[1, 0], None], [[0, 0], None], [[0, 0], None], [[0, 0], None]], [2, -1]),
        ({}, [], [-1, -1]),
        ({"expert_score": "rank"}, [[[5, 5], [7, 7]]], [5_000, 10_000]),
        ({"expert_score": "rank"}, [[[5, 5], None]], [10_000, -1]),
        ({"expert_score": "rank"}, [[[5, 5], [5, 5]]], [10_000, 10_000]),
        # five sheets each: the highest and the lowest are left out
        (
            {"trim": 1},
            [[[n * 100, n * 100], [n, n]] for n in (0, 1, 2, 3, 9)],
            [2_000, 20],
        ),
        # only four of the second: nobody's are
        (
            {"trim": 1},
            [[[n * 100, n * 100], [n, n] if n else None] for n in (0, 1, 2, 3, 9)],
            [3_000, 38],
        ),
        # none of the second: that one has no say
        ({"trim": 1}, [[[n * 100, n * 100], None] for n in (0, 1, 2, 3, 9)], [2_000, -1]),
        # two equal extremes: one each is left out
        ({"trim": 1}, [[[n, n], [n, n]] for n in (100, 100, 300, 500, 500)], [3_000, 3_000]),
        ({"trim": 0}, [[[n * 100, n * 100], [n, n]] for n in (0, 1, 2, 3, 9)], [3_000, 30]),
    ],
)
def test_sheets_as_points(rules, sheets, points):
    assert column("expert", judged(**rules), people("", ""), sums=sums_of(*sheets)) == points


MIXED = {"public": 50, "satisfaction": 25, "objective": 25}


@pytest.mark.parametrize(
    ("missing", "satisfaction", "objective", "totals"),
    [
        # 50 × 100 + 25 × 80 + 25 × 60 = 85; 50 × 50 + 25 × 40 + 0
        ("zero", {1: 8_000, 2: 4_000}, {1: 6_000}, [8_500, 3_500]),
        # objective is left out for both: (50 × 100 + 25 × 80) / 75
        ("drop", {1: 8_000, 2: 4_000}, {1: 6_000}, [9_333, 4_667]),
        ("drop", {1: 8_000}, {2: 6_000}, [10_000, 5_000]),
        ("drop", {1: 8_000, 2: 4_001}, {1: 6_000, 2: 1}, [8_500, 3_501]),  # 3500.5 goes up
    ],
)
def test_totals_with_what_is_missing(missing, satisfaction, objective, totals):
    figures = {"satisfaction": satisfaction, "objective": objective}
    rules = award(**MIXED, missing=missing)

    assert column("total", rules, people("", ""), {1: 2, 2: 1}, figures=figures) == totals


def test_nothing_is_left_where_the_only_component_is_dropped():
    assert column("total", judged(missing="drop"), people("", "")) == [0, 0]


@pytest.mark.parametrize(
    ("ties", "ranks"),
    [
        ([], [1, 1, 1, 4]),
        (["public"], [3, 1, 1, 4]),
        (["satisfaction"], [1, 2, 3, 4]),
        (["public", "satisfaction"], [3, 1, 2, 4]),
        (["objective", "public"], [3, 1, 1, 4]),  # nobody has a score: −1 for all
    ],
)
def test_ties_are_decided_in_turn(ties, ranks):
    """Half of 50 and 100, of 100 and 50, of 100 and 49.99 (74.995 goes up) are 75."""
    rules = award(public=50, satisfaction=50, ties=ties)
    figures = {"satisfaction": {1: FULL, 2: 5_000, 3: 4_999, 4: 0}}
    rows = rows_of(rules, people(*[""] * 4), {1: 1, 2: 2, 3: 2, 4: 0}, figures=figures)

    assert [row[3] for row in rows] == [7_500, 7_500, 7_500, 0]
    assert [row[1] for row in rows] == ranks


def test_lot_is_the_smaller_hash():
    """As `printf "7|1" | sha256sum` says, and so on: ce5ee71b…, de4af19d…, c32362bc…"""
    found = column("rank", award(ties=["public", "lot"]), people("", "", ""), lot="7")

    assert found == [2, 3, 1]


@pytest.mark.parametrize(
    ("seats", "votes", "awarded"),
    [
        (0, [4, 3, 2, 1], []),
        (2, [4, 3, 2, 1], [1, 2]),
        (2, [4, 3, 3, 1], [1, 2, 3]),  # who shares the last place is awarded
        (3, [4, 3, 3, 1], [1, 2, 3]),
        (1, [4, 4, 4, 4], [1, 2, 3, 4]),
        (9, [4, 3, 2, 1], [1, 2, 3, 4]),
    ],
)
def test_seats_go_to_whole_groups(seats, votes, awarded):
    rules = award(seats=[["", seats]])
    rows = rows_of(rules, people("", "", "", ""), dict(enumerate(votes, 1)))

    assert [row[0] for row in rows if row[2]] == awarded


@pytest.mark.parametrize(
    ("regions", "votes", "cap", "awarded"),
    [
        ("aaab", [4, 3, 2, 1], 1, [1, 4]),
        ("aaab", [4, 3, 2, 1], 2, [1, 2]),
        ("aabb", [4, 3, 3, 1], 1, [1, 3]),
        ("aabb", [4, 4, 3, 1], 1, [3]),  # two of one region share a place: both are left out
        ("abab", [4, 4, 4, 4], 1, []),
        ("    ", [4, 3, 2, 1], 1, [1, 2]),  # no region, no cap
        ("aabb", [4, 3, 2, 1], 0, [1, 2]),
    ],
)
def test_region_gets_no_more_than_its_cap(regions, votes, cap, awarded):
    rules = award(region_cap=cap)
    listed = people(*(region.strip() for region in regions))
    rows = rows_of(rules, listed, dict(enumerate(votes, 1)))

    assert [row[0] for row in rows if row[2]] == awarded


def test_cap_of_a_region_holds_over_the_categories_in_the_order_of_the_seats():
    listed = people("a", "b", category="山区") + people("a", "b", category="城郊")
    listed[2]["no"], listed[3]["no"] = 3, 4
    votes = {1: 2, 2: 1, 3: 2, 4: 1}
    found = [
        [row[0] for row in rows_of(award(seats=seats, region_cap=1), listed, votes) if row[2]]
        for seats in ([["山区", 1], ["城郊", 1]], [["城郊", 2], ["山区", 1]])
    ]

    assert found == [[1, 4], [3, 4]]


def test_half_goes_up():
    halves = [Fraction(1, 2), Fraction(3, 2), Fraction(5, 2), Fraction(49, 100), Fraction(0)]

    assert [verify.half_up(each) for each in halves] == [1, 2, 3, 0, 0]
    assert verify.half_up(7) == 7


# --- against the slower reading ----------------------------------------------------------------

NUMBERS = [*range(1, 9)]
CATEGORIES = ["山区", "城郊", ""]


@st.composite
def awards(draw, seats=None):
    """Any award: weights, rules, criteria."""
    cuts = sorted(draw(st.lists(st.integers(0, 10), min_size=3, max_size=3)))
    weights = [10 * (b - a) for a, b in zip([0, *cuts], [*cuts, 10], strict=True)]
    fields = dict(zip(verify.WEIGHTS, weights, strict=True))
    parts = draw(st.sampled_from([[100], [60, 40], [1, 33, 66]]))
    criteria = [{"key": f"{n}", "weight": each} for n, each in enumerate(parts)]
    ties = draw(st.permutations(verify.WEIGHTS))[: draw(st.integers(0, 4))]
    score = draw(st.sampled_from(["share", "rank", "cap"]))
    wanted = draw(st.lists(st.integers(0, 4), min_size=3, max_size=3))
    return {
        **AWARD,
        **fields,
        "public_score": score,
        "cap": draw(st.integers(1, 12)) if score == "cap" else 0,
        "expert_score": draw(st.sampled_from(["points", "rank"])),
        "criteria": criteria if fields["expert"] else [],
        "trim": draw(st.integers(0, 1)),
        "decimals": draw(st.sampled_from([2, 4])),
        "ties": [*ties, *(["lot"] if draw(st.booleans()) else [])],
        "missing": draw(st.sampled_from(["zero", "drop"])),
        "seats": seats or [list(pair) for pair in zip(CATEGORIES, wanted, strict=True)],
        "region_cap": draw(st.integers(0, 3)),
    }


def draw_sheets(draw, award, numbers):
    """Sheets that score some candidates, coarsely, so that there are ties."""
    width = len(award["criteria"])
    scores = st.lists(st.integers(0, 4).map(lambda n: 250 * n), min_size=width, max_size=width)
    sheets = []
    for _ in range(draw(st.integers(0, 7))):
        scored = draw(st.sets(st.sampled_from(numbers))) if draw(st.booleans()) else numbers
        sheets.append([[no, draw(scores)] for no in sorted(scored)])
    return sheets if width else []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(awards(), st.data())
def test_composite_is_what_the_slower_reading_makes_of_it(rules, data):
    listed = [
        {
            "no": no,
            "name": f"{no}",
            "category": data.draw(st.sampled_from(CATEGORIES)),
            "region": data.draw(st.sampled_from(["", "a", "b"])),
        }
        for no in NUMBERS
    ]
    votes = {no: data.draw(st.integers(0, 5)) for no in NUMBERS}
    sheets = draw_sheets(data.draw, rules, NUMBERS)
    full = 100 * 10 ** rules["decimals"]
    points = st.integers(0, 4).map(lambda n: n * full // 4)
    figures = {
        key: data.draw(st.dictionaries(st.sampled_from(NUMBERS), points))
        for key in ("satisfaction", "objective")
    }
    weights = [each["weight"] for each in rules["criteria"]]
    sums = {}
    for sheet in sheets:
        for no, scores in sheet:
            sums.setdefault(no, []).append(sum(map(verify.mul, weights, scores)))

    found = rows_of(rules, listed, votes, sums=sums, figures=figures, lot="7")

    assert found == independent_ledger.ranking(rules, listed, votes, sheets, figures, "7")


# --- whole campaigns -------------------------------------------------------------------------------

TWO = [["山区", 1], ["城郊", 1]]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(awards(seats=TWO), st.data())
def test_any_campaign_of_the_format_agrees(tmp_path, rules, data):
    draw = data.draw
    modes = {
        "sheets": draw(st.sampled_from(["public", "auditors"])),
        "panel": draw(st.sampled_from(["named", "numbered"])),
    }
    recount = draw(st.sampled_from(["public", "auditors"]))
    case = LedgerWriter(
        signed=draw(st.sampled_from([0, 0, 0, 1])),
        award={**rules, **modes},
        recount=recount,
        opening={"quorum": 2},
        min_batch=1,
    )
    before_the_count(case, draw)
    case.finish()
    after_the_count(case, draw)
    vouched(case)
    found = verify.examine(write_alone(case, tmp_path, {}))
    copied = verify.examine(write_alone(case, tmp_path, case.copy_for_auditors()))

    assert (found.code, copied.code) == (0, 0), (found, copied)


def write_alone(case, folder, more):
    """A folder of its own for a case."""
    return write({**case.files(), **more}, folder / verify.secrets.token_hex(8))


def before_the_count(case, draw):
    """Judges, sheets, votes, figures, in whatever order."""
    judges = appointed(case, draw) if case.award["expert"] else {}
    for day in range(13, 13 + draw(st.integers(1, 6))):
        t = f"2026-11-{day}T09:00+08:00"
        for who in range(draw(st.integers(0, 3))):
            case.vote(t, who, *sorted(draw(st.sets(st.sampled_from([1, 2, 4]), min_size=1))))
        if draw(st.booleans()) and fresh_votes(case):
            case.tally(t)
        for judge in draw(st.sets(st.sampled_from([*judges]))) if judges else ():
            whole = [of for of in judges[judge] if draw(st.booleans())]
            case.sheet(t, judge, sheet_of(case, whole, draw))
    end_scoring(case, judges, draw)
    t, points = "2026-11-19T09:00+08:00", st.integers(0, 100 * 10 ** case.award["decimals"])
    for key in ("satisfaction", "objective"):
        some = draw(st.dictionaries(st.integers(1, 4), points))
        case.data(t, key, [[no, some[no]] for no in sorted(some)])
    if withdrawn := draw(st.sampled_from([None, None, 3, 4])):
        case.rule(t, withdraw=withdrawn)


def end_scoring(case, judges, draw):
    """Scoring is over; afterwards somebody may be dismissed."""
    t = "2026-11-18T09:00+08:00"
    if judges:
        case.panel(t)
        if draw(st.booleans()):
            case.dismiss(t, draw(st.sampled_from([*judges])))


def appointed(case, draw):
    """Judges with their categories."""
    judges = {}
    for judge in range(1, draw(st.integers(1, 6)) + 1):
        of = draw(st.sampled_from([(), ("山区",), ("城郊",), ("城郊", "山区")]))
        case.judge("2026-11-12T09:00+08:00", judge, *of)
        judges[judge] = of or ("山区", "城郊")
    return judges


def fresh_votes(case):
    """Whether a ballot has been cast since the last tally."""
    last = [entry["k"] for entry in case.entries if entry["k"] in ("vote", "tally")]
    return last[-1:] == ["vote"]


def sheet_of(case, categories, draw):
    """Coarse scores for all candidates of some categories."""
    width = len(case.award["criteria"])
    scores = st.lists(st.integers(0, 4).map(lambda n: 250 * n), min_size=width, max_size=width)
    listed = [each["no"] for each in case.candidates if each["category"] in categories]
    return [[no, draw(scores)] for no in listed]


def after_the_count(case, draw):
    """Rankings, notices, objections, up to the end or not."""
    days = [f"2026-12-{day}" for day in (15, 16, 17, 18, 21)]
    if "lot" in case.award["ties"]:
        case.data("2026-12-13T09:00+08:00", "lot", draw(st.text("0123456789 ", min_size=1)))
    if draw(st.booleans()):
        return
    case.ranking("2026-12-13T10:00+08:00")
    begin, end = "2026-12-14T09:00+08:00", "2026-12-22T00:00+08:00"
    if draw(st.booleans()):
        return
    case.notice("2026-12-13T11:00+08:00", begin, end, *days)
    n = case.objection(begin, "unit", "某单位", "有误")
    if draw(st.booleans()):
        return
    case.answer("2026-12-22T00:00+08:00", n)
    case.final("2026-12-23T00:00+08:00")


# --- speed ----------------------------------------------------------------------------------------


def test_ranking_of_two_thousand_by_thirty_judges_takes_well_under_two_seconds():
    chance = random.Random(7)
    parts = [20, 20, 20, 20, 10, 10]
    rules = {
        **COMPOSITE,
        "criteria": [{"key": f"{n}", "weight": each} for n, each in enumerate(parts)],
        "trim": 1,
        "seats": [["", 100]],
        "region_cap": 20,
    }
    numbers = range(1, 2001)
    listed = [{"no": no, "name": f"{no}", "category": "", "region": f"{no % 30}"} for no in numbers]
    case = LedgerWriter(award=rules, candidates=listed, min_batch=1, category_picks={})
    t = "2026-11-12T09:00+08:00"
    for judge in range(1, 31):
        case.judge(t, judge)
        rows = [[no, [chance.randrange(1001) for _ in parts]] for no in numbers]
        case.sheet(t, judge, rows)
    case.vote(t, "甲", 1, 2, 3)
    case.panel(t)
    for key in ("satisfaction", "objective"):
        case.data(t, key, [[no, chance.randrange(10_001)] for no in numbers])
    case.finish()
    case.data("2026-12-13T09:00+08:00", "lot", "7")
    n = case.decide("ranking", "2026-12-13T10:00+08:00", sha256="0" * 64, why="")
    openings = case.openings()["openings.jsonl"].splitlines(keepends=True)
    log = verify.Log(verify.canonical(listed).encode(), case.opening_key, openings, case.sheet_key)
    for body in case.bodies():
        log.add(body)

    def tables(n, name):
        return verify.canonical(case.tables[n]["data"]).encode() if name == "data" else None

    began = time.process_time()
    log.check_honours(tables, case.handed_in)
    used = time.process_time() - began

    assert {*log.faults} == {22}  # it was ranked, and the false hash was found
    assert "算出来不是这样" in log.faults[22]
    assert n == log.proceedings.rankings[0].entry["n"]
    assert used < 2

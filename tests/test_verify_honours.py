"""tools/verify.py from votes to honours: each of checks 19 to 23 falls for each of its reasons."""

from contextlib import suppress

import pytest

from tests.support import independent_ledger
from tests.support.ledger_cases import (
    ANSWERED,
    awarded,
    honoured,
    of_kind,
    sha256,
    vouched,
    write,
    zipped,
)
from tools import verify

MODES = [
    (recount, sheets, panel)
    for recount in ("public", "auditors")
    for sheets in ("public", "auditors")
    for panel in ("named", "numbered")
]
in_every_mode = pytest.mark.parametrize(("recount", "sheets", "panel"), MODES)


def outcome(tmp_path, files, *kept):
    files = {name: content for name, content in files.items() if content is not None}
    return verify.examine(zipped(files, tmp_path / "archive.zip"), kept)


def number_of(tmp_path, case, **files):
    """The lowest check that fails in a case published as an archive, or the exit code 0 or 2."""
    found = outcome(tmp_path, {**case.files(), **files})
    return found.number or -found.code


def in_mode(recount, sheets, panel, **options):
    """A whole campaign in a mode, which auditors have cosigned."""
    award = {"sheets": sheets, "panel": panel, **options.pop("award", {})}
    return vouched(honoured(recount=recount, award=award, opening={"quorum": 2}, **options))


def public(**options):
    return in_mode("public", "public", "named", **options)


# --- what agrees ------------------------------------------------------------------------------


@in_every_mode
@pytest.mark.parametrize("signed", [0, 1])
def test_honest_archive_agrees_in_every_mode(tmp_path, recount, sheets, panel, signed):
    case = in_mode(recount, sheets, panel, signed=signed)
    files = case.files()
    folder = verify.examine(write(files, tmp_path / "case"))

    assert folder.code == 0, folder
    assert folder == outcome(tmp_path, files)
    assert "sheets.jsonl" in files or sheets == "auditors"
    assert "panel.json" in files or panel == "numbered"


STAGES = ("sheet", "panel", "close", "ranking", "notice", "objection", "answer", "dismiss", "final")


@in_every_mode
@pytest.mark.parametrize("until", STAGES)
def test_honest_archive_agrees_at_every_stage(tmp_path, recount, sheets, panel, until):
    case = in_mode(recount, sheets, panel, until=until)

    assert number_of(tmp_path, case) == 0


@pytest.mark.parametrize(
    "award",
    [
        {"public_score": "cap", "cap": 1},
        {"public_score": "rank", "expert_score": "rank", "decimals": 4},
        {"missing": "drop", "trim": 1, "region_cap": 1, "seats": [["城郊", 3], ["山区", 2]]},
        {"ties": ["satisfaction", "objective", "public"]},
        {"ties": []},
        {"public": 60, "objective": 0, "expert": 20},
        {"public": 90, "objective": 0, "satisfaction": 0, "expert": 10},
        {"public": 0, "objective": 70, "satisfaction": 0},
        {"public": 70, "expert": 0, "criteria": []},
    ],
)
def test_honest_archive_agrees_by_every_rule(tmp_path, award):
    assert number_of(tmp_path, public(award=award)) == 0


def test_votes_alone_may_lead_to_honours(tmp_path):
    only = {"public": 100, "expert": 0, "satisfaction": 0, "objective": 0, "criteria": []}
    case = public(award={**only, "ties": ["public"], "missing": "refuse"})

    assert number_of(tmp_path, case) == 0
    assert "sheets.jsonl" not in case.files()


# --- one reason each, even when everything is signed anew -----------------------------------------


def broken(name, number, **options):
    def register(change):
        BROKEN.append(pytest.param(number, options, change, id=f"{number}-{name}"))
        return change

    return register


BROKEN = []
# The numbers of the entries of `honoured`.
JUDGES, SHEETS, LATE_SHEET, VOID, PANEL, OBJECTIVE, ASKED, CLOSE, LOT = (
    1,
    5,
    12,
    14,
    15,
    17,
    16,
    18,
    19,
)
RANKING, NOTICE, FIRST, SECOND, ANSWER, UPHELD, DISMISS = 20, 21, 22, 23, 24, 25, 26
FURTHER, RENOTICE, FINAL, REVOKE = 27, 28, 29, 30
PLACES = {
    "judge": JUDGES,
    "panel": PANEL,
    "data": ASKED,
    "close": CLOSE,
    "ranking": RANKING,
    "notice": NOTICE,
    "objection": FIRST,
    "answer": ANSWER,
    "dismiss": DISMISS,
    "final": FINAL,
    "revoke": REVOKE,
}


def test_places_are_those_of_the_case():
    case = public()

    assert {k: of_kind(case, k)[k == "data"] for k in PLACES} == PLACES
    assert case.entries[LOT]["key"] == "lot"


def put(case, n, k, **fields):
    """Entry n is another one that two people decide."""
    t, two = case.entries[n]["t"], {"by": [1, 2], "id": sha256(b"%d" % n)[:32], "sigs": ["", ""]}
    case.entries[n] = {"k": k, "n": n, "t": t, **two, **fields}
    case.tables.pop(n, None)


def idle(case, n):
    """Entry n is one that bears on nothing."""
    put(case, n, "signer", staff=4, keys=[], why="增补")


# 4: what stands in one entry alone


@broken("category-nobody-has", 4)
def _(case):
    case.entries[2]["categories"] = ["平原"]


@broken("category-twice", 4)
def _(case):
    case.entries[2]["categories"] = ["山区", "山区"]


@broken("further-ranking-without-reason", 4)
def _(case):
    case.entries[FURTHER]["why"] = ""


@broken("answer-without-commitment", 4)
def _(case):
    case.entries[ANSWER]["c"] = []


@broken("tally-after-the-ranking", 4)
def _(case):
    case.add("tally", "2027-02-02T09:00+08:00", **case.tally_fields())


# 5, 6, 8, 10: checks that hold for these kinds too


@broken("time-goes-back", 5)
def _(case):
    case.entries[LATE_SHEET]["t"] = "2026-11-13T09:00+08:00"


@broken("panel-not-covered", 6)
def _(case):
    case.entries, case.signed_sizes = case.entries[: PANEL + 1], [1, 11]


@broken("vote-after-final", 8)
def _(case):
    case.vote("2027-02-01T09:00+08:00", "晚", 1)


@broken("judge-by-one", 10)
def _(case):
    case.entries[1]["by"] = [2, 2]


@broken("id-used-twice", 10)
def _(case):
    case.entries[FINAL]["id"] = case.entries[REVOKE]["id"]


@broken("ranking-by-a-stranger", 10)
def _(case):
    case.entries[RANKING]["by"] = [1, 9]


@broken("altered-after-signing", 10, signed=1)
def _(case):
    case.entries[REVOKE]["why"] = "别的理由"


# 19: judges, sheets, panel


@broken("number-appointed-twice", 19)
def _(case):
    case.entries[3]["judge"] = 1


@broken("judge-after-the-panel", 19)
def _(case):
    put(case, ASKED, "judge", judge=4, categories=[], who="0" * 64)


@broken("sheet-after-the-panel", 19)
def _(case):
    t, sheet = case.entries[ASKED]["t"], case.handed_in[LATE_SHEET]
    c = case.commit_sheet(ASKED, sheet)
    case.entries[ASKED] = {"k": "sheet", "n": ASKED, "t": t, "judge": 3, "c": c}
    del case.tables[ASKED]


@broken("sheet-of-nobody", 19)
def _(case):
    case.entries[4]["judge"] = 7


@broken("sheet-of-somebody-dismissed", 19)
def _(case):
    put(case, 9, "dismiss", judge=3, why="回避")


@broken("dismissal-of-nobody", 19)
def _(case):
    case.entries[DISMISS]["judge"] = 7


@broken("dismissal-twice", 19)
def _(case):
    put(case, ASKED, "dismiss", judge=3, why="回避")


@broken("panel-twice", 19)
def _(case):
    put(case, ASKED, "panel")


VOTES_ALONE = {"expert": 0, "public": 70, "criteria": []}
UNUSED = 3  # an entry that bears on nothing where nobody judges


@broken("panel-without-judging", 19, award=VOTES_ALONE)
def _(case):
    put(case, UNUSED, "panel")


@broken("judge-without-judging", 19, award=VOTES_ALONE)
def _(case):
    put(case, UNUSED, "judge", judge=1, categories=[], who="0" * 64)


@broken("sheet-without-judging", 19, award=VOTES_ALONE)
def _(case):
    t = case.entries[UNUSED]["t"]
    case.entries[UNUSED] = {"k": "sheet", "n": UNUSED, "t": t, "judge": 1, "c": "0" * 64}
    del case.tables[UNUSED]


@broken("dismissal-without-judging", 19, award=VOTES_ALONE)
def _(case):
    put(case, UNUSED, "dismiss", judge=1, why="回避")


# 20: sheets open, and have their form


@broken("other-sheet-key", 20)
def _(case):
    case.opening["sheet_key_sha256"] = "0" * 64


@broken("scores-exchanged", 20)
def _(case):
    case.handed_in[5][0][1] = [904, 15]


def resheeted(n, sheet):
    """A judge has handed in something else, and all that follows is right."""

    def change(case):
        case.entries[n]["c"] = case.commit_sheet(n, sheet(case.handed_in[n]))
        case.recount_all()

    return change


for name, n, sheet in (
    ("score-above-a-hundred", 5, lambda sheet: [[1, [1001, 0]], *sheet[1:]]),
    ("score-below-zero", 5, lambda sheet: [[1, [-1, 0]], *sheet[1:]]),
    ("candidate-left-out", 6, lambda sheet: sheet[1:]),
    ("candidate-of-another-category", 5, lambda sheet: [sheet[0], [2, [1, 1]], *sheet[1:]]),
    ("candidate-nobody-knows", 6, lambda sheet: [*sheet, [9, [1, 1]]]),
    ("candidates-not-in-order", 6, lambda sheet: sheet[::-1]),
    ("candidate-twice", 6, lambda sheet: [sheet[0], *sheet]),
):
    broken(name, 20)(resheeted(n, sheet))


@broken("one-criterion-left-out", 20)
def _(case):
    case.handed_in[5][0][1] = [905]
    case.entries[5]["c"] = sha256(b"")


def withdrawn_before_the_sheet(case, sheet):
    """Number 5 withdraws before the last sheet is handed in."""
    put(case, 9, "rule", set={"withdraw": 5}, why="退出")
    case.entries[11]["c"] = case.commit(11, [4])
    case.entries[LATE_SHEET]["c"] = case.commit_sheet(LATE_SHEET, sheet)
    case.recount_all()


@broken("score-of-somebody-withdrawn", 20)
def _(case):
    withdrawn_before_the_sheet(case, case.handed_in[LATE_SHEET])


def test_sheet_leaves_out_who_has_withdrawn_before(tmp_path):
    case = public()
    withdrawn_before_the_sheet(case, case.handed_in[LATE_SHEET][:4])

    assert number_of(tmp_path, case) == 0


def test_judge_may_be_recused_in_a_category_or_in_all(tmp_path):
    for sheet in ([], [[2, [1, 1]], [4, [2, 2]]], [[1, [1, 1]], [3, [2, 2]], [5, [0, 0]]]):
        case = public()
        case.entries[6]["c"] = case.commit_sheet(6, sheet)
        case.recount_all()

        assert number_of(tmp_path, case) == 0


# 21: figures


def retabled(n, table, answers=None):
    """A table is another one, to which its entry commits, and all that follows is right."""

    def change(case):
        case.put_table(n, table(case.tables[n]["data"]), answers)
        with suppress(TypeError, ValueError):  # what is no table cannot be counted
            case.recount_all()

    return change


for name, n, table in (
    ("points-above-full", OBJECTIVE, lambda table: [*table[:-1], [5, 10_001]]),
    ("points-below-zero", OBJECTIVE, lambda table: [*table[:-1], [5, -1]]),
    ("points-of-nobody", OBJECTIVE, lambda table: [*table, [9, 1]]),
    ("points-not-in-order", OBJECTIVE, lambda table: table[::-1]),
    ("points-twice", OBJECTIVE, lambda table: [table[0], *table]),
    ("points-that-are-text", OBJECTIVE, lambda table: [[2, "5"]]),
    ("table-that-is-text", OBJECTIVE, lambda table: "5"),
    ("lot-of-nothing", LOT, lambda table: ""),
    ("lot-too-long", LOT, lambda table: "1" * 201),
    ("lot-of-other-marks", LOT, lambda table: "七"),
    ("lot-with-a-line-feed", LOT, lambda table: "7\n8"),
    ("lot-that-is-a-table", LOT, lambda table: [[1, 5]]),
    ("first-table-that-no-longer-counts", 9, lambda table: [[9, 1]]),
):
    broken(name, 21)(retabled(n, table))


@broken("other-figures-than-committed", 21)
def _(case):
    case.tables[OBJECTIVE]["data"][0][1] -= 1


@broken("answers-of-the-wrong-key", 21)
def _(case):
    case.entries[OBJECTIVE]["answers_sha256"] = "0" * 64


@broken("lot-before-the-count", 21)
def _(case):
    case.entries[9] |= {"key": "lot"}
    case.put_table(9, "7")


@broken("lot-twice", 21)
def _(case):
    put(case, ANSWER, "data", key="lot", source="抽签", sha256="", answers_sha256="")
    case.put_table(ANSWER, "7")


def reanswered(answers, table=None):
    """Other answers, to which the entry commits, with their true table or another."""

    def change(case):
        found = independent_ledger.satisfaction(answers, 10_000) if table is None else table
        case.put_table(ASKED, found, answers)
        case.recount_all()

    return change


for name, answers, table in (
    ("too-few-answers", ANSWERED[1:], None),
    ("answers-not-in-order", ANSWERED[::-1], None),
    ("answers-of-nobody", [*ANSWERED, *[[9, 1, 2]] * 5], [[1, 5333], [2, 5333]]),
    ("answer-above-the-best", sorted([[1, 2, 2], *ANSWERED[1:]]), [[1, 1], [2, 1]]),
    ("answer-below-the-worst", [[1, -1, 2], *ANSWERED[1:]], [[1, 1], [2, 1]]),
    ("answer-of-one-step", [[1, 0, 1], *ANSWERED[1:]], [[1, 1], [2, 1]]),
    ("another-mean", ANSWERED, [[1, 6833], [2, 5833]]),
    ("candidate-without-answers", ANSWERED, [[1, 6834], [2, 5833], [3, 1]]),
):
    broken(name, 21)(reanswered(answers, table))


@broken("other-answers-than-committed", 21)
def _(case):
    case.tables[ASKED]["answers"] = [*ANSWERED, [2, 1, 2]]


# 22: the ranking comes when it may, and follows


@broken("ranking-before-the-count", 22)
def _(case):
    put(case, OBJECTIVE, "ranking", sha256="0" * 64, why="")
    case.entries[RANKING]["why"] = "更正"


@broken("ranking-with-a-recount-due", 22)
def _(case):
    put(case, LOT, "void", of=[7], rule="R1", why="集中")
    case.opening["award"]["ties"] = ["public"]
    case.recount_all()


@broken("ranking-before-the-panel", 22)
def _(case):
    idle(case, PANEL)


@broken("ranking-without-objective-figures", 22)
def _(case):
    idle(case, 9)
    idle(case, OBJECTIVE)
    case.recount_all()


@broken("ranking-without-satisfaction", 22)
def _(case):
    idle(case, ASKED)
    case.recount_all()


@broken("ranking-without-the-draw", 22)
def _(case):
    idle(case, LOT)
    case.recount_all()


@broken("false-hash-of-a-ranking", 22)
def _(case):
    case.entries[RANKING]["sha256"] = "0" * 64


def reranked(place, column, change):
    """A number of a table is another one, to which its entry commits."""

    def forge(case):
        rows = case.tables[FURTHER]["ranking"]
        rows[place][column] += change
        case.put_ranking(FURTHER, rows)

    return forge


COLUMNS = ("no", "rank", "awarded", "total", "public", "expert", "satisfaction", "objective")
for column, name in enumerate(COLUMNS):
    broken(f"other-{name}", 22)(reranked(2, column, -1 if column in (4, 7) else 1))


@broken("row-left-out", 22)
def _(case):
    case.put_ranking(FURTHER, case.tables[FURTHER]["ranking"][1:])


@broken("row-of-somebody-withdrawn", 22)
def _(case):
    put(case, DISMISS, "rule", set={"withdraw": 3}, why="退出")


@broken("sheets-of-somebody-dismissed", 22)
def _(case):
    case.put_ranking(FURTHER, case.tables[RANKING]["ranking"])


@broken("missing-score-that-is-refused", 22)
def _(case):
    case.award["missing"] = "refuse"
    case.recount_all()


# 23: notice, objections, answers, the final list


for name, change in {
    "notice-of-an-older-ranking": {"ranking": RANKING},
    "notice-of-no-ranking": {"ranking": 3},
    "notice-in-the-past": {"from": "2026-12-24T08:59+08:00"},
    "notice-that-ends-before-it-begins": {"to": "2026-12-24T09:00+08:00"},
    "too-few-days": {"days": ["2026-12-25", "2026-12-28", "2026-12-29", "2026-12-30"]},
    "first-day-counted": {"days": [f"2026-12-{day}" for day in (24, 25, 28, 29, 30)]},
    "day-after-the-end": {"days": [*(f"2026-12-{day}" for day in (28, 29, 30, 31)), "2027-01-01"]},
    "day-twice": {"days": [f"2026-12-{day}" for day in (25, 28, 28, 30, 31)]},
    "days-not-in-order": {"days": [f"2026-12-{day}" for day in (25, 29, 28, 30, 31)]},
    "no-days": {"days": []},
}.items():
    broken(name, 23)(lambda case, change=change: case.entries[RENOTICE].update(change))


@broken("notice-twice-of-one-ranking", 23)
def _(case):
    put(case, FINAL, "notice", **{k: case.entries[RENOTICE][k] for k in ("ranking", "to", "days")})
    case.entries[FINAL] |= {"from": "2027-01-02T00:00+08:00", "to": "2027-01-12T00:00+08:00"}
    case.entries[FINAL]["days"] = [f"2027-01-0{day}" for day in (4, 5, 6, 7, 8)]
    case.entries = case.entries[:REVOKE]
    case.signed_sizes.pop()


@broken("objection-before-the-notice", 23)
def _(case):
    case.entries[FIRST]["t"] = "2026-12-14T08:59+08:00"


@broken("objection-a-day-after-the-notice", 23)
def _(case):
    case.entries[SECOND]["t"] = "2026-12-23T00:00+08:00"


for name, n, change in (
    ("answer-to-no-objection", ANSWER, {"of": [DISMISS]}),
    ("answer-to-a-later-one", ANSWER, {"of": [ANSWER]}),
    ("answer-twice", UPHELD, {"of": [FIRST]}),
    ("dismissed-but-ranked-anew", UPHELD, {"outcome": "dismissed"}),
    ("withdrawn-but-ranked-anew", UPHELD, {"outcome": "withdrawn"}),
    ("final-of-another-ranking", FINAL, {"ranking": RANKING}),
    ("final-of-another-notice", FINAL, {"notice": NOTICE}),
    ("final-too-soon", FINAL, {"t": "2027-01-01T23:59+08:00"}),
    ("revocation-of-somebody-without-an-honour", REVOKE, {"no": 4}),
):
    broken(name, 23)(lambda case, n=n, change=change: case.entries[n].update(change))


@broken("objection-without-an-answer", 23)
def _(case):
    idle(case, ANSWER)


@broken("upheld-without-a-new-ranking", 23)
def _(case):
    idle(case, FURTHER)
    put(case, DISMISS, "signer", staff=5, keys=[], why="增补")
    put(case, RENOTICE, "signer", staff=6, keys=[], why="增补")
    case.entries[FINAL] |= {"ranking": RANKING, "notice": NOTICE}


@broken("upheld-after-the-last-ranking", 23)
def _(case):
    idle(case, UPHELD)
    put(case, RENOTICE, "answer", of=[SECOND], outcome="upheld", effect="new_ranking", c=["0" * 64])
    idle(case, DISMISS)
    idle(case, FURTHER)
    case.entries[FINAL] |= {"ranking": RANKING, "notice": NOTICE}


@broken("notice-missing-before-the-end", 23)
def _(case):
    idle(case, RENOTICE)


@broken("revoked-twice", 23)
def _(case):
    case.revoke("2027-02-02T09:00+08:00", case.entries[REVOKE]["no"])


@broken("revoked-before-the-end", 23)
def _(case):
    idle(case, FINAL)


@broken("final-twice", 23)
def _(case):
    case.final("2027-02-02T09:00+08:00")


STALE = {
    "void": lambda case, t: case.void(t, 7),
    "restore": lambda case, t: case.restore(t, 13),
    "withdrawal": lambda case, t: case.rule(t, withdraw=5),
    "dismissal": lambda case, t: case.dismiss(t, 2),
    "data": lambda case, t: case.data(t, "objective", case.tables[OBJECTIVE]["data"]),
    "nothing": lambda case, t: case.add("incident", t, what="停电"),
}


@pytest.mark.parametrize("k", STALE)
def test_list_is_not_final_while_something_has_changed_since_its_ranking(tmp_path, k):
    case = public(until="notice")
    STALE[k](case, "2026-12-14T09:00+08:00")
    case.final("2026-12-23T00:00+08:00")

    assert number_of(tmp_path, case) == (0 if k == "nothing" else 23)


for k, fields in {
    "judge": {"judge": 9, "categories": [], "who": "0" * 64},
    "dismiss": {"judge": 1, "why": "回避"},
    "panel": {},
    "void": {"of": [7], "rule": "R1", "why": "集中"},
    "restore": {"of": [13], "why": "申诉"},
    "rule": {"set": {"withdraw": 4}, "why": "退出"},
    "notice": {
        "ranking": FURTHER,
        "from": "2027-03-01T09:00+08:00",
        "to": "2027-03-09T18:00+08:00",
        "days": [f"2027-03-0{day}" for day in (2, 3, 4, 5, 8)],
    },
    "answer": {"of": [FIRST], "outcome": "dismissed", "effect": "none", "c": ["0" * 64]},
}.items():
    broken(f"{k}-after-the-end", 19 if k in ("judge", "panel") else 23)(
        lambda case, k=k, fields=fields: (
            case.decide(k, "2027-02-02T09:00+08:00", **fields) and case.sign()
        )
    )


@broken("ranking-after-the-end", 23)
def _(case):
    case.ranking("2027-02-02T09:00+08:00", "更正")


@broken("data-after-the-end", 23)
def _(case):
    case.data("2027-02-02T09:00+08:00", "objective", [[1, 1]])


@broken("recount-after-the-end", 23)
def _(case):
    case.void("2027-02-02T09:00+08:00", 7)
    case.finish("recount", "2027-02-02T10:00+08:00")


@broken("objection-after-the-end", 23)
def _(case):
    case.objection("2027-01-02T00:00+08:00", "unit", "某单位", "晚")
    case.entries[REVOKE], case.entries[REVOKE + 1] = case.entries[REVOKE + 1], case.entries[REVOKE]
    for n in (REVOKE, REVOKE + 1):
        case.entries[n]["n"] = n
    case.sign()


# What is said of each of them: no check falls for the reason of another.
REASONS = {
    "没有这个类别": ["category-nobody-has"],
    "judge 的字段 categories 不合要求": ["category-twice"],
    "重新排名没有理由": ["further-ranking-without-reason"],
    "不是每件异议一个答复": ["answer-without-commitment"],
    "计票之后不能再有 tally": ["tally-after-the-ranking"],
    "panel 还没有检查点": ["panel-not-covered"],
    "不是两个人": ["judge-by-one"],
    "决定的编号用过了": ["id-used-twice"],
    "9 号此时不能签": ["ranking-by-a-stranger"],
    "1 号的签名不对": ["altered-after-signing"],
    "1 号评委任命过了": ["number-appointed-twice"],
    "评分已经结束": [
        "judge-after-the-panel",
        "sheet-after-the-panel",
        "panel-twice",
        "judge-after-the-end",
        "panel-after-the-end",
    ],
    "没有 7 号评委": ["sheet-of-nobody", "dismissal-of-nobody"],
    "3 号评委已经退出": ["sheet-of-somebody-dismissed", "dismissal-twice"],
    "没有专家评分": ["panel-without-judging", "judge-without-judging", "sheet-without-judging"],
    "没有 1 号评委": ["dismissal-without-judging"],
    "不是当初承诺的评分表钥匙": ["other-sheet-key"],
    "评分表打不开": ["scores-exchanged"],
    "评分表的格式": ["score-above-a-hundred", "score-below-zero", "one-criterion-left-out"],
    "评分表不全，或有不该评的": [
        "candidate-left-out",
        "candidate-of-another-category",
        "score-of-somebody-withdrawn",
    ],
    "评分表里有不是候选人的编号": ["candidate-nobody-knows"],
    "评分表的次序": ["candidates-not-in-order", "candidate-twice"],
    "数据的格式": [
        "points-above-full",
        "points-below-zero",
        "points-that-are-text",
        "table-that-is-text",
    ],
    "数据里有不是候选人的编号": ["points-of-nobody", "first-table-that-no-longer-counts"],
    "数据的次序": ["points-not-in-order", "points-twice"],
    "抽签结果的格式": [
        "lot-of-nothing",
        "lot-too-long",
        "lot-of-other-marks",
        "lot-with-a-line-feed",
        "lot-that-is-a-table",
    ],
    "数据的摘要不符": ["other-figures-than-committed"],
    "只有满意度有问卷": ["answers-of-the-wrong-key"],
    "抽签在计票之后，只有一次": ["lot-before-the-count", "lot-twice"],
    "答卷太少": ["too-few-answers"],
    "问卷的写法": ["answers-not-in-order"],
    "问卷的编号或等级": ["answers-of-nobody", "answer-above-the-best"],
    "问卷的格式": ["answer-below-the-worst", "answer-of-one-step"],
    "数据与问卷不符": ["another-mean", "candidate-without-answers"],
    "问卷的摘要不符": ["other-answers-than-committed"],
    "还没有计票": ["ranking-before-the-count"],
    "剔除或恢复之后还没有重新计票": ["ranking-with-a-recount-due"],
    "评分还没有结束": ["ranking-before-the-panel"],
    "缺少数据": [
        "ranking-without-objective-figures",
        "ranking-without-satisfaction",
        "ranking-without-the-draw",
    ],
    "名次的摘要不符": ["false-hash-of-a-ranking"],
    "名次算出来不是这样": [
        "other-no",
        "other-rank",
        "other-awarded",
        "other-total",
        "other-public",
        "other-expert",
        "other-satisfaction",
        "other-objective",
        "row-left-out",
        "row-of-somebody-withdrawn",
        "sheets-of-somebody-dismissed",
    ],
    "有候选人没有 satisfaction 一项的分": ["missing-score-that-is-refused"],
    "公示的不是最近的名次": ["notice-of-an-older-ranking", "notice-of-no-ranking"],
    "公示的起止时间": ["notice-in-the-past", "notice-that-ends-before-it-begins"],
    "公示的工作日太少": ["too-few-days", "no-days"],
    "公示的工作日": ["first-day-counted", "day-after-the-end", "day-twice", "days-not-in-order"],
    "这份名次公示过了": ["notice-twice-of-one-ranking"],
    "不在公示期内": ["objection-before-the-notice", "objection-a-day-after-the-notice"],
    "不是此前的异议": ["answer-to-no-objection", "answer-to-a-later-one"],
    "已经答复过": ["answer-twice"],
    "异议不成立却要重新排名": ["dismissed-but-ranked-anew", "withdrawn-but-ranked-anew"],
    "不是最近公示的名次": [
        "final-of-another-ranking",
        "final-of-another-notice",
        "notice-missing-before-the-end",
    ],
    "公示结束不满 24 小时": ["final-too-soon"],
    "[4] 没有得过荣誉": ["revocation-of-somebody-without-an-honour"],
    "还有异议没有答复": ["objection-without-an-answer"],
    "异议成立之后还没有重新排名": ["upheld-without-a-new-ranking", "upheld-after-the-last-ranking"],
    "1 号已经撤销": ["revoked-twice"],
    "还没有最终名单": ["revoked-before-the-end"],
    "名单确定之后不能再有 final": ["final-twice"],
    "名单确定之后不能再有 dismiss": ["dismiss-after-the-end"],
    "名单确定之后不能再有 void": ["void-after-the-end", "recount-after-the-end"],
    "名单确定之后不能再有 restore": ["restore-after-the-end"],
    "名单确定之后不能再有 rule": ["rule-after-the-end"],
    "名单确定之后不能再有 notice": ["notice-after-the-end"],
    "名单确定之后不能再有 answer": ["answer-after-the-end"],
    "名单确定之后不能再有 ranking": ["ranking-after-the-end"],
    "名单确定之后不能再有 data": ["data-after-the-end"],
    "名单确定之后不能再有 objection": ["objection-after-the-end"],
}


@pytest.mark.parametrize(("number", "options", "change"), BROKEN)
def test_check_falls_even_when_everything_is_signed_anew(
    tmp_path, request, number, options, change
):
    case = public(**options)
    change(case)
    case.cosigned = {}
    found = outcome(tmp_path, case.files())
    name = request.node.callspec.id.partition("-")[2]
    said = found.lines[1].rpartition("条记录 ")[2]

    assert found.number == number
    assert name in REASONS.get(said, ["time-goes-back", "vote-after-final"])


def test_after_the_end_signers_come_and_go_and_incidents_are_told(tmp_path):
    case = public()
    case.signer("2027-02-02T09:00+08:00", 4)
    case.drop("2027-02-02T09:00+08:00", 3)
    case.add("incident", "2027-02-02T09:00+08:00", what="停电")
    case.revoke("2027-02-03T09:00+08:00", awarded(case)[1])

    assert number_of(tmp_path, case) == 0

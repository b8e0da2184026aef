"""tools/verify.py: every check falls for its own reason, and nothing in the input makes it stumble."""

import ast
import base64
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import independent_ledger
from tests.support.ledger_cases import (
    AUDITORS,
    CANDIDATES,
    ORIGIN,
    PEOPLE,
    TIMED,
    TO,
    Decider,
    LedgerWriter,
    NoteSigner,
    finished,
    jcs,
    json_line,
    sha256,
    write,
    zipped,
)
from tools import verify

DAY = "2026-11-20T"
NOON = f"{DAY}12:00+08:00"


def verdict(where, *kept):
    """The number of the lowest check that fails, None where all agrees, or \"partly\"."""
    found = verify.examine(where, kept)
    assert (found.code == 1) == (found.number is not None)
    assert found.lines[0].startswith("核对无误") <= (found.code == 0)
    return "partly" if found.code == 2 else found.number


def number_of(tmp_path, case, **files):
    """What is found in a case published as an archive, with some files exchanged."""
    found = {**case.files(), **files}
    found = {name: content for name, content in found.items() if content is not None}
    return verdict(write(found, tmp_path / "case"))


# --- what agrees ------------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"recount": "auditors"},
        {"scope": "campaign", "repeat": "never", "ballots": 2},
        {"min_batch": 1},
        {"category_picks": {}},
        {"hours": ["09:00", "24:00"]},
        {"eligibility": "roster"},
    ],
)
def test_honest_archive_agrees_as_folder_and_as_zip(tmp_path, rules, signed):
    case = finished if rules.get("scope") != "campaign" else spanning
    files = case(signed=signed, **rules).files()

    assert verdict(write(files, tmp_path / "folder")) is None
    assert verdict(zipped(files, tmp_path / "archive.zip")) is None


def spanning(**options):
    case = LedgerWriter(**{"scope": "campaign", "repeat": "never", "ballots": 2, **options})
    case.vote(NOON, "甲", 1)
    case.vote(NOON, "乙", 1)
    case.vote(NOON, "甲", 2, 3)
    case.finish()
    return case


def test_program_runs_alone_in_the_unpacked_archive(tmp_path):
    folder = write(finished().files(), tmp_path)
    program = folder / "verify.py"
    program.write_bytes(Path(verify.__file__).read_bytes())

    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert "核对无误" in done.stdout.decode()


def test_program_is_one_file_of_the_standard_library_without_regular_expressions():
    nodes = [*ast.walk(ast.parse(Path(verify.__file__).read_text(encoding="utf-8")))]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]

    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names - {"re"}
    assert [node.name for node in functions if node.end_lineno - node.lineno > 32] == []
    assert [
        node.name
        for node in functions
        if not node.name.startswith("__") and not ast.get_docstring(node)
    ] in ([], ["roots"])


# --- one reason each: what the holder of the keys could publish ---------------------------------


def broken(name, number, **rules):
    def register(change):
        BROKEN.append(pytest.param(number, rules, change, id=f"{number}-{name}"))
        return change

    return register


BROKEN = []


@broken("number-twice", 4)
def _(case):
    case.entries[5]["n"] = 4


@broken("field-too-many", 4)
def _(case):
    case.entries[1]["who"] = "甲"


@broken("field-missing", 4)
def _(case):
    del case.entries[1]["v"]


@broken("unknown-kind", 4)
def _(case):
    case.add("judge", TO, judge=1, categories=[], who="0" * 64)


@broken("pseudonym-too-short", 4)
def _(case):
    case.entries[1]["v"] = "ab"


@broken("void-without-reason", 4)
def _(case):
    case.entries[11]["why"] = ""


@broken("no-such-day", 4)
def _(case):
    case.entries[15]["t"] = "2026-11-31T10:00+08:00"


@broken("second-open", 4)
def _(case):
    case.entries.append({**case.entries[0], "n": len(case.entries), "t": TO})


@broken("no-open", 4)
def _(case):
    case.entries[0]["k"] = "incident"


@broken("version-1", 4)
def _(case):
    case.entries[0]["version"] = 1


@broken("window-ends-before-it-begins", 4)
def _(case):
    case.entries[0]["from"] = TO


@broken("least-above-most", 4)
def _(case):
    case.rules["picks"] = [4, 3]


@broken("category-nobody-is-in", 4)
def _(case):
    case.rules["category_picks"] = {"无": [0, 1]}


@broken("daily-repeat-in-one-period", 4)
def _(case):
    case.rules["scope"] = "campaign"


@broken("hours-over-midnight", 4)
def _(case):
    case.rules["hours"] = ["22:00", "06:00"]


@broken("seats-of-a-category-nobody-is-in", 4)
def _(case):
    case.opening["award"]["seats"] = [["山区", 1], ["城郊", 1], ["无", 1]]


@broken("category-without-seats", 4)
def _(case):
    case.opening["award"]["seats"] = [["山区", 1]]


@broken("quorum-of-more-than-there-are", 4)
def _(case):
    case.opening["quorum"] = 3


@broken("auditor-of-the-name-of-the-log", 4)
def _(case):
    case.opening["auditors"] = [NoteSigner(ORIGIN, b"q" * 32).verifier_key()]


@broken("roster-where-there-is-none", 4)
def _(case):
    case.entries[6]["set"] = {"roster": {"size": 30, "sha256": "f" * 64}}


@broken("roster-of-nobody", 4)
def _(case):
    case.rules["eligibility"] = "roster"


@broken("electorate-without-a-roster", 4)
def _(case):
    case.opening["electorate"] |= {"size": 20, "sha256": "e" * 64}


@broken("key-without-signatures", 4)
def _(case):
    case.opening["signers"][0]["keys"] = [PEOPLE[1].key]


@broken("signatures-without-a-key", 4, signed=1)
def _(case):
    case.opening["signers"][0]["keys"] = []


@broken("candidate-number-twice", 21)
def _(case):
    relist(case, {"no": 1})


@broken("candidate-number-above-9999", 21)
def _(case):
    relist(case, {"no": 10_000}, at=3)


@broken("candidate-without-a-name", 21)
def _(case):
    relist(case, {"name": ""})


@broken("candidate-with-a-field-too-many", 21)
def _(case):
    relist(case, {"unit": "x"})


@broken("candidates-of-another-hash", 21)
def _(case):
    case.shown_candidates = jcs([{**CANDIDATES[0], "name": "别镇"}, *CANDIDATES[1:]])


def relist(case, change, at=1):
    """Other candidates, to which entry 0 commits."""
    listed = [each | (change if place == at else {}) for place, each in enumerate(CANDIDATES)]
    case.shown_candidates = jcs(listed)
    case.opening["candidates_sha256"] = sha256(case.shown_candidates)


@broken("two-changes-in-one", 4)
def _(case):
    case.entries[7]["set"] = {"resume": "完成", "to": TO}


@broken("pause-in-a-pause", 4)
def _(case):
    case.entries[7]["set"] = {"pause": "又"}


@broken("resume-without-pause", 4)
def _(case):
    case.entries[6]["set"] = {"resume": "完成"}


@broken("withdrawal-twice", 4)
def _(case):
    case.entries[7]["set"] = {"withdraw": 4}
    case.entries[6]["set"] = {"withdraw": 4}


@broken("withdrawal-of-nobody", 4)
def _(case):
    case.entries[8]["set"] = {"withdraw": 9}


@broken("end-moved-into-the-past", 4)
def _(case):
    case.entries[8]["set"] = {"to": "2026-11-13T11:59+08:00"}


@broken("close-before-its-time", 4)
def _(case):
    case.entries[-1]["t"] = "2026-12-12T17:59+08:00"


@broken("close-twice", 4)
def _(case):
    case.finish()


@broken("tally-after-close", 4)
def _(case):
    case.tally(TO)


@broken("rule-after-close", 4)
def _(case):
    case.rule(TO, pause="晚")
    case.sign()


@broken("recount-without-change", 4)
def _(case):
    case.finish("recount")


@broken("recount-before-close", 4)
def _(case):
    case.entries[-1]["k"] = "recount"


@broken("rule-after-close-that-is-no-withdrawal", 4)
def _(case):
    case.rule(TO, reinstate=4)
    case.sign()


@broken("row-that-has-changed-is-missing", 15)
def _(case):
    case.entries[3]["votes"].pop()


@broken("row-that-has-not-changed", 15)
def _(case):
    case.entries[9]["votes"] = [[1, 2], [2, 2], [3, 1], [4, 1]]


@broken("row-of-nobody", 15)
def _(case):
    case.entries[9]["votes"].append([7, 0])


@broken("rows-not-in-order", 15)
def _(case):
    case.entries[9]["votes"].reverse()


@broken("time-goes-back", 5)
def _(case):
    case.entries[4]["t"] = FROM_BEFORE


@broken("time-goes-back-where-nobody-votes", 5)
def _(case):
    case.entries[15]["t"] = "2026-11-17T09:59+08:00"


FROM_BEFORE = "2026-11-12T09:00+08:00"


@broken("close-not-covered", 6)
def _(case):
    case.signed_sizes.pop()


@broken("period-of-another-day", 7)
def _(case):
    case.entries[4]["p"] = "2026-11-14"


@broken("period-of-another-scope", 7)
def _(case):
    case.entries[4]["p"] = "all"


@broken("vote-before-from", 8)
def _(case):
    case.entries[0]["from"] = "2026-11-12T09:01+08:00"


@broken("vote-at-to", 8)
def _(case):
    case.entries[8]["set"] = {"to": "2026-11-17T10:00+08:00"}


@broken("vote-out-of-hours", 8, hours=["09:00", "10:00"])
def _(case):
    pass


@broken("vote-in-a-pause", 8)
def _(case):
    case.entries[7]["set"], case.entries[6]["set"] = {"withdraw": 3}, {"pause": "维护"}


@broken("vote-after-close", 8)
def _(case):
    case.entries.append({**case.entries[4], "n": len(case.entries), "t": TO, "p": TO[:10]})
    case.choices[len(case.entries) - 1] = [1]
    case.sign()


@broken("second-ballot-of-a-day", 9)
def _(case):
    case.entries[2]["v"] = case.entries[1]["v"]


@broken("one-person-voids", 10)
def _(case):
    case.entries[11]["by"] = [2, 2]


@broken("half-a-pair-voids", 4)
def _(case):
    case.entries[11]["by"] = [2]


@broken("stranger-voids", 10)
def _(case):
    case.entries[11]["by"] = [1, 9]


@broken("decision-twice", 10)
def _(case):
    case.entries[11]["id"] = case.entries[6]["id"]


@broken("signature-where-there-are-none", 10)
def _(case):
    case.entries[11]["sigs"][0] = "AAAA"


@broken("one-person-changes-rules", 10)
def _(case):
    case.entries[6]["by"] = [1, 1]


@broken("void-by-unknown-rule", 10)
def _(case):
    case.entries[11]["rule"] = "R9"


@broken("void-of-a-tally", 10)
def _(case):
    case.entries[13]["of"] = [3]


@broken("void-of-a-later-vote", 10)
def _(case):
    case.entries[11]["of"] = [1, 14]


@broken("void-twice", 10)
def _(case):
    case.entries[12] |= {"k": "void", "rule": "R1"}


@broken("restore-beyond-the-end", 10)
def _(case):
    case.entries[12]["of"] = [1, 4, 10**9]


@broken("voids-unsorted", 4)
def _(case):
    case.entries[11]["of"] = [4, 1]


@broken("voids-of-nothing", 4)
def _(case):
    case.entries[11]["of"] = []


@broken("restore-of-a-valid-vote", 10)
def _(case):
    case.entries[12]["of"] = [1, 2]


@broken("other-opening-key", 12)
def _(case):
    case.opening_key = b"x" * 32


@broken("choices-exchanged", 13)
def _(case):
    case.choices[1] = [3]


@broken("too-many-picks", 14, picks=[1, 1])
def _(case):
    pass


@broken("too-few-picks", 14, picks=[2, 3])
def _(case):
    pass


@broken("category-minimum", 14, category_picks={"山区": [1, 2]})
def _(case):
    pass


@broken("category-maximum", 14, category_picks={"城郊": [0, 0]})
def _(case):
    pass


@broken("pick-of-a-withdrawn-candidate", 14)
def _(case):
    case.entries[10]["c"] = case.commit(10, [2, 4])


@broken("pick-of-nobody", 14)
def _(case):
    case.entries[4]["c"] = case.commit(4, [1, 7])


@broken("picks-unsorted", 14)
def _(case):
    case.entries[4]["c"] = case.commit(4, [2, 1])


@broken("same-pick-on-another-day", 14, repeat="never")
def _(case):
    assert case.entries[5]["v"] == case.entries[1]["v"]


@broken("same-pick-in-a-second-ballot", 14, ballots=2)
def _(case):
    case.entries[2]["v"] = case.entries[1]["v"]


@broken("false-tally", 15)
def _(case):
    case.entries[3]["votes"] = [[1, 2], [2, 1]]


@broken("false-number-of-ballots", 15)
def _(case):
    case.entries[3]["ballots"] = 3


@broken("false-number-of-voids", 15)
def _(case):
    case.entries[9]["voided"] = 1


@broken("false-number-of-voids-at-close", 16)
def _(case):
    case.entries[-1]["voided"] = 0


@broken("false-hash-of-the-result", 16)
def _(case):
    case.entries[-1]["votes_sha256"] = "0" * 64


@broken("tally-of-a-single-ballot", 18, min_batch=3)
def _(case):
    pass


@broken("tally-of-a-single-voter-twice", 18, ballots=2, repeat="daily")
def _(case):
    case.entries[2]["v"] = case.entries[1]["v"]
    case.entries[2]["c"] = case.commit(2, [3])
    case.recount_all()


@broken("more-voters-than-the-roster", 24, eligibility="roster")
def _(case):
    case.opening["electorate"]["size"] = 2


@broken("more-voters-in-all-than-the-roster", 24, eligibility="roster", repeat="never")
def _(case):
    case.opening["electorate"]["size"] = 4
    case.entries[5]["c"] = case.commit(5, [3])
    case.recount_all()


@broken("roster-that-shrinks", 24, eligibility="roster")
def _(case):
    case.entries[8]["set"] = {"roster": {"size": 19, "sha256": "f" * 64}}


@broken("tally-of-hidden-figures", 18, results="hidden")
def _(case):
    pass


@broken("daily-tally-after-a-vote-of-its-window", 18, results="daily 09:00")
def _(case):
    pass


@pytest.mark.parametrize(("number", "rules", "change"), BROKEN)
def test_check_falls_even_when_everything_is_signed_anew(tmp_path, number, rules, change):
    case = finished(**rules)
    change(case)

    assert number_of(tmp_path, case) == number


def test_roster_may_grow_by_two(tmp_path):
    case = finished(eligibility="roster")
    case.opening["electorate"]["size"] = 2
    case.entries[4]["k"], case.choices[4] = "vote", [3, 4]
    grown = finished(eligibility="roster")
    grown.entries[8]["set"] = {"roster": {"size": 21, "sha256": "f" * 64}}

    assert number_of(tmp_path, case) == 24
    assert number_of(tmp_path, grown) is None


# --- daily and hidden policies that are kept ------------------------------------------------------


def daily(*steps):
    """Votes and tallies at given times; `T` before a time is a tally."""
    case = LedgerWriter(results="daily 18:00", min_batch=1)
    for place, step in enumerate(steps):
        t = f"2026-11-{step.lstrip('T')}+08:00"
        if step.startswith("T"):
            case.tally(t)
        else:
            case.vote(t, place, 1)
    case.finish()
    return case


@pytest.mark.parametrize(
    ("number", "steps"),
    [
        (None, ("13T10:00", "T13T18:00", "13T18:00")),
        (None, ("13T10:00", "T14T09:00", "14T09:00")),
        (None, ("13T10:00", "T13T19:00", "14T17:59", "T14T18:00")),
        (18, ("13T10:00", "T13T17:59", "T13T18:00")),
        (18, ("13T10:00", "13T18:00", "T13T18:00")),
        (18, ("13T18:00", "T14T17:59")),
        (18, ("13T10:00", "T13T18:00", "14T10:00", "T14T11:00")),
    ],
)
def test_daily_figures_are_at_most_one_and_before_the_first_vote(tmp_path, number, steps):
    assert number_of(tmp_path, daily(*steps)) == number


def test_figures_at_or_after_the_end_are_free_of_the_policy(tmp_path):
    case = LedgerWriter(results="hidden", min_batch=5)
    case.vote(NOON, "甲", 1)
    case.tally(TO)
    case.rule(TO, to="2026-12-20T18:00+08:00")
    case.vote("2026-12-13T18:00+08:00", "乙", 1)
    case.finish(t="2026-12-20T18:00+08:00")

    assert number_of(tmp_path, case) is None


def test_recount_after_close_agrees(tmp_path):
    case = finished()
    case.void("2026-12-13T10:00+08:00", 4)
    case.finish("recount", "2026-12-13T10:01+08:00")

    assert number_of(tmp_path, case) is None


@pytest.mark.parametrize(
    ("quiet", "t", "number"),
    [
        (60, "16:59", None),
        (60, "17:00", 18),
        (60, "17:59", 18),
        (0, "17:59", None),
        (60, "18:00", None),
    ],
)
def test_no_step_in_the_quiet_minutes_before_the_end_in_force(tmp_path, quiet, t, number):
    case = LedgerWriter(quiet=quiet, min_batch=1)
    case.rule(NOON, to=f"{DAY}18:00+08:00")
    case.vote(NOON, "甲", 1)
    case.tally(f"{DAY}{t}+08:00")
    case.finish(t=f"{DAY}18:00+08:00")

    assert number_of(tmp_path, case) == number


# --- bodies that are not canonical ------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        b'{"k":"incident","n":%d,"t":"T","what":1.0}',
        b'{"k":"incident","n":%d,"t":"T","what":true}',
        b'{"k":"incident","n":%d,"t":"T","what":null}',
        b'{"k":"incident","n":%d,"t":"T","what":NaN}',
        b'{"k":"incident","n":%d,"t":"T","what":9007199254740992}',
        b'{"k":"incident","n":%d,"t":"T","what":' + b"9" * 5000 + b"}",
        b'{"k":"incident","n":%d,"t":"T","what":"a","what":"b"}',
        b'{"n":%d,"k":"incident","t":"T","what":"a"}',
        b'{"k": "incident","n":%d,"t":"T","what":"a"}',
        b'{"k":"incident","n":%d,"t":"T","what":"\\u4e2d"}',
        b'{"k":"incident","n":%d,"t":"T","what":"\\ud800"}',
        b'{"k":"incident","n":%d,"t":"T","what":"\\/"}',
        '{"k":"incident","n":%d,"t":"T","what":"e\u0301"}'.encode(),
        b'{"k":"incident","n":%d,"t":"T","what":"\xff"}',
        b'{"k":"incident","n":%d,"t":"T","what":"\xed\xa0\x80"}',
        b'{"k":"incident","n":%d,"t":"T","what":"\x07"}',
        b'{"k":"incident","n":-0,"t":"T","what":"%d"}',
        b'{"k":"incident","n":%d,"t":"T","what":' + b"[" * 100_000,
        b"",
        b"%d ",
        b'{"k":"incident","n":%d,"t":"T","what":"a"}\r',
        b"\xef\xbb\xbf{%d}",
    ],
)
def test_body_that_is_not_canonical_fails_check_3(tmp_path, line):
    case = finished()
    n = len(case.entries)
    log = (
        case.files()["log.jsonl"]
        + line.replace(b"%d", b"%d" % n).replace(b'"T"', f'"{TO}"'.encode())
        + b"\n"
    )

    assert number_of(tmp_path, case, **{"log.jsonl": log}) == 3


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b'{"k":[]}', b"{}", b'{"k":{},"n":1,"t":2}'])
def test_canonical_body_that_is_no_entry_fails_check_4(tmp_path, body):
    case = finished()
    log = case.files()["log.jsonl"] + body + b"\n"

    assert number_of(tmp_path, case, **{"log.jsonl": log}) == 4


@pytest.mark.parametrize(("length", "number"), [(65_535, None), (65_536, 3)])
def test_body_is_no_longer_than_a_tile_can_hold(tmp_path, length, number):
    case = LedgerWriter()
    case.add("incident", NOON, what="x")
    case.entries[1]["what"] = "x" * (length - len(case.bodies()[1]) + 1)
    case.finish()

    assert number_of(tmp_path, case) == number


def test_open_stands_only_at_the_beginning(tmp_path):
    case = LedgerWriter()
    case.entries.append({**case.opening, "n": 1})
    case.finish()
    other = LedgerWriter()
    other.add("incident", NOON, what="x")
    other.entries = [{**other.entries[1], "n": 0}]
    other.signed_sizes = [1]

    assert number_of(tmp_path, case) == 4
    assert verdict(write({**case.files(), "log.jsonl": other.bodies()[0] + b"\n"}, tmp_path)) == 4


def test_keys_are_sorted_by_utf_16_units():
    assert verify.canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'


def test_last_line_without_its_line_feed_is_not_canonical(tmp_path):
    case = finished()

    assert number_of(tmp_path, case, **{"log.jsonl": case.files()["log.jsonl"][:-1]}) == 3


# --- files: missing, damaged, exchanged -----------------------------------------------------------

HONEST = finished().files()
FOR_AUDITORS = finished(recount="auditors").files()
# an auditor's key under an id that another key has
FALSE_ID = re.sub(rb"\+[0-9a-f]{8}\+", b"+00000000+", HONEST["vkey"])


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        (0, "log.jsonl", None),
        (0, "vkey", None),
        (0, "auditors", None),
        (0, "open.key", None),
        (13, "openings.jsonl", None),
        (16, "result.json", None),
        (16, "results/16.json", None),
        (21, "candidates.json", None),
        (1, "vkey", b""),
        (1, "vkey", b"rubbish\n"),
        (1, "vkey", b"\xff\xfe\n"),
        (1, "auditors", b"rubbish\n"),
        (1, "auditors", FALSE_ID),
        (1, "checkpoints/1.note", b""),
        (1, "checkpoints/1.note", b"\xff"),
        (1, "checkpoints/2.note", HONEST["checkpoints/1.note"]),
        (4, "log.jsonl", b""),
        (12, "open.key", b"zz\n"),
        (12, "open.key", b"00" * 32),
        (12, "open.key", b"00" * 32 + b"\n"),
        (13, "openings.jsonl", b""),
        (13, "openings.jsonl", b"[1]\n"),
        (13, "openings.jsonl", HONEST["openings.jsonl"].split(b"\n", 1)[1]),
        (13, "openings.jsonl", b"\xff\n"),
        (13, "openings.jsonl", HONEST["openings.jsonl"] + b'{"n":99,"choices":[1]}\n'),
        (16, "result.json", b"{}"),
        (16, "result.json", b"\xff"),
        (16, "result.json", b"[" * 100_000),
        (16, "results/16.json", b"{}"),
        (16, "results/16.json", HONEST["results/16.json"].replace(b'"n":16', b'"n":15')),
        (16, "results/16.json", HONEST["results/16.json"].replace(b'"n":16', b'"n":16.0')),
        (21, "candidates.json", b"[]"),
        (21, "candidates.json", HONEST["candidates.json"] + b"\n"),
        (17, "ballots.jsonl", b"[1]\n"),
    ],
)
def test_file_that_is_missing_or_rubbish(tmp_path, number, name, content):
    assert number_of(tmp_path, finished(), **{name: content}) == number


def test_archive_before_close_agrees_so_far(tmp_path):
    case = LedgerWriter()
    case.vote(NOON, "甲", 1)
    case.sign()
    found = verify.examine(write(case.files(), tmp_path / "case"))

    assert (found.code, found.lines[0][:7]) == (0, "到目前为止无误")


def test_no_checkpoints_at_all(tmp_path):
    files = {name: text for name, text in finished().files().items() if "note" not in name}
    folder = write(files, tmp_path)

    assert verdict(folder) == 1


def test_damaged_zip_and_nothing_at_all_are_missing(tmp_path):
    path = zipped(finished().files(), tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-100])

    assert verdict(path) == 0
    assert verdict(tmp_path / "nowhere") == 0


# --- checkpoints and keys ---------------------------------------------------------------------------


def test_wrong_signature_under_a_known_key_is_a_fault(tmp_path):
    case = finished()
    forged = case.note(4) + case.signers[0].line(bytes(64))

    assert number_of(tmp_path, case, **{"checkpoints/4.note": forged.encode()}) == 1


def test_signature_with_s_above_the_order_is_refused(tmp_path):
    case = finished()
    head, raw = case.note(4).rsplit(" ", 1)
    raw = base64.b64decode(raw)
    s = int.from_bytes(raw[36:], "little") + verify.ORDER
    forged = f"{head} {base64.b64encode(raw[:36] + s.to_bytes(32, 'little')).decode()}\n"

    assert number_of(tmp_path, case, **{"checkpoints/4.note": forged.encode()}) == 1


def test_unknown_lines_are_ignored_and_do_not_count(tmp_path):
    case, foreign = finished(), finished()
    stranger = NoteSigner("someone.else/c/x", b"z" * 32)
    case.unlisted = [stranger]
    foreign.signers, vkey = [stranger], case.files()["vkey"]

    assert number_of(tmp_path, case) is None
    assert number_of(tmp_path, foreign, vkey=vkey) == 1


@pytest.mark.parametrize("auditor", AUDITORS, ids=["plain", "timed"])
def test_auditors_sign_too_and_a_wrong_line_of_theirs_is_a_fault(tmp_path, auditor):
    case = finished()
    case.cosigned = {4: [auditor]}
    wrong = case.note(4) + auditor.sign("something else\n")
    unlisted = case.files()["auditors"].replace(auditor.verifier_key().encode() + b"\n", b"")

    assert number_of(tmp_path, case) is None
    assert number_of(tmp_path, case, **{"checkpoints/4.note": wrong.encode()}) == 1
    # entry 0 names them too, whatever /auditors shows
    assert (
        number_of(tmp_path, case, auditors=unlisted, **{"checkpoints/4.note": wrong.encode()}) == 1
    )


def test_time_of_a_cosignature_is_signed_too(tmp_path):
    case, (_, auditor) = finished(), AUDITORS
    head, raw = auditor.sign(case.text(4)).rstrip("\n").rsplit(" ", 1)
    raw = bytearray(base64.b64decode(raw))
    raw[11] ^= 1
    note = f"{case.note(4)}{head} {base64.b64encode(raw).decode()}\n"

    assert number_of(tmp_path, case, **{"checkpoints/4.note": note.encode()}) == 1


def test_auditor_alone_is_not_the_log(tmp_path):
    case = finished()
    note = f"{case.text(4)}\n{AUDITORS[0].sign(case.text(4))}"

    assert number_of(tmp_path, case, **{"checkpoints/4.note": note.encode()}) == 1


def test_keys_of_other_types_are_listed_and_their_lines_not_checked(tmp_path):
    case, stranger = finished(), NoteSigner("pq-1", b"p" * 32, kind=6)
    case.listed, case.cosigned = [stranger], {4: [stranger]}
    found = verify.examine(write(case.files(), tmp_path / "case"))

    assert found.code == 0
    assert "pq-1 的签名 1 个没有核对：本程序不认识这种钥匙" in found.lines


def test_key_of_another_name_is_not_the_log(tmp_path):
    case = finished()
    case.signers = [NoteSigner("vote.example.cn/c/other-2026", b"s" * 32)]

    assert number_of(tmp_path, case) == 1


def test_key_of_a_cosigner_s_type_is_not_the_log(tmp_path):
    case = finished()
    case.signers = [NoteSigner(ORIGIN, b"s" * 32, TIMED)]

    assert number_of(tmp_path, case) == 1


def test_other_origin_than_entry_0_says_is_a_fault(tmp_path):
    case = finished()
    case.opening["site"] = "other.example.cn"

    assert number_of(tmp_path, case) == 1


def test_retired_key_counts_up_to_its_size_and_both_sign_in_the_overlap(tmp_path):
    case = finished()
    new = NoteSigner(ORIGIN, b"n" * 32)
    old = case.signers[0]
    later = {size: size > 4 for size in case.signed_sizes}
    files = {}
    for size, is_later in later.items():
        case.signers = [old, new] if size == 10 else [new] if is_later else [old]
        files[f"checkpoints/{size}.note"] = case.note(size).encode()
    keys = f"{old.verifier_key()} 10\n{new.verifier_key()}\n".encode()
    too_soon = f"{old.verifier_key()} 3\n{new.verifier_key()}\n".encode()

    assert number_of(tmp_path, case, vkey=keys, **files) is None
    assert number_of(tmp_path, case, vkey=too_soon, **files) == 1


def test_two_members_of_one_name_in_a_zip(tmp_path):
    files = finished().files()

    def found(name):
        path = zipped(files, tmp_path / "a.zip")
        with (
            pytest.warns(UserWarning, match="Duplicate name"),
            zipfile.ZipFile(path, "a") as archive,
        ):
            archive.writestr(name, files[name])
        return verdict(path)

    assert found("checkpoints/4.note") == 2
    assert found("log.jsonl") == 0
    assert found("result.json") == 16


def test_kept_key_must_have_signed_the_latest_checkpoint(tmp_path):
    folder = write(finished().files(), tmp_path / "case")
    mine = saved(tmp_path / "mine", finished().signers[0].verifier_key() + "\n")
    other = saved(tmp_path / "other", NoteSigner(ORIGIN, b"x" * 32).verifier_key() + "\n")

    assert verdict(folder, mine) is None
    assert verdict(folder, other) == 11


# --- receipts and older checkpoints ------------------------------------------------------------------


def saved(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_receipts_and_older_checkpoints_fit(tmp_path):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    options = [saved(tmp_path / "old", case.note(4))]
    for n, size in ((1, 4), (2, 4), (4, 10), (14, 17)):
        options += [saved(tmp_path / f"{n}.json", case.receipt(n, size))]

    assert verdict(folder, *options) is None


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2},
        {"n": 0},
        {"n": 99},
        {"n": "1"},
        {"leaf": "00" * 32},
        {"leaf": 5},
        {"path": []},
        {"path": ["00" * 32] * 2},
        {"path": ["zz"]},
        {"size": 10},
        {"t": "2026-11-12T09:01+08:00"},
        {"checkpoint": "x"},
        {"checkpoint": None},
        {"voided": True, "n": 2, "leaf": ""},
    ],
)
def test_receipt_that_does_not_fit(tmp_path, change):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    receipt = saved(tmp_path / "receipt", {**case.receipt(1), **change})

    assert verdict(folder, receipt) == 11


def test_receipt_of_a_void_that_never_was(tmp_path):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    lie = saved(tmp_path / "receipt", {**case.receipt(5, 10), "voided": True})

    assert verdict(folder, lie) == 11


@pytest.mark.parametrize("content", ["", "[]", "x", '"x"'])
def test_receipt_that_is_none(tmp_path, content):
    folder = write(finished().files(), tmp_path / "case")

    assert verdict(folder, saved(tmp_path / "r", content)) == 11


def test_rewritten_log_is_betrayed_by_one_kept_receipt_or_checkpoint(tmp_path):
    case = finished()
    kept = saved(tmp_path / "receipt", case.receipt(4))
    old = saved(tmp_path / "note", case.note(10))
    rewritten = finished()
    rewritten.entries[4]["c"] = rewritten.commit(4, [1])
    rewritten.recount_all()
    folder = write(rewritten.files(), tmp_path / "case")

    assert verdict(folder) is None
    assert verdict(folder, kept) == 11
    assert verdict(folder, old) == 11


# --- what auditors get ------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "number"), [(3, 15), (9, 15), (-1, 16)])
@pytest.mark.parametrize("extra", [100, -100])
def test_more_or_fewer_votes_than_ballots_can_hold_are_found_without_the_key(
    tmp_path, place, number, extra
):
    case = finished(recount="auditors")
    n = len(case.entries) - 1
    result = case.result(n)
    rows = case.entries[place]["votes"] if number == 15 else result["votes"]
    rows[0][-1] = max(rows[0][-1] + extra, 0)
    for row in rows[1:]:
        row[-1] = max(row[-1] + min(extra, 0), 0)
    case.entries[-1]["votes_sha256"] = sha256(jcs(result["votes"]))
    files = {"result.json": json_line(result), f"results/{n}.json": json_line(result)}

    assert number_of(tmp_path, case, **files) == number


def test_ballots_jsonl_must_be_the_ballots_sorted(tmp_path):
    case = finished(recount="auditors")
    honest = case.ballots()["ballots.jsonl"].splitlines(keepends=True)

    def found(lines, **openings):
        return number_of(tmp_path, case, **openings, **{"ballots.jsonl": b"".join(lines)})

    swapped = [b"[1]\n", b"[1,2]\n", b"[1,2]\n", b"[2]\n", b"[2,3]\n", b"[3,4]\n"]
    assert found(honest) is None
    assert sorted(honest) == sorted(swapped)
    assert found(honest[::-1]) == 17
    assert found(honest[1:]) == 17
    assert found([b"[1]\n"]) == 17
    assert found([b"x\n"]) == 17
    assert found([b"[1]\n", b"[1]\n", *honest[2:]]) == 17
    assert found([b"[1]\n", b"[1, 2]\n", *honest[2:]]) == 17
    assert found([b"[1]\n", b"[1,2]\n", b"[1,2]\n", b"[2,2]\n", b"[3]\n", b"[3,4]\n"]) == 17
    # the same sums, other ballots: only the openings tell
    other = [b"[1]\n", b"[1,2]\n", b"[1,2,3]\n", b"[2]\n", b"[2]\n", b"[3,4]\n"]
    assert found(other) is None
    assert found(other, **case.openings()) == 17


# --- Ed25519 and proofs against others' figures ----------------------------------------------------------

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_signatures_of_rfc_8032_are_valid_and_changed_ones_are_not(public, message, signature):
    public, message, signature = map(bytes.fromhex, (public, message, signature))
    flipped = bytes([signature[0] ^ 1]) + signature[1:]

    assert verify.is_signed(public, message, signature)
    assert not verify.is_signed(public, message + b"x", signature)
    assert not verify.is_signed(public, message, flipped)
    assert not verify.is_signed(public, message, signature[:63])
    assert not verify.is_signed(public, message, signature + b"\0")


def test_points_that_are_none_or_weak_are_refused():
    """A key of small order would let anybody sign: for the neutral point, R = 0 and S = 0 hold."""
    neutral = (1).to_bytes(32, "little")
    for encoded in (
        (verify.FIELD + 1).to_bytes(32, "little"),  # the neutral point, written in a second way
        (1 | 1 << 255).to_bytes(32, "little"),
        b"\xff" * 32,
        bytes(32),
        neutral,
        (verify.FIELD - 1).to_bytes(32, "little"),
    ):
        assert not verify.is_signed(encoded, b"", neutral + bytes(32))
        assert not verify.is_signed(encoded, b"", bytes(64))


def test_point_has_one_encoding():
    """Some y below 19 are a point's; y + p would fit into the 255 bits too."""
    found = []
    for y in range(2, 19):
        try:
            found.append(verify.point_of(y.to_bytes(32, "little"))[1])
        except ValueError:
            continue
    assert 0 < len(found) < 17
    for y in found:
        with pytest.raises(ValueError):
            verify.point_of((verify.FIELD + y).to_bytes(32, "little"))
    with pytest.raises(ValueError):
        verify.point_of(bytes([found[0]]) + bytes(30))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, verify.P256_ORDER - 1), st.binary(max_size=60), st.integers(0, 511))
def test_signatures_over_p_256_hold_and_changed_ones_do_not(secret, text, bit):
    person = Decider(secret)
    public, signature = base64.b64decode(person.key), base64.b64decode(person.sign(text))
    other = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")

    assert verify.is_signed_p256(public, text, signature)
    assert not verify.is_signed_p256(public, text + b"x", signature)
    assert not verify.is_signed_p256(public, text, other)
    assert not verify.is_signed_p256(public, text, signature[:63])


def test_signatures_over_p_256_of_nothing_are_refused():
    public = base64.b64decode(PEOPLE[1].key)
    order = verify.P256_ORDER.to_bytes(32, "big")
    for signature in (bytes(64), order + order, bytes(32) + order, b"", b"\1" * 65):
        assert not verify.is_signed_p256(public, b"x", signature)
    off = public[:-1] + bytes([public[-1] ^ 1])
    for encoded in (off, b"\2" + public[1:33], b"\0", b"\4" + bytes(64), b"\6" + public[1:]):
        with pytest.raises(ValueError):
            verify.p256_point(encoded)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 70), st.data())
def test_proofs_lead_to_the_roots(size, data):
    leaves = [independent_ledger.leaf(bytes([n])) for n in range(size)]
    n = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root, old_root = independent_ledger.root(leaves), independent_ledger.root(leaves[:old])
    path, growth = (
        independent_ledger.inclusion(n, leaves),
        independent_ledger.consistency(old, leaves),
    )

    assert verify.climb(n, size, path, leaves[n], 1)[1] == root
    assert verify.climb(old, size, growth, old_root, 0) == (old_root, root)
    for wrong in ([*path, root], path[:-1] if path else [root]):
        with pytest.raises((ValueError, IndexError)):
            verify.climb(n, size, wrong, leaves[n], 1)


@pytest.mark.parametrize(
    ("index", "width", "name"),
    [
        (0, 256, "tile/0/000"),
        (67, 8, "tile/0/067.p/8"),
        (1067, 256, "tile/0/x001/067"),
        (1234067, 1, "tile/0/x001/x234/067.p/1"),
    ],
)
def test_tiles_are_named_as_the_standard_says(index, width, name):
    assert verify.tile_name("0", index, width) == name


# --- whatever comes --------------------------------------------------------------------------------

FILES = {"public": HONEST, "auditors": FOR_AUDITORS}
EVERYTHING = [(mode, name) for mode in FILES for name in sorted(FILES[mode])]
EXPECTED = {name: {0, 1, 2} for name in ("auditors", "openings.jsonl", "vkey")}


def is_cosigned(note):
    """Whether strangers' lines stand under a checkpoint: one that names nobody known is ignored."""
    return note.count("\u2014 ".encode()) > 1


def write_alone(files, folder):
    """Put files below a folder that holds nothing of the example before."""
    shutil.rmtree(folder, ignore_errors=True)
    return write(files, folder)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(EVERYTHING), st.data())
def test_a_changed_byte_is_found_and_never_a_traceback(tmp_path, capsys, place, data):
    mode, name = place
    content = bytearray(FILES[mode][name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    folder = write_alone({**FILES[mode], name: bytes(content)}, tmp_path / "case")

    code = verify.main([str(folder)])
    out, err = capsys.readouterr()

    assert err == ""
    assert out.startswith("核对无误") == (code == 0)
    assert code in EXPECTED.get(name, {1, 2} if is_cosigned(FILES[mode][name]) else {1})


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(EVERYTHING), st.binary(max_size=200))
def test_rubbish_in_any_file_never_makes_a_traceback(tmp_path, capsys, place, content):
    mode, name = place
    folder = write_alone({**FILES[mode], name: content}, tmp_path / "case")

    code = verify.main([str(folder)])

    assert capsys.readouterr().err == ""
    assert code == 1 or (name == "auditors" and content == b"")

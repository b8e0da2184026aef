"""tools/verify.py: every check falls for its own reason, and nothing in the input makes it stumble."""

import ast
import base64
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ledger_cases import ORIGIN, TO, Case, finished, subtrees, write, zipped
from tools import verify
from votesite.domain.ledger import merkle, signed_notes

DAY = "2026-11-20T"
NOON = f"{DAY}12:00+08:00"


def verdict(capsys, where, *options):
    """The number that verify.py prints, or None where all agrees."""
    code = verify.main([str(where), *options])
    said = capsys.readouterr().out
    number = None if said.startswith("核对无误") else int(said.split()[0])
    assert (code == 0) == (number is None)
    return number


def number_of(capsys, tmp_path, case, **files):
    """What is found in a case published as an archive, with some files exchanged."""
    found = {**case.files(), **files}
    found = {name: content for name, content in found.items() if content is not None}
    return verdict(capsys, write(found, tmp_path / "case"))


# --- what agrees ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"recount": "auditors"},
        {"scope": "campaign", "repeat": "never", "ballots": 2},
        {"min_batch": 1},
        {"category_picks": {}},
        {"hours": ["09:00", "24:00"]},
    ],
)
def test_honest_archive_agrees_as_folder_and_as_zip(capsys, tmp_path, rules):
    files = finished(**rules).files() if rules.get("scope") != "campaign" else spanning().files()

    assert verdict(capsys, write(files, tmp_path / "folder")) is None
    assert verdict(capsys, zipped(files, tmp_path / "archive.zip")) is None


def spanning():
    case = Case(scope="campaign", repeat="never", ballots=2)
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


def test_program_is_one_file_of_the_standard_library_and_does_not_grow():
    source = Path(verify.__file__).read_text(encoding="utf-8")
    nodes = [*ast.walk(ast.parse(source))]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    lines = map(str.strip, source.splitlines())
    code = [line for line in lines if line and not line.startswith("#")]

    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names
    assert len(code) <= 400


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
    case.add("note", TO, what="x")


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


@broken("version-2", 4)
def _(case):
    case.entries[0]["version"] = 2


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


@broken("candidate-number-twice", 4)
def _(case):
    case.entries[0]["candidates"][1]["no"] = 1


@broken("candidate-number-above-9999", 4)
def _(case):
    for entry in case.entries:
        for row in entry.get("votes", ()):
            row[0] = 10_000 if row[0] == 4 else row[0]
        if entry.get("set") in ({"withdraw": 4}, {"reinstate": 4}):
            entry["set"] = dict.fromkeys(entry["set"], 10_000)
    case.entries[0]["candidates"][3]["no"] = 10_000


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


@broken("row-of-a-candidate-missing", 4)
def _(case):
    case.entries[3]["votes"].pop()


@broken("time-goes-back", 5)
def _(case):
    case.entries[4]["t"] = FROM_BEFORE


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


@broken("half-a-pair-voids", 10)
def _(case):
    case.entries[11]["by"] = [2]


@broken("one-person-changes-rules", 10)
def _(case):
    case.entries[6]["by"] = [1, 1]


@broken("void-by-unknown-rule", 10)
def _(case):
    case.entries[11]["rule"] = "R9"


@broken("void-of-a-tally", 10)
def _(case):
    case.entries[13]["of"] = 3


@broken("void-of-a-later-vote", 10)
def _(case):
    case.entries[11]["of"] = 14


@broken("void-twice", 10)
def _(case):
    case.entries[12] = {**case.entries[11], "n": 12, "t": case.entries[12]["t"]}


@broken("restore-of-a-valid-vote", 10)
def _(case):
    case.entries[12]["of"] = 2


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
    case.entries[3]["votes"] = [[1, 2], [2, 1], [3, 0], [4, 0]]


@broken("false-number-of-ballots", 15)
def _(case):
    case.entries[3]["ballots"] = 3


@broken("false-number-of-voids", 15)
def _(case):
    case.entries[9]["voided"] = 1


@broken("false-result", 16)
def _(case):
    case.entries[-1]["votes"][0][2] += 1


@broken("false-gross", 16)
def _(case):
    case.entries[-1]["votes"][0][1] += 1


@broken("tally-of-a-single-ballot", 18, min_batch=3)
def _(case):
    pass


@broken("tally-of-hidden-figures", 18, results="hidden")
def _(case):
    pass


@broken("daily-tally-after-a-vote-of-its-window", 18, results="daily 09:00")
def _(case):
    pass


@pytest.mark.parametrize(("number", "rules", "change"), BROKEN)
def test_check_falls_even_when_everything_is_signed_anew(capsys, tmp_path, number, rules, change):
    case = finished(**rules)
    change(case)

    assert number_of(capsys, tmp_path, case) == number


# --- daily and hidden policies that are kept ------------------------------------------------------


def daily(*steps):
    """Votes and tallies at given times; `T` before a time is a tally."""
    case = Case(results="daily 18:00", min_batch=1)
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
def test_daily_figures_are_at_most_one_and_before_the_first_vote(capsys, tmp_path, number, steps):
    assert number_of(capsys, tmp_path, daily(*steps)) == number


def test_figures_at_or_after_the_end_are_free_of_the_policy(capsys, tmp_path):
    case = Case(results="hidden", min_batch=5)
    case.vote(NOON, "甲", 1)
    case.tally(TO)
    case.rule(TO, to="2026-12-20T18:00+08:00")
    case.vote("2026-12-13T18:00+08:00", "乙", 1)
    case.finish(t="2026-12-20T18:00+08:00")

    assert number_of(capsys, tmp_path, case) is None


def test_recount_after_close_agrees(capsys, tmp_path):
    case = finished()
    case.void("2026-12-13T10:00+08:00", 4)
    case.finish("recount", "2026-12-13T10:01+08:00")

    assert number_of(capsys, tmp_path, case) is None


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
def test_body_that_is_not_canonical_fails_check_3(capsys, tmp_path, line):
    case = finished()
    n = len(case.entries)
    log = (
        case.files()["log.jsonl"]
        + line.replace(b"%d", b"%d" % n).replace(b'"T"', f'"{TO}"'.encode())
        + b"\n"
    )

    assert number_of(capsys, tmp_path, case, **{"log.jsonl": log}) == 3


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b'{"k":[]}', b"{}", b'{"k":{},"n":1,"t":2}'])
def test_canonical_body_that_is_no_entry_fails_check_4(capsys, tmp_path, body):
    case = finished()
    log = case.files()["log.jsonl"] + body + b"\n"

    assert number_of(capsys, tmp_path, case, **{"log.jsonl": log}) == 4


def test_keys_are_sorted_by_utf_16_units():
    assert verify.canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'


def test_last_line_without_its_line_feed_is_not_canonical(capsys, tmp_path):
    case = finished()

    assert number_of(capsys, tmp_path, case, **{"log.jsonl": case.files()["log.jsonl"][:-1]}) == 3


# --- files: missing, damaged, exchanged -----------------------------------------------------------

# an auditor's key under an id that another key has
FALSE_ID = re.sub(rb"\+[0-9a-f]{8}\+", b"+00000000+", finished().files()["vkey"])


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        (0, "log.jsonl", None),
        (0, "vkey", None),
        (0, "auditors", None),
        (0, "result.json", None),
        (0, "open.key", None),
        (0, "openings.jsonl", None),
        (1, "vkey", b""),
        (1, "vkey", b"rubbish\n"),
        (1, "vkey", b"\xff\xfe\n"),
        (1, "auditors", b"rubbish\n"),
        (1, "auditors", FALSE_ID),
        (1, "checkpoints/1.note", b""),
        (1, "checkpoints/1.note", b"\xff"),
        (1, "checkpoints/2.note", finished().note(1).encode()),
        (4, "log.jsonl", b""),
        (12, "open.key", b"zz\n"),
        (12, "open.key", b"00" * 32),
        (13, "openings.jsonl", b"[1]\n"),
        (13, "openings.jsonl", finished().files()["openings.jsonl"].split(b"\n", 1)[1]),
        (13, "openings.jsonl", b"\xff\n"),
        (13, "openings.jsonl", finished().files()["openings.jsonl"] + b'{"n":99,"choices":[1]}\n'),
        (16, "result.json", b"{}"),
        (16, "result.json", b"\xff"),
        (16, "result.json", b"[" * 100_000),
    ],
)
def test_file_that_is_missing_or_rubbish(capsys, tmp_path, number, name, content):
    assert number_of(capsys, tmp_path, finished(), **{name: content}) == number


def test_archive_without_close_lacks_something(capsys, tmp_path):
    case = Case()
    case.vote(NOON, "甲", 1)
    case.sign()

    assert number_of(capsys, tmp_path, case) == 0


def test_no_checkpoints_at_all(capsys, tmp_path):
    files = {name: text for name, text in finished().files().items() if "note" not in name}
    folder = write(files, tmp_path)
    missing = verdict(capsys, folder)
    (folder / "checkpoints").mkdir()

    assert (missing, verdict(capsys, folder)) == (0, 1)


def test_damaged_zip_and_nothing_at_all_are_missing(capsys, tmp_path):
    path = zipped(finished().files(), tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-100])

    assert verdict(capsys, path) == 0
    assert verdict(capsys, tmp_path / "nowhere") == 0


# --- checkpoints and keys ---------------------------------------------------------------------------


def test_wrong_signature_under_a_known_key_is_a_fault(capsys, tmp_path):
    case = finished()
    note = case.note(4)
    other = base64.b64decode(note.split()[-1])[:4] + bytes(64)
    forged = note + f"— {ORIGIN} {base64.b64encode(other).decode()}\n"

    assert number_of(capsys, tmp_path, case, **{"checkpoints/4.note": forged.encode()}) == 1


def test_signature_with_s_above_the_order_is_refused(capsys, tmp_path):
    case = finished()
    note = case.note(4)
    head, raw = note.rsplit(" ", 1)
    raw = base64.b64decode(raw)
    s = int.from_bytes(raw[36:], "little") + verify.ORDER
    forged = f"{head} {base64.b64encode(raw[:36] + s.to_bytes(32, 'little')).decode()}\n"

    assert number_of(capsys, tmp_path, case, **{"checkpoints/4.note": forged.encode()}) == 1


def test_unknown_lines_are_ignored_and_do_not_count(capsys, tmp_path):
    case, foreign = finished(), finished()
    stranger = signed_notes.Signer("someone.else/c/x", b"z" * 32)
    case.unlisted = [stranger]
    foreign.signers, vkey = [stranger], case.files()["vkey"]

    assert number_of(capsys, tmp_path, case) is None
    assert number_of(capsys, tmp_path, foreign, vkey=vkey) == 1


def test_auditors_sign_too_and_a_wrong_line_of_theirs_is_a_fault(capsys, tmp_path):
    case = finished()
    auditor = signed_notes.Signer("auditor.example.cn", b"a" * 32)
    case.cosigners = [auditor]
    good = number_of(capsys, tmp_path, case)
    note = finished().note(4) + auditor.sign("something else\n")

    assert good is None
    assert number_of(capsys, tmp_path, case, **{"checkpoints/4.note": note.encode()}) == 1


def test_auditor_alone_is_not_the_log(capsys, tmp_path):
    case = finished()
    auditor = signed_notes.Signer("auditor.example.cn", b"a" * 32)
    case.cosigners = [auditor]
    text = case.note(4).partition("\n\n")[0] + "\n"
    note = f"{text}\n{auditor.sign(text)}"

    assert number_of(capsys, tmp_path, case, **{"checkpoints/4.note": note.encode()}) == 1


def test_key_of_another_name_is_not_the_log(capsys, tmp_path):
    case = finished()
    case.signers = [signed_notes.Signer("vote.example.cn/c/other-2026", b"s" * 32)]

    assert number_of(capsys, tmp_path, case) == 1


def test_other_origin_than_entry_0_says_is_a_fault(capsys, tmp_path):
    case = finished()
    case.entries[0]["site"] = "other.example.cn"

    assert number_of(capsys, tmp_path, case) == 1


def test_retired_key_counts_up_to_its_size_and_both_sign_in_the_overlap(capsys, tmp_path):
    case = finished()
    new = signed_notes.Signer(ORIGIN, b"n" * 32)
    old = case.signers[0]
    later = {size: size > 4 for size in case.signed_sizes}
    files = {}
    for size, is_later in later.items():
        case.signers = [old, new] if size == 10 else [new] if is_later else [old]
        files[f"checkpoints/{size}.note"] = case.note(size).encode()
    keys = f"{old.verifier_key()} 10\n{new.verifier_key()}\n".encode()
    too_soon = f"{old.verifier_key()} 3\n{new.verifier_key()}\n".encode()

    assert number_of(capsys, tmp_path, case, vkey=keys, **files) is None
    assert number_of(capsys, tmp_path, case, vkey=too_soon, **files) == 1


def test_two_members_of_one_size_in_a_zip(capsys, tmp_path):
    files = finished().files()
    path = zipped(files, tmp_path / "a.zip")

    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("checkpoints/4.note", files["checkpoints/4.note"])

    assert verdict(capsys, path) == 2


def test_kept_key_must_have_signed_the_latest_checkpoint(capsys, tmp_path):
    folder = write(finished().files(), tmp_path / "case")
    mine = saved(tmp_path / "mine", finished().signers[0].verifier_key() + "\n")
    other = saved(tmp_path / "other", signed_notes.Signer(ORIGIN, b"x" * 32).verifier_key() + "\n")

    assert verdict(capsys, folder, mine) is None
    assert verdict(capsys, folder, other) == 11


# --- receipts and older checkpoints ------------------------------------------------------------------


def saved(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_receipts_and_older_checkpoints_fit(capsys, tmp_path):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    options = [saved(tmp_path / "old", case.note(4))]
    for n, size in ((1, 4), (2, 4), (4, 10), (14, 17)):
        options += [saved(tmp_path / f"{n}.json", case.receipt(n, size))]

    assert verdict(capsys, folder, *options) is None


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
def test_receipt_that_does_not_fit(capsys, tmp_path, change):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    receipt = saved(tmp_path / "receipt", {**case.receipt(1), **change})

    assert verdict(capsys, folder, receipt) == 11


def test_receipt_of_a_void_that_never_was(capsys, tmp_path):
    case = finished()
    folder = write(case.files(), tmp_path / "case")
    lie = saved(tmp_path / "receipt", {**case.receipt(4, 10), "voided": True})

    assert verdict(capsys, folder, lie) == 11


@pytest.mark.parametrize("content", ["", "[]", "x", '"x"'])
def test_receipt_that_is_none(capsys, tmp_path, content):
    folder = write(finished().files(), tmp_path / "case")

    assert verdict(capsys, folder, saved(tmp_path / "r", content)) == 11


def test_rewritten_log_is_betrayed_by_one_kept_receipt_or_checkpoint(capsys, tmp_path):
    case = finished()
    kept = saved(tmp_path / "receipt", case.receipt(4))
    old = saved(tmp_path / "note", case.note(10))
    rewritten = finished()
    rewritten.entries[4]["c"] = rewritten.commit(4, [1])
    for place in (9,):
        rewritten.entries[place] |= rewritten.figures(place)
    rewritten.entries[-1] |= rewritten.figures(gross=True)
    folder = write(rewritten.files(), tmp_path / "case")

    assert verdict(capsys, folder) is None
    assert verdict(capsys, folder, kept) == 11
    assert verdict(capsys, folder, old) == 11


# --- what auditors get ------------------------------------------------------------------------------


def test_auditors_check_with_key_and_openings_in_their_archive(capsys, tmp_path):
    case = finished(recount="auditors")
    plain = write(case.files(), tmp_path / "plain")
    opened = write({**case.files(), **case.openings()}, tmp_path / "opened")
    case.entries[-1]["votes"][0][2] += 1
    case.entries[-1]["votes"][1][2] -= 1
    false = case.files()
    result = {name: case.entries[-1][name] for name in ("ballots", "voided", "votes")}
    false["result.json"] = json.dumps(result).encode()
    unseen = write(false, tmp_path / "unseen")
    seen = write({**false, **case.openings()}, tmp_path / "seen")

    assert (verdict(capsys, plain), verdict(capsys, opened)) == (None, None)
    assert (verdict(capsys, unseen), verdict(capsys, seen)) == (None, 16)


@pytest.mark.parametrize(("place", "number"), [(3, 15), (9, 15), (-1, 16)])
@pytest.mark.parametrize("extra", [100, -100])
def test_more_or_fewer_votes_than_ballots_can_hold_are_found_without_the_key(
    capsys, tmp_path, place, number, extra
):
    case = finished(recount="auditors", picks=[1, 3])
    case.entries[place]["votes"][0][-1] = max(case.entries[place]["votes"][0][-1] + extra, 0)
    for row in case.entries[place]["votes"][1:]:
        row[-1] = max(row[-1] + min(extra, 0), 0)
    result = {name: case.entries[-1][name] for name in ("ballots", "voided", "votes")}
    files = {**case.files(), "result.json": json.dumps(result).encode()}

    assert verdict(capsys, write(files, tmp_path / "case")) == number


def test_ballots_jsonl_must_be_the_ballots_sorted(capsys, tmp_path):
    case = finished(recount="auditors")
    honest = case.ballots().splitlines(keepends=True)

    def found(lines, openings=()):
        files = {**case.files(), **dict(openings), "ballots.jsonl": b"".join(lines)}
        return verdict(capsys, write(files, tmp_path / "case"))

    swapped = [b"[1]\n", b"[1,2]\n", b"[1,2]\n", b"[2]\n", b"[2,3]\n", b"[3,4]\n"]
    assert found(honest) is None
    assert sorted(honest) == sorted(swapped)
    assert found(honest[::-1]) == 17
    assert found(honest[1:]) == 17
    assert found([b"[1]\n"]) == 17
    assert found([b"x\n"]) == 17
    assert found([b"[1]\n", b"[1]\n", *honest[2:]]) == 17
    assert found([b"[1]\n", b"[1, 2]\n", *honest[2:]]) == 17
    # the same sums, other ballots: only the openings tell
    other = [b"[1]\n", b"[1,2]\n", b"[1,2,3]\n", b"[2]\n", b"[2]\n", b"[3,4]\n"]
    assert found(other) is None
    assert found(other, case.openings()) == 17


def test_key_without_openings_lacks_something(capsys, tmp_path):
    case = finished(recount="auditors")
    folder = write({**case.files(), "open.key": case.openings()["open.key"]}, tmp_path / "case")

    assert verdict(capsys, folder) == 0


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


def test_points_that_are_none_are_refused():
    for encoded in ((verify.P + 1).to_bytes(32, "little"), (1 | 1 << 255).to_bytes(32, "little")):
        with pytest.raises(ValueError):
            verify.is_signed(encoded, b"", bytes(64))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 70), st.data())
def test_proofs_of_the_site_lead_to_the_roots(size, data):
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    tree = subtrees(leaves)
    n = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root, old_root = merkle.root(tree, 0, size), merkle.root(tree, 0, old)
    path, growth = merkle.inclusion(tree, n, size), merkle.consistency(tree, old, size)

    assert verify.climb(n, size, path, leaves[n], 1)[1] == root
    assert verify.climb(old, size, growth, old_root, 0) == (old_root, root)
    for wrong in ([*path, root], path[:-1] if path else [root]):
        with pytest.raises((ValueError, IndexError)):
            verify.climb(n, size, wrong, leaves[n], 1)


# --- whatever comes --------------------------------------------------------------------------------

HONEST = finished().files()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(sorted(HONEST)), st.data())
def test_a_changed_byte_is_found_and_never_a_traceback(capsys, tmp_path, name, data):
    content = bytearray(HONEST[name])
    if not content:
        content = bytearray(b" ")
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    folder = write({**HONEST, name: bytes(content)}, tmp_path / "case")

    said = verify.main([str(folder)])
    out, err = capsys.readouterr()

    assert err == ""
    assert said == (0 if out.startswith("核对无误") else 1)
    if name == "log.jsonl" or name.startswith("checkpoints"):
        assert said == 1


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(sorted(HONEST)), st.binary(max_size=200))
def test_rubbish_in_any_file_never_makes_a_traceback(capsys, tmp_path, name, content):
    folder = write({**HONEST, name: content}, tmp_path / "case")

    verify.main([str(folder)])

    assert capsys.readouterr().err == ""

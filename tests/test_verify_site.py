"""tools/verify.py against addresses: a site that is honest, and one that lies in a single answer."""

import json

import pytest

from tests.support.ledger_cases import (
    AUDITORS,
    ORIGIN,
    LedgerSite,
    LedgerWriter,
    NoteSigner,
    finished,
    json_line,
    zipped,
)
from tests.support.live import free_port, live_server
from tools import verify


def number_of(url, *kept):
    """The lowest check that fails, None where all agrees, or "partly"."""
    found = verify.examine(url, kept)
    return "partly" if found.code == 2 else found.number


def monitored(capsys, state, url):
    """What the monitor says: the number in its words, or None."""
    code = verify.main(["--monitor", str(state), url])
    out, err = capsys.readouterr()
    assert err == ""
    return int(out.partition("第 ")[2].partition(" ")[0]) if code else None


def served(case, folder):
    """A site of a case; `site.url` is its ledger while the block runs."""
    return Served(LedgerSite(case, folder / "served.zip"))


class Served:
    """A lying site on a port of its own."""

    def __init__(self, site):
        self.site, self.server = site, live_server(site, free_port())

    def __enter__(self):
        base = self.server.__enter__()
        self.site.url = f"{base}/c/xiangzhen-2026/ledger"
        return self.site

    def __exit__(self, *what):
        return self.server.__exit__(*what)


@pytest.fixture
def liar(tmp_path):
    with served(finished(), tmp_path) as site:
        yield site


# --- honest answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("recount", ["public", "auditors"])
@pytest.mark.parametrize("signed", [0, 1])
def test_closed_campaign_agrees_at_its_address(tmp_path, recount, signed):
    with served(finished(recount=recount, signed=signed), tmp_path) as site:
        found = verify.examine(site.url + "/")

    assert found.code == 0
    opened = "每张选票都打开重数过" if recount == "public" else "选票没有打开"
    assert any(line.startswith(opened) for line in found.lines)


def test_campaign_of_several_tiles_agrees_before_its_close(tmp_path):
    case = LedgerWriter()
    for who in range(700):
        case.vote("2026-11-13T10:00+08:00", who, 1, 2)
    case.tally("2026-11-13T10:00+08:00")
    with served(case, tmp_path) as site:
        found = verify.examine(site.url)

    assert found.code == 0
    assert found.lines[0].startswith("到目前为止无误")


def test_site_without_cosignatures_is_partly_checked(tmp_path):
    case = finished(recount="auditors")
    case.cosigned = {}
    with served(case, tmp_path) as site:
        before = number_of(site.url)
        case.cosigned = {len(case.entries): AUDITORS}

        assert (before, number_of(site.url)) == ("partly", None)


def test_receipts_fit_the_site(liar, tmp_path):
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(liar.case.receipt(5)), encoding="utf-8")
    good = number_of(liar.url, receipt)
    receipt.write_text(json.dumps({**liar.case.receipt(5), "n": 4}), encoding="utf-8")

    assert (good, number_of(liar.url, receipt)) == (None, 11)


def test_addresses_that_are_nowhere_are_missing(liar):
    assert number_of(liar.url.replace("/ledger", "/nowhere")) == 0
    assert number_of(liar.url.replace("http:", "https:")) == 0


# --- one lie -------------------------------------------------------------------------------------


LAST = finished().signed_sizes[-1]


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        (6, "entries", lambda query: b"{}\n" if query["from"] else finished().bodies()[0] + b"\n"),
        (6, "proof", b"[]"),
        (6, "proof", lambda query: json_line({**query, "leaf": "0" * 64, "path": []})),
        (6, "consistency", b'{"path":["00"]}'),
        (6, "consistency", b"\xff"),
        (6, f"tile/0/000.p/{LAST}", b"\0" * 32 * LAST),
        (6, f"tile/entries/000.p/{LAST}", b"\0\0" * LAST),
        (0, f"tile/0/000.p/{LAST}", None),
        (0, "proof", None),
        (0, "consistency", None),
        (0, "vkey", None),
        (0, "auditors", None),
        (0, "checkpoint", None),
        (0, "checkpoints", None),
        (0, "log.jsonl", None),
        (0, "result.json", None),
        (0, "candidates.json", None),
        (0, "archive.zip", None),
        (0, "archive.zip", b"rubbish"),
        (0, "open.key", None),
        (0, "openings.jsonl", None),
        (1, "checkpoint", b"x"),
        (1, "checkpoints", b""),
        (1, "checkpoints", b"[]\n"),
        (1, "checkpoints", b'{"size":true,"note":"x"}\n'),
        (1, "checkpoints", b'{"size":1,"note":"\\ud800"}\n'),
        (16, "result.json", b'{"n":16,"ballots":6.0,"voided":1,"votes":[]}'),
        (3, "log.jsonl", b"\n"),
        (12, "open.key", b"00" * 32 + b"\n"),
        (13, "openings.jsonl", b"[]\n"),
        (13, "openings.jsonl", finished().files()["openings.jsonl"].replace(b",", b", ")),
        (21, "candidates.json", b"[]"),
    ],
)
def test_one_false_answer_is_found(liar, number, name, answer):
    liar.lies[name] = answer

    assert number_of(liar.url) == number


def test_upper_tile_that_is_false_is_found(tmp_path):
    case = LedgerWriter()
    for who in range(300):
        case.vote("2026-11-13T10:00+08:00", who, 1)
    case.tally("2026-11-13T10:00+08:00")
    with served(case, tmp_path) as site:
        site.lies["tile/1/000.p/1"] = b"\0" * 32

        assert number_of(site.url) == 6


def test_size_published_twice_is_a_fault_of_its_own(liar):
    liar.lies["checkpoints"] = liar.checkpoints() + liar.checkpoints().splitlines(keepends=True)[0]

    assert number_of(liar.url) == 2


def test_latest_checkpoint_of_another_tree_is_found(liar):
    other = finished()
    other.entries[5]["v"] = "0" * 32
    liar.lies["checkpoint"] = other.note(other.signed_sizes[-1]).encode()

    assert number_of(liar.url) == 6


def test_entry_0_that_is_another_at_its_own_address_is_found(liar):
    other = finished()
    other.opening["title"] = "别的"
    liar.lies["entries"] = lambda query: b"".join(
        body + b"\n"
        for body in (other if query["from"] == 0 else liar.case).bodies()[
            query["from"] : query["to"]
        ]
    )

    assert number_of(liar.url) == 6


def archived(case, path, **files):
    """archive.zip of a case with other members."""
    found = {**case.files(), **files}
    return zipped({k: v for k, v in found.items() if v is not None}, path).read_bytes()


def test_archive_must_be_of_the_published_ledger(liar, tmp_path):
    case, other, longer = liar.case, finished(), finished()
    other.opening["title"] = "别的"
    longer.void("2026-12-13T10:00+08:00", 4)
    files = case.files()
    path = tmp_path / "lie.zip"
    shorter = files["log.jsonl"].splitlines(keepends=True)[:-1]
    wanted = {
        "another log": (6, archived(other, path)),
        "longer log": (6, archived(longer, path)),
        "shorter log": (None, archived(case, path, **{"log.jsonl": b"".join(shorter)})),
        "another result": (16, archived(case, path, **{"result.json": b"{}"})),
        "result of no entry": (16, archived(case, path, **{"results/16.json": b"{}"})),
        "other candidates": (21, archived(case, path, **{"candidates.json": b"[]"})),
        "no key": (0, archived(case, path, **{"open.key": None})),
        "other openings": (13, archived(case, path, **{"openings.jsonl": b"[]\n"})),
        "another checkpoint": (
            6,
            archived(case, path, **{"checkpoints/4.note": other.note(4).encode()}),
        ),
        "checkpoint of its own": (
            6,
            archived(case, path, **{"checkpoints/5.note": case.note(5).encode()}),
        ),
        "list of other ballots": (17, archived(case, path, **{"ballots.jsonl": b"[1]\n"})),
    }
    found = {}
    for name, (_, content) in wanted.items():
        liar.lies["archive.zip"] = content
        found[name] = number_of(liar.url)

    assert found == {name: number for name, (number, _) in wanted.items()}


@pytest.mark.parametrize("name", ["open.key", "openings.jsonl", "sheets.jsonl", "panel.json"])
def test_what_is_kept_back_is_not_shown(tmp_path, name):
    case = finished(recount="auditors")
    with served(case, tmp_path) as site:
        site.lies[name] = case.openings().get(name, b"[]\n")
        found = number_of(site.url)

    assert found in ((0, 18) if name in case.openings() else (18,))


def test_key_and_openings_are_not_given_to_everybody(tmp_path):
    """In a folder they make it an auditor's copy; a site that shows them breaks its promise."""
    case = finished(recount="auditors")
    with served(case, tmp_path) as site:
        site.lies["archive.zip"] = archived(case, tmp_path / "a.zip", **case.openings())
        in_archive = number_of(site.url)
        site.lies |= case.openings()

        assert (in_archive, number_of(site.url)) == (18, 18)


@pytest.mark.parametrize("name", ["open.key", "openings.jsonl", "archive.zip"])
def test_nothing_is_opened_before_the_close(tmp_path, name):
    case = LedgerWriter()
    case.vote("2026-11-13T10:00+08:00", "甲", 1)
    case.sign()
    with served(case, tmp_path) as site:
        content = zipped(case.files(), tmp_path / "early.zip").read_bytes()
        site.lies |= case.openings() if name != "archive.zip" else {name: content}

        assert number_of(site.url) == 18


# --- the monitor --------------------------------------------------------------------------------


def test_monitor_keeps_silent_while_the_log_grows_and_cries_when_it_forks(liar, capsys, tmp_path):
    state = tmp_path / "state"
    whole, liar.case.signed_sizes = liar.case.signed_sizes, [1, 4, 10]
    begun = [monitored(capsys, state, liar.url) for _ in range(2)]
    liar.case.signed_sizes = whole
    grown = monitored(capsys, state, liar.url)
    kept = state.read_text()
    liar.case.signed_sizes = [1, 4]
    shrunk = monitored(capsys, state, liar.url)
    liar.case.signed_sizes = whole
    liar.case.entries[2]["v"] = "0" * 32
    forked = monitored(capsys, state, liar.url)

    assert (begun, grown, shrunk, forked) == ([None, None], None, 11, 11)
    assert state.read_text() == kept


def test_monitor_needs_the_keys_of_the_kept_checkpoint_to_be_listed_still(liar, capsys, tmp_path):
    state = tmp_path / "state"
    old, new = liar.case.signers[0], NoteSigner(ORIGIN, b"n" * 32)
    monitored(capsys, state, liar.url)
    liar.case.signers = [new]
    replaced = monitored(capsys, state, liar.url)
    liar.case.signers = [old, new]
    overlapping = monitored(capsys, state, liar.url)
    liar.case.signers = [new]
    rotated = monitored(capsys, state, liar.url)

    assert (replaced, overlapping, rotated) == (1, None, None)


def test_monitor_of_nothing_and_with_a_spoilt_state(liar, capsys, tmp_path):
    state = tmp_path / "state"
    state.write_text("rubbish")

    assert monitored(capsys, state, liar.url) == 1
    assert monitored(capsys, tmp_path / "new", liar.url.replace("http:", "https:")) == 0


def test_log_that_grew_while_it_was_read_is_no_fault(liar):
    whole = liar.log_jsonl()
    answers = [b"".join(whole.splitlines(keepends=True)[:-1])]
    liar.lies["log.jsonl"] = lambda query: answers.pop() if answers else whole

    assert number_of(liar.url) is None
    assert answers == []

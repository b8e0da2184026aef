"""The ledger's addresses, read as an independent program would (ledger.md section 4)."""

import hashlib
import json
import re
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import event

from tests.support.answers import words_of
from tests.support.ballots import cast_ballot, entries_of
from tests.support.cosigners import text_of
from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from tests.support.voided import void_and_recount
from votesite import clock
from votesite.domain.ledger import (
    cosignatures,
    merkle,
    proofs,
    publication,
    reading,
    receipts,
    signed_notes,
    tiles,
)
from votesite.domain.ledger.tiles import Tile
from votesite.domain.results import tallies
from votesite.extensions import db
from votesite.web.ledger import pages

BASE = "/c/xiangzhen-2026/ledger"


@pytest.fixture
def running(app):
    """A campaign with a dozen ballots, voting now."""
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), min_batch=5, publish_every=1
    )
    for number in range(12):
        when = now - timedelta(hours=13 - number)
        cast_ballot(campaign, number, 1 + number % 6, when=when)
    return campaign


@pytest.fixture
def closed(app):
    """A campaign that ended yesterday and recounts in public."""
    now = clock.now()
    closes = now - timedelta(days=1)
    campaign = make_campaign(opens=now - timedelta(days=3), closes=closes, recount="public")
    for number in range(7):
        cast_ballot(campaign, number, 1, 2, when=closes - timedelta(hours=1))
    tallies.close(campaign.id)
    return campaign


def lines(response):
    assert response.data.endswith(b"\n")
    return response.data.splitlines()


def test_before_entry_0_every_file_is_unknown(app, client):
    make_campaign(opens=clock.now() + timedelta(days=1), closes=clock.now() + timedelta(days=2))

    found = {
        path: client.get(f"{BASE}/{path}").status_code
        for path in (
            "vkey",
            "auditors",
            "checkpoint",
            "checkpoints",
            "entries?from=0&to=1",
            "log.jsonl",
            "candidates.json",
            "tile/0/000.p/1",
            "tile/entries/000.p/1",
            "open.key",
            "openings.jsonl",
            "proof?n=0&size=1",
            "consistency?from=0&to=1",
            "result.json",
            "archive.zip",
        )
    }

    assert set(found.values()) == {404}


def test_before_entry_0_the_page_says_when_the_ledger_begins(app, client):
    opens = clock.now() - timedelta(minutes=5)
    campaign = make_campaign(opens=opens, closes=opens + timedelta(days=2))
    footer = client.get(f"/c/{campaign.slug}/").get_data(as_text=True)

    before = client.get(f"{BASE}/")
    cast_ballot(campaign, 1, 1, when=clock.now())
    after = client.get(f"{BASE}/")

    assert f'href="{BASE}/"' in footer
    assert before.status_code == 200
    assert "账本在第一张选票投出时开启。" in words_of(before)
    assert clock.minute(opens) in before.get_data(as_text=True)
    assert "账本在第一张选票投出时开启。" not in words_of(after)
    assert client.get("/c/no-such-2026/ledger/").status_code == 404


def test_the_log_is_served_whole_and_in_pieces(running, client):
    whole = client.get(f"{BASE}/log.jsonl")
    piece = client.get(f"{BASE}/entries?from=3&to=9")

    assert whole.content_type == piece.content_type == "application/x-ndjson"
    assert [json.loads(line)["n"] for line in lines(whole)] == list(range(len(lines(whole))))
    assert lines(piece) == lines(whole)[3:9]
    assert client.get(f"{BASE}/entries?from=500&to=900").data == b""
    far = 2**64
    assert client.get(f"{BASE}/entries?from=0&to={far}").data == whole.data
    assert client.get(f"{BASE}/entries?from={far}&to={far}").data == b""


@pytest.mark.parametrize(
    "query",
    [
        "entries",
        "entries?from=5&to=4",
        "entries?from=-1&to=4",
        "entries?from=x&to=4",
        "entries?from=１&to=4",
        "proof?n=3&size=3",
        "proof?n=3&size=99999",
        "proof?n=3",
        f"proof?n={2**64}&size={2**64}",
        f"entries?from=0&to={'9' * 101}",
        "consistency?from=3&to=2",
        "consistency?from=0&to=99999",
        f"consistency?from={2**64}&to={2**64}",
        "result.json?n=x",
        "result.json?n=",
    ],
)
def test_malformed_and_impossible_queries_are_400(running, client, query):
    assert client.get(f"{BASE}/{query}").status_code == 400


def test_checkpoints_are_signed_by_the_published_key_and_name_their_roots(running, client):
    vkey = client.get(f"{BASE}/vkey").text.strip()
    leaves = [merkle.leaf_hash(line) for line in lines(client.get(f"{BASE}/log.jsonl"))]

    checkpoints = [json.loads(line) for line in lines(client.get(f"{BASE}/checkpoints"))]

    frontier, roots = merkle.Frontier(), {}
    for leaf in leaves:
        frontier.append(leaf)
        roots[frontier.size] = frontier.root()
    for checkpoint in checkpoints:
        text = signed_notes.checkpoint_text(
            "localhost:8000/c/xiangzhen-2026", checkpoint["size"], roots[checkpoint["size"]]
        )
        assert checkpoint["note"].startswith(text + "\n")
        assert signed_notes.is_signed_by(checkpoint["note"], vkey)
    assert client.get(f"{BASE}/checkpoint").text == checkpoints[-1]["note"]


def test_proofs_lead_to_the_root_of_any_older_size(running, client):
    leaves = [merkle.leaf_hash(line) for line in lines(client.get(f"{BASE}/log.jsonl"))]
    frontier = merkle.Frontier()
    for leaf in leaves[:9]:
        frontier.append(leaf)

    proof = client.get(f"{BASE}/proof?n=4&size=9").json
    path = [bytes.fromhex(step) for step in proof["path"]]

    assert proof["leaf"] == leaves[4].hex()
    assert merkle.root_from_path(leaves[4], 4, 9, path) == frontier.root()


def test_consistency_is_empty_from_nothing_and_to_itself(running, client):
    assert client.get(f"{BASE}/consistency?from=0&to=5").json == {"from": 0, "to": 5, "path": []}
    assert client.get(f"{BASE}/consistency?from=5&to=5").json["path"] == []
    assert len(client.get(f"{BASE}/consistency?from=3&to=8").json["path"]) == 4


@pytest.mark.parametrize("recount", ["auditors", "public"])
def test_what_comes_with_the_close_is_unknown_before_it(app, client, recount):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), recount=recount
    )
    cast_ballot(campaign, 1, 1, when=now)

    for path in ("result.json", "result.json?n=0", "archive.zip", "open.key", "openings.jsonl"):
        assert client.get(f"{BASE}/{path}").status_code == 404, path


def test_candidates_are_those_whose_hash_entry_0_has(running, client):
    body = client.get(f"{BASE}/candidates.json").data
    opening = json.loads(lines(client.get(f"{BASE}/entries?from=0&to=1"))[0])

    assert hashlib.sha256(body).hexdigest() == opening["candidates_sha256"]
    assert json.loads(body)[0].keys() == {"no", "name", "category", "region"}


def test_each_count_is_there_under_its_number(closed, client):
    void_and_recount(closed, [1, 2])
    counts = [json.loads(line) for line in lines(client.get(f"{BASE}/log.jsonl"))]
    counts = [entry for entry in counts if entry["k"] in ("close", "recount")]
    results = [client.get(f"{BASE}/result.json?n={entry['n']}").json for entry in counts]

    assert [result["n"] for result in results] == [entry["n"] for entry in counts]
    assert [result["voided"] for result in results] == [0, 2]
    for entry, result in zip(counts, results, strict=True):
        votes = json.dumps(result["votes"], separators=(",", ":")).encode()
        assert hashlib.sha256(votes).hexdigest() == entry["votes_sha256"]
    assert client.get(f"{BASE}/result.json").json == results[1]
    for n in (0, 1, counts[0]["n"] + 1, 10**6, 10**40):
        assert client.get(f"{BASE}/result.json?n={n}").status_code == 404


def test_openings_are_for_everybody_where_everybody_recounts(closed, client):
    opening = json.loads(lines(client.get(f"{BASE}/entries?from=0&to=1"))[0])
    key = client.get(f"{BASE}/open.key").text
    opened = [json.loads(line) for line in lines(client.get(f"{BASE}/openings.jsonl"))]
    archive = zipfile.ZipFile(BytesIO(client.get(f"{BASE}/archive.zip").data))

    assert hashlib.sha256(bytes.fromhex(key.strip())).hexdigest() == opening["opening_key_sha256"]
    votes = [entry["n"] for entry in entries_of(closed, "vote")]
    assert opened == [{"n": n, "choices": [1, 2]} for n in votes]
    assert archive.read("open.key").decode() == key
    assert archive.read("openings.jsonl") == client.get(f"{BASE}/openings.jsonl").data


def test_public_archive_holds_what_a_stranger_needs_to_recount(closed, client):
    answer = client.get(f"{BASE}/archive.zip")
    archive = zipfile.ZipFile(BytesIO(answer.data))

    names = set(archive.namelist())
    openings = [json.loads(line) for line in archive.read("openings.jsonl").splitlines()]

    assert {
        "log.jsonl",
        "vkey",
        "auditors",
        "candidates.json",
        "result.json",
        "verify.py",
        "README.txt",
        "open.key",
        "openings.jsonl",
    } <= names
    assert "ballots.jsonl" not in names
    assert openings[0] == {"n": 1, "choices": [1, 2]}
    assert json.loads(archive.read("result.json")) == client.get(f"{BASE}/result.json").json
    assert client.get(f"{BASE}/result.json").json["votes"][:2] == [[1, 7, 7], [2, 7, 7]]


def test_auditors_archive_keeps_key_and_openings_from_the_public(app, client):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=3), closes=now - timedelta(days=1))
    for number, picks in enumerate([(3, 1), (2,), (1, 2)]):
        cast_ballot(campaign, number, *picks, when=now - timedelta(days=2))
    tallies.close(campaign.id)

    archive = zipfile.ZipFile(BytesIO(client.get(f"{BASE}/archive.zip").data))

    assert archive.read("ballots.jsonl") == b"[1,2]\n[1,3]\n[2]\n"
    assert not {"open.key", "openings.jsonl"} & set(archive.namelist())
    assert client.get(f"{BASE}/open.key").status_code == 404
    assert client.get(f"{BASE}/openings.jsonl").status_code == 404


def test_the_first_reader_after_the_end_finds_the_ledger_closed(app, client):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=3), closes=now - timedelta(minutes=1))
    cast_ballot(campaign, 1, 1, when=now - timedelta(days=1))

    log = lines(client.get(f"{BASE}/log.jsonl"))

    assert json.loads(log[-1])["k"] == "close"


def steps_of(work):
    """How many steps SQLite takes for it, in tens."""
    taken = []

    def count():
        taken.append(1)
        return 0

    def watch(connection, *_):
        connection.set_progress_handler(count, 10)

    event.listen(db.engine, "checkout", watch)
    work()
    event.remove(db.engine, "checkout", watch)
    return len(taken)


READINGS = {
    "home": lambda campaign: publication.figures(campaign.id),
    "auditors": lambda campaign: cosignatures.cosigners(campaign.id),
    "log": lambda campaign: reading.read(campaign.id, 0, 10),
    "hashes": lambda campaign: tiles.hashes(campaign.id, 0, Tile(0, 10)),
    "entries": lambda campaign: b"".join(tiles.bundle(campaign.id, Tile(0, 10))),
    "proof": lambda campaign: proofs.inclusion_proof(campaign.id, 2, 16),
}


@pytest.mark.sqlite
def test_no_page_costs_more_the_longer_the_log_is(app):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=2))

    def grow(first, end):
        for number in range(first, end):
            last = cast_ballot(campaign, number, 1, when=now)
        receipts.prove(campaign.id, last.receipt)
        db.session.rollback()
        return {name: steps_of(lambda read=read: read(campaign)) for name, read in READINGS.items()}

    short, long = grow(0, 20), grow(20, 320)

    assert publication.figures(campaign.id).ballots == 320
    dear = {name: (short[name], long[name]) for name in long if long[name] > 1.5 * short[name] + 5}
    assert dear == {}
    assert all(long[name] for name in ("home", "log", "hashes"))


def test_page_for_people_says_what_it_cannot_prove(running, client):
    page = client.get(f"{BASE}/").text

    assert "它不能证明什么" in page
    assert "整本重写就无从发现" in page
    assert "外人不能自己重算票数" in page


def test_page_tells_how_to_keep_the_fingerprint_and_how_to_recount_on_windows(running, client):
    page = client.get(f"{BASE}/").text
    note = client.get(f"{BASE}/checkpoint").text
    size, fingerprint = note.split("\n")[1], signed_notes.fingerprint(note)

    assert f'download="checkpoint-{running.slug}-{size}.txt"' in page
    assert re.search(r"<code>([0-9A-Z ]{31})</code>", page)[1].replace(" ", "") == fingerprint
    assert "py verify.py http://localhost:8000" in page


def test_fingerprint_of_an_older_checkpoint_can_be_looked_up(running, client):
    older = json.loads(lines(client.get(f"{BASE}/checkpoints"))[0])
    kept = client.get(f"{BASE}/").data

    known = client.get(f"{BASE}/?size={older['size']}").text
    unknown = client.get(f"{BASE}/?size={10**6}").text

    asked = re.search(r'id="asked"><code>([0-9A-Z ]{31})</code>', known)[1]
    assert asked.replace(" ", "") == signed_notes.fingerprint(older["note"])
    assert "没有给前 1,000,000 条盖过印" in unknown
    assert client.get(f"{BASE}/").data == kept
    assert client.get(f"{BASE}/?size=x").status_code == 400


def test_page_has_the_hash_of_the_verifier_and_says_where_else_it_is(running, client):
    page = client.get(f"{BASE}/")

    assert hashlib.sha256(client.get("/verify.py").data).hexdigest() in page.text
    assert "从软件的发布包或存档里另取一份 verify.py" in words_of(page)


def test_page_says_who_may_vote_and_how_many_have(app, client):
    stated = {"population": 412_000, "source": "统计公报"}
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), electorate=stated
    )
    for number in range(3):
        cast_ballot(campaign, number, 1, when=now - timedelta(hours=1))
    page = words_of(client.get(f"{BASE}/"))

    assert "主办单位说明可以投票的有 412,000 人（依据：统计公报）。" in page
    assert "有 3 个不同的投票人" in page


def test_page_says_who_has_cosigned_which_size_and_what_is_wanting(app, client, monkeypatch):
    monkeypatch.setattr(pages, "LASTING", 0.0)
    office = signed_notes.Signer("某市审计局", b"a" * 32)
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=3),
        closes=now - timedelta(days=1),
        audit={"auditors": [office.verifier_key()], "quorum": 1},
    )
    cast_ballot(campaign, 1, 1, when=now - timedelta(days=2))
    tallies.close(campaign.id)
    auditor = make_staff("auditor", "auditor").id
    before = words_of(client.get(f"{BASE}/"))
    note = client.get(f"{BASE}/checkpoint").text
    size = signed_notes.parse(note).size

    cosignatures.cosign(campaign.id, auditor, note + office.sign(text_of(note)))
    after = words_of(client.get(f"{BASE}/"))

    assert "至少要有 1 个审计方联署计票结果。" in before
    assert "还差 1 个。" in before
    assert "还没有签" in before
    assert f"签到前 {size} 条；签名里没有时间" in after
    assert "已有 1 个审计方联署，够了。" in after


def test_ballots_of_an_opened_archive_are_not_called_sealed(closed, client):
    page = client.get(f"{BASE}/").text

    assert "内容已在存档里公开" in page
    assert "内容已封存" not in page

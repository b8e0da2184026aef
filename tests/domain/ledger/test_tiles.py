"""Tiles as a client of C2SP tlog-tiles reads them: the tree and its entries from tiles alone."""

import hashlib
import json
from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from votesite import clock
from votesite.domain.ledger import receipts, signed_notes, tiles
from votesite.domain.ledger.tiles import Tile
from votesite.errors import NotFound

BASE = "/c/xiangzhen-2026/ledger"
BALLOTS = 300


@pytest.fixture
def campaign(app):
    """A campaign whose newest checkpoint covers 301 entries: a full tile and a partial one."""
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), min_batch=1000
    )
    for number in range(BALLOTS):
        last = cast_ballot(made, number, 1 + number % 6, when=now - timedelta(hours=3))
    receipts.prove(made.id, last.receipt)
    cast_ballot(made, BALLOTS, 1, when=now - timedelta(hours=2))  # no checkpoint covers this one
    return made


def checkpoint(client):
    return signed_notes.parse(client.get(f"{BASE}/checkpoint").text)


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    """RFC 6962's root over hashes of leaves."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node(root_of(hashes[:split]), root_of(hashes[split:]))


def split(content):
    return [content[at : at + 32] for at in range(0, len(content), 32)]


def bodies_in(content):
    bodies = []
    while content:
        length = int.from_bytes(content[:2])
        bodies.append(content[2 : 2 + length])
        content = content[2 + length :]
    return bodies


def test_tiles_alone_lead_to_the_root_of_the_checkpoint(campaign, client):
    note = checkpoint(client)
    full = client.get(f"{BASE}/tile/0/000").data
    rest = client.get(f"{BASE}/tile/0/001.p/{note.size - 256}").data
    above = client.get(f"{BASE}/tile/1/000.p/1").data

    assert note.size == BALLOTS + 1
    assert (len(split(full)), len(split(rest)), len(split(above))) == (256, note.size - 256, 1)
    assert root_of(split(full)) == above
    assert node(above, root_of(split(rest))) == note.root


def test_bundles_hold_the_entries_of_the_log(campaign, client):
    size = checkpoint(client).size
    bundles = client.get(f"{BASE}/tile/entries/000").data
    bundles += client.get(f"{BASE}/tile/entries/001.p/{size - 256}").data

    bodies = bodies_in(bundles)

    assert bodies == client.get(f"{BASE}/log.jsonl").data.splitlines()[:size]
    assert json.loads(bodies[-1])["n"] == size - 1
    leaves = [hashlib.sha256(b"\0" + body).digest() for body in bodies[:256]]
    assert leaves == split(client.get(f"{BASE}/tile/0/000").data)


def test_full_tiles_are_for_good_and_partial_ones_are_not(campaign, client):
    size = checkpoint(client).size
    full = client.get(f"{BASE}/tile/0/000"), client.get(f"{BASE}/tile/entries/000")
    partial = client.get(f"{BASE}/tile/0/001.p/{size - 256}")

    assert {answer.headers["Cache-Control"] for answer in full} == {
        "public, max-age=31536000, immutable"
    }
    assert partial.headers["Cache-Control"] == "no-cache"
    assert {answer.content_type for answer in (*full, partial)} == {"application/octet-stream"}


UNKNOWN = [
    f"0/001.p/{BALLOTS + 2 - 256}",  # written, but no checkpoint covers it
    "0/001",
    "0/002",
    "0/000.p/0",
    "0/000.p/256",
    "0/000.p/01",
    "0/000.p/+1",
    "0/0",
    "0/0000",
    "0/x000/000",
    "0/x000/x000/000",
    "0/x001/x234/067",
    "0/x999/x999/x999/x999/999",
    "0/000.p",
    "0/000/",
    "00/000",
    "1/000",
    "1/000.p/2",
    "2/000.p/1",
    "63/000.p/1",
    "64/000.p/1",
    "-1/000",
    "x/000",
    "٣/000",
    "entries/001",
    "entries/0",
    "entries/000.p/256",
    "data/000",
]


def test_other_tiles_are_unknown(campaign, client):
    found = {path: client.get(f"{BASE}/tile/{path}").status_code for path in UNKNOWN}

    assert found == dict.fromkeys(UNKNOWN, 404)


def test_before_entry_0_there_are_no_tiles(app, client):
    now = clock.now()
    make_campaign(opens=now + timedelta(days=1), closes=now + timedelta(days=2))

    for path in ("0/000.p/1", "entries/000.p/1"):
        assert client.get(f"{BASE}/tile/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("000", Tile(0, 256)),
        ("067.p/12", Tile(67, 12)),
        ("x001/x234/067", Tile(1_234_067, 256)),
        ("x001/000.p/255", Tile(1000, 255)),
    ],
)
def test_numbers_of_tiles_are_read_in_threes(path, tile):
    assert tiles.parse(path) == tile


@pytest.mark.parametrize("path", ["", "67", "1/234/067", "x001/x234", "x01/000", "001/000"])
def test_numbers_in_other_forms_are_refused(path):
    with pytest.raises(NotFound):
        tiles.parse(path)

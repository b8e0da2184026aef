"""An objection's own page: for whoever has the code; its words for its author alone."""

import hashlib

import pytest

from tests.support.answers import words_of
from tests.support.factories import sign_in_as_voter
from tests.support.noticed import GOOD, noticed, object_to
from tests.support.stored import rows
from votesite import clock
from votesite.domain.hearing import answering
from votesite.domain.ledger import entries
from votesite.domain.ledger.canonical import canonical
from votesite.extensions import site
from votesite.models.hearing import Objection

JSON = {"Accept": "application/json"}
REPLY = "经核查，数据只算了一次。"


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def received(honours):
    return object_to(honours.campaign)


@pytest.fixture
def address(received):
    return f"/c/gongshi-2026/objections/{received.code}"


def decide_answer(honours, n, **changes):
    value = {"objections": [n], "outcome": "dismissed", "effect": "none", "reply": REPLY}
    return honours.decide("answer", {**value, **changes}, moment=clock.now())


def entry(honours, n):
    with site().store.snapshot() as tx:
        return entries.read_entry(tx, honours.campaign.id, n)


def test_program_gets_status_salt_and_a_receipt_that_opens_the_entry(
    client, honours, received, address
):
    told = client.get(address, headers=JSON)

    assert sorted(told.json) == ["receipt", "reply", "salt", "status"]
    assert (told.json["status"], told.json["reply"]) == ("open", "")
    receipt = told.json["receipt"]
    assert sorted(receipt) == ["checkpoint", "leaf", "n", "path", "size", "t"]
    assert receipt["n"] == received.n < receipt["size"]
    said = canonical(["person", GOOD["name"], GOOD["facts"]])
    c = hashlib.sha256(bytes.fromhex(told.json["salt"]) + said).hexdigest()
    assert entry(honours, received.n)["c"] == c
    assert told.headers["Cache-Control"] == "no-store"


def test_reply_opens_the_answers_entry_with_the_same_salt(client, honours, received, address):
    decision = decide_answer(honours, received.n)

    told = client.get(address, headers=JSON).json

    assert (told["status"], told["reply"]) == ("dismissed", REPLY)
    c = hashlib.sha256(bytes.fromhex(told["salt"]) + canonical([REPLY])).hexdigest()
    assert entry(honours, decision.n)["c"] == [c]
    assert REPLY in words_of(client.get(address))


def test_strangers_with_the_code_read_no_word_of_the_author(client, address):
    page = client.get(address)

    said = words_of(page)
    assert "已收到" in said
    for part in (GOOD["name"], GOOD["contact"], "算了两次"):
        assert part not in page.text


def test_author_reads_own_words(client, address):
    sign_in_as_voter(client, 11)
    own = words_of(client.get(address))
    sign_in_as_voter(client, 12)
    others = words_of(client.get(address))

    assert GOOD["contact"] in own
    assert GOOD["contact"] not in others


def test_taking_up_and_declining_are_told(client, honours, address):
    (row,) = rows(Objection)
    answering.accept(honours.campaign.id, row.id, by=honours.owner)
    assert "已受理" in words_of(client.get(address))

    answering.decline(honours.campaign.id, row.id, "没有具体事实", by=honours.owner)
    assert "没有具体事实" in words_of(client.get(address))
    assert client.get(address, headers=JSON).json["status"] == "open"


def test_hint_has_a_status_and_nothing_else(client, honours):
    code = object_to(honours.campaign, 12, kind="hint").code
    address = f"/c/gongshi-2026/objections/{code}"

    told = client.get(address, headers=JSON).json
    assert told == {"status": "open", "reply": "", "salt": "", "receipt": None}
    answering.decline(honours.campaign.id, rows(Objection)[-1].id, "已转办", by=honours.owner)
    page = client.get(address)
    assert "已经阅处" in words_of(page)
    assert "已转办" not in page.text
    assert "data-verify" not in page.text


@pytest.mark.parametrize("code", ["0" * 16, "x", "../../etc", "%00", "A" * 4000])
def test_unknown_codes_are_not_found_alike(client, received, code):
    answer = client.get(f"/c/gongshi-2026/objections/{code}")

    assert answer.status_code in (404, 400)


def test_code_of_another_campaign_is_not_found(client, received):
    noticed(slug="another-2026")

    assert client.get(f"/c/another-2026/objections/{received.code}").status_code == 404


def test_receipts_of_ballots_are_no_objections(client, honours, received):
    assert client.get(f"/c/gongshi-2026/receipts/{received.code}").status_code == 404


def test_code_may_be_typed_in_any_way(client, received):
    spaced = "-".join(received.code[at : at + 4] for at in range(0, 16, 4)).lower()

    found = client.get("/c/gongshi-2026/objections/", query_string={"code": spaced})
    assert (found.status_code, found.location) == (
        303,
        f"/c/gongshi-2026/objections/{received.code}",
    )
    missing = client.get("/c/gongshi-2026/objections/", query_string={"code": "0" * 16})
    assert (missing.status_code, "没有找到这个查询码" in words_of(missing)) == (404, True)
    assert client.get("/c/gongshi-2026/objections/").status_code == 200

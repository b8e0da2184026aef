"""Receipts: what a code shows to its holder and to everybody."""

from datetime import timedelta

import pytest

from tests.support.answers import problem_of
from tests.support.cosigners import text_of
from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.honours import EXPERTS, Honours
from tests.support.sheet_receipts import hand_in
from tests.support.staffing import make_staff
from tests.support.traced import cast_from
from tests.support.voided import WHY, void_by_two
from votesite import clock
from votesite.domain.ledger import cosignatures
from votesite.domain.ledger.signed_notes import Signer
from votesite.domain.voting import voters
from votesite.domain.voting.own import receipts_of
from votesite.models.campaigns import votes_alone


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def numbers(campaign):
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


def receipt_of(campaign, number):
    ((code, _, _),) = receipts_of(campaign.id, voters.voter_key(campaign.id, voter(number)))
    return f"/c/{campaign.slug}/receipts/{code}"


def test_receipt_of_a_voided_ballot_says_rule_and_reason_to_everybody(
    campaign, numbers, client, app
):
    void_by_two(campaign, numbers)
    address = receipt_of(campaign, 3)
    sign_in_as_voter(client, 3)
    other = app.test_client()
    sign_in_as_voter(other, 4)

    own, others, strangers = (
        visitor.get(address).text for visitor in (client, other, app.test_client())
    )

    for page in (own, others, strangers):
        assert "按规则 R1 作废。" in page
        assert "同一来源在短时间内集中产生的异常选票" in page
        assert WHY in page
    assert [f"/wechat/login?next={address}" in page for page in (own, others, strangers)] == [
        False,
        False,
        True,
    ]


URL = "/c/xiangzhen-2026/ballot"


JSON = {"Accept": "application/json"}


@pytest.fixture
def me(campaign, client):
    """The visitor's tokens, after signing in as voter 1."""
    sign_in_as_voter(client, 1)
    return client.get("/c/xiangzhen-2026/me").json


def post_picks(client, me, *picks, headers=JSON, **fields):
    form = {
        "candidate": [str(pick) for pick in picks],
        "ballot_token": me["ballot_token"],
        "csrf_token": me["csrf_token"],
        "consent": "1",
        **fields,
    }
    return client.post(URL, data=form, headers=headers)


def test_a_stranger_sees_on_a_receipt_that_the_ballot_is_in_the_ledger(app, client, me):
    address = post_picks(client, me, 2, headers={}).location

    page = app.test_client().get(address).text

    assert "投票成功" not in page
    assert "这张选票已记入账本" in page


def test_receipt_as_json_proves_its_place_and_shows_no_choice(client, me):
    code = post_picks(client, me, 2).json["receipt"]

    proof = client.get(f"/c/xiangzhen-2026/receipts/{code}", headers=JSON).json

    assert sorted(proof) == ["checkpoint", "leaf", "n", "path", "size", "t", "voided"]
    assert (proof["n"], proof["voided"]) == (1, False)
    assert proof["checkpoint"].startswith("localhost:8000/c/xiangzhen-2026\n")


def test_receipt_stays_with_the_first_checkpoint_that_covers_it(client, campaign):
    office = Signer("某市审计局", b"a" * 32)
    auditor = make_staff("auditor", "auditor").id

    def cast_one(number):
        code = cast_from(campaign, number, [2], when=clock.now()).receipt
        return f"/c/{campaign.slug}/receipts/{code}"

    first = cast_one(1)
    note = client.get(first, headers=JSON).json["checkpoint"]
    cosignatures.register_key(campaign.id, auditor, office.verifier_key())
    cosigned = note + office.sign(text_of(note))
    cosignatures.cosign(campaign.id, auditor, cosigned)
    newer = client.get(cast_one(2), headers=JSON).json

    receipt = client.get(first, headers=JSON).json

    assert receipt["size"] == int(note.split("\n")[1]) < newer["size"]
    assert receipt["checkpoint"] == cosigned
    assert newer["checkpoint"].count("\n—") == 1


def test_typed_codes_find_their_receipt_whatever_case_blanks_and_hyphens(client, me):
    code = post_picks(client, me, 2).json["receipt"]
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"

    found = client.get("/c/xiangzhen-2026/receipts/", query_string={"code": typed})

    assert (found.status_code, found.location) == (303, f"/c/xiangzhen-2026/receipts/{code}")
    for unknown in ("0000000000000000", "x", "", "ä" * 16):
        found = client.get("/c/xiangzhen-2026/receipts/", query_string={"code": unknown})
        assert found.status_code == 404


def test_unknown_code_leaves_what_was_typed_and_says_what_is_wrong(client, campaign):
    found = client.get("/c/xiangzhen-2026/receipts/", query_string={"code": "abcd <7>"})

    assert found.status_code == 404
    assert 'value="abcd &lt;7&gt;"' in found.text
    assert "没有找到这个回执码" in found.text
    program = client.get("/c/xiangzhen-2026/receipts/", query_string={"code": "x"}, headers=JSON)
    assert problem_of(program) == (404, "not-found")


@pytest.mark.parametrize(
    ("policy", "at_the_figure", "on_the_receipt"),
    [
        (
            "live",
            "已收到 1 张选票，每满 5 位投票人的新选票公布一次",
            "票数每满 5 位投票人的新选票更新一次",
        ),
        ("daily 18:00", "已收到 1 张选票，每天 18:00 公布票数", "票数每天 18:00 公布一次"),
        ("hidden", "票数在投票结束后公布", "您的这张已在账本里；票数在投票结束后公布"),
    ],
)
def test_first_ballots_are_said_to_be_received(app, client, policy, at_the_figure, on_the_receipt):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=9), min_batch=5, results=policy
    )
    cast_from(campaign, 1, [2], when=now)
    address = receipt_of(campaign, 1)
    strangers = client.get(address).text
    sign_in_as_voter(client, 1)

    assert at_the_figure in client.get(f"/c/{campaign.slug}/").text
    assert on_the_receipt in client.get(address).text
    assert "您的这张已在账本里" not in strangers


@pytest.fixture
def sheet(app):
    """The address of a judge's receipt."""
    now = clock.now()
    made = make_campaign(
        slug="pingfen-2026",
        opens=now - timedelta(days=2),
        closes=now + timedelta(days=9),
        weights={**votes_alone(), **EXPERTS},
        signers=0,
    )
    _, code = hand_in(Honours(made), 1, 873, moment=now)
    return f"/c/{made.slug}/receipts/{code}"


def test_sheet_has_a_receipt_page_of_its_own_words_without_scores(sheet, client):
    page = client.get(sheet).text

    assert "这份评分表已记入账本" in page
    assert 'data-kind="sheet"' in page
    assert "选票" not in page.partition("<main")[2].partition("</main>")[0]
    assert "873" not in page
    assert "87.3" not in page


def test_receipt_of_a_sheet_as_json_has_no_voided(sheet, client):
    proof = client.get(sheet, headers=JSON).json

    assert sorted(proof) == ["checkpoint", "leaf", "n", "path", "size", "t"]
    assert proof["size"] > proof["n"]


def test_nobody_appeals_with_the_receipt_of_a_sheet(sheet, client):
    sign_in_as_voter(client, 1)

    assert client.get(f"{sheet}/appeal").status_code == 404

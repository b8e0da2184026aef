"""`/my/`: what is one's own, as page and as file; withdrawing and deleting by one's own hand."""

import json
import re

import pytest

from tests.support.ballots import cast_now
from tests.support.factories import sign_in_as_voter, voter
from tests.support.people import CONTACT, WORDS, lively_campaign, take_part
from tests.support.staffing import make_staff
from tests.support.stored import rows
from tests.support.traced import cast_from
from tests.support.voided import void_by_two
from votesite import clock
from votesite.domain.integrity import appeals
from votesite.domain.ledger.log import open_log
from votesite.domain.privacy import own_data
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.ledger import Receipt
from votesite.models.nominations import Nomination
from votesite.models.voting import Consent, VoteSlot

JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(app):
    return lively_campaign(scope="campaign")


@pytest.fixture
def own(campaign, client):
    """A browser whose person has done everything."""
    take_part(campaign, 1)
    sign_in_as_voter(client, 1)
    return client


def token_in(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def post_to_me(client, path, **fields):
    return client.post(path, data={"csrf_token": token_in(client.get("/my/")), **fields})


def test_page_shows_receipts_consents_answers_and_what_one_may_do(own):
    page = own.get("/my/")

    assert f"/receipts/{rows(Receipt)[0].code}" in page.text
    assert "2 件，进度和审核意见" in page.text
    assert "实名问卷" in page.text
    assert "匿名问卷" not in page.text
    assert f"您在 {clock.day(clock.now()).isoformat()} 同意了" in page.text
    assert "（版本 1）" in page.text
    assert "/my/export" in page.text
    assert "/my/delete" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_stranger_sees_the_button_that_begins_login_and_no_data(campaign, client):
    take_part(campaign, 1)

    page = client.get("/my/")

    assert page.status_code == 200
    assert "/wechat/login?next=/my/" in page.text
    assert "/my/delete" not in page.text


def test_export_is_a_file_with_ones_own_data_alone(own, campaign):
    take_part(campaign, 2)

    answer = own.get("/my/export")

    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    (mine,) = json.loads(answer.data)["campaigns"]
    assert {found["name"] for found in mine["nominations"]} == {"清水1镇", "石桥1镇"}
    assert (CONTACT in answer.text, WORDS in answer.text) == (True, True)


def test_withdrawing_asks_again_at_the_next_ballot(own, campaign):
    answer = post_to_me(own, "/my/consent", campaign=campaign.slug)

    assert (answer.status_code, answer.location) == (303, "/my/")
    assert "同意已撤回" in own.get("/my/").text
    assert rows(Consent) == []
    assert own.get(f"/c/{campaign.slug}/me").json["consented"] is False


def test_consent_of_an_unknown_campaign_cannot_be_withdrawn(own):
    assert post_to_me(own, "/my/consent", campaign="nowhere").status_code == 404
    assert post_to_me(own, "/my/consent").status_code == 404


def test_page_before_deleting_says_what_goes_and_what_remains(own):
    page = own.get("/my/delete")

    assert re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page.text) == [
        ("同意记录", "1 件"),
        ("回执码", "1 件"),
        ("未审核的提名", "2 件"),
        ("问卷答案", "1 件"),
        ("申诉文字", "0 件"),
    ]
    assert "您投出的 1 张选票不受影响" in page.text
    assert "只有它能阻止同一个人再投一次" in page.text
    assert "次数限制不变" in page.text
    assert rows(Nomination)


def test_deleting_takes_away_at_once_and_says_so(own):
    answer = post_to_me(own, "/my/delete")

    assert (answer.status_code, answer.location) == (303, "/my/")
    page = own.get("/my/").text
    assert "已经删除" in page
    assert "回执码已按您的要求删除" in page
    assert rows(Nomination) == rows(Consent) == rows(Receipt) == []
    assert len(rows(VoteSlot)) == 1


def test_deleted_receipt_is_unknown_to_everybody(own, campaign):
    code = rows(Receipt)[0].code
    post_to_me(own, "/my/delete")

    assert own.get(f"/c/{campaign.slug}/receipts/{code}").status_code == 404


def test_others_lose_nothing(own, campaign):
    take_part(campaign, 2)
    before = own_data.exported(voter(2))["campaigns"]

    post_to_me(own, "/my/delete")

    assert own_data.exported(voter(2))["campaigns"] == before


@pytest.mark.parametrize("path", ["/my/delete", "/my/consent"])
def test_forged_or_strangers_form_changes_nothing(own, campaign, app, path):
    own.get("/my/")
    forged = own.post(path, data={"csrf_token": "x", "campaign": campaign.slug}, headers=JSON)
    stranger = app.test_client()
    tokens = stranger.get(f"/c/{campaign.slug}/me").json
    fields = {"csrf_token": tokens["csrf_token"], "campaign": campaign.slug}
    unknown = stranger.post(path, data=fields, headers=JSON)

    assert (forged.status_code, unknown.status_code) == (400, 401)
    assert len(rows(Consent)) == 1
    assert len(rows(Nomination)) == 2


def test_new_notice_asks_again_on_the_ballot_and_both_consents_are_listed(app, client):
    campaign = lively_campaign(ballots=2)
    cast_now(campaign, 1, 1)
    sign_in_as_voter(client, 1)
    assert client.get(f"/c/{campaign.slug}/me").json["consented"] is True
    with writing() as tx:
        db.session.get(Campaign, campaign.id).notice_version = "2"
        open_log(tx, campaign.id).touch(rules=True)

    tokens = client.get(f"/c/{campaign.slug}/me").json
    ballot = {"candidate": "2", **{key: tokens[key] for key in ("csrf_token", "ballot_token")}}
    refused = client.post(f"/c/{campaign.slug}/ballot", data=ballot, headers=JSON)
    taken = client.post(f"/c/{campaign.slug}/ballot", data={**ballot, "consent": "1"}, headers=JSON)

    assert tokens["consented"] is False
    assert (refused.status_code, refused.json["type"]) == (403, "/problems/consent-required")
    assert taken.status_code == 201
    page = client.get("/my/").text
    assert ("（版本 1）" in page, "（版本 2）" in page) == (True, True)


def test_signing_out_asks_the_browser_to_forget_picks_and_drafts(client):
    sign_in_as_voter(client, 1)
    page = client.get("/my/").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    answer = client.post("/my/sign-out", data={"csrf_token": token})

    assert answer.headers["Clear-Site-Data"] == '"storage"'


@pytest.fixture
def numbers(campaign):
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


def test_my_page_says_which_ballot_is_void_and_where_the_appeal_stands(campaign, numbers, client):
    sign_in_as_voter(client, 3)
    before = client.get("/my/").text
    void_by_two(campaign, numbers)
    voided = client.get("/my/").text
    made = appeals.appeal(campaign.id, voter(3), numbers[3], "我自己投的")
    appealed = client.get("/my/").text
    third = make_staff("san", "reviewer")
    appeals.reject(made.id, third.id, "同一设备投出 6 张")
    rejected = client.get("/my/").text

    assert "作废" not in before
    assert "已作废，可以申诉" in voided
    assert "已作废，申诉待处理" in appealed
    assert "已作废，申诉已驳回" in rejected

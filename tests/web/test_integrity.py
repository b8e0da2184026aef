"""The integrity desk, the public register, the appeal: pages and what they must not show."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form
from tests.support.traced import cast_from, make_case
from tests.support.voided import WHY, void_by_two
from tests.support.xdb import write_map
from votesite import clock
from votesite.domain.integrity import appeals, cases, regions
from votesite.domain.results import tallies
from votesite.domain.voting import voters
from votesite.domain.voting.own import receipts_of
from votesite.extensions import db, site
from votesite.models.integrity import Appeal, BallotTrace, Case

DESK = "/admin/c/xiangzhen-2026/integrity"
FAULTS = ('id="void-rule-error"', 'id="f-why-error"', 'id="f-rule-error"')


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def numbers(campaign):
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


@pytest.fixture
def shen(app):
    make_staff("shen", "reviewer")
    make_staff("jian", "supervisor")
    return browser_of(app, "shen")


def receipt_of(campaign, number):
    ((code, _, _),) = receipts_of(campaign.id, voters.voter_key(campaign.id, voter(number)))
    return f"/c/{campaign.slug}/receipts/{code}"


def test_case_says_why_in_words_and_shows_its_burst(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    page = shen.get(f"{DESK}/cases/{case.id}").text

    assert "全部来自同一种浏览器，这种浏览器平时很少见。" in page
    assert re.search(r'<svg class="chart".*?<path class="line-1"', page, re.S)
    assert "合起来看，100% 选了 2 号" in page


def test_desk_lists_cases_without_numbers_of_ballots(campaign, numbers, shen):
    make_case(campaign, numbers)

    page = shen.get(DESK).text

    assert "同一种浏览器集中投票" in page
    assert "6 张选票" in page


def test_hold_then_void_with_a_colleague_on_the_same_screen(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    post_form(shen, f"{DESK}/cases/{case.id}/hold", rule="R1")
    db.session.rollback()
    assert cases.held_by_rule(campaign.id) == {"R1": 6}
    answer = post_form(
        shen, f"{DESK}/cases/{case.id}/void", why=WHY, colleague="jian", password=PASSWORD
    )

    db.session.rollback()
    assert answer.status_code == 303
    assert db.session.get(Case, case.id).state == "voided"


def test_wrong_password_of_a_colleague_leaves_the_proposal_waiting(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    answer = post_form(
        shen,
        f"{DESK}/cases/{case.id}/void",
        rule="R1",
        why=WHY,
        colleague="jian",
        password="x" * 12,
    )

    db.session.rollback()
    assert answer.status_code == 422
    assert "同事的账号或密码不对" in answer.text
    assert db.session.get(Case, case.id).state == "held"


def test_void_without_reason_is_asked_again(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    answer = post_form(shen, f"{DESK}/cases/{case.id}/void", rule="R1", why=" ")

    assert answer.status_code == 422
    assert 'id="f-why-error"' in answer.text


def test_each_form_of_a_case_tells_its_own_faults_and_all_of_them(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    void = post_form(shen, f"{DESK}/cases/{case.id}/void", rule="", why="").text
    hold = post_form(shen, f"{DESK}/cases/{case.id}/hold", rule="").text

    assert [name in void for name in FAULTS] == [True, True, False]
    assert [name in hold for name in FAULTS] == [False, False, True]


def test_register_is_public_and_says_rule_reason_and_candidate(campaign, numbers, client):
    void_by_two(campaign, numbers)

    page = client.get(f"/c/{campaign.slug}/clean-up").text

    assert "作废 6 张" in page
    assert "R1 同一来源在短时间内集中产生的异常选票" in page
    assert WHY in page
    assert "几乎都投给 2 号“第2镇”" in page


def test_held_ballots_are_public_by_rule_without_candidate(campaign, numbers, client):
    make_case(campaign, numbers, state="held", rule="R1")

    page = client.get(f"/c/{campaign.slug}/clean-up").text

    assert re.search(r"R1 同一来源.*?</th>\s*<td[^>]*>6</td>", page, re.S)
    assert "第2镇" not in page


def test_hidden_figures_hide_the_candidate_of_a_void(app, client):
    now = clock.now()
    hidden = make_campaign(
        slug="hidden",
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=9),
        results="hidden",
    )
    void_by_two(hidden, [cast_from(hidden, number, [2], when=now).n for number in range(6)])

    page = client.get("/c/hidden/clean-up").text

    assert "作废 6 张" in page
    assert "第2镇" not in page


def test_voter_of_a_voided_ballot_appeals_once(campaign, numbers, client):
    void_by_two(campaign, numbers)
    sign_in_as_voter(client, 3)
    address = receipt_of(campaign, 3)

    assert f'href="{address}/appeal"' in client.get(address).text
    form = client.get(f"{address}/appeal").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    first = client.post(f"{address}/appeal", data={"csrf_token": token, "text": "我自己投的"})
    second = client.post(f"{address}/appeal", data={"csrf_token": token, "text": "再说"})

    db.session.rollback()
    assert (first.status_code, second.status_code) == (303, 409)
    (made,) = db.session.query(Appeal).all()
    assert (made.n, appeals.made.text) == (numbers[3], "我自己投的")
    assert "我自己投的" in client.get(f"{address}/appeal").text


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


def test_who_has_voided_is_told_that_a_colleague_answers(campaign, numbers, shen):
    case = make_case(campaign, numbers)
    post_form(
        shen,
        f"{DESK}/cases/{case.id}/void",
        rule="R1",
        why=WHY,
        colleague="jian",
        password=PASSWORD,
    )
    made = appeals.appeal(campaign.id, voter(3), numbers[3], "我自己投的")
    alone = shen.get(f"{DESK}/appeals/{made.id}").text
    make_staff("san", "reviewer")
    beside = shen.get(f"{DESK}/appeals/{made.id}").text
    answer = post_form(shen, f"{DESK}/appeals/{made.id}/reject", reply="驳回")

    assert 'name="reply"' in alone
    assert 'name="reply"' not in beside
    assert "驳回须由没有参与的同事来做" in beside
    assert answer.status_code == 409
    db.session.rollback()
    assert appeals.find(campaign.id, made.id).state == "open"


def test_published_figures_and_their_voids_belong_together(campaign, numbers, client):
    def shown():
        page = client.get("/c/xiangzhen-2026/results").text
        return re.findall(r'<dt>(?:有效选票|作废)</dt><dd><span class="num">([^<]+)<', page)

    before = shown()
    void_by_two(campaign, numbers[:2])

    assert tallies.head(campaign.slug).voided == 2
    assert shown() == before == ["5", "0"]


def test_appeal_is_hidden_from_everybody_else(campaign, numbers, client, app):
    void_by_two(campaign, numbers)
    address = f"{receipt_of(campaign, 3)}/appeal"
    other = app.test_client()
    sign_in_as_voter(other, 4)

    assert (client.get(address).status_code, other.get(address).status_code) == (404, 404)


def test_empty_appeal_is_asked_again(campaign, numbers, client):
    void_by_two(campaign, numbers)
    sign_in_as_voter(client, 3)
    address = f"{receipt_of(campaign, 3)}/appeal"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)[1]

    answer = client.post(address, data={"csrf_token": token, "text": ""})

    assert answer.status_code == 422
    assert 'id="f-text-error"' in answer.text


def test_reviewer_restores_on_appeal_with_a_colleague(campaign, numbers, client, shen):
    void_by_two(campaign, numbers)
    made = appeals.appeal(campaign.id, voter(3), numbers[3], "我自己投的")

    page = shen.get(f"{DESK}/appeals/{made.id}").text
    answer = post_form(
        shen,
        f"{DESK}/appeals/{made.id}/restore",
        why="说明属实",
        colleague="jian",
        password=PASSWORD,
    )

    assert "我自己投的" in page
    assert answer.status_code == 303
    assert "恢复 1 张" in client.get(f"/c/{campaign.slug}/clean-up").text


def test_posted_ballot_leaves_a_trace(campaign, client):
    sign_in_as_voter(client, 1)
    me = client.get(f"/c/{campaign.slug}/me").json

    client.post(
        f"/c/{campaign.slug}/ballot",
        data={
            "candidate": "1",
            "ballot_token": me["ballot_token"],
            "csrf_token": me["csrf_token"],
            "consent": "1",
        },
    )

    db.session.rollback()
    assert db.session.query(BallotTrace).count() == 1


def test_area_is_asked_for_only_where_there_is_a_map(campaign, shen):
    assert 'name="area"' not in shen.get(DESK).text
    assert "没有 ip2region 地址库" in shen.get(DESK).text


@pytest.fixture
def mapped(app):
    write_map(
        site().settings.instance / "ip2region_v4.xdb",
        [("127.0.0.0", "127.0.255.255", "中国|广东省|深圳市|联通|CN")],
    )
    yield
    regions._map.cache_clear()
    regions._region.cache_clear()


def test_area_is_saved_and_a_posted_ballot_keeps_one_bit(mapped, campaign, shen, client):
    answer = post_form(shen, f"{DESK}/area", area="江西省｜赣州市")
    sign_in_as_voter(client, 1)
    me = client.get(f"/c/{campaign.slug}/me").json
    tokens = {name: me[name] for name in ("ballot_token", "csrf_token")}
    client.post(f"/c/{campaign.slug}/ballot", data={**tokens, "candidate": "1", "consent": "1"})

    db.session.rollback()
    (trace,) = db.session.query(BallotTrace).all()
    assert (answer.status_code, trace.outside) == (303, True)
    assert 'value="江西省|赣州市"' in shen.get(DESK).text


def test_area_that_is_too_long_is_asked_again(mapped, campaign, shen):
    answer = post_form(shen, f"{DESK}/area", area="省" * 61)

    assert answer.status_code == 422
    assert "省" * 61 in answer.text
    assert 'id="f-area-error"' in answer.text

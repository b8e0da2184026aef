"""The integrity desk: cases, holds, voids by two people, appeals, the area."""

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
from votesite.extensions import db, site
from votesite.models.integrity import BallotTrace, Case

DESK = "/admin/c/xiangzhen-2026/integrity"
FAULTS = ('id="void-rule-error"', 'id="f-why-error"', 'id="f-rule-error"')


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def numbers(campaign, shen):
    """Ballots cast when those who will decide about them were there already."""
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


@pytest.fixture
def shen(app):
    make_staff("shen", "reviewer")
    make_staff("jian", "supervisor")
    return browser_of(app, "shen")


def test_case_says_why_in_words_and_shows_its_burst(campaign, numbers, shen):
    case = make_case(campaign, numbers)

    page = shen.get(f"{DESK}/cases/{case.id}").text

    assert "全部来自同一种浏览器，这种浏览器平时很少见。" in page
    assert re.search(r'<svg class="chart".*?<path class="line-1"', page, re.S)
    assert "选了 2 号" not in page  # not while people vote


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
    assert "没有别的同事能答复，所以由您答复" in alone
    assert 'name="reply"' not in beside
    assert "驳回须由没有参与的同事来做" in beside
    assert answer.status_code == 409
    db.session.rollback()
    assert appeals.find(campaign.id, made.id).state == "open"


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

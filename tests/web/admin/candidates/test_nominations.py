"""The review of nominations at the desk."""

import pytest
from sqlalchemy import select

from tests.support import staffing
from tests.support.answers import words_of
from tests.support.factories import voter
from tests.support.nominations import GOOD, make_nominating, nominated
from tests.support.staffing import png
from votesite import clock
from votesite.domain import audit
from votesite.domain.nominations import nominating, queries
from votesite.domain.nominations.nominating import Proposal
from votesite.extensions import db
from votesite.models.candidates import Candidate
from votesite.web.prose import markdown

DESK = "/admin/c/xiangzhen-2026/nominations"


@pytest.fixture
def campaign(app):
    return make_nominating()


@pytest.fixture
def desk(app, campaign):
    """A reviewer's browser."""
    staffing.make_staff("zhou", "reviewer", campaign=campaign)
    return staffing.browser_of(app, "zhou")


def test_queue_shows_document_checks_and_decision(desk, campaign):
    made = nominated(
        campaign,
        name="第1镇人民政府",
        evidence="https://a.cn/x",
        service="<i>好</i>",
        when=clock.now,
    )

    page = desk.get(f"{DESK}/{made.id}")

    said = words_of(page)
    assert page.status_code == 200
    assert "办事不跑第二趟。" in said
    assert "&lt;i&gt;好&lt;/i&gt;" in page.get_data(as_text=True)
    assert "与 01 号候选“第1镇”相似" in said
    assert "提名人会看到原文" in said
    assert 'rel="nofollow noopener noreferrer"' in page.get_data(as_text=True)


def test_review_shows_what_the_public_page_will(desk, campaign):
    text = "    窗口不打烊\n**“一窗受理”**走在前列\n3. 当天办结"
    made = nominated(campaign, reason=text, service=text, when=clock.now)

    page = desk.get(f"{DESK}/{made.id}").get_data(as_text=True)

    assert page.count(f'<div class="prose">{markdown(text)}</div>') == 2


def test_queue_opens_at_the_oldest_that_waits(desk, campaign):
    first, _second = nominated(campaign, when=clock.now), nominated(campaign, 2, when=clock.now)

    page = desk.get(DESK)

    assert (page.status_code, page.location) == (303, f"{DESK}/{first.id}")


def test_empty_queue_says_so(desk):
    assert "没有待审的提名" in words_of(desk.get(DESK))


def test_accepting_makes_a_candidate_and_leads_on(desk, campaign, client):
    first, second = (
        nominated(campaign, when=clock.now),
        nominated(campaign, 2, name="云谷镇", when=clock.now),
    )

    answer = staffing.post_form(
        desk, f"{DESK}/{first.id}/decide", decision="accept", name="清水镇", category="山区乡镇"
    )

    assert (answer.status_code, answer.location) == (303, f"{DESK}/{second.id}")
    assert "“清水镇”已列为 7 号候选" in words_of(desk.get(answer.location))
    db.session.rollback()
    made = db.session.scalar(select(Candidate).where(Candidate.name == "清水镇"))
    assert made.no == 7
    assert client.get("/c/xiangzhen-2026/candidates/7").status_code == 200


def test_rejection_without_reason_is_told_on_the_page(desk, campaign):
    made = nominated(campaign, when=clock.now)

    answer = staffing.post_form(desk, f"{DESK}/{made.id}/decide", decision="reject", reason=" ")

    assert answer.status_code == 422
    assert "请填写这一项" in words_of(answer)


def test_joining_and_merging(desk, campaign):
    first, second, third = (nominated(campaign, who, when=clock.now) for who in (1, 2, 3))
    ids = [made.id for made in (first, second, third)]

    staffing.post_form(desk, f"{DESK}/{ids[0]}/decide", decision="join", candidate="2")
    staffing.post_form(desk, f"{DESK}/{ids[1]}/decide", decision="merge", nomination=str(ids[0]))
    wrong = staffing.post_form(desk, f"{DESK}/{ids[2]}/decide", decision="join", candidate="99")

    db.session.rollback()
    assert [made.status for made in (first, second, third)] == ["accepted", "merged", "pending"]
    assert queries.counts(campaign.id) == (3, 2, 1)
    assert wrong.status_code == 422


def test_decision_is_taken_back(desk, campaign):
    made = nominated(campaign, when=clock.now)
    staffing.post_form(desk, f"{DESK}/{made.id}/decide", decision="reject", reason="不在范围内。")

    answer = staffing.post_form(desk, f"{DESK}/{made.id}/reopen")

    db.session.rollback()
    assert (answer.status_code, made.status) == (303, "pending")


def test_contact_is_shown_only_on_asking_and_each_look_is_logged(desk, campaign):
    made = nominated(campaign, contact="李敏 138-0000-0000", when=clock.now)
    path = f"{DESK}/{made.id}"
    assert "138-0000-0000" not in words_of(desk.get(path))

    shown = staffing.post_form(desk, f"{path}/contact")

    assert "李敏 138-0000-0000" in words_of(shown)
    db.session.rollback()
    looks = [line for line in audit.entries([campaign.id]) if line.action == "look"]
    assert [(line.table, line.row_id) for line in looks] == [("nominations", str(made.id))]


@pytest.mark.parametrize("role", ["editor", "supervisor", "auditor"])
def test_others_read_but_neither_decide_nor_look(app, campaign, role):
    made = nominated(campaign, contact="电话", when=clock.now)
    staffing.make_staff("qian", role, campaign=campaign)
    browser = staffing.browser_of(app, "qian")

    assert browser.get(f"{DESK}/{made.id}").status_code == 200
    for act in ("decide", "contact", "reopen"):
        answer = staffing.post_form(browser, f"{DESK}/{made.id}/{act}", decision="accept")
        assert answer.status_code == 403
    assert made.is_pending


def test_foreign_campaign_and_its_nominations_do_not_exist(desk, campaign):
    other = make_nominating(slug="other-2026")
    made = nominated(other, when=clock.now)

    assert desk.get("/admin/c/other-2026/nominations").status_code == 404
    assert desk.get(f"{DESK}/{made.id}").status_code == 404
    assert staffing.post_form(desk, f"{DESK}/{made.id}/contact").status_code == 404


def test_private_picture_is_for_staff_only(desk, campaign, client):
    made = nominating.nominate(Proposal(campaign.id, voter(1), GOOD, picture=png(), consents=True))
    path = f"{DESK}/{made.id}/picture-480.jpg"

    shown = desk.get(path)

    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert client.get(path).status_code == 303
    assert desk.get(f"{DESK}/{made.id}/picture-9.jpg").status_code == 404


def test_next_is_the_one_after_and_behind_the_last_the_first(desk, campaign):
    ids = [
        nominated(campaign, who, name=f"第{who}镇便民中心", when=clock.now).id for who in range(4)
    ]

    def decide(number):
        path = f"{DESK}/{number}/decide"
        return staffing.post_form(desk, path, decision="reject", reason="不在范围内。").location

    assert decide(ids[1]) == f"{DESK}/{ids[2]}"
    assert decide(ids[3]) == f"{DESK}/{ids[0]}"


def test_queue_has_a_page_without_any_document(desk, campaign):
    made = nominated(campaign, when=clock.now)

    page = desk.get(f"{DESK}?list=1")

    assert page.status_code == 200
    assert "请选一件提名" in words_of(page)
    assert f"{DESK}/{made.id}" in page.text


def test_decision_that_comes_late_shows_its_words_to_be_copied(desk, campaign):
    made = nominated(campaign, when=clock.now)
    path = f"{DESK}/{made.id}"
    staffing.post_form(desk, f"{path}/decide", decision="reject", reason="不在范围内。")

    late = staffing.post_form(desk, f"{path}/decide", decision="reject", reason="请补充材料。")

    assert late.status_code == 409
    assert "这件提名已经有人处理过了。" in late.text
    assert ">请补充材料。</pre>" in late.text
    assert "不在范围内。" in late.text

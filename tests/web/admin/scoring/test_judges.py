"""The panel as staff see it: who has handed in, never what, until the panel is closed."""

import re

import pytest

from tests.support.accounts import invitation, open_account, set_up_phone
from tests.support.desk_forms import fields_of
from tests.support.panels import (
    HILLS,
    appoint_account,
    close_panel,
    dismiss_judge,
    hand_in_all,
    judged_campaign,
)
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form
from votesite.domain.scoring import drafts, practice
from votesite.domain.scoring.drafts import Post
from votesite.domain.staff import account_acts

DESK = "/admin/c/xiangzhen-2026"
OWN = f"{DESK}/judges"
SAMPLE = {"title-1": "样本甲", "text-1": "办件 12,000 件"}


@pytest.fixture
def campaign(app):
    return judged_campaign()


def words(page):
    """What stands on a page, without tags, blanks as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_staff_see_who_has_handed_in_and_never_what(app, campaign, editor):
    first, second = (
        appoint_account(campaign, name, at) for at, name in enumerate(["qin", "bai"], 1)
    )
    hand_in_all(campaign, first, "87.5", **{"note-1": "有疑点"})
    drafts.save(campaign.id, Post({"s-1-service": "87.5"}), by=second)

    page = editor.get(OWN).text

    said = words(page)
    assert "专家1 云岭大学 全部 已交" in said
    assert "专家2 云岭大学 全部 未交" in said
    assert "还有 1 位没有交：专家2" in said
    assert ["87.5" in page, "有疑点" in page, "/judges/1/sheet" in page] == [False, False, False]
    assert editor.get(f"{OWN}/1/sheet").status_code == 404


def test_no_screen_of_the_desk_holds_a_score_before_the_panel_is_closed(app, campaign, owner):
    judge = appoint_account(campaign, "qin", 1)
    hand_in_all(campaign, judge, "41.7", **{"note-1": "有疑点"})
    screens = ("", "/judges", "/decisions", "/candidates", "/setup/weights", "/integrity")

    pages = [owner.get(f"{DESK}{screen}", follow_redirects=True).text for screen in screens]
    pages.append(owner.get("/admin/audit").text)

    assert [("41.7" in page or "417" in page or "有疑点" in page) for page in pages] == [False] * 7
    assert "交评分表：账本第 2 号" in words(pages[-1])


def test_sheet_for_the_minutes_is_there_once_the_panel_is_closed(app, campaign, editor):
    judge = appoint_account(campaign, "qin", 1)
    hand_in_all(campaign, judge, "87.5")
    close_panel(campaign)

    listed, sheet = editor.get(OWN).text, editor.get(f"{OWN}/1/sheet").text

    assert f'href="{OWN}/1/sheet"' in listed
    assert "提议结束评分…" not in listed
    assert "87.50" in sheet
    assert re.search(r"[0-9a-f]{64}", sheet)


def test_page_counts_the_judges_of_each_category_against_the_trimming(app, campaign, editor):
    for at, name in enumerate(["qin", "bai", "tao", "wei", "yun", "han"], 1):
        appoint_account(campaign, name, at, *([HILLS] if at > 4 else []))
    dismiss_judge(campaign, 4)

    said = words(editor.get(OWN).text)

    assert "城郊乡镇 3 0 少于 6 位" in said
    assert "山区乡镇 5 0 少于 6 位" in said
    assert "不到 5 份，就一个也不去" in said
    assert "已解聘，不计入" in said


def test_account_that_waits_for_its_appointment_is_named(app, campaign, editor):
    make_staff("qin", "judge", campaign=campaign)

    said = words(editor.get(OWN).text)

    assert "有评委账号还没有聘任： Qin" in said
    assert "/decisions/new?kind=judge" in editor.get(OWN).text


def test_model_dossiers_are_written_scored_and_the_round_is_closed(app, campaign, editor):
    first, _second = (appoint_account(campaign, n, at) for at, n in enumerate(["qin", "bai"], 1))
    written = post_form(editor, f"{OWN}/dossiers", **SAMPLE)
    practice.practise(campaign.id, {"p-1-service": "80", "p-1-reform": "90.5"}, by=first)
    waiting = words(editor.get(OWN).text)
    changed = post_form(editor, f"{OWN}/dossiers", **{**SAMPLE, "text-1": "另一段"})
    closed = post_form(editor, f"{OWN}/dossiers/close")
    late = post_form(editor, f"{OWN}/dossiers", **SAMPLE)

    after = words(editor.get(OWN).text)

    assert [answer.status_code for answer in (written, changed, closed, late)] == [
        303,
        422,
        303,
        409,
    ]
    assert "1 / 2 位评委已试评。" in waiting
    assert "80.0" not in waiting
    assert "已经有评委评过这份样本，不能再改。" in changed.text
    assert "另一段" in changed.text
    assert "服务质量 80.0 80.0–80.0" in after
    assert "改革创新 90.5 90.5–90.5" in after


def test_half_a_model_dossier_comes_back_filled(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/dossiers", **{"title-2": "只有标题"})

    assert answer.status_code == 422
    assert fields_of(answer.text[answer.text.index("judges/dossiers") - 60 :])["title-2"] == [
        "只有标题"
    ]


def test_supervisor_reads_and_changes_nothing(app, campaign):
    make_staff("jian", "supervisor")
    supervisor = browser_of(app, "jian")
    appoint_account(campaign, "qin", 1)

    page = supervisor.get(OWN).text

    assert "专家1" in page
    assert ["kind=judge" in page, "kind=panel" in page, "judges/dossiers" in page] == [False] * 3
    assert post_form(supervisor, f"{OWN}/dossiers", **SAMPLE).status_code == 403


def test_campaign_without_experts_says_so(app, editor):
    judged_campaign(weights={"public": 100, "expert": 0})

    page = editor.get(OWN).text

    assert "这个活动不设专家评审" in page
    assert f'href="{OWN}"' not in page


def test_one_person_invites_a_judge_and_two_appoint_them(app, campaign, editor):
    keeper = make_staff("keeper", "accounts").id
    token = account_acts.propose(invitation("judge", "秦评委", campaign.id), by=keeper).token
    judge = app.test_client()
    open_account(judge, f"/admin/join/{token}", "qin")
    _secret, codes = set_up_phone(judge)
    appointment = {"judge": "7", "staff": "qin", "name": "秦教授", "unit": "云岭大学"}

    landed = judge.get("/admin/").location
    waiting = judge.get(landed).text
    answer = post_form(
        editor,
        f"{DESK}/decisions/new",
        kind="judge",
        **appointment,
        colleague="zheng",
        password=PASSWORD,
    )

    assert re.search(r'href="/admin/">\s*抄好了', codes.text)
    assert landed == f"{DESK}/scores"
    assert "还没有聘任" in waiting
    assert answer.status_code == 303
    assert "第 7 号评委" in judge.get(landed).text
    assert "秦教授" in editor.get(OWN).text


def test_page_tells_how_the_judges_agreed_once_the_panel_is_closed(app, campaign, editor):
    accounts = [appoint_account(campaign, n, at) for at, n in enumerate(["qin", "bai"], 1)]
    for staff_id, points, first in zip(accounts, ("90", "80"), ("95", "85"), strict=True):
        hand_in_all(campaign, staff_id, points, **{"s-1-service": first, "s-2-service": first})
    before = words(editor.get(OWN).text)
    close_panel(campaign)

    said = words(editor.get(OWN).text)

    assert "评分情况" not in before
    assert "山区乡镇： W = 1.00，评委排的先后很一致。" in said
    assert "1 专家1 6 偏宽 5.0 分" in said
    assert "2 专家2 6 偏严 5.0 分" in said
    assert "01 第1镇 2 83.0 93.0 88.0 7.1" in said
    assert "票数公布、数据齐了以后才能比较。" in said

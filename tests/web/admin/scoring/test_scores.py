"""A judge's small area: what it shows, keeps and hands in; and what it never shows."""

import re

import pytest

from tests.support.desk_forms import fields_of
from tests.support.factories import change_rule
from tests.support.panels import (
    CITY,
    HILLS,
    appoint_account,
    close_panel,
    dismiss_judge,
    hand_in_all,
    judged_campaign,
    typed_scores,
)
from tests.support.staffing import browser_of, make_staff, post_form
from votesite.domain.candidates import listing
from votesite.domain.scoring import drafts, judges, practice, sheets
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.staff import Grant

OWN = "/admin/c/xiangzhen-2026/scores"
JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(app):
    return judged_campaign()


@pytest.fixture
def judge(app, campaign):
    """A browser in which judge 1 is signed in."""
    appoint_account(campaign, "qin", 1)
    return browser_of(app, "qin")


def post(client, **fields):
    token = client.get("/admin/me", headers=JSON).json["csrf_token"]
    return client.post(OWN, data={"csrf_token": token, **fields}, headers=JSON)


def draft_of(campaign):
    db.session.rollback()
    return drafts.draft_of(judges.judges_of(campaign.id)[0])


def all_scores(campaign, points="80"):
    one = judges.judges_of(campaign.id)[0]
    task = judges.task_of(db.session.get(Campaign, campaign.id), one.staff_id)
    return typed_scores(task, points)


def withdraw(campaign, no):
    change_rule(campaign, {"withdraw": no})
    with writing():
        listing.candidate_numbered(campaign.id, no).withdrawn = "机构撤并"


def test_overview_names_the_categories_and_how_far_each_is(campaign, judge):
    post(judge, **{"s-1-service": "90", "s-1-reform": "85", "s-3-service": "70"})

    page = judge.get(OWN).text

    assert re.findall(r"已评 \d / \d", page) == ["已评 0 / 3", "已评 1 / 3"]
    assert "第 1 号评委" in page


def test_one_page_a_category_with_the_dossiers_beside_the_fields(campaign, judge):
    with writing():
        one = listing.candidate_numbered(campaign.id, 1)
        one.dossier = {"service": "42 项服务搬到村口", "reform": "一窗通办"}

    page = judge.get(OWN, query_string={"category": HILLS}).text

    assert "42 项服务搬到村口" in page
    assert "一窗通办" in page
    shown = [name for name in fields_of(page) if name.startswith("s-")]
    assert shown == [f"s-{no}-{key}" for no in (1, 3, 5) for key in ("service", "reform")]
    assert judge.get(OWN, query_string={"category": "没有的"}).status_code == 404


def test_form_is_saved_as_typed_and_faults_stand_beside_it(campaign, judge):
    path = f"{OWN}?category={HILLS}"
    fields = fields_of(judge.get(path).text)
    typed = {"s-1-service": "九十", "s-3-service": "９０．５", "note-1": "看过现场"}

    answer = judge.post(OWN, data={**fields, **typed}, follow_redirects=True)

    draft = draft_of(campaign)
    assert answer.request.path == OWN
    assert "已保存。" in answer.text
    assert "请用数字写，如 90 或 95.5。" in answer.text
    assert (draft.score(1, "service"), draft.score(3, "service")) == ("九十", "９０．５")
    assert draft.note(1) == "看过现场"


def test_program_saves_a_part_and_learns_what_is_wrong_with_it(campaign, judge):
    answer = post(judge, **{"s-1-service": "101", "s-2-service": "95.55", "s-3-service": "９"})

    assert answer.status_code == 200
    assert answer.json["fields"] == {
        "s-1-service": "分数在 0 到 100 之间。",
        "s-2-service": "最多一位小数，如 95.5。",
    }
    assert answer.json["version"] == 1
    assert answer.json["progress"][0] == {
        "category": CITY,
        "scored": 0,
        "of": 3,
        "recused": False,
    }


def test_program_reads_its_own_sheet_and_nobody_elses(app, campaign, judge):
    appoint_account(campaign, "bai", 2)
    other = browser_of(app, "bai")
    post(other, **{"s-1-service": "12.5", "note-1": "别人的笔记"})
    post(judge, **{"s-1-service": "90"})

    told = judge.get(OWN, headers=JSON)

    assert told.json["judge"] == 1
    assert told.json["criteria"][0] == {"key": "service", "weight": 60, "name": "服务质量"}
    assert told.json["categories"][1]["candidates"][0]["scores"] == {"service": "90", "reform": ""}
    assert "12.5" not in told.text
    assert "别人的笔记" not in judge.get(OWN, query_string={"category": HILLS}).text


def test_unfinished_sheet_is_not_handed_in(campaign, judge):
    answer = post(judge, **{"s-1-service": "", "s-2-service": "九十", "act": "hand-in"})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-sheet")
    assert len(answer.json["fields"]) == 12
    assert answer.json["fields"]["s-1-service"] == "还没有打分。"
    assert draft_of(campaign).score(2, "service") == "九十"


def test_whole_sheet_is_handed_in_with_a_receipt(campaign, judge, client):
    answer = post(judge, **all_scores(campaign), act="hand-in")

    assert answer.status_code == 201
    assert set(answer.json) == {"n", "receipt"}
    receipt = client.get(f"/c/xiangzhen-2026/receipts/{answer.json['receipt']}", headers=JSON).json
    assert receipt["n"] == answer.json["n"]
    assert "voided" not in receipt


def test_page_leads_from_handing_in_to_the_receipt_that_checks_itself(campaign, judge):
    post(judge, **all_scores(campaign, "90.5"))

    answer = judge.post(
        OWN, data={**fields_of(judge.get(OWN).text), "act": "hand-in"}, follow_redirects=True
    )

    page = answer.text
    sheet = sheets.handed_in(campaign.id, judges.state_of(campaign.id).sheets[1]["n"])
    assert answer.request.path == f"{OWN}/sheet"
    assert sheet.proof.leaf.hex() in page
    assert 'data-kind="sheet"' in page
    assert "90.50" in page
    told = judge.get(f"{OWN}/sheet", headers=JSON).json["receipt"]
    assert told["leaf"] == sheet.proof.leaf.hex()


def test_page_says_category_by_category_what_keeps_it_from_being_handed_in(campaign, judge):
    half = {name: text for name, text in all_scores(campaign).items() if name[2] in "246"}
    post(judge, **half)
    page = judge.get(OWN).text

    answer = judge.post(OWN, data={**fields_of(page), "act": "hand-in"})

    assert answer.status_code == 422
    assert f"{HILLS}：" in answer.text.replace("\n", "").replace("  ", "")
    assert "还有 6 处没有打分或者要改" in answer.text
    checked = judge.get(OWN, query_string={"category": HILLS, "check": "1"}).text
    assert checked.count("还没有打分。") == 6


def test_recusal_needs_a_reason_and_is_handed_in_without_scores(campaign, judge):
    half = {name: text for name, text in all_scores(campaign).items() if name[2] in "246"}

    bare = post(judge, **half, recused=HILLS, act="hand-in")
    done = post(judge, recused=HILLS, reason="曾在该镇任职", act="hand-in")

    assert bare.json["fields"] == {"reason": "回避“山区乡镇”要写明理由。"}
    assert done.status_code == 201
    assert "已回避" in judge.get(OWN).text


def test_withdrawn_candidate_is_left_out_and_the_page_says_so(campaign, judge):
    post(judge, **all_scores(campaign))
    withdraw(campaign, 3)
    before = judge.get(OWN).text

    answer = judge.post(OWN, data={**fields_of(before), "act": "hand-in"}, follow_redirects=True)

    assert "3 号已经退出，给它打的分不会交上去。" in before
    assert "3 号已经退出，给它打的分没有算进去。" in answer.text


def test_sheet_can_be_changed_and_handed_in_again_until_the_panel_closes(campaign, judge):
    post(judge, **all_scores(campaign), act="hand-in")
    post(judge, **{"s-1-service": "95"})
    changed = judge.get(OWN).text
    post(judge, act="hand-in")
    again = judge.get(OWN).text
    close_panel(campaign)

    late = post(judge, **{"s-1-service": "60"})
    typed = post_form(judge, OWN, **{"note-1": "来不及了 的话"})

    assert "交卷以后您又改过。" in changed
    assert "交卷以后您又改过。" not in again
    assert (late.status_code, late.json["type"]) == (409, "/problems/closed")
    assert "评分已经结束" in late.json["detail"]
    assert "来不及了 的话" in typed.text
    assert "评分已经结束。" in judge.get(OWN).text


def test_fields_of_no_sheet_are_named_and_nothing_typed_is_lost(campaign, judge):
    path = f"{OWN}?category={HILLS}"
    fields = fields_of(judge.get(path).text)

    answer = judge.post(OWN, data={**fields, "s-1-service": "88", "note-1": "长" * 1001})

    assert answer.status_code == 422
    assert "最多 1000 字，现在多了 1 字。" in answer.text
    assert fields_of(answer.text)["s-1-service"] == ["88"]
    assert draft_of(campaign).version == 0


def test_session_that_has_ended_carries_the_scores_over_the_sign_in(app, campaign, judge):
    fields = fields_of(judge.get(f"{OWN}?category={HILLS}").text)
    with writing():
        db.session.execute(db.text("DELETE FROM staff_sessions"))

    lost = judge.post(OWN, data={**fields, "s-1-service": "88.5", "note-1": "看过 现场"})
    back = judge.post(
        "/admin/login", data={**fields_of(lost.text), "name": "qin", "password": "jing-dian-9527"}
    )
    judge.post(OWN, data=fields_of(back.text))

    assert "看过 现场" in back.text
    draft = draft_of(campaign)
    assert (draft.score(1, "service"), draft.note(1)) == ("88.5", "看过 现场")


def test_judge_is_not_yet_and_no_longer_one(app, campaign):
    make_staff("bai", "judge", campaign=campaign)
    waiting = browser_of(app, "bai")
    appoint_account(campaign, "qin", 1)
    gone = browser_of(app, "qin")
    dismiss_judge(campaign, 1)

    assert "还没有聘任" in waiting.get(OWN).text
    assert "您已不再担任这个活动的评委" in gone.get(OWN).text
    assert post(gone, **{"s-1-service": "90"}).status_code == 403
    assert waiting.get(f"{OWN}/compare").status_code == 403


def test_two_dossiers_stand_side_by_side_with_their_scores(campaign, judge):
    post(judge, **{"s-1-service": "90"})

    page = judge.get(f"{OWN}/compare?no=1&no=2").text
    fields = fields_of(page)
    answer = judge.post(OWN, data={**fields, "s-2-reform": "77"})

    assert fields["s-1-service"] == ["90"]
    assert answer.location.endswith("/scores/compare?no=1&no=2")
    assert draft_of(campaign).score(2, "reform") == "77"
    assert judge.get(f"{OWN}/compare?no=99").status_code == 404


def test_long_category_is_shown_in_pages_that_a_form_can_carry(app):
    campaign = judged_campaign(candidates=70, categories=("乡镇",))
    appoint_account(campaign, "qin", 1)
    judge = browser_of(app, "qin")

    first = judge.get(f"{OWN}?category=乡镇").text
    last = judge.get(f"{OWN}?category=乡镇&page=3").text

    assert len([name for name in fields_of(first) if name.startswith("s-")]) == 60
    assert next(name for name in fields_of(last) if name.startswith("note-")) == "note-61"


def test_every_button_of_a_page_saves_before_it_leads_on(app):
    campaign = judged_campaign(candidates=40, categories=("乡镇",))
    appoint_account(campaign, "qin", 1)
    judge = browser_of(app, "qin")
    first = fields_of(judge.get(f"{OWN}?category=乡镇").text)

    onward = judge.post(OWN, data={**first, "s-1-service": "71", "go": "2"})
    over = judge.post(OWN, data={**first, "s-2-service": "72", "go": "hand-in"})

    assert onward.location.endswith("&page=2")
    assert over.location == f"{OWN}#hand-in"
    draft = draft_of(campaign)
    assert (draft.score(1, "service"), draft.score(2, "service")) == ("71", "72")


def test_practice_shows_the_others_only_once_all_have_done_it(app, campaign, judge):
    editor = make_staff("zhou", "editor").id
    practice.write_dossiers(campaign.id, {"title-1": "样本甲", "text-1": "办件"}, by=editor)
    appoint_account(campaign, "bai", 2)
    other = browser_of(app, "bai")
    path = f"{OWN}/practice"

    post_form(judge, path, **{"p-1-service": "80", "p-1-reform": "９０"})
    early = judge.get(path).text
    faulty = post_form(other, path, **{"p-1-service": "六十", "p-1-reform": "70"})
    post_form(other, path, **{"p-1-service": "60", "p-1-reform": "70"})
    shown = judge.get(path).text
    late = post_form(judge, path, **{"p-1-service": "70", "p-1-reform": "70"})

    assert "别人平均" not in early
    assert (faulty.status_code, "六十" in faulty.text) == (422, True)
    assert ["别人平均 60.0" in shown, "别人平均 70.0" in shown] == [True, True]
    assert late.status_code == 409


def test_judge_reads_no_figure_on_the_desk(app, campaign, judge):
    hand_in_all(campaign, judges.judges_of(campaign.id)[0].staff_id)
    own = "/admin/c/xiangzhen-2026"

    statuses = {
        path: judge.get(f"{own}{path}").status_code
        for path in ("/", "/results", "/results.csv", "/integrity", "/decisions", "/judges")
    }

    assert set(statuses.values()) == {403}
    assert judge.get("/admin/").location == OWN


def test_judge_of_two_campaigns_chooses_and_sees_no_turnout(app, campaign, judge):
    other = judged_campaign(slug="chuangkou-2026")
    with writing():
        staff_id = judges.judges_of(campaign.id)[0].staff_id
        db.session.add(Grant(staff_id=staff_id, campaign_id=other.id, role="judge"))

    page = judge.get("/admin/").text

    assert f'href="{OWN}"' in page
    assert re.search(r'class="figure">\d', page) is None

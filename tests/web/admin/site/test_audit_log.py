"""The audit log's page: own campaigns' lines, a broken chain, no words of anybody."""

import csv
import io
import re
from html import unescape

from tests.support.answers import words_of
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.stored import tamper
from votesite import clock
from votesite.domain import audit
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.extensions import writing

OWN = "/admin/c/xiangzhen-2026"


def test_auditor_of_one_campaign_reads_its_lines_only(app, campaign, draft, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="甲")
    post_form(editor, "/admin/c/draft-2026/candidates/1", summary="乙")
    make_staff("shen", "auditor", campaign=campaign)

    words = words_of(browser_of(app, "shen").get("/admin/audit"))

    assert words.count("修改：") == 1
    assert "修改：01 第1镇（简介）" in words
    assert "登录" not in words.partition("做了什么")[2]


def test_audit_log_says_when_its_chain_is_broken(app, owner):
    tamper("UPDATE audit_entries SET action = 'other' WHERE n = 1")

    assert "第 1 条对不上。" in owner.get("/admin/audit").text


def test_audit_log_holds_no_words(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="内部材料甲乙丙")

    lines = audit.entries(None)

    assert not any("甲乙丙" in f"{line.fields}{line.row_id}{line.action}" for line in lines)


def test_lines_speak_in_sentences(app, campaign, editor):
    zheng = people.by_name("zheng")
    made = proposals.propose(campaign.id, zheng.id, Change("withdraw", 2), "机构撤并")
    proposals.confirm(made.id, people.by_name("zhou").id, on_screen_of=zheng.id)
    make_staff("shen", "auditor")

    words = words_of(browser_of(app, "shen").get("/admin/audit"))

    assert "提议：2 号“第2镇”退出，不能再选" in words
    assert "确认：2 号“第2镇”退出，不能再选（在Zheng的屏幕上）" in words
    assert "授权：Shen 审计员" in words
    assert not re.search(r"decisions|staff_grants|on-screen-of|candidates \d", words)


def test_lines_are_found_by_person_campaign_and_day(app, campaign, draft, owner):
    make_staff("zhou", "editor")
    zhou = browser_of(app, "zhou")
    post_form(zhou, f"{OWN}/candidates/1", summary="甲")
    post_form(zhou, "/admin/c/draft-2026/candidates/1", summary="乙")
    number, today = people.by_name("zhou").id, f"{clock.now():%Y-%m-%d}"

    def found(**query):
        page = owner.get("/admin/audit", query_string=query)
        return words_of(page).count("修改：")

    assert found() == found(who="", campaign="", day="") == 2
    assert found(who=number, day=today) == 2
    assert found(who=people.by_name("root").id) == found(who=0) == 0
    assert found(campaign=campaign.id) == 1
    assert found(day="2026-01-01") == 0
    assert owner.get("/admin/audit?day=heute").status_code == 400
    assert owner.get("/admin/audit?who=x").status_code == 400


def test_foreign_campaign_has_no_lines_whatever_is_asked(app, campaign, draft, editor):
    post_form(editor, "/admin/c/draft-2026/candidates/1", summary="乙")
    make_staff("shen", "auditor", campaign=campaign)

    page = browser_of(app, "shen").get(f"/admin/audit?campaign={draft.id}")

    assert "还没有记录" in page.text


def test_more_lines_than_a_page_holds_lead_to_older_ones(app, campaign, owner):
    with writing():
        for number in range(101):
            audit.note(None, "edit", "candidates", number, now=clock.now())

    newest = owner.get(f"/admin/audit?campaign=&day={clock.day(clock.now()).isoformat()}")
    older = re.search(r'href="(/admin/audit\?before=[^"]+)"', newest.text)[1]

    assert newest.status_code == 200
    assert "day=" in older
    assert owner.get(unescape(older)).status_code == 200


def test_edit_of_a_published_dossier_is_shown_with_both_texts(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="一件事一次办")
    post_form(editor, f"{OWN}/candidates/1", summary="两件事<一次>办", slogan="办事快")
    make_staff("shen", "auditor", campaign=campaign)

    page = browser_of(app, "shen").get("/admin/audit").text

    shown = re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.S)
    assert {"一件事一次办", "两件事&lt;一次&gt;办", "办事快", "（空）"} <= set(shown)


def test_lines_that_are_found_can_be_saved_as_a_table(app, campaign, draft, editor, owner):
    post_form(editor, f"{OWN}/candidates/1", summary="一件事一次办")
    post_form(editor, "/admin/c/draft-2026/candidates/1", summary="乙")
    make_staff("shen", "auditor", campaign=campaign)
    shen = browser_of(app, "shen")

    rows = rows_of(owner.get("/admin/audit.csv"))
    asked = rows_of(owner.get(f"/admin/audit.csv?campaign={draft.id}&who=&day="))
    own = rows_of(shen.get(f"/admin/audit.csv?who={people.by_name('zhou').id}"))

    assert [int(row["序号"]) for row in rows] == [line.n for line in audit.entries(None, limit=999)]
    assert rows[0]["校验值"] == audit.head().hash.hex()
    assert [row["做了什么"] for row in asked] == ["修改：01 第1镇（简介）"]
    assert [(row["谁"], row["改成"]) for row in own] == [("Zhou", "简介：一件事一次办")]
    assert owner.get("/admin/audit.xlsx").data.startswith(b"PK")
    assert owner.get("/admin/audit.pdf").status_code == 404


def test_file_of_lines_is_as_foreign_as_the_page(app, campaign, editor):
    assert editor.get("/admin/audit.csv").status_code == 403


def rows_of(answer):
    """The rows of a table that was saved, by their heads."""
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

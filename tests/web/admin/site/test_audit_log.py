"""The audit log's page: own campaigns' lines, a broken chain, no words of anybody."""

from tests.support.answers import words_of
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.stored import tamper
from votesite.domain import audit

OWN = "/admin/c/xiangzhen-2026"


def test_auditor_of_one_campaign_reads_its_lines_only(app, campaign, draft, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="甲")
    post_form(editor, "/admin/c/draft-2026/candidates/1", summary="乙")
    make_staff("shen", "auditor", campaign=campaign)

    words = words_of(browser_of(app, "shen").get("/admin/audit"))

    assert words.count("修改") == 1
    assert "登录" not in words.partition("字段")[2]


def test_audit_log_says_when_its_chain_is_broken(app, owner):
    tamper("UPDATE audit_entries SET action = 'other' WHERE n = 1")

    assert "第 1 条对不上。" in owner.get("/admin/audit").text


def test_audit_log_holds_no_words(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="内部材料甲乙丙")

    lines = audit.entries(None)

    assert not any("甲乙丙" in f"{line.fields}{line.row_id}{line.action}" for line in lines)

"""One objection at the desk: sealed looks, taking up, declining, recusal, hearing."""

import pytest

from tests.support.answers import words_of
from tests.support.noticed import GOOD, noticed, object_to, pdf
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.stored import rows
from votesite.domain.hearing import concerns
from votesite.models.audit import AuditEntry
from votesite.models.hearing import Concern, Hearing, Objection


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def url(honours):
    object_to(honours.campaign, file=pdf())
    return f"/admin/c/gongshi-2026/objections/{rows(Objection)[-1].id}"


@pytest.fixture
def reviewer(honours):
    return make_staff("reviewer", "reviewer", campaign=honours.campaign).id


@pytest.fixture
def desk(app, reviewer):
    return browser_of(app, "reviewer")


def test_facts_are_shown_and_name_and_contact_at_a_press_that_is_noted(desk, url):
    page = desk.get(url)
    shown = post_form(desk, f"{url}/contact")

    assert "3号的数据算了两次。" in page.text
    assert GOOD["name"] not in page.text
    assert GOOD["contact"] not in page.text
    assert GOOD["name"] in shown.text
    assert GOOD["contact"] in shown.text
    assert [line.table for line in rows(AuditEntry) if line.action == "look"] == ["objections"]


def test_file_is_saved_never_shown_and_each_look_noted(desk, url):
    answer = post_form(desk, f"{url}/file")

    assert answer.data == pdf()
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert rows(AuditEntry)[-1].table == "objection_files"


def test_taking_up_and_declining(desk, url):
    assert post_form(desk, f"{url}/accept").status_code == 303
    assert "已受理" in words_of(desk.get(url))
    empty = post_form(desk, f"{url}/decline", reason=" ")
    assert empty.status_code == 422

    assert post_form(desk, f"{url}/decline", reason="没有具体事实").status_code == 303
    assert "没有具体事实" in words_of(desk.get(url))
    assert "提出答复" in words_of(desk.get(url))


def test_who_is_noted_as_concerned_reads_nothing_of_it(desk, url, reviewer):
    assert (
        post_form(desk, f"{url}/concern", colleague=reviewer, why="是我统计的").status_code == 303
    )

    page = desk.get(url)
    assert rows(Concern)[0].staff_id == reviewer
    assert "您已登记回避" in words_of(page)
    assert "算了两次" not in page.text
    for act in ("contact", "file", "accept", "hear"):
        assert post_form(desk, f"{url}/{act}", candidate=3, question="x").status_code == 403
    assert post_form(desk, f"{url}/concern/drop", colleague=reviewer).status_code == 403


def test_colleague_takes_a_recusal_back(desk, url, honours):
    row = rows(Objection)[0]
    concerns.note(honours.campaign.id, row.id, honours.editor, "有关", by=honours.owner)

    assert post_form(desk, f"{url}/concern/drop", colleague=honours.editor).status_code == 303
    assert rows(Concern) == []


def test_question_goes_to_a_candidate_and_faults_come_back_filled(desk, url):
    faulty = post_form(desk, f"{url}/hear", candidate="", question="怎么统计的？")
    assert (faulty.status_code, "怎么统计的？" in faulty.text) == (422, True)

    assert post_form(desk, f"{url}/hear", candidate=3, question="怎么统计的？").status_code == 303
    assert rows(Hearing)[0].no == 3
    assert "还没有回答" in words_of(desk.get(url))


def test_objections_of_another_campaign_are_not_found(app, honours, url):
    other = noticed(slug="another-2026")
    make_staff("foreign", "owner", campaign=other.campaign)
    client = browser_of(app, "foreign")

    wrong = url.replace("gongshi-2026", "another-2026")
    assert client.get(wrong).status_code == 404
    assert client.get(url).status_code == 404
    for act in ("accept", "decline", "contact", "file", "concern", "hear"):
        assert post_form(client, f"{wrong}/{act}", reason="x", why="x").status_code == 404

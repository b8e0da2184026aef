"""The desk's list of objections: deadlines, paper, own deadline, JSON."""

import io
from datetime import timedelta

import pytest

from tests.support.answers import problem_of, words_of
from tests.support.noticed import GOOD, noticed, object_to, pdf
from tests.support.staffing import browser_of, make_staff, post_form, token_of
from tests.support.stored import rows
from votesite import clock
from votesite.models.hearing import Objection, ObjectionFile, ObjectionTerms

URL = "/admin/c/gongshi-2026/objections"
JSON = {"Accept": "application/json"}


@pytest.fixture
def honours(app):
    return noticed()


def staff(app, honours, role):
    make_staff(role, role, campaign=honours.campaign)
    return browser_of(app, role)


def enter(client, **fields):
    form = {"csrf_token": token_of(client, "/admin/me"), **GOOD, **fields}
    return client.post(URL, data=form, headers=JSON)


def test_list_shows_what_is_owed_and_no_word_of_it(app, honours):
    object_to(honours.campaign)
    page = staff(app, honours, "reviewer").get(URL)

    assert "个人异议" in words_of(page)
    assert "前答复" in words_of(page)
    for part in (GOOD["name"], GOOD["contact"], "算了两次"):
        assert part not in page.text


def test_programs_get_numbers_and_states(app, honours):
    received = object_to(honours.campaign)
    told = staff(app, honours, "reviewer").get(URL, headers=JSON).json["objections"]

    assert told == [
        {
            "id": 1,
            "n": received.n,
            "code": received.code,
            "kind": "person",
            "state": "received",
            "outcome": "",
            "received": rows(Objection)[0].received_at,
            "due_on": rows(Objection)[0].due_on,
            "late": False,
            "answer_n": None,
        }
    ]


@pytest.mark.parametrize("role", ["owner", "reviewer", "supervisor"])
def test_paper_is_entered_by_who_receives_it(app, honours, role):
    answer = enter(staff(app, honours, role))

    (row,) = rows(Objection)
    assert (answer.status_code, answer.json) == (201, {"n": row.n, "code": row.code})
    assert row.received_by


def test_paper_comes_with_a_scan_and_the_time_it_came(app, honours):
    came = f"{clock.now() - timedelta(hours=2):%Y-%m-%d %H:%M}"
    client = staff(app, honours, "reviewer")

    answer = enter(client, received=came, file=(io.BytesIO(pdf()), "scan.pdf"))

    assert answer.status_code == 201
    assert rows(ObjectionFile)[0].media_type == "application/pdf"
    assert rows(Objection)[0].received_at[:16] == came.replace(" ", "T")


def test_faulty_paper_comes_back_filled(app, honours):
    client = staff(app, honours, "reviewer")

    answer = post_form(client, URL, **{**GOOD, "received": "昨天"})

    assert answer.status_code == 422
    assert GOOD["name"] in answer.text
    assert 'value="昨天"' in answer.text
    assert problem_of(enter(client, facts="")) == (422, "invalid-objection")
    assert rows(Objection) == []


@pytest.mark.parametrize("role", ["editor", "auditor", "judge"])
def test_others_enter_nothing(app, honours, role):
    assert enter(staff(app, honours, role)).status_code == 403


def test_after_the_notice_and_a_day_no_paper_is_taken(app):
    honours = noticed(begins=-14, ends=-2)
    client = staff(app, honours, "reviewer")

    assert problem_of(enter(client)) == (409, "closed")
    assert "登记书面的" not in words_of(client.get(URL))


def test_own_deadline_is_set_by_editors(app, honours):
    client = staff(app, honours, "editor")

    assert post_form(client, f"{URL}/days", days="３").status_code == 303
    assert rows(ObjectionTerms)[0].days == 3
    refused = post_form(client, f"{URL}/days", days="很久")
    assert (refused.status_code, 'value="很久"' in refused.text) == (422, True)

"""The frame: whose page it is, the way out, and refusals that leave nobody outside."""

import re

import pytest
from sqlalchemy import text

from tests.support.answers import problem_of, words_of
from tests.support.desk_forms import fields_of
from tests.support.site import BASE_URL
from tests.support.staffing import browser_of, make_staff, post_form
from votesite.extensions import db

OWN = "/admin/c/xiangzhen-2026"


def bar_of(page):
    """The words of the bar above a screen."""
    return re.sub(r"<[^>]+>|\s+", " ", re.search(r"<header.*?</header>", page.text, re.S)[0])


@pytest.mark.parametrize(
    ("path", "title"),
    [("/admin/", "全部活动"), ("/admin/me", "我的账号"), ("/admin/accounts", "人员与权限")],
)
def test_screen_without_a_campaign_has_its_own_title(app, owner, path, title):
    assert title in bar_of(owner.get(path))


def test_everybody_signs_out_from_where_they_are(app, campaign, editor):
    assert "退出登录" in bar_of(editor.get(f"{OWN}/"))

    answer = post_form(editor, "/admin/logout")

    assert answer.status_code == 303
    assert editor.get(f"{OWN}/").location.startswith("/admin/login")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{OWN}/candidates/99", 404),
        (f"{OWN}/integrity/cases/99", 404),
        ("/admin/c/other-2026/", 404),
        ("/admin/accounts", 403),
        ("/admin/nothing-here", 404),
        (f"{OWN}/candidates/1/nothing/here", 404),
        ("/admin/accounts/first", 404),
        (f"{OWN}/setup/open-ledger", 404),
        (f"{OWN}/candidates/1/remove", 405),
    ],
)
@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("", "/admin/"),
        (f"{BASE_URL}{OWN}/candidates", f"{OWN}/candidates"),
        (f"{BASE_URL}/c/xiangzhen-2026/", "/admin/"),
        ("https://elsewhere.example/admin/", "/admin/"),
    ],
)
def test_refusal_stays_at_the_desk_and_leads_back_into_it(
    app, campaign, editor, path, status, came_from, back
):
    page = editor.get(path, headers={"Referer": came_from})

    assert page.status_code == status
    assert 'class="desk-nav"' in page.text
    assert f'class="button button-main" href="{back}"' in page.text
    assert "返回首页" not in words_of(page)


def test_method_that_an_address_does_not_take_is_told_with_those_it_does(app, campaign, editor):
    answer = editor.get(f"{OWN}/candidates/1/remove")

    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fault_of_the_site_leads_back_into_the_desk_though_no_menu_can_be_made(
    app, campaign, editor, method
):
    with db.engine.begin() as connection:  # each menu counts them
        connection.execute(text("ALTER TABLE appeals RENAME TO lost"))

    page = editor.open(f"{OWN}/integrity", method=method)

    assert page.status_code == (500 if method == "GET" else 405)
    assert 'class="desk-nav"' in page.text
    assert 'href="/admin/"' in page.text
    assert "返回首页" not in words_of(page)


def test_desk_is_shown_to_nobody_else(app, campaign, client):
    unknown, voting = client.get("/admin/nothing-here"), client.get("/c/nothing-here/")

    assert (unknown.status_code, voting.status_code) == (404, 404)
    assert "desk-nav" not in unknown.text + voting.text


def test_who_was_signed_in_before_finds_the_way_back_in(app, campaign, editor):
    post_form(editor, "/admin/accounts", name="x")
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM staff_sessions"))

    page = editor.get("/admin/nothing-here")

    assert page.status_code == 404
    assert 'class="button button-main" href="/admin/"' in page.text
    assert "zhou" not in page.text.lower()


def test_stranger_and_programs_are_refused_as_before(app, campaign, client, editor):
    program = editor.get("/admin/accounts", headers={"Accept": "application/json"})
    forged = client.post("/admin/login", data={"csrf_token": "x"})

    assert problem_of(program) == (403, "forbidden")
    assert forged.status_code == 400
    assert "desk-nav" not in forged.text


def test_refused_screen_tells_nothing_of_a_foreign_campaign(app, campaign, draft):
    make_staff("qian", "editor", campaign=campaign)
    browser = browser_of(app, "qian")

    foreign = browser.get("/admin/c/draft-2026/")

    assert foreign.status_code == 404
    assert draft.title not in bar_of(foreign)


def test_what_was_typed_is_shown_to_be_copied_where_its_place_is_gone(app, draft, editor):
    path = "/admin/c/draft-2026/candidates/1"
    mine = fields_of(editor.get(path).text)
    post_form(editor, f"{path}/remove")

    answer = editor.post(path, data={**mine, "summary": "办事<不跑>第二趟", "slogan": "In one day"})

    assert answer.status_code == 404
    assert ">办事&lt;不跑&gt;第二趟</pre>" in answer.text
    assert ">In one day</pre>" in answer.text
    assert "要保存的地方已经不在了" in answer.text
    assert mine["seen"][0] not in answer.text


def test_nothing_is_said_to_be_lost_where_nothing_was_typed(app, campaign, editor):
    for answer in (editor.get(f"{OWN}/candidates/99"), post_form(editor, f"{OWN}/candidates/99")):
        assert answer.status_code == 404
        assert "您写的没有保存" not in answer.text

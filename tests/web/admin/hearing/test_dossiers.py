"""Links for nominated bodies at the desk: made, shown once, listed, revoked."""

import re

import pytest

from tests.support.answers import problem_of, words_of
from tests.support.factories import make_campaign
from tests.support.staffing import browser_of, make_staff, post_form, token_of
from tests.support.stored import rows
from votesite.models.hearing import DossierLink

URL = "/admin/c/xiangzhen-2026/dossiers"
JSON = {"Accept": "application/json"}
LINK = re.compile(r"http://localhost:8000(/d/[A-Za-z0-9_-]{22})")


@pytest.fixture
def desk(app):
    make_campaign()
    make_staff("editor", "editor")
    return browser_of(app, "editor")


def test_link_is_shown_once_and_opens_the_page(app, client, desk):
    made = post_form(desk, URL, candidate=3)

    (path,) = LINK.findall(made.text)
    assert made.headers["Cache-Control"] == "no-store"
    assert client.get(path).status_code == 200
    assert LINK.findall(desk.get(URL).text) == []
    assert "打开过" in words_of(desk.get(URL))


def test_program_gets_all_links(desk):
    form = {"csrf_token": token_of(desk, "/admin/me"), "all": "1"}

    answer = desk.post(URL, data=form, headers=JSON)

    assert answer.status_code == 201
    assert [one["no"] for one in answer.json["links"]] == [1, 2, 3, 4, 5, 6]
    assert all(LINK.fullmatch(one["link"]) for one in answer.json["links"])
    listed = desk.get(URL, headers=JSON).json["links"]
    assert [one["works"] for one in listed] == [True] * 6
    assert "link" not in listed[0]


def test_revoked_link_is_gone(client, desk):
    (path,) = LINK.findall(post_form(desk, URL, candidate=3).text)

    assert post_form(desk, f"{URL}/{rows(DossierLink)[0].id}/revoke").status_code == 303
    assert client.get(path).status_code == 404


def test_unknown_candidates_and_foreign_links_are_refused(app, desk):
    other = make_campaign(slug="other")
    make_staff("foreign", "owner", campaign=other)
    post_form(desk, URL, candidate=3)
    form = {"csrf_token": token_of(desk, "/admin/me"), "candidate": "99"}

    assert problem_of(desk.post(URL, data=form, headers=JSON)) == (422, "invalid-fields")
    assert post_form(desk, URL, candidate="").status_code == 422
    foreign = browser_of(app, "foreign")
    link = rows(DossierLink)[0].id
    assert post_form(foreign, f"/admin/c/other/dossiers/{link}/revoke").status_code == 404
    assert rows(DossierLink)[0].revoked_at is None


def test_reviewers_read_the_list_and_make_none(app, desk):
    make_staff("reviewer", "reviewer")
    client = browser_of(app, "reviewer")

    assert client.get(URL).status_code == 200
    assert post_form(client, URL, candidate=3).status_code == 403

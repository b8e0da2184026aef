"""One's own nominations: where they stand and why."""

import pytest

from tests.support import staffing
from tests.support.answers import words_of
from tests.support.factories import sign_in_as_voter
from tests.support.nominations import GOOD, make_nominating, nominated
from votesite import clock

URL = "/c/xiangzhen-2026/nominate"
DESK = "/admin/c/xiangzhen-2026/nominations"
JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(app):
    return make_nominating()


@pytest.fixture
def token(campaign, client):
    """The form token of a browser signed in as voter 1."""
    sign_in_as_voter(client, 1)
    return client.get("/c/xiangzhen-2026/me").json["csrf_token"]


def post_nomination(client, token, *, headers=JSON, content_type=None, consent="1", **fields):
    form = {**GOOD, "csrf_token": token, "consent": consent, **fields}
    return client.post(URL, data=form, headers=headers, content_type=content_type)


def test_other_people_see_nothing_of_ones_nominations(client, token, app):
    post_nomination(client, token)
    other = app.test_client()
    sign_in_as_voter(other, 2)

    assert "清水镇" not in words_of(other.get("/my/nominations"))
    assert "清水镇" not in words_of(app.test_client().get("/my/nominations"))


@pytest.fixture
def desk(app, campaign):
    """A reviewer's browser."""
    staffing.make_staff("zhou", "reviewer", campaign=campaign)
    return staffing.browser_of(app, "zhou")


def test_nominator_reads_the_reason_of_a_rejection(desk, campaign, client):
    made = nominated(campaign, when=clock.now)
    staffing.post_form(
        desk, f"{DESK}/{made.id}/decide", decision="reject", reason="参评对象须是 <乡镇>。"
    )
    sign_in_as_voter(client, 1)

    page = client.get("/my/nominations")

    assert "未采纳" in words_of(page)
    assert "参评对象须是 &lt;乡镇&gt;。" in page.get_data(as_text=True)

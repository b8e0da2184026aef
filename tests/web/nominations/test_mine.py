"""One's own nominations: where they stand and why."""

import io

import pytest
from sqlalchemy import select

from tests.support import staffing
from tests.support.answers import problem_of, words_of
from tests.support.factories import sign_in_as_voter
from tests.support.nominations import GOOD, make_nominating, nominated
from tests.support.staffing import png
from votesite import clock
from votesite.extensions import db
from votesite.models.nominations import Nomination

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


def own(app, number=1):
    """A browser signed in as a voter, and the token of its forms."""
    client = app.test_client()
    sign_in_as_voter(client, number)
    return client, client.get("/c/xiangzhen-2026/me").json["csrf_token"]


def test_pending_nomination_can_be_read_and_withdrawn(app, client, token):
    post_nomination(
        client,
        token,
        content_type="multipart/form-data",
        region="清水县",
        service="窗口 <一次> 办好。",
        evidence="https://a.cn/1",
        contact="13800000000",
        picture=(io.BytesIO(png()), "a.png"),
    )
    made = db.session.scalar(select(Nomination))
    page = client.get("/my/nominations")
    picture = client.get(f"/my/nominations/{made.id}/picture-480.jpg")

    for said in (
        "办事不跑第二趟。",
        "清水县",
        "服务质量",
        "窗口 &lt;一次&gt; 办好。",
        "https://a.cn/1",
    ):
        assert said in page.text
    assert "13800000000" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert f'src="/my/nominations/{made.id}/picture-480.jpg"' in page.text
    assert (picture.status_code, picture.mimetype) == (200, "image/jpeg")
    assert picture.headers["Cache-Control"] == "no-store"

    answer = client.post(f"/my/nominations/{made.id}/withdraw", data={"csrf_token": token})

    assert (answer.status_code, answer.location) == (303, "/my/nominations")
    after = words_of(client.get(answer.location))
    assert "提名已撤回。" in after
    assert "还没有提名" in after
    assert "提名已撤回。" not in words_of(client.get(answer.location))


def test_picture_and_withdrawal_are_for_the_nominator_alone(app, client, token):
    post_nomination(
        client, token, content_type="multipart/form-data", picture=(io.BytesIO(png()), "a.png")
    )
    made = db.session.scalar(select(Nomination))
    other, others_token = own(app, 2)

    seen = other.get(f"/my/nominations/{made.id}/picture-480.jpg").status_code
    done = other.post(f"/my/nominations/{made.id}/withdraw", data={"csrf_token": others_token})

    assert (seen, done.status_code) == (404, 404)
    assert app.test_client().get(f"/my/nominations/{made.id}/picture-480.jpg").status_code == 401
    assert client.get(f"/my/nominations/{made.id}/picture-480.jpg").status_code == 200


def test_nomination_without_picture_has_none_to_show(client, token):
    post_nomination(client, token)
    made = db.session.scalar(select(Nomination))

    assert "picture-480" not in client.get("/my/nominations").text
    assert client.get(f"/my/nominations/{made.id}/picture-480.jpg").status_code == 404


def test_decided_nomination_is_read_but_not_withdrawn(desk, campaign, app):
    made = nominated(campaign, when=clock.now)
    client, token = own(app)
    staffing.post_form(desk, f"{DESK}/{made.id}/decide", decision="reject", reason="不在范围。")
    address = f"/my/nominations/{made.id}/withdraw"

    page = client.get("/my/nominations")
    answer = client.post(address, data={"csrf_token": token})
    as_json = client.post(address, data={"csrf_token": token}, headers=JSON)

    assert "办事不跑第二趟。" in page.text
    assert address not in page.text
    assert "已经审核，不能撤回了" in words_of(client.get(answer.location))
    assert problem_of(as_json) == (409, "lapsed")


def test_whose_name_is_taken_is_told_after_submission(client, token):
    post_nomination(client, token, name=" 第２ 镇")
    post_nomination(client, token, name="石桥镇")

    page = client.get("/my/nominations").text

    assert page.count("已有同名候选。") == 1
    assert 'href="/c/xiangzhen-2026/candidates/2"' in page
    assert "02 号“第2镇”" in page

"""`/d/<token>`: own scores, questions and replies; nothing for whoever has no valid link."""

import pytest

from tests.support.answers import words_of
from tests.support.noticed import GOOD, noticed, object_to
from tests.support.stored import rows
from votesite import clock
from votesite.domain.hearing import hearings, links
from votesite.extensions import site
from votesite.models.hearing import Hearing, Objection

QUESTION = "第三季度的办件量是怎么统计的？"


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def address(honours):
    (made,) = links.make(honours.campaign.id, [3], by=honours.owner)
    return f"/d/{made.token}"


@pytest.fixture
def asked(honours):
    object_to(honours.campaign)
    objection = rows(Objection)[-1]
    hearings.ask(honours.campaign.id, objection.id, 3, QUESTION, by=honours.owner)
    return rows(Hearing)[-1]


def form_token(client, address):
    page = client.get(address).text
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


def post(client, address, hearing_id, text, **fields):
    form = {"csrf_token": form_token(client, address), "hearing": hearing_id, "reply": text}
    return client.post(address, data={**form, **fields})


def test_page_shows_own_scores_and_no_others(client, address):
    page = client.get(address)

    said = words_of(page)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "第3镇" in said
    assert "群众投票" in said
    assert "第1镇" not in said


def test_before_the_notice_begins_there_are_no_scores(app, client):
    honours = noticed(begins=2, ends=14)
    (made,) = links.make(honours.campaign.id, [3], by=honours.owner)

    assert "自己的得分" not in words_of(client.get(f"/d/{made.token}"))


def test_question_is_shown_without_the_objection_and_answered_once(client, address, asked):
    page = client.get(address).text
    assert QUESTION in page
    for part in (GOOD["name"], GOOD["contact"], "算了两次"):
        assert part not in page

    sent = post(client, address, asked.id, "按系统导出。")
    assert (sent.status_code, sent.location) == (303, address)
    after = client.get(address)
    assert "按系统导出。" in words_of(after)
    assert 'name="reply"' not in after.text

    token = client.get("/c/gongshi-2026/me").json["csrf_token"]
    form = {"csrf_token": token, "hearing": asked.id, "reply": "改一下"}
    late = client.post(address, data=form)
    assert (late.status_code, "改一下" in late.text) == (409, True)
    objection_id = rows(Hearing)[0].objection_id
    assert hearings.of_objection(objection_id)[0].reply == "按系统导出。"


def test_empty_reply_comes_back_with_the_fault(client, address, asked):
    answer = post(client, address, asked.id, "  ")

    assert answer.status_code == 422
    assert "请填写这一项" in words_of(answer)


def test_question_of_another_body_is_not_answered(client, honours, asked):
    (made,) = links.make(honours.campaign.id, [4], by=honours.owner)
    token = client.get("/c/gongshi-2026/me").json["csrf_token"]

    page = client.get(f"/d/{made.token}").text
    answer = client.post(
        f"/d/{made.token}", data={"csrf_token": token, "hearing": asked.id, "reply": "x"}
    )

    assert QUESTION not in page
    assert answer.status_code == 404
    assert rows(Hearing)[0].reply is None


def test_forged_replies_are_refused(client, address, asked):
    assert client.post(address, data={"hearing": asked.id, "reply": "x"}).status_code == 400
    foreign = {"Origin": "https://evil.example"}
    form = {"csrf_token": form_token(client, address), "hearing": asked.id, "reply": "x"}
    assert client.post(address, data=form, headers=foreign).status_code == 403
    assert rows(Hearing)[0].reply is None


def test_unknown_expired_and_revoked_links_answer_alike(client, honours, address):
    unknown = client.get(f"/d/{'A' * 22}")
    link = links.find(address.removeprefix("/d/"), now=clock.now())
    links.revoke(honours.campaign.id, link.id, by=honours.owner)
    revoked = client.get(address)

    assert (unknown.status_code, revoked.status_code) == (404, 404)
    assert "这个链接不能用" in words_of(unknown)
    said = [answer.text.replace(answer.request.path, "") for answer in (unknown, revoked)]
    assert words_of(unknown) == words_of(revoked)
    assert len(said[0]) == len(said[1])
    token = client.get("/c/gongshi-2026/me").json["csrf_token"]
    assert client.post(address, data={"csrf_token": token, "reply": "x"}).status_code == 404


def test_token_stands_in_no_file_of_the_site(client, honours, address):
    client.get(address)

    token = address.removeprefix("/d/").encode()
    files = [path for path in site().settings.instance.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [path.name for path in files if token in path.read_bytes()] == []

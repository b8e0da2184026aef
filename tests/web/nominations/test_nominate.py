"""Nominating over HTTP (contract.md section 3)."""

import io
import json
import re

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.support.answers import problem_of, words_of
from tests.support.factories import sign_in_as_voter
from tests.support.nominations import GOOD, make_nominating
from tests.support.staffing import png
from votesite.extensions import db, writing
from votesite.models.nominations import Nomination

URL = "/c/xiangzhen-2026/nominate"
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


def stored():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Nomination))


def test_nomination_is_answered_with_its_id(client, token):
    answer = post_nomination(
        client, token, service="好", region="清水县", evidence="https://a.cn/", contact="电话"
    )

    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.json == {"id": db.session.scalar(select(Nomination.id))}
    assert answer.headers["Cache-Control"] == "no-store"


def test_card_that_leads_to_wechat_has_a_quiet_way_for_those_who_are_there(campaign, client):
    page = client.get(URL).text
    login = re.search('<a class="([^"]*)" href="/wechat/login[^>]*>([^<]*)<', page)

    assert page.index("已经在微信里打开？") < login.start()
    assert login.groups() == ("button button-quiet button-small", "登录提名")


def test_as_a_page_own_nominations_come_next(client, token):
    answer = post_nomination(client, token, headers={})

    assert (answer.status_code, answer.location) == (303, "/my/nominations")
    page = client.get(answer.location)
    assert "清水镇" in words_of(page)
    assert "提名已收到" in words_of(page)
    assert 'data-draft-clear="nominate-xiangzhen-2026"' in page.get_data(as_text=True)
    assert "提名已收到" not in words_of(client.get(answer.location))


def test_picture_comes_with_the_form(client, token):
    answer = post_nomination(
        client,
        token,
        content_type="multipart/form-data",
        picture=(io.BytesIO(png()), "李敏家门口.png"),
    )

    made = db.session.get(Nomination, answer.json["id"])
    assert len(made.picture) == 32
    assert client.get(f"/media/{made.picture}-480.webp").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\xff\xd8\xff\xe0 broken"]
)
def test_file_that_is_no_picture_is_a_fault_of_its_field(client, token, content):
    answer = post_nomination(
        client, token, content_type="multipart/form-data", picture=(io.BytesIO(content), "a.png")
    )

    assert problem_of(answer) == (422, "invalid-nomination")
    assert list(answer.json["fields"]) == ["picture"]
    assert stored() == 0


def test_empty_file_field_is_no_picture(client, token):
    answer = post_nomination(
        client, token, content_type="multipart/form-data", picture=(io.BytesIO(b""), "")
    )

    assert answer.status_code == 201


def test_faults_are_named_with_their_sentences(client, token):
    answer = post_nomination(
        client, token, name=" ", reason="好" * 2001, evidence="网址", category="无"
    )

    assert problem_of(answer) == (422, "invalid-nomination")
    assert answer.json["fields"] == {
        "name": "请填写这一项。",
        "reason": "最多 2000 字，现在多了 1 字。",
        "evidence": "请填写以 http:// 或 https:// 开头的网址。",
        "category": "请从列出的选项里选。",
    }
    assert stored() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("name=%E6%B8%85%00&category=山区乡镇&reason=a", "name"),
        ("name=a&category=山区乡镇&reason=%FF%FE", "reason"),
        ("name=a&category=山区乡镇&reason=a&reason=%01", "reason"),
        ("name=a&category=山区乡镇&reason=a&other=%0B", "other"),
        ("name=a&category=山区乡镇&reason=a&ot%07her=x", "ot\x07her"),
    ],
)
def test_control_characters_are_faults(client, token, body, field):
    answer = client.post(
        URL,
        data=f"{body}&consent=1&csrf_token={token}".encode(),
        headers=JSON,
        content_type="application/x-www-form-urlencoded",
    )

    assert problem_of(answer) == (422, "invalid-nomination")
    assert list(answer.json["fields"]) == [field]


def test_refused_page_shows_the_form_filled_again(client, token):
    answer = post_nomination(client, token, headers={}, name="", reason="<b>好</b>", contact="电话")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "还有 1 处需要补充" in page
    assert 'href="#f-name"' in page
    assert "&lt;b&gt;好&lt;/b&gt;" in page
    assert 'value="电话"' in page


def test_without_consent_nothing_is_kept(client, token):
    assert problem_of(post_nomination(client, token, consent="yes")) == (403, "consent-required")
    page = post_nomination(client, token, headers={}, consent="")

    assert page.status_code == 403
    assert "请先勾选同意" in words_of(page)
    assert stored() == 0


def test_consent_is_asked_once_for_nominating_and_voting(client, token):
    post_nomination(client, token)

    assert client.get("/c/xiangzhen-2026/me").json["consented"] is True
    assert post_nomination(client, token, consent="", name="云谷镇").status_code == 201
    assert 'name="consent"' not in client.get(URL).get_data(as_text=True)


def test_sixth_nomination_is_over_the_limit(client, token):
    for number in range(5):
        assert post_nomination(client, token, name=f"清水{number}镇").status_code == 201

    assert problem_of(post_nomination(client, token)) == (409, "limit-reached")
    assert post_nomination(client, token, headers={}).status_code == 409
    assert stored() == 5
    assert "您已提名 5 件" in words_of(client.get(URL))


def test_stranger_is_told_to_log_in(campaign, client):
    page = client.get(URL)
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    assert page.status_code == 200
    assert "/wechat/login?next=/c/xiangzhen-2026/nominate" in page.get_data(as_text=True)
    assert problem_of(post_nomination(client, token)) == (401, "not-identified")
    assert stored() == 0


def test_snapshot_user_is_refused(campaign, client):
    with client.session_transaction() as session:
        session["x"] = 1
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    assert problem_of(post_nomination(client, token)) == (403, "snapshot-user")


@pytest.mark.parametrize(
    ("window", "sentence", "page_says", "has_next"),
    [
        ({"begins": 1, "ends": 2}, "提名还没有开始", "提名还没有开始", True),
        ({"begins": -3, "ends": -1}, "提名已经截止", "提名已经截止", False),
    ],
)
def test_outside_the_window_it_is_closed(app, client, window, sentence, page_says, has_next):
    make_nominating(**window)
    sign_in_as_voter(client, 1)
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    answer = post_nomination(client, token, consent="", name="")

    assert problem_of(answer) == (409, "closed")
    assert sentence in answer.json["detail"]
    assert (answer.json["next_at"] is not None) == has_next
    assert client.get(URL).status_code == 200
    assert page_says in words_of(client.get(URL))


def test_paused_campaign_gives_its_reason(client, token, campaign):
    with writing():
        db.session.merge(campaign).paused = "系统检修"

    answer = post_nomination(client, token)

    assert problem_of(answer) == (409, "closed")
    assert (answer.json["detail"], answer.json["next_at"]) == ("系统检修", None)


def test_refusals_come_in_order(client, token):
    form_type = "application/x-www-form-urlencoded"
    too_large = client.post(URL, data=b"x" * (20 * 2**20 + 1), content_type=form_type, headers=JSON)
    foreign = {**JSON, "Origin": "https://elsewhere.example"}

    assert client.put(URL).status_code == 405
    assert problem_of(client.post("/c/none-2026/nominate", headers=JSON)) == (404, "not-found")
    assert problem_of(too_large) == (413, "too-large")
    assert problem_of(client.post(URL, json=GOOD, headers=JSON)) == (415, "unsupported-form")
    assert problem_of(post_nomination(client, token, headers=foreign)) == (403, "foreign-origin")
    assert problem_of(post_nomination(client, "wrong")) == (400, "csrf")


def test_campaign_page_counts_nominations(client, token):
    def figures():
        return re.search(r"收到提名\D*(\d+)", words_of(client.get("/c/xiangzhen-2026/")))[1]

    before = figures()
    post_nomination(client, token)

    assert (before, figures()) == ("0", "1")


def test_problem_documents_are_json_objects(client, token):
    body = json.loads(post_nomination(client, token, name="").data)

    assert sorted(body) == ["detail", "fields", "status", "title", "type"]


def picture_of(content):
    return {"content_type": "multipart/form-data", "picture": (io.BytesIO(content), "a.png")}


def test_everything_missing_is_said_at_once(client, token):
    answer = post_nomination(
        client, token, headers={}, consent="", name="", reason="", evidence="网址"
    )
    page = answer.get_data(as_text=True)

    assert answer.status_code == 403
    for name in ("name", "reason", "evidence", "consent"):
        assert f'href="#f-{name}"' in page
    refused = post_nomination(client, token, consent="", name="")
    assert problem_of(refused) == (403, "consent-required")


def test_consent_stays_ticked_after_any_refusal(client, token):
    ticked = re.compile(r'<input id="f-consent"[^>]* checked')
    refused = [
        post_nomination(client, token, headers={}, name=""),
        post_nomination(client, token, headers={}, **picture_of(b"<svg/>")),
    ]
    empty = post_nomination(client, token, headers={}, consent="")

    assert [answer.status_code for answer in refused] == [422, 422]
    assert all(ticked.search(answer.get_data(as_text=True)) for answer in refused)
    assert not ticked.search(empty.get_data(as_text=True))


def test_address_is_typed_as_people_type_it(client, token):
    post_nomination(client, token, evidence="www.gov.cn/news")

    assert db.session.scalar(select(Nomination)).evidence == "https://www.gov.cn/news"
    assert 'type="url"' not in client.get(URL).get_data(as_text=True)


def test_refused_picture_names_what_it_has_and_may_have(client, token):
    narrow = io.BytesIO()
    Image.new("RGB", (2, 200)).save(narrow, "PNG")
    answer = post_nomination(client, token, **picture_of(narrow.getvalue()))

    assert "2 × 200" in answer.json["fields"]["picture"]
    assert "50" in answer.json["fields"]["picture"]


def test_twenty_first_picture_in_a_minute_is_refused(client, token):
    answers = [post_nomination(client, token, **picture_of(b"GIF89a")) for _ in range(21)]

    assert {problem_of(answer)[0] for answer in answers[:20]} == {422}
    assert problem_of(answers[20]) == (429, "too-many-requests")

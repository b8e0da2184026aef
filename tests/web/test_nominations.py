"""Nominating over HTTP (contract.md section 3), one's own nominations, and the desk's review."""

import io
import json
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from tests.support import staffing
from tests.support.factories import make_campaign, sign_in_as_voter, voter
from votesite import clock
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.nominations import nominating, queries
from votesite.domain.nominations.nominating import Proposal
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination

URL = "/c/xiangzhen-2026/nominate"
DESK = "/admin/c/xiangzhen-2026/nominations"
JSON = {"Accept": "application/json"}
GOOD = {"name": "清水镇", "category": "山区乡镇", "reason": "办事不跑第二趟。"}


def make(*, begins=-1, ends=1, opens=5, **changes):
    """A campaign that takes nominations from `begins` to `ends` days from now."""
    now = clock.now()
    day = timedelta(days=1)
    return make_campaign(
        opens=now + opens * day,
        closes=now + (opens + 20) * day,
        schedule={"nomination": [minute(now + begins * day), minute(now + ends * day)]},
        **changes,
    )


@pytest.fixture
def campaign(app):
    return make()


@pytest.fixture
def token(campaign, client):
    """The form token of a browser signed in as voter 1."""
    sign_in_as_voter(client, 1)
    return client.get("/c/xiangzhen-2026/me").json["csrf_token"]


def post(client, token, *, headers=JSON, content_type=None, consent="1", **fields):
    form = {**GOOD, "csrf_token": token, "consent": consent, **fields}
    return client.post(URL, data=form, headers=headers, content_type=content_type)


def problem(response):
    assert response.content_type == "application/problem+json"
    assert response.json["status"] == response.status_code
    assert response.json["detail"]
    return response.status_code, response.json["type"].removeprefix("/problems/")


def stored():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Nomination))


def png(size=(640, 480)):
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, "PNG")
    return target.getvalue()


def nominate(campaign, who=1, **fields):
    return nominating.nominate(Proposal(campaign.id, voter(who), {**GOOD, **fields}, consents=True))


def words(response):
    """What a page says, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def test_nomination_is_answered_with_its_id(client, token):
    answer = post(
        client, token, service="好", region="清水县", evidence="https://a.cn/", contact="电话"
    )

    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.json == {"id": db.session.scalar(select(Nomination.id))}
    assert answer.headers["Cache-Control"] == "no-store"


def test_as_a_page_own_nominations_come_next(client, token):
    answer = post(client, token, headers={})

    assert (answer.status_code, answer.location) == (303, "/my/nominations")
    page = client.get(answer.location)
    assert "清水镇" in words(page)
    assert "提名已收到" in words(page)
    assert 'data-draft-clear="nominate-xiangzhen-2026"' in page.get_data(as_text=True)
    assert "提名已收到" not in words(client.get(answer.location))


def test_picture_comes_with_the_form(client, token):
    answer = post(
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
    answer = post(
        client, token, content_type="multipart/form-data", picture=(io.BytesIO(content), "a.png")
    )

    assert problem(answer) == (422, "invalid-nomination")
    assert list(answer.json["fields"]) == ["picture"]
    assert stored() == 0


def test_empty_file_field_is_no_picture(client, token):
    answer = post(client, token, content_type="multipart/form-data", picture=(io.BytesIO(b""), ""))

    assert answer.status_code == 201


def test_faults_are_named_with_their_sentences(client, token):
    answer = post(client, token, name=" ", reason="好" * 2001, evidence="网址", category="无")

    assert problem(answer) == (422, "invalid-nomination")
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

    assert problem(answer) == (422, "invalid-nomination")
    assert list(answer.json["fields"]) == [field]


def test_refused_page_shows_the_form_filled_again(client, token):
    answer = post(client, token, headers={}, name="", reason="<b>好</b>", contact="电话")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "还有 1 处需要补充" in page
    assert 'href="#f-name"' in page
    assert "&lt;b&gt;好&lt;/b&gt;" in page
    assert 'value="电话"' in page


def test_without_consent_nothing_is_kept(client, token):
    assert problem(post(client, token, consent="yes")) == (403, "consent-required")
    page = post(client, token, headers={}, consent="")

    assert page.status_code == 403
    assert "请先勾选同意" in words(page)
    assert stored() == 0


def test_everything_missing_is_said_at_once(client, token):
    answer = post(client, token, headers={}, consent="", name="", reason="", evidence="网址")
    page = answer.get_data(as_text=True)

    assert answer.status_code == 403
    for name in ("name", "reason", "evidence", "consent"):
        assert f'href="#f-{name}"' in page
    assert problem(post(client, token, consent="", name="")) == (403, "consent-required")


def test_consent_stays_ticked_after_any_refusal(client, token):
    ticked = re.compile(r'<input id="f-consent"[^>]* checked')
    svg = (io.BytesIO(b"<svg/>"), "a.png")
    kind = "multipart/form-data"
    refused = [
        post(client, token, headers={}, name=""),
        post(client, token, headers={}, content_type=kind, picture=svg),
    ]

    assert [answer.status_code for answer in refused] == [422, 422]
    assert all(ticked.search(answer.get_data(as_text=True)) for answer in refused)
    assert not ticked.search(post(client, token, headers={}, consent="").get_data(as_text=True))


def test_address_is_typed_as_people_type_it(client, token):
    post(client, token, evidence="www.gov.cn/news")

    assert db.session.scalar(select(Nomination)).evidence == "https://www.gov.cn/news"
    assert 'type="url"' not in client.get(URL).get_data(as_text=True)


def test_refused_picture_names_what_it_has_and_may_have(client, token):
    narrow = (io.BytesIO(png((2, 200))), "a.png")
    answer = post(client, token, content_type="multipart/form-data", picture=narrow)

    assert "2 × 200" in answer.json["fields"]["picture"]
    assert "50" in answer.json["fields"]["picture"]


def test_twenty_first_picture_in_a_minute_is_refused(client, token):
    pictures = [
        post(
            client,
            token,
            content_type="multipart/form-data",
            picture=(io.BytesIO(b"GIF89a"), "a.gif"),
        )
        for _ in range(21)
    ]

    assert {problem(answer)[0] for answer in pictures[:20]} == {422}
    assert problem(pictures[20]) == (429, "too-many-requests")


def test_consent_is_asked_once_for_nominating_and_voting(client, token):
    post(client, token)

    assert client.get("/c/xiangzhen-2026/me").json["consented"] is True
    assert post(client, token, consent="", name="云谷镇").status_code == 201
    assert 'name="consent"' not in client.get(URL).get_data(as_text=True)


def test_sixth_nomination_is_over_the_limit(client, token):
    for number in range(5):
        assert post(client, token, name=f"清水{number}镇").status_code == 201

    assert problem(post(client, token)) == (409, "limit-reached")
    assert post(client, token, headers={}).status_code == 409
    assert stored() == 5
    assert "您已提名 5 件" in words(client.get(URL))


def test_stranger_is_told_to_log_in(campaign, client):
    page = client.get(URL)
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    assert page.status_code == 200
    assert "/wechat/login?next=/c/xiangzhen-2026/nominate" in page.get_data(as_text=True)
    assert problem(post(client, token)) == (401, "not-identified")
    assert stored() == 0


def test_snapshot_user_is_refused(campaign, client):
    with client.session_transaction() as session:
        session["x"] = 1
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    assert problem(post(client, token)) == (403, "snapshot-user")


@pytest.mark.parametrize(
    ("window", "sentence", "page_says", "has_next"),
    [
        ({"begins": 1, "ends": 2}, "提名还没有开始", "提名还没有开始", True),
        ({"begins": -3, "ends": -1}, "提名已经截止", "提名已经截止", False),
    ],
)
def test_outside_the_window_it_is_closed(app, client, window, sentence, page_says, has_next):
    make(**window)
    sign_in_as_voter(client, 1)
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    answer = post(client, token, consent="", name="")

    assert problem(answer) == (409, "closed")
    assert sentence in answer.json["detail"]
    assert (answer.json["next_at"] is not None) == has_next
    assert client.get(URL).status_code == 200
    assert page_says in words(client.get(URL))


def test_paused_campaign_gives_its_reason(client, token, campaign):
    with writing():
        db.session.merge(campaign).paused = "系统检修"

    answer = post(client, token)

    assert problem(answer) == (409, "closed")
    assert (answer.json["detail"], answer.json["next_at"]) == ("系统检修", None)


def test_refusals_come_in_order(client, token):
    form_type = "application/x-www-form-urlencoded"
    too_large = client.post(URL, data=b"x" * (20 * 2**20 + 1), content_type=form_type, headers=JSON)
    foreign = {**JSON, "Origin": "https://elsewhere.example"}

    assert client.put(URL).status_code == 405
    assert problem(client.post("/c/none-2026/nominate", headers=JSON)) == (404, "not-found")
    assert problem(too_large) == (413, "too-large")
    assert problem(client.post(URL, json=GOOD, headers=JSON)) == (415, "unsupported-form")
    assert problem(post(client, token, headers=foreign)) == (403, "foreign-origin")
    assert problem(post(client, "wrong")) == (400, "csrf")


def test_other_people_see_nothing_of_ones_nominations(client, token, app):
    post(client, token)
    other = app.test_client()
    sign_in_as_voter(other, 2)

    assert "清水镇" not in words(other.get("/my/nominations"))
    assert "清水镇" not in words(app.test_client().get("/my/nominations"))


def test_campaign_page_counts_nominations(client, token):
    def figures():
        return re.search(r"收到提名\D*(\d+)", words(client.get("/c/xiangzhen-2026/")))[1]

    before = figures()
    post(client, token)

    assert (before, figures()) == ("0", "1")


@pytest.fixture
def desk(app, campaign):
    """A reviewer's browser."""
    staffing.make_staff("zhou", "reviewer", campaign=campaign)
    return staffing.browser_of(app, "zhou")


def test_queue_shows_document_checks_and_decision(desk, campaign):
    made = nominate(campaign, name="第1镇人民政府", evidence="https://a.cn/x", service="<i>好</i>")

    page = desk.get(f"{DESK}/{made.id}")

    said = words(page)
    assert page.status_code == 200
    assert "办事不跑第二趟。" in said
    assert "&lt;i&gt;好&lt;/i&gt;" in page.get_data(as_text=True)
    assert "与 01 号候选“第1镇”相似" in said
    assert "提名人会看到原文" in said
    assert 'rel="nofollow noopener noreferrer"' in page.get_data(as_text=True)


def test_queue_opens_at_the_oldest_that_waits(desk, campaign):
    first, _second = nominate(campaign), nominate(campaign, 2)

    page = desk.get(DESK)

    assert (page.status_code, page.location) == (303, f"{DESK}/{first.id}")


def test_empty_queue_says_so(desk):
    assert "没有待审的提名" in words(desk.get(DESK))


def test_accepting_makes_a_candidate_and_leads_on(desk, campaign, client):
    first, second = nominate(campaign), nominate(campaign, 2, name="云谷镇")

    answer = staffing.post(
        desk, f"{DESK}/{first.id}/decide", decision="accept", name="清水镇", category="山区乡镇"
    )

    assert (answer.status_code, answer.location) == (303, f"{DESK}/{second.id}")
    assert "“清水镇”已列为 7 号候选" in words(desk.get(answer.location))
    db.session.rollback()
    made = db.session.scalar(select(Candidate).where(Candidate.name == "清水镇"))
    assert made.no == 7
    assert client.get("/c/xiangzhen-2026/candidates/7").status_code == 200


def test_nominator_reads_the_reason_of_a_rejection(desk, campaign, client):
    made = nominate(campaign)
    staffing.post(
        desk, f"{DESK}/{made.id}/decide", decision="reject", reason="参评对象须是 <乡镇>。"
    )
    sign_in_as_voter(client, 1)

    page = client.get("/my/nominations")

    assert "未采纳" in words(page)
    assert "参评对象须是 &lt;乡镇&gt;。" in page.get_data(as_text=True)


def test_rejection_without_reason_is_told_on_the_page(desk, campaign):
    made = nominate(campaign)

    answer = staffing.post(desk, f"{DESK}/{made.id}/decide", decision="reject", reason=" ")

    assert answer.status_code == 422
    assert "请填写这一项" in words(answer)


def test_joining_and_merging(desk, campaign):
    first, second, third = (nominate(campaign, who) for who in (1, 2, 3))
    ids = [made.id for made in (first, second, third)]

    staffing.post(desk, f"{DESK}/{ids[0]}/decide", decision="join", candidate="2")
    staffing.post(desk, f"{DESK}/{ids[1]}/decide", decision="merge", nomination=str(ids[0]))
    wrong = staffing.post(desk, f"{DESK}/{ids[2]}/decide", decision="join", candidate="99")

    db.session.rollback()
    assert [made.status for made in (first, second, third)] == ["accepted", "merged", "pending"]
    assert queries.counts(campaign.id) == (3, 2)
    assert wrong.status_code == 422


def test_decision_is_taken_back(desk, campaign):
    made = nominate(campaign)
    staffing.post(desk, f"{DESK}/{made.id}/decide", decision="reject", reason="不在范围内。")

    answer = staffing.post(desk, f"{DESK}/{made.id}/reopen")

    db.session.rollback()
    assert (answer.status_code, made.status) == (303, "pending")


def test_contact_is_shown_only_on_asking_and_each_look_is_logged(desk, campaign):
    made = nominate(campaign, contact="李敏 138-0000-0000")
    path = f"{DESK}/{made.id}"
    assert "138-0000-0000" not in words(desk.get(path))

    shown = staffing.post(desk, f"{path}/contact")

    assert "李敏 138-0000-0000" in words(shown)
    db.session.rollback()
    looks = [line for line in audit.entries([campaign.id]) if line.action == "look"]
    assert [(line.table, line.row_id) for line in looks] == [("nominations", str(made.id))]


@pytest.mark.parametrize("role", ["editor", "supervisor", "auditor"])
def test_others_read_but_neither_decide_nor_look(app, campaign, role):
    made = nominate(campaign, contact="电话")
    staffing.make_staff("qian", role, campaign=campaign)
    browser = staffing.browser_of(app, "qian")

    assert browser.get(f"{DESK}/{made.id}").status_code == 200
    for act in ("decide", "contact", "reopen"):
        answer = staffing.post(browser, f"{DESK}/{made.id}/{act}", decision="accept")
        assert answer.status_code == 403
    assert made.is_pending


def test_foreign_campaign_and_its_nominations_do_not_exist(desk, campaign):
    other = make(slug="other-2026")
    made = nominate(other)

    assert desk.get("/admin/c/other-2026/nominations").status_code == 404
    assert desk.get(f"{DESK}/{made.id}").status_code == 404
    assert staffing.post(desk, f"{DESK}/{made.id}/contact").status_code == 404


def test_private_picture_is_for_staff_only(desk, campaign, client):
    made = nominating.nominate(Proposal(campaign.id, voter(1), GOOD, picture=png(), consents=True))
    path = f"{DESK}/{made.id}/picture-480.jpg"

    shown = desk.get(path)

    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert client.get(path).status_code == 303
    assert desk.get(f"{DESK}/{made.id}/picture-9.jpg").status_code == 404


def test_problem_documents_are_json_objects(client, token):
    body = json.loads(post(client, token, name="").data)

    assert sorted(body) == ["detail", "fields", "status", "title", "type"]

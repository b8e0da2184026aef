"""The ballot over HTTP: contract.md section 3, refusal by refusal and in its order."""

import json
import re
from datetime import timedelta

import pytest

from tests.support.answers import problem_of
from tests.support.factories import change_rule, make_campaign, sign_in_as_voter, voter
from tests.support.stored import raw
from votesite import clock
from votesite.domain.voting import roster, voters
from votesite.errors import Busy
from votesite.extensions import db, site, writing
from votesite.models.integrity import BallotTrace
from votesite.models.ledger import LogEntry
from votesite.models.voting import Consent, VoteSlot, VoteToken
from votesite.web.wording import refusals

URL = "/c/xiangzhen-2026/ballot"
JSON = {"Accept": "application/json"}
SAID = "这是先前那张选票的回执，刚才没有再投一张"


@pytest.fixture
def campaign(app):
    """A campaign voting now: one ballot a day, one to three picks."""
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=2))


@pytest.fixture
def me(campaign, client):
    """The visitor's tokens, after signing in as voter 1."""
    sign_in_as_voter(client, 1)
    return client.get("/c/xiangzhen-2026/me").json


def post_picks(client, me, *picks, headers=JSON, **fields):
    form = {
        "candidate": [str(pick) for pick in picks],
        "ballot_token": me["ballot_token"],
        "csrf_token": me["csrf_token"],
        "consent": "1",
        **fields,
    }
    return client.post(URL, data=form, headers=headers)


def stored():
    db.session.rollback()
    tables = (LogEntry, VoteSlot, VoteToken, Consent)
    return [db.session.query(table).count() for table in tables]


def test_a_ballot_is_answered_with_its_receipt(client, me):
    answer = post_picks(client, me, 2, 4)

    assert answer.status_code == 201
    assert sorted(answer.json) == ["n", "receipt", "remaining"]
    assert (answer.json["n"], answer.json["remaining"]) == (1, 0)
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{16}", answer.json["receipt"])


def test_the_same_post_again_gives_the_first_answer_and_says_repeated(client, me):
    first = post_picks(client, me, 2, 4)
    again = post_picks(client, me, 1)

    assert again.status_code == 200
    assert again.json == {**first.json, "repeated": True}
    assert stored()[1] == 1


def test_a_known_token_says_repeated_from_another_device_and_after_the_end(
    app, client, me, campaign
):
    first = post_picks(client, me, 2)
    other = app.test_client()
    sign_in_as_voter(other, 1)
    elsewhere = other.get("/c/xiangzhen-2026/me").json
    from_other = post_picks(other, {**elsewhere, "ballot_token": me["ballot_token"]}, 3)
    change_rule(campaign, {"pause": "系统维护"}, paused="系统维护")
    late = post_picks(client, me, 4)

    for answer in (from_other, late):
        assert answer.status_code == 200
        assert (answer.json["receipt"], answer.json["n"]) == (first.json["receipt"], 1)
        assert answer.json["repeated"] is True


def test_the_page_after_a_known_token_says_once_that_nothing_was_cast_now(client, me):
    first = post_picks(client, me, 2, headers={})
    thanks = client.get(first.location).text
    again = post_picks(client, me, 4, headers={})
    repeated, later = [client.get(again.location).text for _ in range(2)]

    assert (again.status_code, again.location) == (303, first.location)
    assert SAID not in thanks
    assert SAID in repeated
    assert "投票成功" not in repeated
    assert SAID not in later


def test_without_json_the_receipt_is_the_next_page(client, me):
    answer = post_picks(client, me, 2, headers={})
    page = client.get(answer.location)

    assert answer.status_code == 303
    assert re.fullmatch(r"/c/xiangzhen-2026/receipts/[0-9A-Z]{16}", answer.location)
    assert "投票成功" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_refusals_come_in_the_contracts_order(app, client, me):
    """Each post fails for this reason and for every later one."""
    worst = {"ballot_token": "x", "consent": "0"}
    foreign = {**JSON, "Origin": "https://evil.example"}

    sign_in_as_voter(client, 1)
    order = [
        client.put(URL, headers=JSON),
        client.post("/c/unknown/ballot", data="x", content_type="text/plain", headers=foreign),
        client.post(URL, data=b"a" * 70_000, content_type="text/plain", headers=foreign),
        client.post(URL, data=b"{}", content_type="application/json", headers=foreign),
        post_picks(client, me, headers=foreign, csrf_token="wrong", **worst),
        post_picks(client, me, csrf_token="wrong", **worst),
    ]
    client.post("/my/sign-out", data={"csrf_token": me["csrf_token"]})
    stranger = client.get("/c/xiangzhen-2026/me").json
    order.append(post_picks(client, stranger, **worst))

    assert [problem_of(answer) for answer in order] == [
        (405, "method-not-allowed"),
        (404, "not-found"),
        (413, "too-large"),
        (415, "unsupported-form"),
        (403, "foreign-origin"),
        (400, "csrf"),
        (401, "not-identified"),
    ]
    assert stored() == [0, 0, 0, 0]


def test_after_identity_the_rules_refuse_in_the_contracts_order(app, client):
    now = clock.now()
    campaign = make_campaign(
        eligibility="roster", opens=now - timedelta(days=2), closes=now + timedelta(days=2)
    )
    with writing():
        ((_, code),) = roster.store(campaign.id, ["代表一"])
    sign_in_as_voter(client, 1)
    tokens = client.get("/c/xiangzhen-2026/me").json
    worst = {"ballot_token": "x", "consent": "0"}

    change_rule(campaign, {"pause": "系统维护"}, paused="系统维护")
    closed = problem_of(post_picks(client, tokens, **worst))
    change_rule(campaign, {"resume": "完成"}, paused="")
    not_eligible = problem_of(post_picks(client, tokens, **worst))
    client.post(
        "/c/xiangzhen-2026/code",
        data={"code": code.lower(), "csrf_token": tokens["csrf_token"]},
    )
    no_consent = problem_of(post_picks(client, tokens, **worst))
    post_picks(client, tokens, 1)
    used_up = problem_of(post_picks(client, tokens, **worst))

    assert [closed, not_eligible, no_consent, used_up] == [
        (409, "closed"),
        (403, "not-eligible"),
        (403, "consent-required"),
        (409, "limit-reached"),
    ]


def test_when_wechat_cannot_say_who_follows_what_is_sure_is_answered_first(app, client):
    now = clock.now()
    campaign = make_campaign(
        eligibility="followers", opens=now - timedelta(days=2), closes=now + timedelta(days=2)
    )
    sign_in_as_voter(client, 1)
    tokens = client.get("/c/xiangzhen-2026/me").json

    def wechat_says(answer):
        with client.session_transaction() as session:
            session["f"] = {"xiangzhen-2026": [int(clock.now().timestamp()), answer]}

    wechat_says(None)
    before = stored()
    unsure = problem_of(post_picks(client, tokens, 1, consent="0"))
    page = post_picks(client, tokens, 1, headers={})
    look = client.post(
        f"{URL}/confirm", data={"candidate": "1", "csrf_token": tokens["csrf_token"]}, headers=JSON
    )
    assert stored() == before
    wechat_says(True)
    first = post_picks(client, tokens, 1)
    wechat_says(None)
    again = post_picks(client, tokens, 1)
    change_rule(campaign, {"pause": "系统维护"}, paused="系统维护")
    closed = problem_of(post_picks(client, {**tokens, "ballot_token": "y" * 20}, 1))

    assert (unsure, problem_of(look)) == ((503, "try-later"), (503, "try-later"))
    assert page.status_code == 503
    assert "这次没有投出，没有占用次数" in page.text
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == {**first.json, "repeated": True}
    assert closed == (409, "closed")


@pytest.mark.parametrize(
    ("picks", "fields"),
    [
        (["1"], {"ballot_token": ""}),
        (["1"], {"ballot_token": "short"}),
        (["1"], {"ballot_token": "x" * 101}),
        (["1"], {"ballot_token": "汉字" * 10}),
        ([], {}),
        (["1", "1"], {}),
        (["7"], {}),
        (["0"], {}),
        (["01"], {}),
        (["+1"], {}),
        ([" 1"], {}),
        (["１"], {}),
        (["1\x00"], {}),
        (["99999"], {}),
        (["1", "2", "3", "4"], {}),
    ],
)
def test_an_invalid_ballot_is_refused_and_leaves_nothing(client, me, picks, fields):
    assert problem_of(post_picks(client, me, *picks, **fields)) == (422, "invalid-ballot")
    assert stored() == [0, 0, 0, 0]


def test_fields_that_are_not_utf8_make_an_invalid_ballot(client, me):
    body = f"candidate=%ff&ballot_token={'x' * 20}&consent=1&csrf_token={me['csrf_token']}"

    answer = client.post(
        URL, data=body, content_type="application/x-www-form-urlencoded", headers=JSON
    )

    assert problem_of(answer) == (422, "invalid-ballot")


def test_fields_in_the_address_are_ignored(client, me):
    answer = client.post(
        f"{URL}?candidate=1&csrf_token={me['csrf_token']}", data={"candidate": "1"}, headers=JSON
    )

    assert problem_of(answer) == (400, "csrf")


def test_a_field_whose_name_only_ends_like_the_tokens_is_not_the_token(client, me):
    answer = post_picks(client, me, 1, csrf_token="", **{"form-csrf_token": me["csrf_token"]})

    assert problem_of(answer) == (400, "csrf")


def test_more_than_a_thousand_fields_are_too_large(client, me):
    body = "&".join(["a=1"] * 1001) + f"&csrf_token={me['csrf_token']}"

    answer = client.post(
        URL, data=body, content_type="application/x-www-form-urlencoded", headers=JSON
    )

    assert problem_of(answer) == (413, "too-large")


def test_a_form_without_boundary_is_read_as_empty(client, me):
    answer = client.post(URL, data=b"x", content_type="multipart/form-data", headers=JSON)

    assert problem_of(answer) == (400, "csrf")


@pytest.mark.parametrize("origin", ["null", "https://localhost:8000", "http://localhost:8001"])
def test_a_foreign_origin_is_refused(client, me, origin):
    answer = post_picks(client, me, 1, headers={**JSON, "Origin": origin})

    assert problem_of(answer) == (403, "foreign-origin")


def test_a_cross_site_post_of_an_unnamed_origin_is_refused_an_old_webviews_is_not(client, me):
    cross = post_picks(client, me, 1, headers={**JSON, "Sec-Fetch-Site": "cross-site"})
    neither = post_picks(client, me, 1)

    assert problem_of(cross) == (403, "foreign-origin")
    assert neither.status_code == 201


def test_another_sessions_token_is_refused(app, client, me):
    other = app.test_client()
    sign_in_as_voter(other, 2)
    foreign = other.get("/c/xiangzhen-2026/me").json

    assert problem_of(post_picks(client, me, 1, csrf_token=foreign["csrf_token"])) == (400, "csrf")


def test_an_identity_field_is_never_read(client, campaign):
    tokens = client.get("/c/xiangzhen-2026/me").json

    answer = post_picks(client, tokens, 1, openid="o123", voter="1", uid="1", v="1")

    assert problem_of(answer) == (401, "not-identified")


def test_a_snapshot_session_is_told_what_to_do(client, me):
    with client.session_transaction() as session:
        session["x"] = 1

    assert problem_of(post_picks(client, me, 1)) == (403, "snapshot-user")


def test_identity_lasts_a_day(client, campaign):
    sign_in_as_voter(client, 1, minutes_ago=24 * 60)
    tokens = client.get("/c/xiangzhen-2026/me").json

    assert tokens["identified"] is False
    assert problem_of(post_picks(client, tokens, 1)) == (401, "not-identified")


def test_the_voters_brake_tells_when_to_come_back(tmp_path):
    from tests.support.site import make_app  # noqa: PLC0415

    app = make_app(tmp_path, LIMIT_BALLOT_VOTER="2/minute")
    with app.app_context():
        now = clock.now()
        make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=2))
        client = app.test_client()
        sign_in_as_voter(client, 1)
        tokens = client.get("/c/xiangzhen-2026/me").json
        answers = [post_picks(client, tokens, 9) for _ in range(3)]
        db.session.remove()
        db.engine.dispose()

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert problem_of(answers[2]) == (429, "too-many-requests")
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_strangers_ballot_has_the_button_that_begins_login(client, campaign):
    page = client.get(URL)

    assert page.status_code == 200
    assert "/wechat/login?next=/c/xiangzhen-2026/ballot" in page.text


def test_a_refused_post_shows_the_form_filled_again(client, me):
    answer = post_picks(client, me, 1, 2, 3, 4, headers={})

    assert answer.status_code == 422
    assert "多选了 1 个" in answer.text
    assert len(re.findall(r"<input[^>]*\bchecked\b", answer.text)) == 4


def test_confirm_lists_the_picks_and_stores_nothing(client, me):
    answer = client.post(
        f"{URL}/confirm", data={"candidate": ["4", "2"], "csrf_token": me["csrf_token"]}
    )

    assert answer.status_code == 200
    assert "第2镇" in answer.text
    assert "第4镇" in answer.text
    assert "第3镇" not in answer.text
    assert 'name="consent"' in answer.text
    assert stored() == [0, 0, 0, 0]


def test_consent_that_was_forgotten_is_asked_for_below_the_picks(client, me):
    answer = post_picks(client, me, 4, 2, headers={}, consent="0")
    token = re.search('name="ballot_token" value="([^"]+)"', answer.text)[1]

    assert answer.status_code == 403
    assert re.findall('name="candidate" value="([0-9]+)"', answer.text) == ["2", "4"]
    assert re.search('<input[^>]* name="consent"[^>]* aria-invalid="true"', answer.text)
    assert answer.text.count("请先勾选同意，再投出。") == 2
    assert stored() == [0, 0, 0, 0]
    assert post_picks(client, {**me, "ballot_token": token}, 4, 2).status_code == 201


def test_consent_that_was_forgotten_with_picks_that_do_not_fit_leads_to_the_ballot(client, me):
    answer = post_picks(client, me, 1, 2, 3, 4, headers={}, consent="0")

    assert answer.status_code == 403
    assert "data-ballot" in answer.text


def test_confirm_refuses_what_the_ballot_would(client, me):
    answer = client.post(
        f"{URL}/confirm", data={"candidate": "9", "csrf_token": me["csrf_token"]}, headers=JSON
    )

    assert problem_of(answer) == (422, "invalid-ballot")


def test_me_tells_a_stranger_what_he_may_have(client, campaign):
    answer = client.get("/c/xiangzhen-2026/me")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["identified"] is False
    assert answer.json["remaining"] is None
    assert answer.json["consented"] is False
    assert answer.json["next_at"] is None
    assert answer.json["phase"] == "voting"
    assert answer.json["rules"]["picks"] == [1, 3]
    assert sorted(answer.json) == [
        "ballot_token",
        "consented",
        "csrf_token",
        "from",
        "identified",
        "next_at",
        "phase",
        "remaining",
        "rules",
        "to",
    ]


def test_me_counts_down_and_names_the_next_day(client, me):
    post_picks(client, me, 1)

    after = client.get("/c/xiangzhen-2026/me").json

    tomorrow = clock.day(clock.now()) + timedelta(days=1)
    assert (me["remaining"], after["remaining"], after["consented"]) == (1, 0, True)
    assert after["next_at"] == f"{tomorrow.isoformat()}T00:00+08:00"


def test_my_page_lists_own_receipts(client, me):
    code = post_picks(client, me, 1).json["receipt"]

    assert f"/receipts/{code}" in client.get("/my/").text


def test_no_file_holds_a_site_voter_id_or_choices_in_the_clear(client, campaign):
    sign_in_as_voter(client, 7654321)
    post_picks(client, client.get("/c/xiangzhen-2026/me").json, 1, 2)
    key = voters.voter_key(campaign.id, voter(7654321))
    with site().store.reading() as tx:
        mark = voters.consent_mark(voters.current_terms(tx, campaign.id), key)
    stolen = raw()

    assert voter(7654321) not in stolen
    assert key not in stolen
    assert mark in stolen  # the consent's: the looking finds what is there
    assert json.dumps([1, 2]).encode() not in stolen


def test_full_disk_is_not_told_as_a_crowd(app):
    with app.test_request_context():
        crowd, stuck = Busy(), Busy(is_stuck=True)

        assert refusals.title(crowd) == "现在投票的人很多"
        assert refusals.title(stuck) == "网站暂时写不进数据"
        assert "过几分钟再试" in refusals.sentence(stuck)
        assert (crowd.retry_after, stuck.retry_after) == (2, 30)


def test_posted_ballot_leaves_a_trace(campaign, client):
    sign_in_as_voter(client, 1)
    me = client.get(f"/c/{campaign.slug}/me").json

    client.post(
        f"/c/{campaign.slug}/ballot",
        data={
            "candidate": "1",
            "ballot_token": me["ballot_token"],
            "csrf_token": me["csrf_token"],
            "consent": "1",
        },
    )

    db.session.rollback()
    assert db.session.query(BallotTrace).count() == 1


@pytest.mark.parametrize(
    ("typed", "last"), [("0000-0000-0000", 429), ("别人的", 429), ("不是码", 403)]
)
def test_wrong_code_comes_back_on_its_form(app, client, typed, last):
    now = clock.now()
    campaign = make_campaign(
        eligibility="roster", opens=now - timedelta(days=2), closes=now + timedelta(days=2)
    )
    with writing():
        ((_, others),) = roster.store(campaign.id, ["代表一"])
    roster.redeem(campaign.id, voters.voter_key(campaign.id, voter(2)), others)
    sign_in_as_voter(client, 1)
    csrf = client.get("/c/xiangzhen-2026/me").json["csrf_token"]
    form = {"code": others if typed == "别人的" else typed, "csrf_token": csrf}
    answers = [client.post("/c/xiangzhen-2026/code", data=form) for _ in range(11)]
    program = client.post("/c/xiangzhen-2026/code", data=form, headers=JSON)

    assert [answer.status_code for answer in answers] == [403] * 10 + [last]
    for answer in answers:
        assert 'id="f-code"' in answer.text
        assert f'value="{form["code"]}"' in answer.text
        assert 'id="f-code-error"' in answer.text
    assert "没有这个投票码，或者它已被别人使用" in answers[0].text
    assert int(answers[10].headers.get("Retry-After", 0)) > 0 or last == 403
    assert problem_of(program) == (last, "not-eligible" if last == 403 else "too-many-requests")


def test_each_row_leads_to_its_dossier_and_many_rows_have_search_and_jumps(client, campaign):
    few = client.get(URL).text
    many = make_campaign(slug="many-2026", candidates=13, opens=campaign.opens_at)
    page = client.get(f"/c/{many.slug}/ballot").text

    assert '<a href="/c/xiangzhen-2026/candidates/2">看材料' in few
    assert "data-filter" not in few
    assert "data-filter" in page
    for place in (1, 2):
        assert f'href="#g{place}"' in page
        assert f'id="g{place}"' in page

"""Questionnaires over HTTP: filled, refused, closed."""

import re
from datetime import timedelta
from secrets import token_urlsafe

import pytest
from sqlalchemy import func, select

from tests.support.answers import problem_of, words_of
from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.surveys import EACH, TABLE, make_survey, make_surveyed
from votesite import clock
from votesite.domain.surveys.listing import questions_of
from votesite.domain.surveys.questions import MAX_TEXT, form_size
from votesite.domain.voting import casting
from votesite.extensions import db
from votesite.models.surveys import SurveyAnswer

URL = "/c/xiangzhen-2026/survey/feedback"
JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(app):
    return make_surveyed()


def token_for(client, number=1):
    sign_in_as_voter(client, number)
    return client.get("/c/xiangzhen-2026/me").json["csrf_token"]


@pytest.fixture
def token(campaign, client):
    """The form token of a browser signed in as voter 1."""
    return token_for(client)


def post_answers(client, token, fields=None, *, headers=JSON, consent="1"):
    given = {f"answers.{name}": value for name, value in (fields or {"rate": "5"}).items()}
    return client.post(
        URL, data={**given, "csrf_token": token, "consent": consent}, headers=headers
    )


def stored():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(SurveyAnswer))


def test_answers_are_taken_with_an_id(client, token):
    given = {"rate": "2", "why": "慢", "how": ["网上", "窗口"], "parts.2": "4", "each.3": "5"}
    reply = post_answers(client, token, given)

    assert (reply.status_code, reply.content_type) == (201, "application/json")
    assert db.session.get(SurveyAnswer, reply.json["id"]).answers == {
        "rate": "2",
        "why": "慢",
        "how": ["窗口", "网上"],
        "parts": {"速度": "4"},
        "each": {"3": "5"},
    }


def test_card_that_leads_to_wechat_has_a_quiet_way_for_those_who_are_there(campaign, client):
    page = client.get(URL).text
    login = re.search('<a class="([^"]*)" href="/wechat/login[^>]*>([^<]*)<', page)

    assert page.index("已经在微信里打开？") < login.start()
    assert login.groups() == ("button button-quiet button-small", "登录答卷")


def test_as_a_page_thanks_come_next(client, token):
    reply = post_answers(client, token, headers={})

    assert (reply.status_code, reply.location) == (303, URL)
    assert "问卷已交，谢谢您" in words_of(client.get(URL))


def test_every_field_of_the_page_is_one_that_is_read(client, token):
    page = client.get(URL).get_data(as_text=True)

    names = set(re.findall(r'name="(answers\.[^"]+)"', page))
    assert names == {
        "answers.rate",
        "answers.why",
        "answers.how",
        "answers.one",
        "answers.parts.1",
        "answers.parts.2",
        *(f"answers.each.{no}" for no in range(1, 7)),
    }
    assert 'value="&lt;企业&gt;"' in page
    assert 'data-after="rate" data-when="[&#34;1&#34;, &#34;2&#34;]"' in page
    assert "在“总体满意吗”里选“1”或“2”时回答。" in words_of(client.get(URL))


def test_faults_are_named_by_question(client, token):
    reply = post_answers(client, token, {"rate": "1", "one": "外星人", "how": "窗口"})

    assert problem_of(reply) == (422, "invalid-answers")
    assert reply.json["fields"] == {"why": "请填写这一项。", "one": "请从列出的选项里选。"}
    assert stored() == 0


def test_refused_page_shows_the_form_filled_again(client, token):
    reply = post_answers(client, token, {"how": ["网上"], "each.2": "3", "why": "<b>"}, headers={})

    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert 'href="#f-answers.rate"' in page
    assert 'value="网上" checked' in page
    assert 'name="answers.each.2" value="3" checked' in page
    assert "&lt;b&gt;" in page


def test_second_answer_is_over_the_limit(client, token):
    post_answers(client, token)

    assert problem_of(post_answers(client, token)) == (409, "limit-reached")
    assert post_answers(client, token, headers={}).status_code == 409
    assert stored() == 1


def test_everything_missing_is_said_at_once_and_a_tick_stays(client, token):
    missing = post_answers(client, token, {"rate": "9"}, consent="", headers={})
    ticked = post_answers(client, token, {"rate": "9"}, headers={})

    page = missing.get_data(as_text=True)
    assert (missing.status_code, ticked.status_code) == (403, 422)
    assert 'href="#f-consent"' in page
    assert 'href="#f-answers.rate"' in page
    assert re.search(r'<input id="f-consent"[^>]* checked', ticked.get_data(as_text=True))


def test_without_consent_nothing_is_kept(client, token):
    assert problem_of(post_answers(client, token, consent="")) == (403, "consent-required")
    assert "请先勾选同意" in words_of(post_answers(client, token, consent="", headers={}))
    assert stored() == 0


def test_stranger_is_told_to_log_in(campaign, client):
    page = client.get(URL)
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]

    assert page.status_code == 200
    assert f"/wechat/login?next={URL}" in page.get_data(as_text=True)
    assert "总体满意吗" in words_of(page)
    assert problem_of(post_answers(client, token)) == (401, "not-identified")


def test_campaign_page_leads_to_open_questionnaires(campaign, client):
    assert f'href="{URL}"' in client.get("/c/xiangzhen-2026/").get_data(as_text=True)


def test_campaign_page_is_silent_about_closed_ones(app, client):
    make_surveyed(phase=["final"])

    assert URL not in client.get("/c/xiangzhen-2026/").get_data(as_text=True)


def test_unknown_questionnaire_does_not_exist(client, token):
    path = "/c/xiangzhen-2026/survey/none"

    assert client.get(path).status_code == 404
    assert client.post(path, data={"csrf_token": token}, headers=JSON).status_code == 404


def test_control_characters_are_refused(client, token):
    in_text = post_answers(client, token, {"rate": "1", "why": "慢\x00"})
    elsewhere = post_answers(client, token, {"rate": "5", "other": "\x01"})

    assert problem_of(in_text) == (422, "invalid-answers")
    assert problem_of(elsewhere) == (422, "malformed-fields")
    assert stored() == 0


@pytest.mark.parametrize(
    ("window", "says", "has_next"),
    [
        ({"begins": 1, "ends": 5}, "问卷还没有开放", True),
        ({"begins": -5, "ends": -1}, "问卷已经结束", False),
    ],
)
def test_outside_its_phases_it_is_closed(app, client, window, says, has_next):
    make_surveyed(**window)
    token = token_for(client)

    reply = post_answers(client, token, {"rate": "9"}, consent="")

    assert problem_of(reply) == (409, "closed")
    assert says in reply.json["detail"]
    assert (reply.json["next_at"] is not None) == has_next
    assert says in words_of(client.get(URL))


def test_questionnaire_for_voters_takes_them_only(app, client):
    campaign = make_surveyed(audience="voters")
    token = token_for(client)

    assert problem_of(post_answers(client, token)) == (403, "not-eligible")
    assert "投票以后再答" in words_of(client.get(URL))
    casting.cast(casting.Ballot(campaign.id, voter(1), ["1"], token_urlsafe(18), True))
    assert post_answers(client, token).status_code == 201


def test_rows_of_a_matrix_without_an_answer_are_named(app, client):
    campaign = make_campaign(opens=clock.now() - timedelta(days=1))
    make_survey(campaign, TABLE | {"required": True})
    token = token_for(client)

    page = post_answers(client, token, {"table.1": "好"}, headers={}).text

    first, second = page.partition("速度</legend>")[::2]
    assert "这一行还没有选。" not in first
    assert "这一行还没有选。" in second


def test_fullest_form_that_publishing_allows_is_taken(app, client):
    texts = [{"id": f"t{n}", "type": "text", "text": "为什么"} for n in range(10)]
    survey = make_survey(make_surveyed(), *texts)
    token = token_for(client)

    page = client.get(URL).text
    given = {f"t{n}": "字" * MAX_TEXT for n in range(10)}
    fields = {f"answers.{name}": text for name, text in given.items()}
    reply = client.post(
        URL,
        data={**fields, "csrf_token": token, "consent": "1"},
        headers=JSON,
        content_type="multipart/form-data",
    )

    assert form_size(questions_of(survey), 6).fits
    assert 'enctype="multipart/form-data"' in page.partition("data-survey")[0]
    assert reply.status_code == 201
    db.session.rollback()
    assert db.session.get(SurveyAnswer, reply.json["id"]).answers == given


def test_short_answers_about_each_candidate_are_not_sent_in_parts(app, client):
    make_survey(make_surveyed(), EACH)
    token_for(client)

    page = client.get(URL).text

    assert "data-survey" in page
    assert "enctype" not in page

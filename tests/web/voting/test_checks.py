"""The check before a ballot as pages and programs meet it."""

import html
import json
import re
from datetime import timedelta

import altcha
import pytest

from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.traced import ask_of
from votesite import clock, rate_limits
from votesite.domain.integrity import clean_ups
from votesite.domain.voting import checks
from votesite.extensions import db
from votesite.models.ledger import LogEntry

JSON = {"Accept": "application/json"}
HOME = "127.0.0.1"


@pytest.fixture
def campaign(app):
    now = clock.now()
    made = make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))
    ask_of(made, until=now + timedelta(hours=1), address=HOME)
    return made


def ballot(client, number=1, **fields):
    sign_in_as_voter(client, number)
    mine = client.get("/c/xiangzhen-2026/me").json
    tokens = {name: mine[name] for name in ("csrf_token", "ballot_token")}
    return {**tokens, "candidate": ["4", "1"], "consent": "1", **fields}


def post_fields(client, fields, **headers):
    return client.post("/c/xiangzhen-2026/ballot", data=fields, headers=headers)


def ballots():
    db.session.rollback()
    return db.session.query(LogEntry).filter_by(k="vote").count()


def hidden(page):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    fields = {}
    for name, value in found:
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def aged(campaign, number=1, seconds=61):
    """A ticket that has waited."""
    made = clock.now() - timedelta(seconds=seconds)
    return checks.offer(campaign.id, voter(number), now=made)["ticket"]


def test_program_is_told_what_answers_the_check_and_votes_with_it(campaign, client):
    fields = ballot(client)

    asked = post_fields(client, fields, **JSON)
    challenge = altcha.Challenge.from_dict(asked.json["check"]["altcha"])
    solution = altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()
    cast = post_fields(client, {**fields, "altcha": solution}, **JSON)

    assert (asked.status_code, asked.json["type"]) == (403, "/problems/check-required")
    assert asked.json["check"]["wait"] == 60
    assert (cast.status_code, ballots()) == (201, 1)


def test_page_carries_the_ballot_on_and_the_picks_stand_in_no_address(campaign, client):
    fields = ballot(client)

    asked = post_fields(client, fields)
    carried = hidden(asked.text)

    assert asked.status_code == 403
    assert carried["candidate"] == ["4", "1"]
    assert (carried["ballot_token"], carried["consent"]) == ([fields["ballot_token"]], ["1"])
    assert "第4镇" in asked.text
    challenge = json.loads(html.unescape(re.search(r'data-configuration="([^"]+)', asked.text)[1]))
    assert challenge["humanInteractionSignature"] is False
    assert challenge["challenge"]["parameters"]["algorithm"] == "PBKDF2/SHA-256"


def test_who_has_waited_votes_without_script(campaign, client):
    carried = hidden(post_fields(client, ballot(client)).text)

    early = post_fields(client, carried)
    late = post_fields(client, {**carried, "ticket": aged(campaign)})

    assert (early.status_code, late.status_code) == (403, 303)
    assert "还没有等够" in early.text
    assert hidden(early.text)["ticket"] == carried["ticket"]
    assert ballots() == 1


def test_wrong_answer_is_told_and_a_new_question_asked(campaign, client):
    fields = ballot(client, altcha="rubbish")

    asked = post_fields(client, fields)

    assert asked.status_code == 403
    assert "答案没有通过" in asked.text
    assert 'role="alert"' in asked.text


def test_answer_nobody_asked_for_does_no_harm(app, client):
    now = clock.now()
    make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))

    assert post_fields(client, ballot(client, altcha="rubbish"), **JSON).status_code == 201


def test_waiting_is_no_way_in_for_hundreds(campaign, client):
    for number in range(30):
        answer = post_fields(client, ballot(client, number, ticket=aged(campaign, number)))
        assert answer.status_code == 303

    answer = post_fields(client, ballot(client, 31, ticket=aged(campaign, 31)))

    assert rate_limits.WAITED_ADDRESS == "30/hour"
    assert (answer.status_code, ballots()) == (429, 30)


def test_who_is_asked_is_counted_in_public_and_explained(campaign, client):
    post_fields(client, ballot(client), **JSON)
    sign_in_as_voter(client, 2)
    answered = post_fields(client, ballot(client, 2, ticket=aged(campaign, 2)), **JSON)

    assert answered.status_code == 201
    assert dict(clean_ups.of_campaign(campaign).refused_by_reason) == {"check-required": 1}
    assert "被要求先算一道题" in client.get("/c/xiangzhen-2026/clean-up").text
    assert "先算一道题" in client.get("/problems/check-required").text

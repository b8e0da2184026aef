"""The appeal of a voter whose ballot was voided."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.staffing import make_staff
from tests.support.traced import cast_from, make_case
from tests.support.voided import void_by_two, void_together
from votesite import clock
from votesite.domain.integrity import appeals
from votesite.domain.results import tallies
from votesite.domain.voting import voters
from votesite.domain.voting.own import receipts_of
from votesite.extensions import db
from votesite.models.sanctions import Appeal


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def numbers(campaign):
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


def receipt_of(campaign, number):
    ((code, _, _),) = receipts_of(campaign.id, voters.voter_key(campaign.id, voter(number)))
    return f"/c/{campaign.slug}/receipts/{code}"


def test_voter_of_a_voided_ballot_appeals_once(campaign, numbers, client):
    void_by_two(campaign, numbers)
    sign_in_as_voter(client, 3)
    address = receipt_of(campaign, 3)

    assert f'href="{address}/appeal"' in client.get(address).text
    form = client.get(f"{address}/appeal").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    first = client.post(f"{address}/appeal", data={"csrf_token": token, "text": "我自己投的"})
    tapped_twice = client.post(
        f"{address}/appeal", data={"csrf_token": token, "text": "我自己投的"}
    )
    second = client.post(f"{address}/appeal", data={"csrf_token": token, "text": "再说"})

    db.session.rollback()
    assert (first.status_code, second.status_code) == (303, 409)
    assert (tapped_twice.status_code, tapped_twice.location) == (303, first.location)
    (made,) = db.session.query(Appeal).all()
    assert (made.n, appeals.text_of(made)) == (numbers[3], "我自己投的")
    assert "我自己投的" in client.get(f"{address}/appeal").text


def test_appeal_is_hidden_from_everybody_else(campaign, numbers, client, app):
    void_by_two(campaign, numbers)
    address = f"{receipt_of(campaign, 3)}/appeal"
    other = app.test_client()
    sign_in_as_voter(other, 4)

    assert (client.get(address).status_code, other.get(address).status_code) == (404, 404)


def test_empty_appeal_is_asked_again(campaign, numbers, client):
    void_by_two(campaign, numbers)
    sign_in_as_voter(client, 3)
    address = f"{receipt_of(campaign, 3)}/appeal"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)[1]

    answer = client.post(address, data={"csrf_token": token, "text": ""})

    assert answer.status_code == 422
    assert 'id="f-text-error"' in answer.text


def test_after_the_count_the_form_asks_whether_the_ballot_may_be_shown(app, client):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=2), closes=now - timedelta(hours=1))
    reviewers = [make_staff(name, "reviewer") for name in ("yi", "er")]
    when = now - timedelta(hours=2)
    numbers = [cast_from(campaign, number, [2], when=when).n for number in range(6)]
    void_together(campaign, make_case(campaign, numbers), reviewers, moment=when)
    tallies.close(campaign.id)
    sign_in_as_voter(client, 3)
    address = f"{receipt_of(campaign, 3)}/appeal"

    form = client.get(address).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    fields = {"csrf_token": token, "text": "我自己投的", "shown_alone": "1"}
    answer = client.post(address, data=fields)

    db.session.rollback()
    assert "看得出这次恢复的选票选了谁" in form
    assert answer.status_code == 303
    assert [made.shown_alone for made in db.session.query(Appeal)] == [True]

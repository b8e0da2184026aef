"""The announced ranking: nothing of it before the notice, all of it from then on."""

import json
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.honours import EXPERTS, Honours
from votesite import clock
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.extensions import db
from votesite.models.campaigns import votes_alone

JSON = {"Accept": "application/json"}


@pytest.fixture
def way(app):
    """A campaign whose vote has just been counted."""
    now = clock.now()
    weights = {**votes_alone(), **EXPERTS}
    opens, closes = now - timedelta(days=40), now - timedelta(days=30)
    return Honours(make_campaign(weights=weights, signers=0, opens=opens, closes=closes))


def ranked(way):
    during = clock.now() - timedelta(days=35)
    after = clock.now() - timedelta(days=29)
    way.vote({1: [1, 2], 2: [1, 3], 3: [2], 4: [4]}, moment=during)
    for number in (1, 2, 3):
        way.appoint(number, moment=during)
        scores = {no: [900 - 50 * no + 10 * number] for no in range(1, 7)}
        way.sheet(number, scores, moment=during)
    way.decide("panel", moment=during)
    way.close(moment=after)
    for key in ("satisfaction", "objective"):
        way.put_in(key, [[no, 9000 - 100 * no] for no in range(1, 7)], moment=after)
    way.decide("ranking", moment=after)
    return after


def test_before_the_notice_begins_there_is_no_such_page(app, way):
    client = app.test_client()
    after = ranked(way)
    way.notice(clock.now() + timedelta(days=1), clock.now() + timedelta(days=20), moment=after)
    db.session.rollback()

    assert client.get(f"/c/{way.slug}/award").status_code == 404
    assert client.get(f"/c/{way.slug}/award", headers=JSON).status_code == 404


def test_from_the_notice_on_everybody_reads_ranking_and_method(app, way):
    client = app.test_client()
    after = ranked(way)
    way.notice(after + timedelta(minutes=1), after + timedelta(days=20), moment=after)
    db.session.rollback()

    page = client.get(f"/c/{way.slug}/award")
    told = client.get(f"/c/{way.slug}/award", headers=JSON).get_json()
    ledger = json.loads(client.get(f"/c/{way.slug}/ledger/ranking.json").text)

    assert page.status_code == 200
    assert "公示中，不是最终结果" in page.text
    assert "算一遍：1 号" in page.text
    assert "拟入选" in page.text
    assert told == {"stage": "notice", **ledger}


def test_a_final_list_is_told_as_final(app, way):
    client = app.test_client()
    after = ranked(way)
    way.notice(after + timedelta(minutes=1), after + timedelta(days=20), moment=after)
    way.decide("final", moment=after + timedelta(days=22))
    db.session.rollback()

    assert client.get(f"/c/{way.slug}/award", headers=JSON).get_json()["stage"] == "final"
    assert "最终名单已经确定" in client.get(f"/c/{way.slug}/award").text


def test_a_withdrawal_after_the_ranking_is_told_and_explains_nothing_old(app, way):
    client = app.test_client()
    after = ranked(way)
    way.notice(after + timedelta(minutes=1), after + timedelta(days=20), moment=after)

    made = proposals.propose(way.campaign.id, way.owner, Change("withdraw", 6), "机构撤并")
    proposals.confirm(made.id, way.editor)
    db.session.rollback()
    page = client.get(f"/c/{way.slug}/award").text

    assert "要重新排名、重新公示" in page
    assert "算一遍" not in page

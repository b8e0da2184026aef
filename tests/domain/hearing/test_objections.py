"""Objections: who may object when, what enters the ledger, what stays sealed, paper, deadlines."""

import hashlib
import json
import unicodedata
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import NOON, voter
from tests.support.noticed import DAY, GOOD, noticed, object_to, on_paper
from tests.support.stored import rows
from votesite import clock
from votesite.clock import minute
from votesite.domain.hearing import objections
from votesite.domain.hearing.sealing import Words, open_words
from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.canonical import canonical
from votesite.domain.voting import voters
from votesite.domain.voting.consents import has_consent
from votesite.errors import (
    Closed,
    ConsentRequired,
    Forbidden,
    InvalidObjection,
    LimitReached,
)
from votesite.extensions import db, site
from votesite.models.hearing import Objection, ObjectionTerms


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def campaign(honours):
    return honours.campaign


def entry(campaign, n):
    with site().store.snapshot() as tx:
        return entries.read_entry(tx, campaign.id, n)


def size(campaign):
    return publication.require_open(campaign.id)


def faults(call):
    with pytest.raises(InvalidObjection) as refused:
        call()
    return {name: fault.code for name, fault in refused.value.fields.items()}


def test_objection_is_an_entry_that_commits_to_the_words_and_no_word_of_it(campaign):
    received = object_to(campaign)

    stored = objections.find(campaign.id, received.code)
    words = open_words(stored)
    written = entry(campaign, received.n)
    said = canonical(["person", "李敏", "3号的数据算了两次。\n见材料。"])
    assert written["k"] == "objection"
    assert set(written) == {"k", "n", "t", "c"}
    assert written["c"] == hashlib.sha256(bytes.fromhex(words.salt) + said).hexdigest()
    assert words == Words(GOOD["name"], GOOD["contact"], GOOD["facts"], words.salt)
    assert "李敏".encode() not in bytes(stored.sealed)
    assert (stored.n, stored.state, stored.outcome) == (received.n, "received", "")


def test_hint_is_no_entry_and_keeps_no_name(campaign):
    before = size(campaign)

    received = object_to(campaign, kind="hint", contact="")

    stored = objections.find(campaign.id, received.code)
    assert received.n is None
    assert size(campaign) == before
    assert open_words(stored).name == ""


def test_same_form_again_gets_the_first_answer_and_stores_nothing(campaign):
    first = object_to(campaign, token="a" * 20)
    again = object_to(campaign, token="a" * 20, facts="别的话")

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.code, again.n) == (first.code, first.n)
    assert len(rows(Objection)) == 1


def test_same_form_again_is_answered_after_the_end_and_another_voters_is_not(campaign):
    first = object_to(campaign, token="a" * 20)
    other = object_to(campaign, 12, token="a" * 20)
    late = object_to(campaign, token="a" * 20, moment=clock.now() + 20 * DAY)

    assert other.code != first.code
    assert late.code == first.code


def test_three_a_voter_and_notice(campaign):
    for place in range(2):
        object_to(campaign, facts=f"第{place}件")
    object_to(campaign, kind="hint")

    with pytest.raises(LimitReached):
        object_to(campaign)
    assert object_to(campaign, 12).is_new


@pytest.mark.parametrize(("begins", "ends", "opens_later"), [(2, 14, True), (-13, -1, False)])
def test_outside_the_notice_it_is_closed(app, begins, ends, opens_later):
    campaign = noticed(begins=begins, ends=ends).campaign

    with pytest.raises(Closed) as refused:
        object_to(campaign)
    assert (refused.value.next_at is not None) == opens_later
    assert rows(Objection) == []


def test_last_minute_of_the_notice_is_open_and_its_end_is_not(honours):
    end = clock.parse_minute(honours.row.notice_to)

    assert object_to(honours.campaign, moment=end - timedelta(minutes=1)).n
    with pytest.raises(Closed):
        object_to(honours.campaign, 12, moment=end)


def test_without_consent_nothing_is_stored_and_the_faults_are_told(campaign):
    with pytest.raises(ConsentRequired) as refused:
        object_to(campaign, consents=False, facts="")

    assert refused.value.fields["facts"].code == "missing"
    assert rows(Objection) == []


def test_consent_is_kept_with_it(campaign):
    object_to(campaign)

    assert has_consent(campaign, voters.voter_key(campaign.id, voter(11)))
    assert object_to(campaign, consents=False).is_new


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": ""}, {"kind": "missing"}),
        ({"kind": "people"}, {"kind": "unknown-choice"}),
        ({"name": " "}, {"name": "missing"}),
        ({"contact": ""}, {"contact": "missing"}),
        ({"facts": "\n \n"}, {"facts": "missing"}),
        ({"facts": "长" * 4001}, {"facts": "too-long"}),
        ({"name": "名" * 61}, {"name": "too-long"}),
        ({"name": "李\n敏"}, {"name": "control-characters"}),
        ({"facts": "a\x00b"}, {"facts": "control-characters"}),
        ({"facts": "a\ufffdb"}, {"facts": "control-characters"}),
        ({"facts": "a\u202eb"}, {"facts": "control-characters"}),
    ],
)
def test_bad_fields_are_named_and_nothing_is_stored(campaign, fields, expected):
    assert faults(lambda: object_to(campaign, **fields)) == expected
    assert rows(Objection) == []


def test_longest_facts_are_taken(campaign):
    assert object_to(campaign, facts="长" * 4000).n


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    facts=st.text(max_size=60) | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl"])),
    name=st.text(max_size=20),
)
def test_whatever_is_typed_is_kept_as_the_commitment_has_it_or_refused(campaign, facts, name):
    who = len(rows(Objection)) + 100
    try:
        received = object_to(campaign, who, facts=facts, name=name)
    except InvalidObjection:
        return
    words = open_words(objections.find(campaign.id, received.code))
    body = canonical(["person", words.name, words.facts])

    assert entry(campaign, received.n)["c"] == objections.commitment("person", words)
    assert json.loads(body) == ["person", words.name, words.facts]
    assert words.facts == unicodedata.normalize("NFC", words.facts).strip()


def test_due_after_five_working_days_or_as_the_campaign_says(app):
    honours = noticed(slug="weekdays")
    campaign = honours.campaign
    object_to(campaign)
    db.session.merge(ObjectionTerms(campaign_id=campaign.id, days=2))
    db.session.commit()
    object_to(campaign, 12)

    first, second = rows(Objection)
    assert first.due_on > second.due_on > minute(clock.now())[:10]


def test_in_a_year_without_a_calendar_nobody_is_turned_away(app):
    friday = NOON.replace(year=2045, month=3, day=3)

    assert objections._due(0, friday).isoformat() == "2045-03-10"


def test_paper_is_entered_by_who_may_with_the_time_it_came(honours):
    came = clock.now() - timedelta(hours=3)

    received = on_paper(honours.campaign, honours.owner, received=f"{came:%Y-%m-%d %H:%M}")

    stored = objections.find(honours.campaign.id, received.code)
    assert stored.received_at == minute(came)
    assert (stored.received_by, stored.voter) == (honours.owner, None)
    with pytest.raises(Forbidden):
        on_paper(honours.campaign, honours.editor)


def test_paper_can_be_entered_for_a_day_after_the_notice(honours):
    end = clock.parse_minute(honours.row.notice_to)
    came = f"{end - timedelta(minutes=1):%Y-%m-%d %H:%M}"

    on_paper(honours.campaign, honours.owner, received=came, moment=end + timedelta(hours=23))
    with pytest.raises(Closed):
        on_paper(honours.campaign, honours.owner, received=came, moment=end + DAY)


@pytest.mark.parametrize(
    "typed", ["昨天", "2026-13-01 09:00", "2020-01-01 09:00", "2099-01-01 9:00"]
)
def test_paper_that_came_at_no_possible_time_is_refused(honours, typed):
    said = faults(lambda: on_paper(honours.campaign, honours.owner, received=typed))

    assert said.keys() == {"received"}
    assert rows(Objection) == []


def test_after_final_nobody_objects(honours):
    end = clock.parse_minute(honours.row.notice_to)
    honours.decide("final", moment=end + 2 * DAY)

    with pytest.raises(Closed):
        object_to(honours.campaign, moment=end + 2 * DAY)

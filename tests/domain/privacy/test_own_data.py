"""What belongs to one person: shown, exported, withdrawn from, deleted; the ballots stay."""

import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.ballots import cast_now
from tests.support.factories import make_campaign, voter
from tests.support.people import CONTACT, WORDS, answer, lively_campaign, nominate, take_part
from tests.support.staffing import make_staff
from tests.support.stored import fresh, rows
from votesite import clock
from votesite.domain import keys
from votesite.domain.ledger.log import open_log
from votesite.domain.nominations import review
from votesite.domain.privacy import own_data, purging
from votesite.domain.surveys import pool
from votesite.domain.voting import consents, roster, voters
from votesite.domain.voting.own import allowance
from votesite.errors import ConsentRequired, LimitReached
from votesite.extensions import db, site, writing
from votesite.models.audit import AuditEntry
from votesite.models.ledger import LogEntry, Receipt
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.surveys import SurveyAnswer, SurveyMark
from votesite.models.voting import Consent, RosterCode, VoteSlot, VoteToken


@pytest.fixture
def campaign(app):
    return lively_campaign(scope="campaign")


def part_of(who):
    (part,) = own_data.held(voter(who))
    return part


def accepted(nomination):
    """The nomination made a candidate, as before the vote."""
    with writing():
        found = db.session.get(Nomination, nomination.id)
        found.status, found.decided_at = "accepted", clock.minute(clock.now())
    return nomination.id


def appeal(campaign, n, state="open"):
    bound_to = f"appeals|{campaign.id}-{n}|"
    sealed = keys.seal_field("那是我本人投的", f"{bound_to}text")
    reply = keys.seal_field("已核实", f"{bound_to}reply") if state != "open" else b""
    with writing():
        moment = clock.minute(clock.now())
        db.session.add(
            Appeal(
                campaign_id=campaign.id, n=n, text=sealed, made_at=moment, state=state, reply=reply
            )
        )


def test_page_holds_everything_that_is_ones_own_and_nothing_else(campaign):
    recorded = take_part(campaign, 1)
    take_part(campaign, 2)

    part = part_of(1)

    assert [(code, n) for code, n, _ in part.receipts] == [(recorded.receipt, recorded.n)]
    assert [own.name for own in part.nominations] == ["石桥1镇", "清水1镇"]
    assert [survey.title for survey, _ in part.answers] == ["实名问卷"]
    assert part.consents == [("1", clock.day(clock.now()).isoformat())]


def test_who_has_done_nothing_has_nothing(campaign):
    take_part(campaign, 1)

    assert own_data.held(voter(3)) == []


def test_export_opens_what_was_sealed_and_shows_no_choice(campaign):
    recorded = take_part(campaign, 1)
    appeal(campaign, recorded.n, "rejected")

    told = own_data.exported(voter(1))
    (mine,) = told["campaigns"]

    assert mine["ballots"][0] == {
        "n": recorded.n,
        "t": mine["ballots"][0]["t"],
        "receipt": recorded.receipt,
    }
    assert {own["contact"] for own in mine["nominations"]} == {CONTACT}
    assert mine["answers"][0]["answers"] == {"say": WORDS}
    assert (mine["appeals"][0]["text"], mine["appeals"][0]["reply"]) == ("那是我本人投的", "已核实")
    text = json.dumps(told)
    assert "choices" not in text
    assert "candidate" not in text
    assert CONTACT not in json.dumps(own_data.exported(voter(2)))


def test_withdrawn_consent_is_asked_for_again(campaign):
    day_campaign = make_campaign(
        slug="meiri",
        opens=clock.now() - timedelta(days=1),
        closes=clock.now() + timedelta(days=1),
        ballots=2,
    )
    cast_now(day_campaign, 1, 1)
    take_part(campaign, 1)

    assert own_data.withdraw_consent(day_campaign.id, voter(1)) == 1

    with pytest.raises(ConsentRequired):
        cast_now(day_campaign, 1, 2, token="another-token-of-his", consents=False)
    assert cast_now(day_campaign, 1, 2, token="another-token-of-his").is_new
    key = voters.voter_key(campaign.id, voter(1))
    assert consents.has_consent(fresh(campaign), key)


def test_new_version_of_the_notice_asks_again_and_both_are_shown(campaign):
    take_part(campaign, 1)
    with writing() as tx:
        fresh_one = db.session.get(type(campaign), campaign.id)
        fresh_one.notice_version = "2"
        open_log(tx, campaign.id).touch(rules=True)

    assert not allowance(campaign.id, voter(1)).has_consented
    nominate(campaign, 1, "云谷镇")

    assert [version for version, _ in part_of(1).consents] == ["1", "2"]


def test_deleting_leaves_the_ballots_and_what_stops_a_second_vote(campaign):
    recorded = take_part(campaign, 1)
    kept = take_part(campaign, 2)
    entries = [entry.body for entry in rows(LogEntry)]

    own_data.delete(voter(1))

    assert [entry.body for entry in rows(LogEntry)] == entries
    assert len(rows(VoteSlot)) == 2
    assert [receipt.code for receipt in rows(Receipt)] == [kept.receipt]
    assert [token.n for token in rows(VoteToken)] == [kept.n]
    assert len(rows(Consent)) == 1
    assert {own.name for own in rows(Nomination)} == {"清水2镇", "石桥2镇"}
    assert len([row for row in rows(SurveyAnswer) if row.voter]) == 1
    assert len(rows(SurveyMark)) == 2
    assert part_of(1).receipts == [(None, recorded.n, part_of(1).receipts[0][2])]
    assert len(part_of(2).nominations) == 2


def test_accepted_nomination_stays_without_its_nominator(campaign):
    take_part(campaign, 1)
    taken = accepted(rows(Nomination)[0])

    own_data.delete(voter(1))

    (left,) = rows(Nomination)
    assert (left.id, left.name, left.reason) == (taken, "清水1镇", "办事快")
    assert (left.nominator, left.slot, left.contact, left.evidence) == (None, None, None, "")


def test_voting_again_after_deleting_needs_consent_and_stays_under_the_limit(app):
    campaign = lively_campaign(scope="campaign", ballots=2)
    cast_now(campaign, 1, 1)
    own_data.delete(voter(1))

    with pytest.raises(ConsentRequired):
        cast_now(campaign, 1, 2, token="second-token-of-his", consents=False)
    cast_now(campaign, 1, 2, token="second-token-of-his")
    own_data.delete(voter(1))
    with pytest.raises(LimitReached):
        cast_now(campaign, 1, 3, token="third-token-of-his-")


def test_code_of_the_roster_stays_used(app):
    campaign = lively_campaign(eligibility="roster")
    with writing():
        ((_, code),) = roster.store(campaign.id, ["水利局"])
    key = voters.voter_key(campaign.id, voter(1))
    roster.redeem(campaign.id, key, code)

    own_data.delete(voter(1))

    (row,) = rows(RosterCode)
    assert row.voter == key
    assert part_of(1).is_invited


def test_words_of_appeals_go(campaign):
    waiting, decided = cast_now(campaign, 1, 1), cast_now(campaign, 2, 1)
    appeal(campaign, waiting.n)
    appeal(campaign, decided.n, "rejected")

    own_data.delete(voter(1))
    own_data.delete(voter(2))

    (left,) = rows(Appeal)
    assert (left.n, left.state, left.reply) == (decided.n, "rejected", b"")
    assert keys.open_field(left.text, f"appeals|{campaign.id}-{decided.n}|text") == ""


def test_audit_log_learns_how_many_and_not_whose(campaign):
    take_part(campaign, 1)

    own_data.delete(voter(1))

    lines = [line for line in rows(AuditEntry) if line.action == "delete-own"]
    assert {(line.table, line.row_id, line.staff_id) for line in lines} == {
        ("nominations", "2 rows", None),
        ("survey_answers", "1 rows", None),
        ("consents", "1 rows", None),
        ("receipts", "1 rows", None),
    }


def test_deleting_again_changes_nothing(campaign):
    take_part(campaign, 1)
    own_data.delete(voter(1))

    assert sum(own_data.delete(voter(1)).values()) == 0


@pytest.mark.sqlite
def test_nothing_deleted_is_left_in_the_files(campaign):
    recorded = take_part(campaign, 1)
    pool.mix(least=1)
    contacts = [own.contact for own in rows(Nomination)]
    instance = site().settings.instance

    own_data.delete(voter(1))
    db.session.remove()
    purging.empty_write_ahead_log()

    sqlite3.connect(instance / "votesite.db").close()
    raw = b"".join(path.read_bytes() for path in instance.glob("votesite.db*"))
    assert all(contact not in raw for contact in contacts)
    assert recorded.receipt.encode() not in raw
    assert "清水1镇".encode() not in raw
    assert (
        json.dumps(WORDS)[1:-1].encode() in raw
    )  # the anonymous answer's: the looking finds what is there


def test_staff_can_still_review_what_others_nominated(campaign):
    reviewer = make_staff("reviewer", "reviewer").id
    take_part(campaign, 1)
    answer_of = nominate(campaign, 2, "云谷镇")
    own_data.delete(voter(1))

    assert review.reveal_contact(answer_of.id, reviewer) == CONTACT
    assert answer(campaign, 2, "open")
    assert db.session.scalar(select(Nomination.name)) == "云谷镇"

"""90 days after its end a campaign forgets its people: the key, the contacts, the nominators."""

import sqlite3
from datetime import timedelta

import pytest

from tests.support.ballots import cast_now
from tests.support.factories import at, make_campaign, sign_in_as_voter, voter
from tests.support.noticed import noticed, object_to, pdf
from tests.support.people import CONTACT, lively_campaign, take_part
from tests.support.site import settings_for
from tests.support.stored import fresh, rows
from votesite import clock, create_app
from votesite.domain import keys
from votesite.domain.hearing import answering, hearings
from votesite.domain.integrity import traces
from votesite.domain.ledger import entries, publication
from votesite.domain.privacy import own_data, purging
from votesite.domain.results import tallies
from votesite.domain.voting import roster, voters
from votesite.domain.voting.own import allowance, has_voted, owns, receipts_of
from votesite.errors import Closed
from votesite.extensions import db, site, writing
from votesite.models.audit import AuditEntry
from votesite.models.hearing import Hearing, Objection, ObjectionFile
from votesite.models.integrity import BallotTrace
from votesite.models.keys import WrappedKey
from votesite.models.ledger import Receipt
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.surveys import SurveyAnswer
from votesite.models.voting import Consent, RosterCode, RosterMiss, VoteSlot

LONG_AGO = timedelta(days=91)


@pytest.fixture
def over(app):
    """A campaign that ended 91 days ago, with everything that citizens do, and counted."""
    closes = clock.now() - LONG_AGO
    campaign = lively_campaign(opens=closes - timedelta(days=3), closes=closes)
    take_part(campaign, 1, when=closes - timedelta(hours=30))
    take_part(campaign, 2, when=closes - timedelta(hours=5))
    tallies.close(campaign.id)
    return campaign


def appeal(campaign, state):
    with writing():
        db.session.add(
            Appeal(
                campaign_id=campaign.id, n=1, text=b"x", made_at=campaign.created_at, state=state
            )
        )


def purposes(campaign):
    return sorted(key.purpose for key in rows(WrappedKey) if key.campaign_id == campaign.id)


def test_people_of_a_campaign_long_over_are_forgotten(over):
    receipts = sorted(receipt.code for receipt in rows(Receipt))
    slots = len(rows(VoteSlot))

    counts = purging.purge()

    assert counts["xiangzhen-2026"]["wrapped_keys"] == 1
    assert purposes(over) == ["choices", "opening", "sheet", "signing"]
    assert {(own.nominator, own.slot, own.contact) for own in rows(Nomination)} == {(None,) * 3}
    assert rows(Consent) == []
    assert {row.voter for row in rows(SurveyAnswer)} == {None}
    assert len(rows(VoteSlot)) == slots == 2
    assert sorted(receipt.code for receipt in rows(Receipt)) == receipts


@pytest.mark.parametrize("days", [1, 89])
def test_nothing_is_forgotten_before_its_time(app, days):
    closes = clock.now() - timedelta(days=days)
    campaign = lively_campaign(opens=closes - timedelta(days=3), closes=closes)
    take_part(campaign, 1, when=closes - timedelta(hours=5))
    tallies.close(campaign.id)

    assert purging.purge() == {}
    assert "pseudonym" in purposes(campaign)


def test_campaign_without_a_count_is_not_forgotten(app):
    closes = clock.now() - LONG_AGO
    campaign = lively_campaign(opens=closes - timedelta(days=3), closes=closes)
    take_part(campaign, 1, when=closes - timedelta(hours=5))

    (found,) = purging.states(clock.now())

    assert found.code == purging.NOT_COUNTED
    assert purging.purge() == {}
    assert "pseudonym" in purposes(campaign)


def test_open_appeal_holds_everything(over):
    appeal(over, "open")
    assert purging.purge() == {}

    with writing():
        db.session.query(Appeal).update({"state": "rejected"})
    assert list(purging.purge()) == ["xiangzhen-2026"]


def test_nobody_finds_a_person_afterwards_and_nothing_breaks(over):
    own = receipts_of(over.id, voters.voter_key(over.id, voter(1)))
    purging.purge()

    assert own_data.held(voter(1)) == []
    assert [campaign.slug for campaign in own_data.forgotten()] == ["xiangzhen-2026"]
    assert allowance(over.id, voter(1)).remaining == 0
    assert not owns(over.id, voter(1), own[0][1])
    assert sum(own_data.delete(voter(1)).values()) == 0
    with pytest.raises(Closed):
        cast_now(over, 1, 3)
    with pytest.raises(Closed):
        roster.redeem(over.id, b"v" * 32, "0000-0000-0000")


def test_pages_of_a_forgotten_campaign_still_answer(over, client):
    code = rows(Receipt)[0].code
    purging.purge()
    sign_in_as_voter(client, 1)

    found = {
        path: client.get(path).status_code
        for path in (
            "/my/",
            "/my/export",
            "/my/delete",
            "/my/nominations",
            "/c/xiangzhen-2026/",
            "/c/xiangzhen-2026/me",
            "/c/xiangzhen-2026/ballot",
            "/c/xiangzhen-2026/nominate",
            "/c/xiangzhen-2026/survey/open",
            f"/c/xiangzhen-2026/receipts/{code}",
        )
    }

    assert set(found.values()) == {200}
    assert "本站不能再由某个人查到他的选票" in client.get("/my/").text
    assert client.get("/c/xiangzhen-2026/me").json["remaining"] == 0


def test_ledger_still_proves_itself(over):
    result = publication.final_result(over.id)
    purging.purge()

    assert publication.final_result(over.id) == result
    with site().store.snapshot() as tx:
        assert dict(publication.opened_choices(tx, over.id)) == {1: "[1,2]", 2: "[1,2]"}
    assert publication.latest_checkpoint(over.id)


def test_other_campaigns_keep_their_people(over):
    now = clock.now()
    other = make_campaign(
        slug="other", opens=now - timedelta(days=1), closes=now + timedelta(days=1)
    )
    cast_now(other, 1, 1)

    purging.purge()

    assert len(own_data.held(voter(1))) == 1
    assert has_voted(other.id, voters.voter_key(other.id, voter(1)))


def test_used_codes_stay_used_by_nobody(app):
    closes = clock.now() - LONG_AGO
    campaign = lively_campaign(
        opens=closes - timedelta(days=3), closes=closes, eligibility="roster"
    )
    key = voters.voter_key(campaign.id, voter(1))
    with writing():
        ((_, code), _unused) = roster.store(campaign.id, ["水利局", "林业局"])
    roster.redeem(campaign.id, key, code, clock=at(closes - timedelta(days=1)))
    with writing():
        db.session.add(
            RosterMiss(campaign_id=campaign.id, voter=key, hour="2026-01-01T00", misses=1)
        )
    tallies.close(campaign.id)

    purging.purge()

    used = [row.voter for row in rows(RosterCode) if row.voter]
    assert len(used) == 1
    assert used[0] != key
    assert rows(RosterMiss) == []


def test_dry_run_says_what_and_does_nothing(over, app):
    told = app.test_cli_runner().invoke(args=["purge", "--dry-run"])

    assert (told.exit_code, told.output) == (0, "xiangzhen-2026: due\n")
    assert "pseudonym" in purposes(over)


def test_command_forgets_and_tells_how_many(over, app):
    told = app.test_cli_runner().invoke(args=["purge"])

    assert "xiangzhen-2026: forgotten (" in told.output
    assert "nominations 4" in told.output
    assert purposes(over) == ["choices", "opening", "sheet", "signing"]
    again = app.test_cli_runner().invoke(args=["purge"])
    assert again.output == "xiangzhen-2026: nobody can be found any more\n"


def test_audit_log_learns_how_many_and_not_whose(over):
    purging.purge()

    lines = [(line.table, line.row_id) for line in rows(AuditEntry) if line.action == "purge"]
    assert sorted(lines) == [
        ("consents", "2 rows"),
        ("nominations", "4 rows"),
        ("survey_answers", "2 rows"),
        ("wrapped_keys", "1 rows"),
    ]


@pytest.mark.sqlite
def test_destroyed_key_is_in_no_file(over):
    (wrapped,) = [bytes(key.wrapped) for key in rows(WrappedKey) if key.purpose == "pseudonym"]
    contacts = [own.contact for own in rows(Nomination)]
    instance = site().settings.instance

    purging.purge()

    db.session.remove()
    sqlite3.connect(instance / "votesite.db").close()
    raw = b"".join(path.read_bytes() for path in instance.glob("votesite.db*"))
    assert wrapped not in raw
    assert CONTACT.encode() not in raw
    assert all(contact not in raw for contact in contacts)


def test_another_worker_forgets_at_once(over, tmp_path):
    other = create_app(settings_for(tmp_path))
    with other.app_context():
        assert has_voted(over.id, voters.voter_key(over.id, voter(1)))

    purging.purge()

    with other.app_context():
        assert voters.key_of(over.id, voter(1)) is None
        assert own_data.held(voter(1)) == []
        site().store.release()
        db.session.remove()
        db.engine.dispose()


def test_traces_of_180_days_are_forgotten(over):
    def trace(n, days):
        seconds = (clock.now() - timedelta(days=days)).timestamp()
        return BallotTrace(
            campaign_id=over.id, n=n, source=b"s", agent=b"a", minute=int(seconds) // 60
        )

    with writing():
        db.session.add_all([trace(1, 181), trace(2, 179)])

    purging.purge()

    assert [row.n for row in rows(BallotTrace)] == [2]
    assert timedelta(days=180) == traces.KEPT_FOR


def test_key_that_is_gone_is_never_made_again(over):
    purging.purge()

    with pytest.raises(keys.PeopleForgotten):
        keys.campaign_key(over.id, "pseudonym")
    assert fresh(over).slug == "xiangzhen-2026"
    assert "pseudonym" not in purposes(over)


@pytest.fixture
def honoured(app):
    """A campaign whose list became final, one objection with a file, a hearing and an answer."""
    honours = noticed(begins=-130, ends=-112, shift=-130)
    campaign = honours.campaign
    during = clock.now() - timedelta(days=120)
    object_to(campaign, file=pdf(), moment=during)
    (row,) = rows(Objection)
    hearings.ask(campaign.id, row.id, 3, "怎么统计的？", by=honours.owner, clock=at(during))
    value = {"objections": [row.n], "outcome": "dismissed", "effect": "none", "reply": "无误"}
    honours.decide("answer", value, moment=during)
    return honours


def test_ninety_days_after_final_what_is_sealed_of_objections_is_destroyed(honoured):
    honoured.decide("final", moment=clock.now() - timedelta(days=100))

    counts = purging.purge()

    assert counts[honoured.slug]["objections"] == 1
    (row,) = rows(Objection)
    assert (row.voter, row.form_mark, row.reply, row.sealed) == (None, None, None, b"")
    assert (row.outcome, row.state) == ("dismissed", "answered")
    assert rows(ObjectionFile) == []
    assert rows(Hearing)[0].question == b""
    with site().store.snapshot() as tx:
        assert entries.read_entry(tx, honoured.campaign.id, row.n)["k"] == "objection"


def test_its_clock_is_final_and_not_the_schedule(honoured):
    honoured.decide("final", moment=clock.now() - timedelta(days=89))
    assert purging.states(clock.now())[0].code == purging.NOT_OVER

    later = clock.now() + timedelta(days=2)
    assert purging.states(later)[0].code == purging.DUE


def test_without_final_it_waits_and_a_year_after_the_schedule_is_the_latest(honoured):
    end = honoured.row.final_at + timedelta(days=365)

    assert purging.states(end - timedelta(minutes=1))[0].code == purging.NOT_OVER
    assert purging.states(end)[0].code == purging.DUE


def test_unread_hint_keeps_people_and_a_read_one_does_not(honoured):
    object_to(honoured.campaign, 12, kind="hint", moment=clock.now() - timedelta(days=115))
    honoured.decide("final", moment=clock.now() - timedelta(days=100))
    assert purging.states(clock.now())[0].code == purging.OBJECTIONS_OPEN

    hint = rows(Objection)[-1]
    answering.decline(honoured.campaign.id, hint.id, "已阅", by=honoured.owner)
    assert purging.states(clock.now())[0].code == purging.DUE

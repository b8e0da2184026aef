"""AppID and site keys: made once, remembered, and never others while people vote."""

import base64
import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import at, make_campaign
from tests.support.site import APP_ID, make_app, settings_for
from tests.support.stored import rows
from tests.support.voters import ballot_fields, voter_session
from votesite import clock, create_app
from votesite.domain import keys
from votesite.domain.ledger import self_check
from votesite.domain.ledger.log import open_log
from votesite.domain.operations import identity, readiness, rotation
from votesite.domain.results import tallies
from votesite.errors import Misconfigured
from votesite.extensions import db, site, writing
from votesite.keys import mac
from votesite.models.audit import AuditEntry
from votesite.models.keys import WrappedKey
from votesite.models.site import SiteFact

JSON = {"Accept": "application/json"}
OTHER_APP_ID = "wxffffffffffffffff"
OTHER_MASTER = base64.b64encode(hashlib.sha256(b"another machine's").digest()).decode()
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(app):
    """A campaign in which everybody votes once."""
    now = clock.now()
    return make_campaign(opens=now - 24 * HOUR, closes=now + HOUR, scope="campaign", repeat="never")


def vote(app, campaign, openid, *picks):
    """The status of a ballot that a program posts after a login."""
    person = voter_session(app, openid)
    client = app.test_client()
    client.set_cookie(*person.cookie.split("=", 1))
    fields = ballot_fields(person, picks)
    data = {"candidate": [value for name, value in fields if name == "candidate"], **dict(fields)}
    return client.post(f"/c/{campaign.slug}/ballot", data=data, headers=JSON).status_code


def lose(purpose):
    """Delete a key's row behind the site's back."""
    with writing():
        db.session.execute(delete(WrappedKey).where(WrappedKey.purpose == purpose))
    keys.forget_cached()


def replace_voter_key():
    """Put another site voter key in the place of the one that was made."""
    with writing() as tx:
        db.session.execute(delete(WrappedKey).where(WrappedKey.purpose == "site-voter"))
        keys.add_key(tx, "site-voter", None, clock.now())
    keys.forget_cached()


def refusal_of(folder, **changes):
    """The one sentence with which the site refuses to start."""
    db.session.rollback()
    with pytest.raises(Misconfigured) as refused:
        create_app(settings_for(folder, **changes))
    (sentence,) = refused.value.faults
    return sentence


def remembered():
    return {row.key: row.value for row in rows(SiteFact)}


def changes_noted():
    db.session.rollback()
    return list(
        db.session.scalars(select(AuditEntry.row_id).where(AuditEntry.table == "site_facts"))
    )


def test_nobody_votes_twice_by_another_app_id_or_a_lost_key(app, campaign, tmp_path):
    first, again = vote(app, campaign, "oA", 1), vote(app, campaign, "oA", 2)

    by_app_id = refusal_of(tmp_path, WECHAT_APP_ID=OTHER_APP_ID)
    lose("site-voter")
    with pytest.raises(keys.KeyMissing):
        vote(app, campaign, "oA", 3)
    by_key = refusal_of(tmp_path)

    assert (first, again) == (201, 409)
    assert by_app_id.startswith(f"VOTESITE_WECHAT_APP_ID is {OTHER_APP_ID}, but people vote in")
    assert f"Set it to {APP_ID} until the votes of {campaign.slug} are counted." in by_app_id
    assert by_key.startswith("The site's key for site-voter is gone from the database")
    assert [entry["k"] for entry in entries_of(campaign)].count("vote") == 1
    assert self_check.verify(campaign.id) is None


def test_another_app_id_is_taken_over_before_entry_0_and_noted_once(app, campaign, tmp_path):
    for _ in range(2):
        create_app(settings_for(tmp_path, WECHAT_APP_ID=OTHER_APP_ID))

    assert remembered()["app-id"] == OTHER_APP_ID
    assert changes_noted() == ["app-id"]


def test_another_app_id_is_refused_from_entry_0_to_the_count_alone(app, campaign, tmp_path):
    cast_ballot(campaign, 1, 1, when=clock.now())
    during = refusal_of(tmp_path, WECHAT_APP_ID=OTHER_APP_ID)
    over = at(clock.now() + 2 * HOUR)
    ended = refusal_of(tmp_path, WECHAT_APP_ID=OTHER_APP_ID)  # over, but not counted
    tallies.close(campaign.id, clock=over)
    create_app(settings_for(tmp_path, WECHAT_APP_ID=OTHER_APP_ID))

    assert during == ended
    assert during.startswith(f"VOTESITE_WECHAT_APP_ID is {OTHER_APP_ID}, but people vote in")
    assert remembered()["app-id"] == OTHER_APP_ID


def test_another_campaign_that_runs_keeps_the_app_id(app, campaign, tmp_path):
    now = clock.now()
    done = make_campaign(slug="done-2026", opens=now - 24 * HOUR, closes=now - HOUR)
    cast_ballot(done, 1, 1, when=now - 2 * HOUR)
    tallies.close(done.id)
    cast_ballot(campaign, 1, 1, when=now)

    assert campaign.slug in refusal_of(tmp_path, WECHAT_APP_ID=OTHER_APP_ID)


def test_site_that_remembers_nothing_goes_by_entry_0(app, campaign, tmp_path):
    with writing() as tx:
        promised = {"identity_sha256": keys.identity_sha256()}
        open_log(tx, campaign.id).append("open", promised, clock.now())
        db.session.execute(delete(SiteFact))

    assert "identity_sha256" in refusal_of(tmp_path, WECHAT_APP_ID=OTHER_APP_ID)


@pytest.mark.parametrize("purpose", keys.SITE_PURPOSES)
def test_a_lost_key_is_not_made_again_while_there_is_a_ledger(app, campaign, tmp_path, purpose):
    cast_ballot(campaign, 1, 1, when=clock.now())
    lose(purpose)

    (fault,) = identity.prepare()
    refused = refusal_of(tmp_path)

    assert refused == fault.sentence
    assert f"key for {purpose} is gone" in refused
    assert "restore the database from a backup" in refused
    assert purpose not in {row.purpose for row in rows(WrappedKey)}


@pytest.mark.parametrize("purpose", keys.SITE_PURPOSES)
def test_a_lost_key_of_a_site_without_a_ledger_is_made_by_the_upgrade(app, tmp_path, purpose):
    lose(purpose)

    refused = refusal_of(tmp_path)
    found = identity.prepare()
    create_app(settings_for(tmp_path))

    assert "run `flask --app wsgi db upgrade`" in refused
    assert found == []
    assert [row.purpose for row in rows(WrappedKey)].count(purpose) == 1


def test_the_upgrade_makes_no_second_key(app):
    before = keys.site_voter_key()

    identity.prepare()
    keys.forget_cached()

    assert keys.site_voter_key() == before
    assert len(rows(WrappedKey)) == len(keys.SITE_PURPOSES)


def test_a_replaced_key_is_refused_during_a_vote(app, campaign, tmp_path):
    cast_ballot(campaign, 1, 1, when=clock.now())
    replace_voter_key()

    refused = refusal_of(tmp_path)

    assert refused.startswith("The site's key for site-voter is not the one with which")
    assert readiness.missing() == ["migrations"]  # made without them; the next says the rest
    assert [fault.code for fault in identity.faults()] == ["site-voter"]


def test_a_replaced_key_is_taken_over_without_a_vote_and_noted(app, campaign, tmp_path):
    replace_voter_key()

    create_app(settings_for(tmp_path))

    assert remembered()["site-voter-check"] == keys.voter_check(keys.site_voter_key())
    assert changes_noted() == ["site-voter-check"]


def test_another_master_key_is_told_from_a_lost_key(app, campaign, tmp_path):
    refused = refusal_of(tmp_path, MASTER_KEY=OTHER_MASTER)

    assert "VOTESITE_MASTER_KEY is another machine's" in refused


def test_master_key_may_be_replaced_during_a_vote(app, campaign, tmp_path):
    cast_ballot(campaign, 1, 1, when=clock.now())
    old = settings_for(tmp_path)["MASTER_KEY"]
    both = {"MASTER_KEY": OTHER_MASTER, "MASTER_KEY_OLD": old}

    with create_app(settings_for(tmp_path, **both)).app_context():
        rotation.rewrap()
        site().store.release()
        db.engine.dispose()
    create_app(settings_for(tmp_path, MASTER_KEY=OTHER_MASTER))

    assert "another machine's" in refusal_of(tmp_path)  # the former one opens nothing now


def test_a_command_may_examine_what_forbids_a_start(app, campaign, tmp_path):
    cast_ballot(campaign, 1, 1, when=clock.now())
    db.session.rollback()

    command = create_app(settings_for(tmp_path, WECHAT_APP_ID=OTHER_APP_ID), serves=False)

    with command.app_context():
        assert [fault.code for fault in identity.faults()] == ["app-id"]
        db.engine.dispose()
    assert remembered()["app-id"] == APP_ID


def test_the_demo_makes_its_own_keys_at_the_start(tmp_path):
    made = make_app(tmp_path)
    with made.app_context():
        lose("field")
        db.session.remove()
        db.engine.dispose()

    again = create_app(settings_for(tmp_path, MODE="demo"))

    with again.app_context():
        assert keys.field_prefix()
        site().store.release()
        db.session.remove()
        db.engine.dispose()


def test_what_is_remembered_of_the_key_is_not_the_key(app):
    told = mac(keys.site_voter_key(), b"identity check").hex()

    assert remembered() == {"app-id": APP_ID, "site-voter-check": told}
    assert keys.identity_sha256() == hashlib.sha256(f"{APP_ID}|{told}".encode()).hexdigest()

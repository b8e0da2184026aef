"""Keys in the database: made once, wrapped, destroyed for good; fields bound to their rows."""

import pytest
from sqlalchemy import delete

from tests.support.factories import NOON, make_campaign
from tests.support.site import settings_for
from tests.support.stored import rows
from votesite import create_app
from votesite.domain import keys
from votesite.extensions import db, site, writing
from votesite.keys import Unreadable
from votesite.models.keys import WrappedKey

BOUND_TO = "nominations|1|contact"
PURPOSES = ("pseudonym", "opening", "choices", "signing")


def test_campaign_has_a_key_of_each_purpose_and_shares_none(app):
    campaigns = [make_campaign(), make_campaign(slug="other-2026")]

    made = [keys.campaign_key(each.id, purpose) for each in campaigns for purpose in PURPOSES]

    assert {len(key) for key in made} == {32}
    assert len(set(made)) == 8


def test_no_key_lies_unwrapped(app):
    campaign = make_campaign()
    known = [keys.site_voter_key(), keys.trace_key(), keys.campaign_key(campaign.id, "choices")]

    wrapped = b"".join(bytes(row.wrapped) for row in rows(WrappedKey))

    assert [key for key in known if key in wrapped] == []


@pytest.mark.parametrize(
    ("purpose", "ask"),
    [
        ("site-voter", lambda: keys.site_voter("oA")),
        ("trace", keys.trace_key),
        ("field", lambda: keys.seal_field("电话", BOUND_TO)),
    ],
)
def test_a_site_key_is_never_made_where_it_is_needed(app, purpose, ask):
    with writing():
        db.session.execute(delete(WrappedKey).where(WrappedKey.purpose == purpose))
    keys.forget_cached()

    with pytest.raises(keys.KeyMissing, match=purpose):
        ask()

    assert purpose not in {row.purpose for row in rows(WrappedKey)}


def test_destroyed_pseudonym_key_is_gone_at_once_and_closes_the_campaign(app):
    campaign = make_campaign()
    assert keys.knows_people(campaign.id)
    keys.campaign_key(campaign.id, "pseudonym")

    with writing():
        db.session.execute(delete(WrappedKey).where(WrappedKey.purpose == "pseudonym"))

    assert not keys.knows_people(campaign.id)
    with pytest.raises(keys.PeopleForgotten):
        keys.campaign_key(campaign.id, "pseudonym")


def test_other_missing_key_is_a_fault_of_the_database(app):
    with pytest.raises(keys.KeyMissing, match="choices of campaign 99"):
        keys.campaign_key(99, "choices")


@pytest.mark.parametrize("place", ["nominations|2|contact", "nominations|1|reason", ""])
def test_field_opens_in_its_own_place_alone(app, place):
    sealed = keys.seal_field("李敏 0800-1234567", BOUND_TO)

    assert keys.open_field(sealed, BOUND_TO) == "李敏 0800-1234567"
    with pytest.raises(Unreadable):
        keys.open_field(sealed, place)


@pytest.mark.parametrize("at", [0, 5, -1])
def test_field_with_a_changed_byte_does_not_open(app, at):
    sealed = bytearray(keys.seal_field("电话", BOUND_TO))
    sealed[at] ^= 0x40

    with pytest.raises(Unreadable):
        keys.open_field(bytes(sealed), BOUND_TO)


def test_field_of_a_key_that_is_gone_does_not_open(app):
    sealed = keys.seal_field("电话", BOUND_TO)

    with pytest.raises(keys.KeyMissing, match="field key 77"):
        keys.open_field(sealed[:1] + (77).to_bytes(4) + sealed[5:], BOUND_TO)


def test_new_field_key_seals_and_the_old_one_still_opens(app):
    before = keys.seal_field("旧", BOUND_TO)
    with writing() as tx:
        keys.add_key(tx, "field", None, NOON)

    after = keys.seal_field("新", BOUND_TO)

    assert before[1:5] != after[1:5]
    assert [keys.open_field(each, BOUND_TO) for each in (before, after)] == ["旧", "新"]


def test_site_that_goes_over_to_sm4_reads_what_was_sealed_before(app, tmp_path):
    before = keys.seal_field("旧", BOUND_TO)
    again = create_app(settings_for(tmp_path, CIPHER="sm"))

    with again.app_context():
        after = keys.seal_field("新", BOUND_TO)
        opened = [keys.open_field(each, BOUND_TO) for each in (before, after)]
        site().store.release()
        db.engine.dispose()

    assert (before[:1], after[:1], opened) == (b"a", b"s", ["旧", "新"])

"""Who may sign at which place of a log, and when that begins."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, add_signers, make_campaign
from tests.support.staffing import make_staff
from votesite.cli.demo.people import SigningBrowser
from votesite.clock import minute
from votesite.domain.ledger.signers import Signers, signers_to_be
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.staff import Grant, SigningKey, Staff

DAY = timedelta(hours=24)
T0 = minute(NOON)


def entry(k, staff, keys=(), t=T0):
    return {"k": k, "staff": staff, "keys": list(keys), "t": t}


def test_those_of_entry_0_sign_at_once_and_new_ones_a_day_later():
    signers = Signers([{"staff": 1, "keys": ["a"]}, {"staff": 2, "keys": ["b"]}])
    signers.apply(entry("signer", 3, ["c"]))

    assert signers.may_sign(1, T0)
    assert not signers.may_sign(3, minute(NOON + DAY - timedelta(minutes=1)))
    assert signers.may_sign(3, minute(NOON + DAY))
    assert not signers.may_sign(4, minute(NOON + DAY))


def test_a_new_key_waits_and_the_one_that_stays_does_not():
    signers = Signers([{"staff": 1, "keys": ["a", "b"]}])
    signers.apply(entry("signer", 1, ["a", "c"]))

    assert signers.keys_of(1, T0) == ["a"]
    assert signers.keys_of(1, minute(NOON + DAY)) == ["a", "c"]
    assert signers.may_sign(1, T0)


def test_who_was_dropped_and_comes_back_is_new():
    signers = Signers([{"staff": 1, "keys": []}, {"staff": 2, "keys": []}])
    signers.apply(entry("drop", 2))
    assert not signers.may_sign(2, T0)

    signers.apply(entry("signer", 2))

    assert not signers.may_sign(2, T0)
    assert signers.may_sign(2, minute(NOON + DAY))


def test_a_key_never_stands_for_two_numbers_not_even_one_that_ended():
    signers = Signers([{"staff": 1, "keys": ["a"]}])
    signers.apply(entry("signer", 1, ["b"]))

    assert not signers.takes(2, ["a"])
    assert not signers.takes(2, ["b", "c"])
    assert signers.takes(1, ["a"])
    assert signers.takes(2, ["c"])


def test_signature_counts_only_under_a_key_in_force():
    old, new = SigningBrowser(), SigningBrowser()
    signers = Signers([{"staff": 1, "keys": [old.public]}])
    signers.apply(entry("signer", 1, [new.public]))
    later = minute(NOON + DAY)

    assert not signers.holds(1, T0, "text", old.sign("text"))
    assert not signers.holds(1, T0, "text", new.sign("text"))
    assert signers.holds(1, later, "text", new.sign("text"))
    assert not signers.holds(2, later, "text", new.sign("text"))


@pytest.fixture
def campaign(app):
    return make_campaign(signers=0)


def to_be(campaign, t=T0):
    with site().store.reading() as tx:
        return signers_to_be(tx, campaign.id, t)


def test_entry_0_lists_who_decides_and_who_looks_after_accounts(campaign):
    deciding = [make_staff(role, role).id for role in ("owner", "editor", "reviewer", "supervisor")]
    keeper = make_staff("keeper", "accounts").id
    make_staff("auditor", "auditor")
    make_staff("judge", "judge", campaign=campaign)
    make_staff("elsewhere", "editor", campaign=make_campaign(slug="elsewhere", signers=0))

    assert to_be(campaign).numbers == sorted([*deciding, keeper])


def test_closed_accounts_and_grants_to_come_are_not_listed(campaign):
    closed, coming, waiting = (make_staff(name, "editor") for name in ("closed", "coming", "waits"))
    with writing():
        db.session.get(Staff, closed.id).disabled = True
        db.session.get(Staff, waiting.id).needs_factor = True
        grant = db.session.query(Grant).filter_by(staff_id=coming.id).one()
        grant.effective_from = minute(NOON + DAY)

    assert to_be(campaign).numbers == []
    assert to_be(campaign, minute(NOON + DAY)).numbers == [coming.id]


def test_a_signed_campaign_lists_only_who_has_a_key(campaign):
    with writing():
        db.session.get(Campaign, campaign.id).signed = True
        add_signers(campaign, 2)
    key = SigningBrowser().public
    with writing():
        (first, _) = db.session.query(Staff).order_by(Staff.id)
        made = SigningKey(staff_id=first.id, public=key, label="电脑", added_at=T0)
        gone = SigningKey(
            staff_id=first.id,
            public=SigningBrowser().public,
            label="手机",
            added_at=T0,
            removed_at=T0,
        )
        db.session.add_all([made, gone])
        number = first.id

    assert to_be(campaign).as_opening() == [{"staff": number, "keys": [key]}]

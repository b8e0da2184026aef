"""Entries that two people decide are refused wherever the format forbids them."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from votesite.cli.demo.people import SigningBrowser
from votesite.clock import minute
from votesite.domain.ledger import self_check
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided, new_id, statement
from votesite.domain.ledger.entries import origin_of
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.ledger.two_person import append_drop, append_rule, append_signer
from votesite.domain.results import tallies
from votesite.errors import Frozen, InvalidSignature, Lapsed, SecondPersonNeeded
from votesite.extensions import db, site, writing
from votesite.models.staff import SigningKey, Staff

PAUSE = Change("pause", "维护")
DAY = timedelta(hours=24)


def rule(campaign, decided, change=PAUSE, moment=NOON):
    with writing() as tx:
        return append_rule(tx, campaign.id, change, why="维护", decided=decided, now=moment)


@pytest.fixture
def campaign(app):
    made = make_campaign(signers=3)
    cast_ballot(made, 1, 1)
    return made


def test_one_person_is_not_two(campaign):
    with pytest.raises(SecondPersonNeeded):
        rule(campaign, by_two(1, 1))


def test_who_is_no_signer_decides_nothing(campaign):
    with pytest.raises(Lapsed):
        rule(campaign, by_two(1, 9))
    assert entries_of(campaign, "rule") == []


def test_an_id_is_used_once(campaign):
    decided = by_two()
    rule(campaign, decided)

    with pytest.raises(Lapsed):
        rule(campaign, Decided((2, 3), decided.id), Change("withdraw", 1))


def test_a_signature_in_an_unsigned_ledger_is_refused(campaign):
    with pytest.raises(InvalidSignature):
        rule(campaign, Decided((1, 2), new_id(), ("x", "")))


def test_new_signer_waits_a_day_and_who_is_dropped_ends_at_once(campaign):
    with writing() as tx:
        append_signer(tx, campaign.id, 9, [], why="新同事", decided=by_two(), now=NOON)
    with pytest.raises(Lapsed):
        rule(campaign, by_two(1, 9), moment=NOON + DAY - timedelta(minutes=1))
    rule(campaign, by_two(1, 9), moment=NOON + DAY)

    with writing() as tx:
        append_drop(tx, campaign.id, 9, why="调走", decided=by_two(), now=NOON + DAY)
    with pytest.raises(Lapsed):
        rule(campaign, by_two(1, 9), Change("withdraw", 1), NOON + DAY)
    assert self_check.verify(campaign.id) == 8  # the rows of pages were not projected here


def test_two_signers_stay(campaign):
    with writing() as tx:
        append_drop(tx, campaign.id, 3, why="调走", decided=by_two(), now=NOON)

    with pytest.raises(Lapsed), writing() as tx:
        append_drop(tx, campaign.id, 2, why="调走", decided=by_two(), now=NOON)
    with pytest.raises(Lapsed), writing() as tx:
        append_drop(tx, campaign.id, 7, why="没有这个人", decided=by_two(), now=NOON)


def test_after_the_count_a_candidate_may_still_withdraw_and_nothing_else_change(campaign):
    tallies.close(campaign.id, clock=at(CLOSES))

    with pytest.raises(Frozen):
        rule(campaign, by_two(), moment=CLOSES)
    rule(campaign, by_two(), Change("withdraw", 1), CLOSES)


@pytest.mark.parametrize(
    "change",
    [
        Change("resume", "好了"),
        Change("withdraw", 99),
        Change("reinstate", 1),
        Change("to", minute(NOON - timedelta(minutes=1))),
        Change("roster", {"size": 9, "sha256": "0" * 64}),
    ],
)
def test_changes_that_make_no_sense_here_are_refused(campaign, change):
    with pytest.raises(Lapsed):
        rule(campaign, by_two(), change)


@pytest.fixture
def signed(app):
    """A signed campaign whose entry 0 stands, and its two signers' browsers."""
    made = make_campaign(signed=True)
    browsers = {}
    with writing() as tx:
        for person in db.session.query(Staff).order_by(Staff.id).all():
            browsers[person.id] = SigningBrowser()
            public = browsers[person.id].public
            key = SigningKey(staff_id=person.id, public=public, label="电脑", added_at=minute(NOON))
            db.session.add(key)
        db.session.flush()
        write_open(open_log(tx, made.id), NOON)
    return made, browsers


def signatures_of(campaign, browsers, by, entry_id, why="维护"):
    with site().store.reading() as tx:
        origin = origin_of(tx, campaign.id)
    fields = {"set": PAUSE.as_entry(), "why": why}
    text = statement(origin, "rule", fields, entry_id)
    return tuple(browsers[number].sign(text) for number in by)


def test_both_signatures_stand_in_the_entry(signed):
    campaign, browsers = signed
    entry_id = new_id()
    sigs = signatures_of(campaign, browsers, (2, 1), entry_id)

    rule(campaign, Decided((2, 1), entry_id, sigs))

    (entry,) = entries_of(campaign, "rule")
    assert (entry["by"], entry["sigs"]) == ([2, 1], list(sigs))


@pytest.mark.parametrize(
    "forge",
    [
        lambda sigs: ("", ""),
        lambda sigs: (sigs[0], ""),
        lambda sigs: (sigs[0], sigs[0]),
        lambda sigs: (sigs[1], sigs[0]),
        lambda sigs: (sigs[0], sigs[1] + "="),
    ],
)
def test_forged_or_missing_signatures_are_refused(signed, forge):
    campaign, browsers = signed
    entry_id = new_id()
    sigs = signatures_of(campaign, browsers, (1, 2), entry_id)

    with pytest.raises(InvalidSignature):
        rule(campaign, Decided((1, 2), entry_id, forge(sigs)))


@pytest.mark.parametrize(("why", "is_same_id"), [("别的", True), ("维护", False)])
def test_signatures_over_other_words_or_another_id_are_refused(signed, why, is_same_id):
    campaign, browsers = signed
    entry_id = new_id()
    signed_id = entry_id if is_same_id else new_id()
    sigs = signatures_of(campaign, browsers, (1, 2), signed_id, why=why)

    with pytest.raises(InvalidSignature):
        rule(campaign, Decided((1, 2), entry_id, sigs))


def test_a_signed_ledger_takes_no_signer_without_a_key_and_no_key_for_two(signed):
    campaign, browsers = signed
    for keys in ([], [browsers[1].public]):
        with pytest.raises(Lapsed), writing() as tx:
            append_signer(tx, campaign.id, 9, keys, why="新同事", decided=by_two(), now=NOON)

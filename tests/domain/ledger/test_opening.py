"""Entry 0 holds all that is fixed before the first ballot, and commits to the rest."""

import hashlib
import json

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.cosigners import Witness
from tests.support.factories import NOON, make_campaign
from votesite.domain import keys
from votesite.domain.ledger import cosignatures, opening, publication, self_check
from votesite.domain.voting import roster
from votesite.errors import Lapsed
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign


def opened(campaign):
    cast_ballot(campaign, 1, 1)
    return entries_of(campaign)[0]


def test_entry_0_has_exactly_the_fields_of_the_format(app):
    entry = opened(make_campaign())

    assert set(entry) == {
        *("k", "n", "t", "version", "site", "campaign", "title", "from", "to", "rules", "award"),
        *("electorate", "signed", "signers", "auditors", "quorum", "identity_sha256"),
        *("candidates_sha256", "void_rules", "opening_key_sha256", "sheet_key_sha256"),
        "notice_sha256",
    }
    assert (entry["version"], entry["signed"], len(entry["signers"])) == (2, 0, 2)
    assert entry["identity_sha256"] == keys.identity_sha256()


def test_candidates_are_committed_to_with_their_region(app):
    campaign = make_campaign(candidates=2)
    entry = opened(campaign)

    with site().store.reading() as tx:
        table = publication.candidates(tx, campaign.id)

    assert hashlib.sha256(table).hexdigest() == entry["candidates_sha256"]
    assert json.loads(table)[0] == {"no": 1, "name": "第1镇", "category": "山区乡镇", "region": ""}


def test_categories_without_candidates_are_in_no_rule_and_get_no_honours(app):
    campaign = make_campaign(candidates=1, picks=[1, 1], category_picks={"城郊乡镇": [0, 0]})
    entry = opened(campaign)

    assert entry["rules"]["category_picks"] == {}
    assert entry["award"]["seats"] == [["山区乡镇", 5]]
    assert self_check.verify(campaign.id) is None


def test_auditors_of_entry_0_are_listed_and_belong_to_nobody(app):
    witness = Witness("审计局", b"w" * 32)
    campaign = make_campaign(audit={"auditors": [witness.verifier_key()], "quorum": 1})
    entry = opened(campaign)

    assert (entry["auditors"], entry["quorum"]) == ([witness.verifier_key()], 1)
    (listed,) = cosignatures.cosigners(campaign.id)
    assert (listed.name, listed.is_named) == ("审计局", True)


def test_a_roster_is_committed_to_and_a_statement_printed(app):
    stated = {"population": 1200, "source": "花名册"}
    campaign = make_campaign(eligibility="roster", electorate=stated)
    with writing() as tx:
        roster.store(campaign.id, ["甲", "乙"])
        db.session.flush()
        size, sha256 = opening.electorate_of(tx, campaign.id)
    with writing() as tx:
        log = opening.open_log(tx, campaign.id)
        opening.write_open(log, NOON)

    (entry,) = entries_of(campaign)
    assert entry["electorate"] == {"size": 2, "sha256": sha256, **stated}
    assert size == 2


def test_entry_0_is_written_once(app):
    campaign = make_campaign()
    opened(campaign)
    with writing() as tx:
        opening.write_open(opening.open_log(tx, campaign.id), NOON)

    assert len(entries_of(campaign, "open")) == 1


def test_no_incident_is_told_before_there_is_a_ledger(app):
    campaign = make_campaign()

    with pytest.raises(Lapsed), writing() as tx:
        opening.append_incident(tx, campaign.id, "停电", NOON)
    assert db.session.get(Campaign, campaign.id) is not None

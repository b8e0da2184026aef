"""The electorate as entry 0 commits to it: the roster's marks, sorted, hashed."""

import hashlib

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import NOON, make_campaign, voter
from tests.support.stored import rows
from votesite.domain.ledger import self_check
from votesite.domain.ledger.electorate import electorate, electorate_of
from votesite.domain.voting import roster, voters
from votesite.extensions import site, writing
from votesite.models.voting import RosterCode


def test_electorate_is_the_number_of_codes_and_the_hash_of_their_marks(app):
    campaign = make_campaign(eligibility="roster")
    other = make_campaign(slug="other-2026", eligibility="roster")
    with writing():
        roster.store(campaign.id, ["张三", "李四"])
        roster.store(other.id, ["王五"])
    marks = sorted(row.mark.hex() for row in rows(RosterCode) if row.campaign_id == campaign.id)

    with site().store.reading() as tx:
        size, sha256 = electorate_of(tx, campaign.id)

    jcs = '["' + '","'.join(marks) + '"]'
    assert (size, sha256) == (2, hashlib.sha256(jcs.encode()).hexdigest())
    assert roster.size_of(campaign.id) == 2


def test_electorate_of_nobody_is_empty(app):
    assert electorate([]) == (0, hashlib.sha256(b"[]").hexdigest())
    assert roster.size_of(make_campaign(eligibility="roster").id) == 0


def test_entry_0_commits_to_the_roster_as_it_is_when_it_is_written(app):
    campaign = make_campaign(eligibility="roster", opens=NOON)
    with writing():
        (_, code), _ = roster.store(campaign.id, ["张三", "李四"])
    roster.redeem(campaign.id, voters.voter_key(campaign.id, voter(1)), code)
    with site().store.reading() as tx:
        size, sha256 = electorate_of(tx, campaign.id)

    cast_ballot(campaign, 1, 1)

    stated = entries_of(campaign)[0]["electorate"]
    assert stated == {"size": size, "sha256": sha256, "population": 0, "source": ""}


def test_code_that_comes_or_goes_past_the_ledger_is_found(app):
    campaign = make_campaign(eligibility="roster", opens=NOON)
    with writing():
        (_, code), _ = roster.store(campaign.id, ["张三", "李四"])
    roster.redeem(campaign.id, voters.voter_key(campaign.id, voter(1)), code)
    cast_ballot(campaign, 1, 1)
    sound = self_check.verify(campaign.id)

    with writing():
        roster.store(campaign.id, ["张三", "李四", "王五"])
    grown = self_check.verify(campaign.id)
    with writing():
        roster.store(campaign.id, ["张三"])
    shrunk = self_check.verify(campaign.id)

    assert (sound, grown, shrunk) == (None, 24, 24)

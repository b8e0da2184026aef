"""What people did is found without looking through the votes."""

from tests.support.ballots import cast_ballot
from tests.support.factories import NOON, change_rule, make_campaign
from tests.support.stored import tamper
from votesite.domain.ledger import self_check
from votesite.domain.ledger.acts import acts
from votesite.extensions import site


def test_acts_leave_votes_and_tallies_out_and_come_in_order(app):
    campaign = make_campaign(min_batch=1, publish_every=1)
    for voter in range(3):
        cast_ballot(campaign, voter, 1)
    change_rule(campaign, {"pause": "维护"}, moment=NOON)

    with site().store.reading() as tx:
        assert [entry["k"] for entry in acts(tx, campaign.id)] == ["open", "rule"]
        assert [entry["k"] for entry in acts(tx, campaign.id, ("rule",))] == ["rule"]


def test_lost_table_of_acts_is_found_and_rebuilt(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)
    tamper("DELETE FROM log_acts")

    assert self_check.verify(campaign.id) == 4
    self_check.rebuild(campaign.id)

    assert self_check.verify(campaign.id) is None

"""What people did is found without looking through the votes."""

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import NOON, change_rule, make_campaign
from votesite.domain.ledger.acts import KINDS, acts, select_acts
from votesite.extensions import db, site


def test_acts_leave_votes_and_tallies_out_and_come_in_order(app):
    campaign = make_campaign(min_batch=1, publish_every=1)
    for voter in range(3):
        cast_ballot(campaign, voter, 1)
    change_rule(campaign, {"pause": "维护"}, moment=NOON)

    with site().store.reading() as tx:
        assert [entry["k"] for entry in acts(tx, campaign.id)] == ["open", "rule"]
        assert [entry["k"] for entry in acts(tx, campaign.id, ("rule",))] == ["rule"]


@pytest.mark.parametrize("kinds", [KINDS, ("rule",), ("signer", "drop")])
def test_database_finds_acts_by_their_index(app, kinds):
    if db.engine.dialect.name != "sqlite":
        return  # PostgreSQL chooses by the size of the table
    statement = select_acts(kinds).compiled(db.engine.dialect)
    question = f"EXPLAIN QUERY PLAN {statement}".replace(":campaign_id", "1")
    with db.engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.exec_driver_sql(question))

    assert "ix_log_entries_acts (campaign_id=? AND k=?)" in plan


def test_votes_are_no_acts():
    for kinds in (("vote",), ("rule", "tally"), ()):
        with pytest.raises(ValueError):
            select_acts(kinds)

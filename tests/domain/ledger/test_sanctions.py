"""The table of voided ballots follows the ledger, not the other way round."""

from tests.support.factories import make_campaign
from tests.support.voided import voided_case
from votesite.domain.ledger import sanctions, self_check
from votesite.extensions import db, site


def test_forged_table_of_sanctions_is_found_and_rebuilt(app, reviewers):
    campaign = make_campaign()
    (n, *_) = voided_case(campaign, reviewers)
    assert self_check.verify(campaign.id) is None

    db.session.rollback()
    db.session.execute(db.text("DELETE FROM sanctions"))
    db.session.commit()

    assert self_check.verify(campaign.id) == 10
    self_check.rebuild(campaign.id)
    assert self_check.verify(campaign.id) is None
    with site().store.reading() as tx:
        assert sanctions.is_voided(tx, campaign.id, n)

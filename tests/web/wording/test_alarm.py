"""Every check that the site's own look at a ledger can fail has words for the pages."""

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.stored import tamper
from votesite.domain.ledger import self_check
from votesite.domain.ledger.recount import verifier
from votesite.web.wording import alarm


def test_every_check_of_the_verifier_has_words(app):
    with app.test_request_context():
        said = [alarm._words(check) for check in verifier().CHECKS]

    assert all(said)
    assert len(set(said)) == len(said)


def test_a_roster_or_voters_that_do_not_fit_are_told_on_the_page(app, client):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)
    tamper("UPDATE log_heads SET voters = 7")

    failed = self_check.check(campaign.id)

    assert failed == 24
    assert "投票人或投票名单不符" in client.get(f"/c/{campaign.slug}/ledger/").text

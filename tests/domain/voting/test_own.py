"""What a voter has: receipts, what is left, when the next is possible."""

from datetime import timedelta

from tests.support.ballots import cast_ballot
from tests.support.factories import NOON, OPENS, at, make_campaign, voter
from votesite.domain.voting import own, voters


def test_receipts_of_a_voter_are_found_over_all_periods(app):
    campaign = make_campaign()
    codes = [
        cast_ballot(campaign, 1, 1, when=NOON + timedelta(days=day)).receipt for day in range(3)
    ]
    cast_ballot(campaign, 2, 1, when=NOON + timedelta(days=2))

    found = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(1)))

    assert [code for code, _, _ in found] == codes


def test_prospect_says_what_is_left_and_when_the_next_is_possible(app):
    campaign = make_campaign(ballots=2)
    cast_ballot(campaign, 1, 1)

    mine = own.allowance(campaign.id, voter(1), clock=at(NOON))
    stranger = own.allowance(campaign.id, None, clock=at(NOON))
    early = own.allowance(campaign.id, voter(1), clock=at(OPENS - timedelta(days=1)))

    assert (mine.remaining, mine.has_consented, mine.next_at) == (1, True, None)
    assert (stranger.remaining, stranger.has_consented, stranger.next_at) == (None, False, None)
    assert (early.remaining, early.next_at) == (0, OPENS)

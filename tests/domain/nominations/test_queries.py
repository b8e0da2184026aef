"""The queue of nominations: the oldest first."""

from tests.support.factories import at
from tests.support.nominations import LATER, OPEN, nominated
from votesite.domain.nominations import queries, review


def test_queue_shows_the_oldest_first_and_the_newest_decision_first(campaign, reviewer):
    one, two, three = (nominated(campaign, who) for who in (1, 2, 3))
    review.reject(one.id, "不在范围内。", reviewer, clock=OPEN)
    review.reject(two.id, "不在范围内。", reviewer, clock=at(LATER))

    assert [found.id for found in queries.queue(campaign.id, "pending")] == [three.id]
    assert [found.id for found in queries.queue(campaign.id, "rejected")] == [two.id, one.id]
    assert queries.by_status(campaign.id) == {
        "pending": 1,
        "accepted": 0,
        "merged": 0,
        "rejected": 2,
    }

"""What a ballot leaves behind of its origin, and for how long."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, at, make_campaign, voter
from tests.support.stored import rows
from tests.support.traced import cast_from
from votesite import networks
from votesite.domain.integrity import traces
from votesite.domain.voting import casting
from votesite.models.integrity import BallotTrace


def test_ballot_leaves_a_trace_without_address_browser_or_voter(app):
    campaign = make_campaign()
    n = cast_from(campaign, 1, [1], address="203.0.113.77", agent="MicroMessenger").n

    (trace,) = rows(BallotTrace)

    assert (trace.n, trace.minute) == (n, int(NOON.timestamp()) // 60)
    assert (len(trace.source), len(trace.agent)) == (16, 8)
    assert trace.source == traces.source_of(campaign.id, "203.0.113.5")
    assert {column.name for column in BallotTrace.__table__.columns} == {
        "campaign_id",
        "n",
        "source",
        "agent",
        "minute",
        "outside",
    }


def test_trace_of_one_campaign_says_nothing_about_another(app):
    assert traces.source_of(1, "203.0.113.77") != traces.source_of(2, "203.0.113.77")
    assert traces.agent_of(1, "x") != traces.agent_of(2, "x")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.1", "203.0.113.254", True),
        ("203.0.113.1", "203.0.114.1", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.1", "203.0.113.9", True),
        ("", "unix:", False),
    ],
)
def test_network_of_an_address(one, other, is_same):
    assert (networks.prefix(one) == networks.prefix(other)) is is_same


def test_ballot_without_a_trace_leaves_none(app):
    campaign = make_campaign()

    casting.cast(
        casting.Ballot(campaign.id, voter(1), ["1"], "t" * 20, consents=True), clock=at(NOON)
    )

    assert rows(BallotTrace) == []


def test_traces_are_forgotten_after_180_days(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    traces.forget_old(NOON + timedelta(days=179))
    assert len(rows(BallotTrace)) == 1
    traces.forget_old(NOON + timedelta(days=181))

    assert rows(BallotTrace) == []

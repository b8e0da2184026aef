"""What is odd about a crowd and what is not, on crowds drawn from a seed."""

import hashlib
from datetime import timedelta

import pytest

from bench import crowds
from bench.crowds import BEGIN, USUAL_DAYS, People
from votesite.domain.integrity import signals
from votesite.domain.integrity.profiles import Trace

SIXTH_DAY = BEGIN + timedelta(days=USUAL_DAYS)


def traces_of(*groups):
    """Ballots as traces, ascending by time, and the numbers of each group's."""
    votes = sorted((vote for group in groups for vote in group), key=lambda vote: vote.at)
    numbers: dict[str, set[int]] = {}
    found = []
    for n, vote in enumerate(votes):
        numbers.setdefault(vote.crowd, set()).add(n)
        network = ".".join(vote.address.split(".")[:3])
        source, agent = (
            hashlib.sha256(text.encode()).digest()[:8] for text in (network, vote.agent)
        )
        found.append(Trace(n, int(vote.at.timestamp()) // 60, source, agent, vote.picks))
    return found, numbers


def flagged(found):
    since = int(SIXTH_DAY.timestamp()) // 60
    return {n for finding in signals.evaluate(found, since) for n in finding.ballots}


@pytest.mark.parametrize("crowd", crowds.FARMS, ids=lambda crowd: crowd.__name__)
@pytest.mark.parametrize("seed", [11, 12])
def test_scripted_crowd_is_flagged_and_few_others(crowd, seed):
    people = People(seed)
    found, numbers = traces_of(crowds.usual(people, 400), crowd(people))

    caught = flagged(found)

    (farm,) = (own for name, own in numbers.items() if name.startswith("farm"))
    assert len(caught & farm) >= 0.95 * len(farm)
    assert len(caught - farm) <= 0.005 * len(numbers["usual days"])


@pytest.mark.parametrize("crowd", crowds.HONEST, ids=lambda crowd: crowd.__name__)
@pytest.mark.parametrize("seed", [21, 22])
def test_honest_crowd_is_left_alone(crowd, seed):
    people = People(seed)
    found, _ = traces_of(crowds.usual(people, 400), crowd(people))

    assert flagged(found) == set()


def test_first_hours_of_a_campaign_raise_nothing():
    people = People(31)
    found, _ = traces_of(
        vote for vote in crowds.usual(people, 400) if vote.at < BEGIN + timedelta(hours=12)
    )

    since = int(BEGIN.timestamp()) // 60

    assert signals.evaluate(found, since) == []


def test_finding_shows_its_burst_against_usual_days():
    people = People(41)
    found, _ = traces_of(crowds.usual(people, 300), crowds.rotating(people))

    finding = signals.evaluate(found, int(SIXTH_DAY.timestamp()) // 60)[0]

    assert (finding.candidate, finding.candidate_share) == (crowds.TARGET, 100)
    assert sum(finding.today[15:17]) > 350
    assert len(finding.usual) == 24
    assert {"agent", "burst", "choice"} <= {piece.code for piece in finding.evidence}

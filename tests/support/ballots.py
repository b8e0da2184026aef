"""Ballots of invented voters, cast through the domain, and what the ledger then holds."""

import json

from tests.support.factories import NOON, at, voter
from votesite import clock
from votesite.domain.ledger.entries import bodies, size_of
from votesite.domain.voting import casting
from votesite.domain.voting.casting import Ballot
from votesite.extensions import site


def cast_ballot(campaign, number, *picks, when=NOON, token=None, consents=True, **more):
    """Cast a ballot for an invented voter at a given moment; `more` are fields of `Ballot`."""
    named = "-".join(map(str, picks))
    ballot = Ballot(
        campaign.id,
        voter(number),
        [str(pick) for pick in picks],
        token or f"token-of-voter-{number}-{when:%m%d-%H%M%S}-{named}",
        consents=consents,
        **more,
    )
    return casting.cast(ballot, clock=at(when))


def cast_now(campaign, number, *picks, **more):
    """The same at the moment of the call, for sites that run on the real clock."""
    return cast_ballot(campaign, number, *picks, when=clock.now(), **more)


def entries_of(campaign, *kinds):
    """The entries of a campaign's log, or those of some kinds."""
    with site().store.snapshot() as tx:
        size = size_of(tx, campaign.id)
        found = [json.loads(body) for body in bodies(tx, campaign.id, 0, size)]
    return [entry for entry in found if not kinds or entry["k"] in kinds]

"""Cases and traces for tests: made as the signals make them, without waiting for a crowd."""

import json
from dataclasses import asdict

from tests.factories import NOON, at, voter
from votesite.clock import minute
from votesite.domain import keys, voting
from votesite.domain.integrity import traces
from votesite.domain.integrity.cases import Details
from votesite.domain.integrity.signals import Evidence
from votesite.domain.voting import Ballot
from votesite.extensions import db, writing
from votesite.keys import Sealer
from votesite.models.integrity import Case, CaseBallot

DETAILS = Details(
    evidence=(Evidence("agent", {"share": 100, "agents": 1}),),
    candidate=2,
    candidate_share=100,
    sources=1,
    agents=1,
    today=(0,) * 12 + (40,) + (0,) * 11,
    usual=(1.0,) * 24,
)


def cast_from(campaign, number, picks, *, address="10.0.0.1", agent="phone", when=NOON):
    """A ballot with its trace, as the web layer hands it in."""
    ballot = Ballot(
        campaign.id,
        voter(number),
        [str(no) for no in picks],
        f"token-of-voter-{number:06}",
        consents=True,
        source=traces.source_of(campaign.id, address),
        agent=traces.agent_of(campaign.id, agent),
    )
    return voting.cast(ballot, clock=at(when))


def make_case(campaign, numbers=(), *, state="open", rule="", kind="agent"):
    """A case about some ballots."""
    sealer = Sealer(keys.campaign_key(campaign.id, "choices"))
    with writing():
        made = Case(
            campaign_id=campaign.id,
            kind=kind,
            mark=bytes(16),
            state=state,
            rule=rule,
            ballots=len(numbers),
            sealed=b"",
            opened_at=minute(NOON),
            from_t=minute(NOON),
            to_t=minute(NOON),
        )
        db.session.add(made)
        db.session.flush()
        told = json.dumps(asdict(DETAILS)).encode()
        made.sealed = sealer.seal(told, f"{campaign.id}|case|{made.id}".encode())
        db.session.add_all(
            CaseBallot(campaign_id=campaign.id, n=n, case_id=made.id) for n in numbers
        )
    return made

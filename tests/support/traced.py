"""Cases and traces for tests: made as the signals make them, without waiting for a crowd."""

import json
from dataclasses import asdict

from tests.support.factories import NOON, at, voter
from votesite.clock import minute
from votesite.domain import keys
from votesite.domain.integrity import traces
from votesite.domain.integrity.cases import Details
from votesite.domain.integrity.evidence import Evidence
from votesite.domain.voting import casting
from votesite.domain.voting.casting import Ballot
from votesite.extensions import db, writing
from votesite.keys import Sealer
from votesite.models.integrity import Case, CaseBallot, Risk

DETAILS = Details(
    evidence=(Evidence("agent", {"share": 100, "agents": 1}),),
    candidate=2,
    candidate_share=100,
    sources=1,
    agents=1,
    today=(0,) * 12 + (40,) + (0,) * 11,
    usual=(1.0,) * 24,
)


def ballot_from(campaign, number, picks, *, address="10.0.0.1", agent="phone", **known):
    """A ballot as the web layer hands it in; `known`: `outside`, `answer`."""
    return Ballot(
        campaign.id,
        voter(number),
        [str(no) for no in picks],
        f"token-of-voter-{number:06}",
        consents=True,
        source=traces.source_of(campaign.id, address),
        agent=traces.agent_of(campaign.id, agent),
        **known,
    )


def cast_from(campaign, number, picks, *, when=NOON, **origin):
    """That ballot, cast."""
    return casting.cast(ballot_from(campaign, number, picks, **origin), clock=at(when))


def ask_of(campaign, *, until, address="203.0.113.9"):
    """The check is asked of a network until a moment, because of a case."""
    case = make_case(campaign)
    risk = Risk(
        campaign_id=campaign.id,
        mark=traces.source_of(campaign.id, address),
        case_id=case.id,
        until=int(until.timestamp()) // 60,
    )
    with writing():
        db.session.add(risk)
    return case


def make_case(campaign, numbers=(), *, state="open", rule="", kind="agent", details=DETAILS):
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
        told = json.dumps(asdict(details)).encode()
        made.sealed = sealer.seal(told, f"{campaign.id}|case|{made.id}".encode())
        db.session.add_all(
            CaseBallot(campaign_id=campaign.id, n=n, case_id=made.id) for n in numbers
        )
    return made

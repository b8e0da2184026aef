"""What an admitted ballot writes: entry, slot, picks, token, receipt, trace, consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import NamedTuple

from votesite.clock import minute_number
from votesite.domain.ledger import receipts, steps
from votesite.domain.ledger.canonical import commitment
from votesite.domain.ledger.log import Log
from votesite.domain.ledger.opening import write_open
from votesite.domain.ledger.terms import VotingTerms
from votesite.domain.voting import checks, voters
from votesite.domain.voting.consents import add_consent
from votesite.domain.voting.refusals import write_refusals
from votesite.store import Statement, Transaction

_ADD_TOKEN = Statement(
    "INSERT INTO vote_tokens (campaign_id, mark, n) VALUES (:campaign_id, :mark, :n)"
)
_ADD_SLOT = Statement(
    "INSERT INTO vote_slots (campaign_id, p, v, slot, n) VALUES (:campaign_id, :p, :v, :slot, :n)"
)
_ADD_PICK = Statement("INSERT INTO vote_picks (campaign_id, mark) VALUES (:campaign_id, :mark)")
FIND_PICK = Statement("SELECT 1 FROM vote_picks WHERE campaign_id = :campaign_id AND mark = :mark")
NOBODY = 0  # no candidate has this number
_ADD_RECEIPT = Statement(
    "INSERT INTO receipts (campaign_id, code, n) VALUES (:campaign_id, :code, :n)"
)
ADD_TRACE = Statement(
    "INSERT INTO ballot_traces (campaign_id, n, source, agent, minute, outside)"
    " VALUES (:campaign_id, :n, :source, :agent, :minute, :outside)"
)


@dataclass(frozen=True)
class Ballot:
    """What a voter posts.

    `voter` is the site voter id (32 bytes), `picks` the candidates' numbers as posted. `follows` is
    what WeChat said where only followers may vote; None if it could not say. `source` and `agent`
    are what `integrity.traces` made of address and browser, empty for a ballot that did not come
    over the web; `outside` is what `integrity.regions` says of the address; `answer` is what
    `voting.checks` read in the post.
    """

    campaign_id: int
    voter: bytes
    picks: Sequence[str]
    token: str
    consents: bool = False
    follows: bool | None = False
    source: bytes = b""
    agent: bytes = b""
    outside: bool | None = None
    answer: checks.Answer = checks.NO_ANSWER


@dataclass(frozen=True)
class Recorded:
    """A recorded ballot as its voter sees it.

    `n` is its number in the ledger, `remaining` the ballots left in this period. `is_new`: recorded
    by this very post.
    """

    receipt: str
    n: int
    remaining: int
    is_new: bool


class Voter(NamedTuple):
    """Who casts a ballot: voter key, period, pseudonym, and the ballots used in that period."""

    key: bytes
    p: str
    v: bytes
    used: int


class Admitted(NamedTuple):
    """A ballot that no rule forbids, and what is written with it.

    `mark` is its token's, `chosen` are the candidates ascending. `has_consented`: before this post.
    """

    ballot: Ballot
    voter: Voter
    mark: bytes
    chosen: list[int]
    has_consented: bool


def record(tx: Transaction, log: Log, admitted: Admitted, now: datetime) -> Recorded:
    """Write a ballot's entry and its rows; part of its transaction, which must not refuse it later.

    Writes entry 0 first if it is missing. Returns what the voter sees.
    """
    terms, voter = log.terms, admitted.voter
    write_open(log, now)
    n = _append_vote(log, voter, admitted.chosen, now)
    key = {"campaign_id": terms.campaign_id}
    tx.run(_ADD_SLOT, {**key, "p": voter.p, "v": voter.v, "slot": voter.used, "n": n})
    if terms.rules.picks_span_ballots:
        marks = [voters.pick_mark(terms, voter.v, no) for no in admitted.chosen]
        tx.many(_ADD_PICK, [{**key, "mark": mark} for mark in marks])
    if _is_first(tx, terms, voter):
        log.head.count_voter(voters.span(terms, voter.p))
    tx.run(_ADD_TOKEN, {**key, "mark": admitted.mark, "n": n})
    code = _add_receipt(tx, admitted.ballot, n, now)
    if not admitted.has_consented:
        add_consent(tx, terms, voter.key, terms.notice_version, now)
    write_refusals(tx, terms.campaign_id)
    return Recorded(code, n, terms.rules.ballots - voter.used - 1, is_new=True)


def _is_first(tx: Transaction, terms: VotingTerms, voter: Voter) -> bool:
    """Whether a pseudonym has not voted before, in this period or, where it outlasts it, another.

    Then it is marked in the place of a candidate that does not exist, so that no later period of
    the same pseudonym has to look through those before it.
    """
    if voter.used:
        return False
    if voters.span(terms, voter.p) == voter.p:
        return True
    mark = {"campaign_id": terms.campaign_id, "mark": voters.pick_mark(terms, voter.v, NOBODY)}
    if tx.one(FIND_PICK, mark):
        return False
    tx.run(_ADD_PICK, mark)
    return True


def _add_receipt(tx: Transaction, ballot: Ballot, n: int, now: datetime) -> str:
    """Add a receipt, and a trace where the ballot came over the web; returns the code."""
    key = {"campaign_id": ballot.campaign_id, "n": n}
    code = receipts.new_receipt_code(token_bytes(10))
    tx.run(_ADD_RECEIPT, {**key, "code": code})
    if ballot.source:
        trace = {"source": ballot.source, "agent": ballot.agent, "outside": ballot.outside}
        tx.run(ADD_TRACE, {**key, **trace, "minute": minute_number(now)})
    return code


def _append_vote(log: Log, voter: Voter, chosen: list[int], now: datetime) -> int:
    n = log.size
    choices = f"[{','.join(map(str, chosen))}]".encode()
    c = commitment(log.terms.opening_key, n, choices)
    log.head.t = log.head.vote_t = log.head.minute_of(now)
    # The canonical body, spelled out: this is the hot path, and a test holds it to `canonical`.
    p, t, v = voter.p, log.head.t, voter.v.hex()
    body = f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{t}","v":"{v}"}}'
    log.append_body("vote", body.encode())
    log.seal_choices(n, choices)
    log.counts.add(chosen, gross=1, net=1)
    log.head.ballots += 1
    steps.add(log, voter.v)
    return n

"""Casting a ballot: the one transaction that asks, decides and records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from votesite.clock import Clock, minute_number, now, parse_minute
from votesite.domain.ledger import entries, receipts
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import Log, open_log, write_open
from votesite.domain.ledger.terms import VotingTerms, read_terms
from votesite.domain.results import tallies
from votesite.domain.voting import checks, own, voters
from votesite.domain.voting.consents import add_consent, is_consented
from votesite.domain.voting.decide import ANY_TOKEN, NUMBER, History, check_open, decide
from votesite.domain.voting.refusals import count_refusal, write_refusals
from votesite.errors import (
    Busy,
    Closed,
    Refused,
)
from votesite.extensions import site
from votesite.store import Statement, Transaction

_FIND_TOKEN = Statement(
    "SELECT n FROM vote_tokens WHERE campaign_id = :campaign_id AND mark = :mark"
)
_ADD_TOKEN = Statement(
    "INSERT INTO vote_tokens (campaign_id, mark, n) VALUES (:campaign_id, :mark, :n)"
)
_ADD_SLOT = Statement(
    "INSERT INTO vote_slots (campaign_id, p, v, slot, n) VALUES (:campaign_id, :p, :v, :slot, :n)"
)
_FIND_PICK = Statement("SELECT 1 FROM vote_picks WHERE campaign_id = :campaign_id AND mark = :mark")
_ADD_PICK = Statement("INSERT INTO vote_picks (campaign_id, mark) VALUES (:campaign_id, :mark)")
_ADD_RECEIPT = Statement(
    "INSERT INTO receipts (campaign_id, code, n) VALUES (:campaign_id, :code, :n)"
)
_ADD_TRACE = Statement(
    "INSERT INTO ballot_traces (campaign_id, n, source, agent, minute, outside)"
    " VALUES (:campaign_id, :n, :source, :agent, :minute, :outside)"
)


@dataclass(frozen=True)
class Ballot:
    """What a voter posts. `follows` is what WeChat said, where the rule asks for followers; None:
    it could not say.

    `source` and `agent` are what `integrity.traces` made of address and browser, `outside` what
    `integrity.places` says of the address, `answer` what `integrity.checks` read in the post.
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
    """A recorded ballot as its voter is told. `is_new`: recorded by this very post."""

    receipt: str
    n: int
    remaining: int
    is_new: bool


def cast(ballot: Ballot, *, clock: Clock = now) -> Recorded:
    """Record one ballot as an entry of the ledger, or raise the rule that forbids it.

    The same token again gives the first receipt, whatever else the post says. A refusal leaves no
    trace of person, ballot or request; only a counter by hour and reason rises.
    """
    try:
        return site().store.write(lambda tx: _cast(tx, ballot, clock()))
    except Refused as refusal:
        count_refusal(ballot.campaign_id, refusal.name, clock())
        raise


def eligibility(campaign_id: int, rules_version: int) -> str:
    """Whom that version of the rules lets vote: anyone, followers or roster."""
    with site().store.reading() as tx:
        return read_terms(tx, campaign_id, rules_version).rules.eligibility


def check(ballot: Ballot, *, clock: Clock = now) -> list[int]:
    """The candidates a ballot would name, or what would refuse it now; stores nothing.

    Consent and token are not asked yet: they come with the ballot itself.
    """
    with site().store.snapshot() as tx:
        head = read_head(tx, ballot.campaign_id)
        terms = read_terms(tx, ballot.campaign_id, head.rules_version)
        voter = voters.voter_key_in(terms, ballot.voter)
        moment = parse_minute(head.minute_of(clock()))
        p = terms.rules.period(moment)
        v = voters.pseudonym(terms, voter, p)
        history = History(
            is_eligible=_is_eligible(tx, terms, voter, ballot.follows),
            used=voters.ballots_used(tx, terms, p, v),
            picked=_picked_before(tx, terms, v, ballot.picks),
        )
    return decide(terms, history, ballot.picks, ANY_TOKEN, moment)


def _cast(tx: Transaction, ballot: Ballot, moment: datetime) -> Recorded:
    """The work of one ballot in a transaction that others may share: ask first, write last."""
    log = open_log(tx, ballot.campaign_id)
    terms = log.terms
    voter = voters.voter_key_in(terms, ballot.voter)
    mark = voters.token_mark(terms, voter, ballot.token)
    minute_now = parse_minute(log.head.minute_of(moment))
    p = terms.rules.period(minute_now)
    v = voters.pseudonym(terms, voter, p)
    used = voters.ballots_used(tx, terms, p, v)
    known = tx.one(_FIND_TOKEN, {"campaign_id": terms.campaign_id, "mark": mark})
    if known is not None:
        return _again(tx, terms, known[0], used, minute_now)
    consented = is_consented(tx, terms.campaign_id, voter, terms.notice_version)
    history = History(
        is_eligible=_is_eligible(tx, terms, voter, ballot.follows),
        has_consented=consented or ballot.consents,
        used=used,
        picked=_picked_before(tx, terms, v, ballot.picks),
    )
    chosen = decide(terms, history, ballot.picks, ballot.token, minute_now)
    _require_passage(tx, log, ballot, moment)

    tallies.before_ballot(log, moment)
    write_open(log, moment)
    n = _append_vote(log, terms, p, v, chosen, moment)
    key = {"campaign_id": terms.campaign_id}
    tx.run(_ADD_SLOT, {**key, "p": p, "v": v, "slot": used, "n": n})
    if terms.rules.picks_span_ballots:
        tx.many(_ADD_PICK, [{**key, "mark": voters.pick_mark(terms, v, no)} for no in chosen])
    tx.run(_ADD_TOKEN, {**key, "mark": mark, "n": n})
    code = _add_receipt(tx, ballot, n, moment)
    if not consented:
        add_consent(tx, terms.campaign_id, voter, terms.notice_version, moment)
    write_refusals(tx, terms.campaign_id)
    tallies.after_ballot(log, moment)
    return Recorded(code, n, terms.rules.ballots - used - 1, is_new=True)


def _require_passage(tx: Transaction, log: Log, ballot: Ballot, moment: datetime) -> None:
    """What a ballot that keeps all rules still needs: a right clock and, over the web, a check."""
    if log.head.is_clock_behind(moment):
        raise Busy
    if ballot.source:
        checks.require(tx, log.campaign_id, ballot.source, ballot.agent, ballot.answer, moment)


def _add_receipt(tx: Transaction, ballot: Ballot, n: int, moment: datetime) -> str:
    """The receipt's code; beside it the trace, where the ballot came over the web."""
    key = {"campaign_id": ballot.campaign_id, "n": n}
    code = receipts.new_receipt_code(token_bytes(10))
    tx.run(_ADD_RECEIPT, {**key, "code": code})
    if ballot.source:
        came = {"source": ballot.source, "agent": ballot.agent, "outside": ballot.outside}
        tx.run(_ADD_TRACE, {**key, **came, "minute": minute_number(moment)})
    return code


def _append_vote(
    log: Log, terms: VotingTerms, p: str, v: bytes, chosen: list[int], moment: datetime
) -> int:
    n = log.size
    choices = f"[{','.join(map(str, chosen))}]".encode()
    c = entries.commitment(terms.opening_key, n, choices)
    log.head.t = log.head.vote_t = log.head.minute_of(moment)
    # The canonical body, spelled out: this is the hot path, and a test holds it to `canonical`.
    body = f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{log.head.t}","v":"{v.hex()}"}}'
    log.append_body("vote", body.encode())
    log.seal_choices(n, choices)
    log.counts.add(chosen, gross=1, net=1)
    log.head.ballots += 1
    return n


def _again(tx: Transaction, terms: VotingTerms, n: int, used: int, moment: datetime) -> Recorded:
    """The answer to a post whose ballot is recorded already."""
    row = tx.one(own.RECEIPT_OF, {"campaign_id": terms.campaign_id, "n": n})
    try:
        check_open(terms, moment)
        remaining = max(terms.rules.ballots - used, 0)
    except Closed:
        remaining = 0
    return Recorded(row[0] if row else "", n, remaining, is_new=False)


def _picked_before(
    tx: Transaction, terms: VotingTerms, v: bytes, picks: Sequence[str]
) -> frozenset[int]:
    if not terms.rules.picks_span_ballots:
        return frozenset()
    numbers = {int(text) for text in picks if NUMBER.fullmatch(text)}
    return frozenset(
        no
        for no in numbers
        if tx.one(
            _FIND_PICK, {"campaign_id": terms.campaign_id, "mark": voters.pick_mark(terms, v, no)}
        )
    )


def _is_eligible(
    tx: Transaction, terms: VotingTerms, voter: bytes, follows: bool | None
) -> bool | None:
    if terms.rules.eligibility == "roster":
        return voters.check_roster(tx, terms.campaign_id, voter)
    return True if terms.rules.eligibility == "anyone" else follows

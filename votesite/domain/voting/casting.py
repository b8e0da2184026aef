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
from votesite.errors import Busy, Closed, Refused
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


def cast(ballot: Ballot, *, clock: Clock = now) -> Recorded:
    """Record one ballot as an entry of the ledger, or raise the Refused of the rule against it.

    The same token again returns the first receipt, whatever else the post says. A refusal leaves no
    trace of person, ballot or request; only a counter by hour and reason rises.
    """
    try:
        return site().store.write(lambda tx: _cast(tx, ballot, clock()))
    except Refused as refusal:
        count_refusal(ballot.campaign_id, refusal.name, clock())
        raise


def eligibility(campaign_id: int, rules_version: int) -> str:
    """Returns whom that version of the rules lets vote: anyone, followers or roster."""
    with site().store.reading() as tx:
        return read_terms(tx, campaign_id, rules_version).rules.eligibility


def check(ballot: Ballot, *, clock: Clock = now) -> list[int]:
    """Returns the candidates that a ballot would name, or raises what would refuse it now.

    Stores nothing and locks nothing. Consent and token are not asked for yet: they come with the
    ballot itself.
    """
    with site().store.snapshot() as tx:
        head = read_head(tx, ballot.campaign_id)
        terms = read_terms(tx, ballot.campaign_id, head.rules_version)
        voter = voters.voter_key_in(terms, ballot.voter)
        now = parse_minute(head.minute_of(clock()))
        p = terms.rules.period(now)
        v = voters.pseudonym(terms, voter, p)
        history = History(
            is_eligible=_is_eligible(tx, terms, voter, ballot.follows),
            used=voters.ballots_used(tx, terms, p, v),
            picked=_picked_before(tx, terms, v, ballot.picks),
        )
    return decide(terms, history, ballot.picks, ANY_TOKEN, now)


def _cast(tx: Transaction, ballot: Ballot, now: datetime) -> Recorded:
    """Record one ballot in a transaction that others may share: ask first, write last."""
    log = open_log(tx, ballot.campaign_id)
    terms = log.terms
    voter = voters.voter_key_in(terms, ballot.voter)
    mark = voters.token_mark(terms, voter, ballot.token)
    entry_minute = parse_minute(log.head.minute_of(now))
    p = terms.rules.period(entry_minute)
    v = voters.pseudonym(terms, voter, p)
    used = voters.ballots_used(tx, terms, p, v)
    n = tx.value(_FIND_TOKEN, {"campaign_id": terms.campaign_id, "mark": mark})
    if n is not None:
        return _recorded_before(tx, terms, n, used, entry_minute)
    consented = is_consented(tx, terms.campaign_id, voter, terms.notice_version)
    history = History(
        is_eligible=_is_eligible(tx, terms, voter, ballot.follows),
        has_consented=consented or ballot.consents,
        used=used,
        picked=_picked_before(tx, terms, v, ballot.picks),
    )
    chosen = decide(terms, history, ballot.picks, ballot.token, entry_minute)
    _require_passage(tx, log, ballot, now)

    tallies.before_ballot(log, now)
    write_open(log, now)
    n = _append_vote(log, terms, p, v, chosen, now)
    key = {"campaign_id": terms.campaign_id}
    tx.run(_ADD_SLOT, {**key, "p": p, "v": v, "slot": used, "n": n})
    if terms.rules.picks_span_ballots:
        tx.many(_ADD_PICK, [{**key, "mark": voters.pick_mark(terms, v, no)} for no in chosen])
    tx.run(_ADD_TOKEN, {**key, "mark": mark, "n": n})
    code = _add_receipt(tx, ballot, n, now)
    if not consented:
        add_consent(tx, terms.campaign_id, voter, terms.notice_version, now)
    write_refusals(tx, terms.campaign_id)
    tallies.after_ballot(log, now)
    return Recorded(code, n, terms.rules.ballots - used - 1, is_new=True)


def _require_passage(tx: Transaction, log: Log, ballot: Ballot, now: datetime) -> None:
    """Raise Busy while the clock is behind, CheckRequired where a web ballot must pass a check."""
    if log.head.is_clock_behind(now):
        raise Busy
    if ballot.source:
        checks.require(tx, log.campaign_id, ballot.source, ballot.agent, ballot.answer, now)


def _add_receipt(tx: Transaction, ballot: Ballot, n: int, now: datetime) -> str:
    """Add a receipt, and a trace where the ballot came over the web; returns the code."""
    key = {"campaign_id": ballot.campaign_id, "n": n}
    code = receipts.new_receipt_code(token_bytes(10))
    tx.run(_ADD_RECEIPT, {**key, "code": code})
    if ballot.source:
        trace = {"source": ballot.source, "agent": ballot.agent, "outside": ballot.outside}
        tx.run(_ADD_TRACE, {**key, **trace, "minute": minute_number(now)})
    return code


def _append_vote(
    log: Log, terms: VotingTerms, p: str, v: bytes, chosen: list[int], now: datetime
) -> int:
    n = log.size
    choices = f"[{','.join(map(str, chosen))}]".encode()
    c = entries.commitment(terms.opening_key, n, choices)
    log.head.t = log.head.vote_t = log.head.minute_of(now)
    # The canonical body, spelled out: this is the hot path, and a test holds it to `canonical`.
    body = f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{log.head.t}","v":"{v.hex()}"}}'
    log.append_body("vote", body.encode())
    log.seal_choices(n, choices)
    log.counts.add(chosen, gross=1, net=1)
    log.head.ballots += 1
    return n


def _recorded_before(
    tx: Transaction, terms: VotingTerms, n: int, used: int, now: datetime
) -> Recorded:
    """Returns the answer to a post whose ballot is recorded already."""
    code = tx.value(own.RECEIPT_OF, {"campaign_id": terms.campaign_id, "n": n})
    try:
        check_open(terms, now)
        remaining = max(terms.rules.ballots - used, 0)
    except Closed:
        remaining = 0
    return Recorded(code or "", n, remaining, is_new=False)


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

"""Casting a ballot: the one transaction that asks, decides and records it."""

from collections.abc import Sequence
from datetime import datetime

from votesite.clock import Clock, now, parse_minute
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.terms import VotingTerms, read_terms
from votesite.domain.results import tallies
from votesite.domain.voting import checks, own, voters
from votesite.domain.voting.consents import is_consented
from votesite.domain.voting.decide import ANY_TOKEN, NUMBER, History, check_open, decide
from votesite.domain.voting.recording import (
    FIND_PICK,
    Admitted,
    Ballot,
    Recorded,
    Voter,
    record,
)
from votesite.domain.voting.refusals import count_refusal
from votesite.errors import Busy, Closed, Refused
from votesite.extensions import site
from votesite.store import Statement, Transaction

__all__ = ["Ballot", "Recorded", "cast", "check", "eligibility"]

_FIND_TOKEN = Statement(
    "SELECT n FROM vote_tokens WHERE campaign_id = :campaign_id AND mark = :mark"
)


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
        now = parse_minute(head.minute_of(clock()))
        voter = _voter(tx, terms, ballot, now)
        history = History(
            is_eligible=_is_eligible(tx, terms, voter.key, ballot.follows),
            used=voter.used,
            picked=_picked_before(tx, terms, voter.v, ballot.picks),
        )
    return decide(terms, history, ballot.picks, ANY_TOKEN, now)


def _cast(tx: Transaction, ballot: Ballot, now: datetime) -> Recorded:
    """Decide and record a ballot in a transaction that others may share: ask first, write last."""
    log = open_log(tx, ballot.campaign_id)
    terms = log.terms
    entry_minute = parse_minute(log.head.minute_of(now))
    voter = _voter(tx, terms, ballot, entry_minute)
    mark = voters.token_mark(terms, voter.key, ballot.token)
    n = tx.value(_FIND_TOKEN, {"campaign_id": terms.campaign_id, "mark": mark})
    if n is not None:
        return _recorded_before(tx, terms, n, voter.used, entry_minute)
    has_consented = is_consented(tx, terms, voter.key, terms.notice_version)
    history = History(
        is_eligible=_is_eligible(tx, terms, voter.key, ballot.follows),
        has_consented=has_consented or ballot.consents,
        used=voter.used,
        picked=_picked_before(tx, terms, voter.v, ballot.picks),
    )
    chosen = decide(terms, history, ballot.picks, ballot.token, entry_minute)
    _require_passage(tx, log, ballot, now)
    # From here on everything is written, and nothing refuses any more.
    admitted = Admitted(ballot, voter, mark, chosen, has_consented)
    tallies.before_ballot(log, now)
    recorded = record(tx, log, admitted, now)
    tallies.after_ballot(log, now)
    return recorded


def _voter(tx: Transaction, terms: VotingTerms, ballot: Ballot, now: datetime) -> Voter:
    """Returns who casts a ballot, as the ledger knows them; raises PeopleForgotten."""
    key = voters.voter_key_in(terms, ballot.voter)
    p = terms.rules.period(now)
    v = voters.pseudonym(terms, key, p)
    return Voter(key, p, v, voters.ballots_used(tx, terms, p, v))


def _require_passage(tx: Transaction, log: Log, ballot: Ballot, now: datetime) -> None:
    """Raise Busy while the clock is behind, CheckRequired where a web ballot must pass a check."""
    if log.head.is_clock_behind(now):
        raise Busy
    if ballot.source:
        checks.require(tx, log.campaign_id, ballot.source, ballot.agent, ballot.answer, now)


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
            FIND_PICK, {"campaign_id": terms.campaign_id, "mark": voters.pick_mark(terms, v, no)}
        )
    )


def _is_eligible(
    tx: Transaction, terms: VotingTerms, voter: bytes, follows: bool | None
) -> bool | None:
    if terms.rules.eligibility == "roster":
        return voters.check_roster(tx, terms.campaign_id, voter)
    return True if terms.rules.eligibility == "anyone" else follows

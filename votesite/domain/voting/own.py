"""What voters may know of their own ballots: receipts, and how many ballots are left."""

from dataclasses import dataclass
from datetime import datetime

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain.keys import PeopleForgotten
from votesite.domain.ledger import entries
from votesite.domain.ledger.terms import VotingTerms
from votesite.domain.voting import voters
from votesite.domain.voting.consents import is_consented
from votesite.domain.voting.decide import check_open, next_period
from votesite.errors import (
    Closed,
)
from votesite.extensions import site
from votesite.store import Statement

_SLOTS_OF = Statement(
    "SELECT n FROM vote_slots WHERE campaign_id = :campaign_id AND p = :p AND v = :v ORDER BY slot"
)
RECEIPT_OF = Statement("SELECT code FROM receipts WHERE campaign_id = :campaign_id AND n = :n")


def owns(campaign_id: int, site_voter: bytes | None, n: int) -> bool:
    """Whether a ballot is a site voter's own; nobody's any more once people are forgotten."""
    key = voters.key_of(campaign_id, site_voter)
    return key is not None and n in ballots_of(campaign_id, key)


def has_voted(campaign_id: int, voter: bytes) -> bool:
    """Whether a voter key has a ballot in the campaign's log."""
    return bool(ballots_of(campaign_id, voter))


def ballots_of(campaign_id: int, voter: bytes) -> list[int]:
    """The ledger numbers of a voter key's ballots, found by its pseudonym of every period."""
    with site().store.reading() as tx:
        terms = voters.current_terms(tx, campaign_id)
        found = []
        for p in voters.periods(terms):
            v = voters.pseudonym(terms, voter, p)
            values = {"campaign_id": campaign_id, "p": p, "v": v}
            found += [row[0] for row in tx.all(_SLOTS_OF, values)]
        return found


def receipts_of(campaign_id: int, voter: bytes) -> list[tuple[str | None, int, str]]:
    """(code or None where it was deleted, ledger number, minute) of a voter key's ballots."""
    found = []
    numbers = ballots_of(campaign_id, voter)
    with site().store.reading() as tx:
        for n in numbers:
            code = tx.one(RECEIPT_OF, {"campaign_id": campaign_id, "n": n})
            entry = entries.read_entry(tx, campaign_id, n)
            found.append((code[0] if code else None, n, entry["t"]))
    return found


@dataclass(frozen=True)
class VotingAllowance:
    """What a voter may do now. `remaining` is None for a stranger."""

    remaining: int | None
    has_consented: bool
    next_at: datetime | None
    terms: VotingTerms


def allowance(campaign_id: int, voter: bytes | None, *, clock: Clock = now) -> VotingAllowance:
    """How many ballots a site voter has left in this period, and when the next is possible."""
    with site().store.reading() as tx:
        terms = voters.current_terms(tx, campaign_id)
        moment = parse_minute(minute(clock()))
        if voter is None:
            return VotingAllowance(None, False, None, terms)
        try:
            key = voters.voter_key_in(terms, voter)
        except PeopleForgotten:
            return VotingAllowance(0, False, None, terms)
        has_consented = is_consented(tx, campaign_id, key, terms.notice_version)
        try:
            check_open(terms, moment)
        except Closed as closed:
            return VotingAllowance(0, has_consented, closed.next_at, terms)
        p = terms.rules.period(moment)
        used = voters.ballots_used(tx, terms, p, voters.pseudonym(terms, key, p))
        remaining = max(terms.rules.ballots - used, 0)
        next_at = None if remaining else next_period(terms, moment)
        return VotingAllowance(remaining, has_consented, next_at, terms)

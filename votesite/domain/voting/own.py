"""What voters may know of their own ballots: receipts, and how many ballots are left."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain.keys import PeopleForgotten
from votesite.domain.ledger import entries
from votesite.domain.ledger.terms import VotingTerms
from votesite.domain.voting import voters
from votesite.domain.voting.consents import is_consented
from votesite.domain.voting.decide import check_open, next_period
from votesite.errors import Closed
from votesite.extensions import site
from votesite.store import Statement

_SLOTS_OF = Statement(
    "SELECT n FROM vote_slots WHERE campaign_id = :campaign_id AND p = :p AND v = :v ORDER BY slot"
)
RECEIPT_OF = Statement("SELECT code FROM receipts WHERE campaign_id = :campaign_id AND n = :n")


def owns(campaign_id: int, site_voter: bytes | None, n: int) -> bool:
    """Whether a ballot is a site voter's own; never once the campaign has forgotten people."""
    key = voters.key_of(campaign_id, site_voter)
    return key is not None and n in ballots_of(campaign_id, key)


def has_voted(campaign_id: int, voter: bytes) -> bool:
    """Whether a voter key has a ballot in the campaign's log."""
    return bool(ballots_of(campaign_id, voter))


def ballots_of(campaign_id: int, voter: bytes) -> list[int]:
    """Returns the ledger numbers of a voter key's ballots, by its pseudonym of every period."""
    with site().store.reading() as tx:
        terms = voters.current_terms(tx, campaign_id)
        numbers = []
        for p in voters.periods(terms):
            v = voters.pseudonym(terms, voter, p)
            numbers += tx.column(_SLOTS_OF, {"campaign_id": campaign_id, "p": p, "v": v})
        return numbers


class OwnReceipt(NamedTuple):
    """A voter's own ballot: its code, None once deleted, its number and minute in the ledger."""

    code: str | None
    n: int
    t: str


def receipts_of(campaign_id: int, voter: bytes) -> list[OwnReceipt]:
    """Returns the receipts of a voter key's ballots, in the order of the ledger's periods."""
    numbers = ballots_of(campaign_id, voter)
    with site().store.reading() as tx:
        return [
            OwnReceipt(
                code=tx.value(RECEIPT_OF, {"campaign_id": campaign_id, "n": n}),
                n=n,
                t=entries.read_entry(tx, campaign_id, n)["t"],
            )
            for n in numbers
        ]


@dataclass(frozen=True)
class VotingAllowance:
    """What a voter may do now: ballots left in this period, None for a stranger.

    `next_at` is when a further ballot becomes possible, None if one is possible now or never.
    """

    remaining: int | None
    has_consented: bool
    next_at: datetime | None
    terms: VotingTerms


def allowance(campaign_id: int, voter: bytes | None, *, clock: Clock = now) -> VotingAllowance:
    """Returns how many ballots a site voter has left, and when the next is possible.

    Raises NotFound for an unknown campaign.
    """
    with site().store.reading() as tx:
        terms = voters.current_terms(tx, campaign_id)
        now = parse_minute(minute(clock()))
        if voter is None:
            return VotingAllowance(None, False, None, terms)
        try:
            key = voters.voter_key_in(terms, voter)
        except PeopleForgotten:
            return VotingAllowance(0, False, None, terms)
        has_consented = is_consented(tx, terms, key, terms.notice_version)
        try:
            check_open(terms, now)
        except Closed as closed:
            return VotingAllowance(0, has_consented, closed.next_at, terms)
        p = terms.rules.period(now)
        used = voters.ballots_used(tx, terms, p, voters.pseudonym(terms, key, p))
        remaining = max(terms.rules.ballots - used, 0)
        next_at = None if remaining else next_period(terms, now)
        return VotingAllowance(remaining, has_consented, next_at, terms)

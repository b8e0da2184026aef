"""Voter keys, pseudonyms and marks: keyed hashes that stand for a voter in one campaign."""

from datetime import timedelta

from votesite.clock import day
from votesite.domain.keys import PeopleForgotten
from votesite.domain.ledger.terms import VotingTerms, read_terms, rules_version
from votesite.extensions import site
from votesite.keys import mac
from votesite.store import Statement, Transaction

_USED = Statement(
    "SELECT COUNT(*) FROM vote_slots WHERE campaign_id = :campaign_id AND p = :p AND v = :v"
)
_ON_ROSTER = Statement(
    "SELECT 1 FROM roster_codes WHERE campaign_id = :campaign_id AND voter = :voter"
)


def voter_key(campaign_id: int, voter: bytes) -> bytes:
    """Returns the voter key of a site voter in one campaign: 32 bytes, unlinkable to others.

    Raises PeopleForgotten once `purge` has destroyed the campaign's pseudonym key.
    """
    with site().store.reading() as tx:
        return voter_key_in(current_terms(tx, campaign_id), voter)


def check_roster(tx: Transaction, campaign_id: int, voter: bytes) -> bool:
    """Whether a voter key has redeemed a code of the roster."""
    values = {"campaign_id": campaign_id, "voter": voter}
    return tx.one(_ON_ROSTER, values) is not None


def key_of(campaign_id: int, site_voter: bytes | None) -> bytes | None:
    """Returns the voter key for a page; None for strangers and once people are forgotten."""
    try:
        return voter_key(campaign_id, site_voter) if site_voter else None
    except PeopleForgotten:
        return None


def current_terms(tx: Transaction, campaign_id: int) -> VotingTerms:
    """Returns the terms in force now; raises NotFound for an unknown campaign."""
    return read_terms(tx, campaign_id, rules_version(tx, campaign_id))


def voter_key_in(terms: VotingTerms, voter: bytes) -> bytes:
    """Like `voter_key`, for callers that hold the terms already; raises PeopleForgotten."""
    return mac(terms.pseudonym_key, voter)


def pseudonym(terms: VotingTerms, voter: bytes, p: str) -> bytes:
    """Returns `v`, 16 bytes: the least linkable value that still lets anybody check the limits."""
    return mac(terms.pseudonym_key, voter + b"|" + span(terms, p).encode())[:16]


def span(terms: VotingTerms, p: str) -> str:
    """Returns `q`, the span in which a voter has one pseudonym: the period `p`, or `all`."""
    return p if terms.rules.repeat == "daily" else "all"


def token_mark(terms: VotingTerms, voter: bytes, token: str) -> bytes:
    """Returns what is stored of a voter's ballot token: a keyed hash of 32 bytes."""
    return mac(terms.pseudonym_key, b"token|" + voter + b"|" + token.encode())


def consent_mark(terms: VotingTerms, voter: bytes) -> bytes:
    """Returns the mark under which a voter's consents are stored: 32 bytes."""
    return mac(terms.pseudonym_key, b"consent|" + voter)


def pick_mark(terms: VotingTerms, v: bytes, no: int) -> bytes:
    """Returns what is stored of a pick where picks must differ over several ballots: 16 bytes."""
    return mac(terms.pseudonym_key, b"pick|" + v + f"|{no}".encode())[:16]


def ballots_used(tx: Transaction, terms: VotingTerms, p: str, v: bytes) -> int:
    """Returns how many ballots a pseudonym has cast in a period."""
    return int(tx.value(_USED, {"campaign_id": terms.campaign_id, "p": p, "v": v}))


def periods(terms: VotingTerms) -> list[str]:
    """Returns `p` of every period of the voting window, past and to come."""
    if terms.rules.scope == "campaign":
        return ["all"]
    days = (day(terms.closes) - day(terms.opens)).days
    return [(day(terms.opens) + timedelta(days=d)).isoformat() for d in range(days + 1)]

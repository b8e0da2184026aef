"""Consent to the privacy notice, stored per voter, campaign and version of the notice.

A consent is written together with the ballot or the nomination that it allows, so a copy of the
write-ahead log shows which belong together. Its mark stands in no other table: nothing leads on
from it without the campaign's pseudonym key.
"""

from datetime import datetime
from typing import NamedTuple

from votesite.clock import day
from votesite.domain.ledger.terms import VotingTerms
from votesite.domain.voting import voters
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.store import Query, Statement, Transaction


class Given(NamedTuple):
    """A consent: the version of the notice, and the day."""

    version: str
    given_on: str


# Consents of before are stored under the voter key itself.
_CONSENTED = Statement(
    "SELECT 1 FROM consents"
    " WHERE campaign_id = :campaign_id AND voter IN (:mark, :voter) AND version = :version"
)
_GIVEN = Query(
    Given,
    "FROM consents WHERE campaign_id = :campaign_id AND voter IN (:mark, :voter)"
    " ORDER BY given_on, version",
)
_WITHDRAW = Statement(
    "DELETE FROM consents WHERE campaign_id = :campaign_id AND voter IN (:mark, :voter)"
)
_ADD_CONSENT = Statement(
    "INSERT INTO consents (campaign_id, voter, version, given_on)"
    " VALUES (:campaign_id, :mark, :version, :given_on)"
)


def has_consent(campaign: Campaign, voter: bytes) -> bool:
    """Whether a voter key has consented to the campaign's present privacy notice."""
    with site().store.reading() as tx:
        terms = voters.current_terms(tx, campaign.id)
        return is_consented(tx, terms, voter, campaign.notice_version)


def give_consent(tx: Transaction, campaign: Campaign, voter: bytes, now: datetime) -> None:
    """Store a consent unless it is stored; part of the write that it allows."""
    terms = voters.current_terms(tx, campaign.id)
    if not is_consented(tx, terms, voter, campaign.notice_version):
        add_consent(tx, terms, voter, campaign.notice_version, now)


def is_consented(tx: Transaction, terms: VotingTerms, voter: bytes, version: str) -> bool:
    """Whether a voter key has consented to this version of the notice."""
    return tx.one(_CONSENTED, {**_values(terms, voter), "version": version}) is not None


def add_consent(
    tx: Transaction, terms: VotingTerms, voter: bytes, version: str, now: datetime
) -> None:
    """Store a consent by version and Beijing day."""
    values = {
        "campaign_id": terms.campaign_id,
        "mark": voters.consent_mark(terms, voter),
        "version": version,
        "given_on": day(now).isoformat(),
    }
    tx.run(_ADD_CONSENT, values)


def given(tx: Transaction, campaign_id: int, voter: bytes) -> list[Given]:
    """Returns a voter key's consents, oldest first."""
    return _GIVEN.all(tx, _values(voters.current_terms(tx, campaign_id), voter))


def withdraw(tx: Transaction, campaign_id: int, voter: bytes) -> int:
    """Delete a voter key's consents; returns how many there were."""
    found = len(given(tx, campaign_id, voter))
    tx.run(_WITHDRAW, _values(voters.current_terms(tx, campaign_id), voter))
    return found


def _values(terms: VotingTerms, voter: bytes) -> dict[str, object]:
    mark = voters.consent_mark(terms, voter)
    return {"campaign_id": terms.campaign_id, "mark": mark, "voter": voter}

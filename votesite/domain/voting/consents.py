"""Consent to the privacy notice, stored per voter, campaign and version of the notice."""

from datetime import datetime

from votesite.clock import day
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.store import Statement, Transaction

_CONSENTED = Statement(
    "SELECT 1 FROM consents"
    " WHERE campaign_id = :campaign_id AND voter = :voter AND version = :version"
)
_ADD_CONSENT = Statement(
    "INSERT INTO consents (campaign_id, voter, version, given_on)"
    " VALUES (:campaign_id, :voter, :version, :given_on)"
)


def has_consent(campaign: Campaign, voter: bytes) -> bool:
    """Whether a voter key has consented to the campaign's present privacy notice."""
    with site().store.reading() as tx:
        return is_consented(tx, campaign.id, voter, campaign.notice_version)


def give_consent(tx: Transaction, campaign: Campaign, voter: bytes, now: datetime) -> None:
    """Store a consent unless it is stored; part of the write that it allows."""
    if not is_consented(tx, campaign.id, voter, campaign.notice_version):
        add_consent(tx, campaign.id, voter, campaign.notice_version, now)


def is_consented(tx: Transaction, campaign_id: int, voter: bytes, version: str) -> bool:
    """Whether a voter key has consented to this version of the notice."""
    values = {"campaign_id": campaign_id, "voter": voter, "version": version}
    return tx.one(_CONSENTED, values) is not None


def add_consent(
    tx: Transaction, campaign_id: int, voter: bytes, version: str, now: datetime
) -> None:
    """Store a consent by version and Beijing day."""
    values = {"campaign_id": campaign_id, "voter": voter, "version": version}
    tx.run(_ADD_CONSENT, {**values, "given_on": day(now).isoformat()})

"""Whether a campaign's rules, dates and names are frozen, and what its ledger still allows."""

from dataclasses import dataclass
from datetime import datetime

from votesite.extensions import db
from votesite.models.campaigns import Campaign
from votesite.models.ledger import LogHead


@dataclass(frozen=True)
class LedgerState:
    """What decides which changes are still possible; `paused` is the public reason, or empty."""

    paused: str
    is_published: bool
    is_open: bool
    is_closed: bool


def ledger_state(campaign: Campaign) -> LedgerState:
    """Return whether a campaign is published and paused, and its ledger open and closed."""
    head = db.session.get(LogHead, campaign.id)
    return LedgerState(
        paused=campaign.paused,
        is_published=campaign.is_published,
        is_open=head is not None and head.size > 0,
        is_closed=head is not None and head.close_n is not None,
    )


def is_frozen(campaign: Campaign, now: datetime) -> bool:
    """Whether rules, schedule, numbers and names can be changed by a decision only."""
    if not campaign.is_published:
        return False
    return ledger_state(campaign).is_open or campaign.opens_at <= now

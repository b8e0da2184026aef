"""The campaign an address names, what is due in its ledger written, or NotFound."""

from __future__ import annotations

from votesite.domain.campaigns import publishing
from votesite.domain.results import tallies
from votesite.domain.results.tallies import CampaignHead
from votesite.errors import (
    NotFound,
)
from votesite.models.campaigns import Campaign


def head_or_404(slug: str) -> CampaignHead:
    """The head of a published campaign, what is due written; raises NotFound, drafts alike."""
    head = tallies.head(slug)
    if head is None or not head.is_published:
        raise NotFound
    if tallies.settle_if_due(head):
        head = tallies.head(slug) or head
    return head


def campaign_or_404(slug: str) -> Campaign:
    """The published campaign, what is due in its ledger written; raises NotFound, drafts alike."""
    head_or_404(slug)
    found = publishing.find(slug)
    if found is None:
        raise NotFound
    return found

"""Finding the campaign that an address names. What is due in its ledger is written first."""

from votesite.domain.campaigns import listing
from votesite.domain.results import tallies
from votesite.domain.results.tallies import CampaignHead
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign


def head_or_404(slug: str) -> CampaignHead:
    """Return the head of a published campaign; raises NotFound, for drafts too."""
    head = tallies.head(slug)
    if head is None or not head.is_published:
        raise NotFound
    if tallies.settle_if_due(head):
        head = tallies.head(slug) or head
    return head


def campaign_or_404(slug: str) -> Campaign:
    """Return a published campaign; raises NotFound, for drafts too."""
    head_or_404(slug)
    campaign = listing.find(slug)
    if campaign is None:
        raise NotFound
    return campaign

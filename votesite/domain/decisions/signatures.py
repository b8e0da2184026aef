"""What two people sign, and whether they have: the exact words of an entry, in its place.

With `signed` 1 both sign with keys of their browsers; with `signed` 0 both only have to be signers
of the ledger. Before entry 0 is written, its future signers decide: it is written first, in the
same transaction as the entry that needs it.
"""

from datetime import datetime

from votesite.domain.decisions.kinds import KINDS
from votesite.domain.ledger import decided, entries
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.signatures import holds
from votesite.domain.ledger.signers import Signers, signers_of, signers_to_be
from votesite.domain.staff import signing_keys
from votesite.errors import NotSigner
from votesite.extensions import load, site
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.store import Transaction


def are_needed(campaign: Campaign, kind: str) -> bool:
    """Whether decisions of this kind are signed in this campaign."""
    return campaign.signed and bool(KINDS[kind].k)


def statement(decision: Decision) -> str:
    """Returns the exact text to sign; empty for a decision that no entry records."""
    if not KINDS[decision.kind].k:
        return ""
    with site().store.reading() as tx:
        return statement_in(tx, decision)


def statement_in(tx: Transaction, decision: Decision) -> str:
    """Like `statement`, in a transaction, of a decision that an entry will record."""
    origin = _origin(tx, load(Campaign, decision.campaign_id))
    return decided.statement(origin, KINDS[decision.kind].k, decision.fields, decision.entry_id)


def signers_in(tx: Transaction, campaign_id: int, t: str) -> Signers:
    """Those who sign for a campaign: as its ledger says, or as entry 0 would say at minute `t`."""
    is_open = entries.size_of(tx, campaign_id) > 0
    return signers_of(tx, campaign_id) if is_open else signers_to_be(tx, campaign_id, t)


def keys_in_force(campaign_id: int, staff_id: int, *, now: datetime) -> list[str]:
    """The public keys of somebody that sign for a campaign now."""
    with site().store.reading() as tx:
        return _keys_in(tx, campaign_id, staff_id, now)


def signers(campaign_id: int, *, now: datetime) -> list[tuple[int, bool]]:
    """The staff numbers of a campaign's signers, and whether each may sign by now."""
    with site().store.reading() as tx:
        t = read_head(tx, campaign_id).minute_of(now)
        listed = signers_in(tx, campaign_id, t)
        return [(number, listed.may_sign(number, t)) for number in listed.numbers]


def require_signer(
    tx: Transaction, campaign_id: int, kind: str, staff_id: int, now: datetime
) -> None:
    """Raise NotSigner unless somebody may put their number under an entry of this kind now."""
    if not KINDS[kind].k:
        return
    t = read_head(tx, campaign_id).minute_of(now)
    if not signers_in(tx, campaign_id, t).may_sign(staff_id, t):
        raise NotSigner


def is_by(
    tx: Transaction, decision: Decision, staff_id: int, signature: str, now: datetime
) -> bool:
    """Whether a signature is somebody's, by a key in force now, over the decision's exact words."""
    text = statement_in(tx, decision)
    keys = _keys_in(tx, decision.campaign_id, staff_id, now)
    return any(holds(key, text, signature) for key in keys)


def _keys_in(tx: Transaction, campaign_id: int, staff_id: int, now: datetime) -> list[str]:
    """The keys that the ledger knows and their owner has not put out of use.

    A lost browser signs no more from the moment on in which its owner says so; the ledger needs a
    `signer` entry of two others for that.
    """
    t = read_head(tx, campaign_id).minute_of(now)
    in_use = signing_keys.publics_of(staff_id)
    return [key for key in signers_in(tx, campaign_id, t).keys_of(staff_id, t) if key in in_use]


def _origin(tx: Transaction, campaign: Campaign) -> str:
    if entries.size_of(tx, campaign.id):
        return entries.origin_of(tx, campaign.id)
    return f"{site().settings.host}/c/{campaign.slug}"

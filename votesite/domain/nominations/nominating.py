"""Nominating: what citizens submit, look up again and withdraw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from votesite.clock import Clock, minute, now
from votesite.domain import keys
from votesite.domain.campaigns import listing, publishing
from votesite.domain.media import pictures
from votesite.domain.media.encoding import Encoded, encode, refusal_of
from votesite.domain.nominations import queries
from votesite.domain.nominations.fields import clean, criterion_keys, faults_of
from votesite.domain.voting import voters
from votesite.domain.voting.consents import give_consent, has_consent
from votesite.errors import (
    BadPicture,
    Closed,
    ConsentRequired,
    Fault,
    InvalidNomination,
    Lapsed,
    LimitReached,
    NotFound,
)
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.nominations import SLOTS, Nomination

PHASE = "nomination"


@dataclass(frozen=True)
class Proposal:
    """What a citizen posts: `voter` is the site voter, `picture` the bytes of an uploaded file."""

    campaign_id: int
    voter: bytes
    fields: Mapping[str, str]
    picture: bytes | None = None
    consents: bool = False


def nominate(proposal: Proposal, *, clock: Clock = now) -> Nomination:
    """Store a nomination and return it; a refusal stores nothing.

    Raises NotFound, Closed, ConsentRequired, InvalidNomination, and LimitReached if the voter has
    no nomination left.
    """
    campaign = load(Campaign, proposal.campaign_id)
    voter = voters.voter_key(campaign.id, proposal.voter)
    # All is asked here because a picture takes long to decode, and once more under the lock.
    _check_form(campaign, voter, proposal, clock())
    _free_slot(campaign.id, voter)
    picture = _encoded(proposal.picture)
    values = clean(campaign, proposal.fields)
    with writing() as tx:
        now = clock()
        campaign = load(Campaign, proposal.campaign_id)
        publishing.touch(tx, campaign.id)
        _check_form(campaign, voter, proposal, now)
        nomination = _keep(campaign, voter, values, now)
        if picture:
            nomination.picture = pictures.store_picture(campaign.id, picture, public=False)
        give_consent(tx, campaign, voter, now)
    return nomination


def check_open(campaign: Campaign, now: datetime) -> None:
    """Raise Closed unless the campaign takes nominations now, NotFound for a draft."""
    if not campaign.is_published:
        raise NotFound
    if campaign.paused:
        raise Closed(reason=campaign.paused)
    if campaign.is_open(PHASE, now):
        return
    window = campaign.window(PHASE)
    raise Closed(window[0] if window and now < window[0] else None)


def mine(site_voter: bytes) -> list[tuple[Campaign, Nomination]]:
    """A site voter's nominations in every campaign that still knows people, newest first."""
    pairs = []
    for campaign in listing.published():
        voter = _voter_or_none(campaign.id, site_voter)
        if voter is not None:
            rows = db.session.scalars(select(Nomination).where(*_of(campaign.id, voter)))
            pairs += [(campaign, nomination) for nomination in rows]
    return sorted(pairs, key=lambda pair: (pair[1].submitted_at, pair[1].id), reverse=True)


def own(site_voter: bytes, nomination_id: int) -> tuple[Campaign, Nomination]:
    """A nomination of this site voter, and its campaign; raises NotFound for those of others."""
    nomination = load(Nomination, nomination_id)
    campaign = load(Campaign, nomination.campaign_id)
    voter = _voter_or_none(campaign.id, site_voter)
    if not campaign.is_published or voter is None or nomination.nominator != voter:
        raise NotFound
    return campaign, nomination


def withdraw(site_voter: bytes, nomination_id: int) -> None:
    """Delete a person's undecided nomination, so that another can be made.

    Raises NotFound for those of others, Lapsed for one that has been decided.
    """
    with writing() as tx:
        campaign, nomination = own(site_voter, nomination_id)
        if not nomination.is_pending:
            raise Lapsed
        publishing.touch(tx, campaign.id)
        queries.remove(nomination)


def remaining(campaign_id: int, voter: bytes) -> int:
    """How many more nominations a voter key may make in a campaign."""
    return SLOTS - len(_slots(campaign_id, voter))


def contact_of(nomination: Nomination) -> str:
    """The contact in a nomination, for its own nominator only, or empty."""
    if not nomination.contact:
        return ""
    return keys.open_field(nomination.contact, queries.bound_to(nomination))


def withdraw_undecided(site_voter: bytes) -> int:
    """Delete a person's undecided nominations and, in decided ones, what leads to the person.

    Returns how many were deleted.
    """
    ids = [nomination.id for _, nomination in mine(site_voter)]
    deleted = 0
    with writing() as tx:
        rows = db.session.scalars(select(Nomination).where(Nomination.id.in_(ids))).all()
        for nomination in rows:
            publishing.touch(tx, nomination.campaign_id)
            if nomination.is_pending:
                queries.remove(nomination)
                deleted += 1
            else:
                nomination.nominator, nomination.slot, nomination.contact = None, None, None
                nomination.evidence = ""
    return deleted


def _check_form(campaign: Campaign, voter: bytes, proposal: Proposal, now: datetime) -> None:
    """Raise what forbids the nomination; whoever has to consent learns of the fields as well."""
    check_open(campaign, now)
    faults = faults_of(campaign, proposal.fields)
    if proposal.picture and (refusal := refusal_of(proposal.picture)):
        faults["picture"] = _fault(refusal)
    if not (proposal.consents or has_consent(campaign, voter)):
        raise ConsentRequired(faults)
    queries.raise_faults(faults)


def _encoded(picture: bytes | None) -> Encoded | None:
    if not picture:
        return None
    try:
        return encode(picture)
    except BadPicture as refusal:
        raise InvalidNomination({"picture": _fault(refusal)}) from refusal


def _fault(refusal: BadPicture) -> Fault:
    return Fault("bad-picture", reason=refusal.reason, **refusal.detail)


def _keep(campaign: Campaign, voter: bytes, values: Mapping[str, str], now: datetime) -> Nomination:
    nomination = Nomination(
        campaign_id=campaign.id,
        nominator=voter,
        slot=_free_slot(campaign.id, voter),
        criteria={key: values[key] for key in criterion_keys(campaign) if values[key]},
        submitted_at=minute(now),
        **{key: values[key] for key in ("name", "category", "region", "reason", "evidence")},
    )
    db.session.add(nomination)
    db.session.flush()
    if values["contact"]:
        nomination.contact = keys.seal_field(values["contact"], queries.bound_to(nomination))
    return nomination


def _of(campaign_id: int, voter: bytes) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Nomination.campaign_id == campaign_id, Nomination.nominator == voter


def _voter_or_none(campaign_id: int, site_voter: bytes) -> bytes | None:
    """The voter key, or None if the campaign's pseudonym key is destroyed."""
    try:
        return voters.voter_key(campaign_id, site_voter)
    except keys.KeyMissing:
        return None


def _slots(campaign_id: int, voter: bytes) -> set[int | None]:
    return set(db.session.scalars(select(Nomination.slot).where(*_of(campaign_id, voter))))


def _free_slot(campaign_id: int, voter: bytes) -> int:
    free = set(range(1, SLOTS + 1)) - _slots(campaign_id, voter)
    if not free:
        raise LimitReached
    return min(free)

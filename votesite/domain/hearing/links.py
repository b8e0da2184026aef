"""Private links of nominated bodies, `/d/<token>`: made at the desk, shown once, kept hashed."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.candidates import listing
from votesite.domain.staff.roles import require_role
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db, load, load_in, writing
from votesite.models.campaigns import Campaign
from votesite.models.hearing import DossierLink

MAKERS = frozenset({"owner", "editor"})
LIFE = timedelta(days=30)
_TOKEN_BYTES = 16
_TOKEN_LENGTH = 22


class Made(NamedTuple):
    """A new link, with the only copy of its token."""

    no: int
    name: str
    token: str


def make(
    campaign_id: int, numbers: Sequence[int] | None, *, by: int, clock: Clock = now
) -> list[Made]:
    """Make a link for each of these candidates, or for all where `numbers` is None.

    A candidate's older links end at once. Raises Forbidden, InvalidFields.
    """
    with writing():
        now = clock()
        require_role(by, campaign_id, MAKERS)
        present = {
            one.no: one for one in listing.candidates_of(campaign_id) if not one.is_withdrawn
        }
        wanted = sorted(present) if numbers is None else sorted(set(numbers))
        if not wanted or not set(wanted) <= set(present):
            raise InvalidFields({"candidate": Fault("unknown-choice")})
        _end(campaign_id, wanted, now)
        made = [Made(no, present[no].name, secrets.token_urlsafe(_TOKEN_BYTES)) for no in wanted]
        db.session.add_all(_row(campaign_id, each, by, now) for each in made)
        named = " ".join(str(no) for no in wanted)
        audit.note(by, "make-links", "dossier_links", named[:60], (), campaign_id, now=now)
    return made


def revoke(campaign_id: int, link_id: int, *, by: int, clock: Clock = now) -> None:
    """End a link. Raises NotFound, Forbidden."""
    with writing():
        now = clock()
        require_role(by, campaign_id, MAKERS)
        link = load_in(DossierLink, link_id, campaign_id)
        link.revoked_at = link.revoked_at or minute(now)
        audit.note(by, "revoke-link", "dossier_links", link.no, (), campaign_id, now=now)


def links_of(campaign_id: int) -> list[DossierLink]:
    """A campaign's links, by candidate, the newest of each first."""
    query = select(DossierLink).where(DossierLink.campaign_id == campaign_id)
    return list(db.session.scalars(query.order_by(DossierLink.no, DossierLink.id.desc())))


def works(link: DossierLink, now: datetime) -> bool:
    """Whether a link leads to its page: neither revoked nor older than 30 days."""
    return link.revoked_at is None and minute(now) < link.expires_at


def opened(token: str, *, clock: Clock = now) -> DossierLink:
    """The link with this token, its first use noted; raises NotFound as `find` does."""
    link = find(token, now=clock())
    if link.seen_at is None:
        with writing():
            now = clock()
            link = find(token, now=now)
            link.seen_at = link.seen_at or minute(now)
    return link


def find(token: str, *, now: datetime) -> DossierLink:
    """The link with this token.

    Raises NotFound, alike for one that never was, is revoked, or is too old.
    """
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        raise NotFound
    query = select(DossierLink).where(DossierLink.token_hash == _hash(token))
    link = db.session.scalar(query)
    if link is None or not works(link, now) or not load(Campaign, link.campaign_id).is_published:
        raise NotFound
    return link


def _end(campaign_id: int, numbers: Sequence[int], now: datetime) -> None:
    query = select(DossierLink).where(
        DossierLink.campaign_id == campaign_id,
        DossierLink.no.in_(numbers),
        DossierLink.revoked_at.is_(None),
    )
    for link in db.session.scalars(query):
        link.revoked_at = minute(now)


def _row(campaign_id: int, made: Made, by: int, now: datetime) -> DossierLink:
    return DossierLink(
        campaign_id=campaign_id,
        no=made.no,
        token_hash=_hash(made.token),
        made_by=by,
        made_at=minute(now),
        expires_at=minute(now + LIFE),
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

"""Questions about nominations, and the steps that citizens' and staff's rules share."""

from typing import NamedTuple

from sqlalchemy import func, select

from votesite.domain.media import pictures
from votesite.errors import (
    Fault,
    InvalidNomination,
)
from votesite.extensions import db, load_in
from votesite.models.nominations import STATUSES, Nomination


class Counts(NamedTuple):
    """Nominations submitted and accepted, and the candidates that the accepted ones led to."""

    submitted: int
    accepted: int
    candidates: int


def counts(campaign_id: int) -> Counts:
    """How many nominations there are, and what became of them; several may share a candidate."""
    candidate = Nomination.candidate_id
    row = db.session.execute(
        select(func.count(), func.count(candidate), func.count(candidate.distinct())).where(
            Nomination.campaign_id == campaign_id
        )
    ).one()
    return Counts(*row)


def by_status(campaign_id: int) -> dict[str, int]:
    """How many nominations are in each status."""
    rows = db.session.execute(
        select(Nomination.status, func.count())
        .where(Nomination.campaign_id == campaign_id)
        .group_by(Nomination.status)
    )
    return dict.fromkeys(STATUSES, 0) | dict(rows.all())


def queue(campaign_id: int, status: str, limit: int = 200) -> list[Nomination]:
    """Nominations of one status: undecided ones oldest first, decided ones newest first."""
    order = Nomination.id if status == "pending" else Nomination.decided_at.desc()
    query = select(Nomination).where(
        Nomination.campaign_id == campaign_id, Nomination.status == status
    )
    return list(db.session.scalars(query.order_by(order, Nomination.id).limit(limit)))


def next_pending(campaign_id: int, after: int) -> Nomination | None:
    """The undecided nomination that follows number `after`; behind the last comes the first."""
    pending = select(Nomination).where(
        Nomination.campaign_id == campaign_id, Nomination.status == "pending"
    )
    order = (Nomination.id <= after, Nomination.id)
    return db.session.scalar(pending.order_by(*order).limit(1))


def find(campaign_id: int, nomination_id: int) -> Nomination:
    """Return a nomination of this campaign; raises NotFound, for those of others too."""
    return load_in(Nomination, nomination_id, campaign_id)


def decisive(nomination: Nomination) -> Nomination:
    """The nomination whose decision applies to this one: itself, or the one it was merged into."""
    return root_of(nomination) or nomination


def merged(nomination: Nomination) -> list[Nomination]:
    """The nominations that were merged into this one, oldest first."""
    query = select(Nomination).where(Nomination.merged_into == nomination.id)
    return list(db.session.scalars(query.order_by(Nomination.id)))


def raise_faults(faults: dict[str, Fault]) -> None:
    """Raise InvalidNomination if there is any fault."""
    if faults:
        raise InvalidNomination(faults)


def bound_to(nomination: Nomination) -> str:
    """What a sealed contact is bound to, so that it can be opened in its own row only."""
    return f"nominations|{nomination.id}|contact"


def root_of(nomination: Nomination | None) -> Nomination | None:
    """The nomination that a merged one leads to; merging into it means merging into that one."""
    if nomination is None or nomination.merged_into is None:
        return nomination
    return db.session.get(Nomination, nomination.merged_into)


def reopen(nomination: Nomination) -> None:
    """Make a decided nomination pending again; the caller commits."""
    nomination.status = "pending"
    nomination.reply = ""
    nomination.decided_at = nomination.decided_by = None
    nomination.candidate_id = nomination.merged_into = None
    nomination.made_candidate = False
    for follower in merged(nomination):
        follower.candidate_id = None


def remove(nomination: Nomination) -> None:
    """Delete a nomination; the first of those merged into it takes its place.

    The caller commits.
    """
    token = nomination.picture
    followers = merged(nomination)
    for follower in followers[1:]:
        follower.merged_into = followers[0].id
    if followers:
        reopen(followers[0])
    db.session.flush()
    db.session.delete(nomination)
    if token:
        db.session.flush()
        pictures.discard(token)

"""Reviewing nominations: staff accept, join, merge, reject, and take a decision back.

A nomination is accepted by becoming a candidate, by joining one, or together with another that it
was merged into. Nominators read a status and a reply; who they are and how to reach them stays
sealed, and no audit line repeats their words.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit, keys
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.media import pictures
from votesite.domain.nominations import queries
from votesite.domain.nominations.fields import clean, faults_of
from votesite.domain.texts import fold, required, tidy
from votesite.errors import (
    Fault,
    Frozen,
    InvalidFields,
    Lapsed,
    NotFound,
)
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination

MAX_REPLY = 500
TAKE_BACK = timedelta(minutes=10)


def accept(
    nomination_id: int,
    actor_id: int,
    *,
    name: str | None = None,
    category: str | None = None,
    clock: Clock = now,
) -> Candidate:
    """Make a nomination a candidate under the lowest free number; staff may correct its name.

    Raises Frozen once voting has begun, Lapsed for a nomination that is decided already.
    """
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        campaign = _campaign(nomination.campaign_id)
        if freeze.is_frozen(campaign, moment):
            raise Frozen
        standing = candidates_of(campaign.id)
        values = {"name": name or nomination.name, "category": category or nomination.category}
        queries.raise_faults(_candidate_faults(campaign, standing, values))
        candidate = _candidate_from(campaign, nomination, standing, clean(campaign, values))
        db.session.add(candidate)
        db.session.flush()
        if nomination.picture:
            pictures.reveal(nomination.picture)
        nomination.made_candidate = True
        _settle(nomination, candidate.id, actor_id, moment)
        audit.note(actor_id, "accept", *_line(nomination, "candidate_id"), now=moment)
        publishing.touch(tx, campaign.id, rules=True)
    return candidate


def join(nomination_id: int, candidate_id: int, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Accept a nomination for a candidate that exists already; possible at any time."""
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        candidate = db.session.get(Candidate, candidate_id)
        if candidate is None or candidate.campaign_id != nomination.campaign_id:
            raise InvalidFields({"candidate": Fault("unknown-choice")})
        _settle(nomination, candidate.id, actor_id, moment)
        audit.note(actor_id, "join", *_line(nomination, "candidate_id"), now=moment)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def merge(nomination_id: int, into_id: int, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Treat a nomination as one with another, whose decision will be its own."""
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        target = queries.root_of(db.session.get(Nomination, into_id))
        if (
            target is None
            or target.id == nomination.id
            or target.campaign_id != nomination.campaign_id
            or target.status == "rejected"
        ):
            raise InvalidFields({"nomination": Fault("unknown-choice")})
        for follower in queries.merged(nomination):
            follower.merged_into = target.id
            follower.candidate_id = target.candidate_id
        _decide(nomination, "merged", actor_id, moment)
        nomination.merged_into = target.id
        nomination.candidate_id = target.candidate_id
        audit.note(actor_id, "merge", *_line(nomination, "merged_into"), now=moment)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def reject(nomination_id: int, reason: str, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Turn a nomination down with a reason that its nominator reads."""
    reply = required("reason", tidy(reason), MAX_REPLY)
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        _decide(nomination, "rejected", actor_id, moment)
        nomination.reply = reply
        audit.note(actor_id, "reject", *_line(nomination, "reply"), now=moment)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def can_take_back(nomination: Nomination, now: datetime) -> bool:
    """Whether a decision is younger than ten minutes."""
    if nomination.decided_at is None:
        return False
    return now < parse_minute(nomination.decided_at) + TAKE_BACK


def take_back(nomination_id: int, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Undo a decision within ten minutes, or raise Lapsed; Frozen where its candidate is fixed."""
    with writing() as tx:
        moment = clock()
        nomination = load(Nomination, nomination_id)
        if not can_take_back(nomination, moment):
            raise Lapsed
        candidate_id = nomination.candidate_id if nomination.made_candidate else None
        if candidate_id is not None and freeze.is_frozen(_campaign(nomination.campaign_id), moment):
            raise Frozen
        queries.reopen(nomination)
        if candidate_id is not None:
            _remove_candidate(candidate_id, nomination)
        audit.note(actor_id, "reopen", *_line(nomination, "status"), now=moment)
        publishing.touch(tx, nomination.campaign_id, rules=candidate_id is not None)
    return nomination


def reveal_contact(nomination_id: int, actor_id: int, *, clock: Clock = now) -> str:
    """What the nominator left for being reached; each look is a line of the audit log."""
    with writing():
        nomination = load(Nomination, nomination_id)
        if nomination.contact is None:
            raise NotFound
        audit.note(actor_id, "look", *_line(nomination, "contact"), now=clock())
        return keys.open_field(nomination.contact, queries.bound_to(nomination))


def forget_contacts(campaign_id: int) -> int:
    """Destroy what is left of contacts in a campaign that is long over; gives how many."""
    with writing():
        rows = db.session.scalars(
            select(Nomination).where(
                Nomination.campaign_id == campaign_id, Nomination.contact.is_not(None)
            )
        ).all()
        for nomination in rows:
            nomination.contact = None
        return len(rows)


def _campaign(campaign_id: int) -> Campaign:
    campaign = db.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound
    return campaign


def _undecided(nomination_id: int) -> Nomination:
    nomination = load(Nomination, nomination_id)
    if not nomination.is_pending:
        raise Lapsed
    return nomination


def _candidate_faults(
    campaign: Campaign, standing: Sequence[Candidate], values: Mapping[str, str]
) -> dict[str, Fault]:
    """What keeps a name and category from becoming a candidate's."""
    asked = ("name", "category")
    found = faults_of(campaign, values)
    faults = {name: fault for name, fault in found.items() if name in asked}
    for candidate in standing:
        if "name" not in faults and fold(candidate.name) == fold(values["name"]):
            faults["name"] = Fault("already-candidate", name=candidate.name)
    return faults


def _candidate_from(
    campaign: Campaign,
    nomination: Nomination,
    standing: Sequence[Candidate],
    values: Mapping[str, str],
) -> Candidate:
    taken = {candidate.no for candidate in standing}
    return Candidate(
        campaign_id=campaign.id,
        no=next(no for no in range(1, 10_000) if no not in taken),
        name=values["name"],
        category=values["category"],
        region=nomination.region,
        summary=nomination.reason,
        dossier=dict(nomination.criteria),
        images=[nomination.picture] if nomination.picture else [],
    )


def _decide(nomination: Nomination, status: str, actor_id: int, moment: datetime) -> None:
    nomination.status = status
    nomination.decided_by = actor_id
    nomination.decided_at = minute(moment)


def _settle(nomination: Nomination, candidate_id: int, actor_id: int, moment: datetime) -> None:
    """Accept a nomination and all that were merged into it."""
    _decide(nomination, "accepted", actor_id, moment)
    nomination.candidate_id = candidate_id
    for follower in queries.merged(nomination):
        follower.candidate_id = candidate_id


def _remove_candidate(candidate_id: int, nomination: Nomination) -> None:
    """Take away the candidate a nomination made, unless others have joined it since."""
    db.session.flush()
    joined = db.session.scalar(select(func.count()).where(Nomination.candidate_id == candidate_id))
    if joined:
        raise Lapsed
    candidate = db.session.get(Candidate, candidate_id)
    if candidate is not None:
        db.session.delete(candidate)
    if nomination.picture:
        pictures.conceal(nomination.picture)


def _line(nomination: Nomination, field: str) -> tuple[str, int, tuple[str, ...], int]:
    """Where an audit line points: table, row, columns, campaign."""
    return "nominations", nomination.id, (field,), nomination.campaign_id

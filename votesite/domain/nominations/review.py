"""Reviewing nominations: staff accept, join, merge and reject them, and take decisions back.

A nomination is accepted by becoming a candidate, by joining one, or together with another that it
was merged into. Nominators see the status and a reply. Who they are and how to reach them stays
sealed, and no line of the audit log repeats their words.
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
TAKE_BACK_WITHIN = timedelta(minutes=10)


def accept(
    nomination_id: int,
    by: int,
    *,
    name: str | None = None,
    category: str | None = None,
    clock: Clock = now,
) -> Candidate:
    """Make a nomination a candidate with the lowest free number, and return the candidate.

    `name` and `category` are corrections by staff, None for none. Raises NotFound, Lapsed if the
    nomination is decided already, Frozen once the campaign is frozen, InvalidNomination, and
    PublishFaults where the campaign has as many as its questionnaires can ask about.
    """
    with writing() as tx:
        now = clock()
        nomination = _undecided(nomination_id)
        campaign = load(Campaign, nomination.campaign_id)
        if freeze.is_frozen(campaign, now):
            raise Frozen
        present = candidates_of(campaign.id)
        values = {"name": name or nomination.name, "category": category or nomination.category}
        queries.raise_faults(_candidate_faults(campaign, present, values))
        candidate = _candidate_from(campaign, nomination, present, clean(campaign, values))
        with publishing.staying_fit(campaign, now):
            db.session.add(candidate)
            db.session.flush()
        if nomination.picture:
            pictures.reveal(nomination.picture)
        nomination.made_candidate = True
        _settle(nomination, candidate.id, by, now)
        _note(by, "accept", nomination, "candidate_id", now)
        publishing.touch(tx, campaign.id, rules=True)
    return candidate


def join(nomination_id: int, candidate_id: int, by: int, *, clock: Clock = now) -> Nomination:
    """Accept a nomination for a candidate that exists already, at any time, and return it.

    Raises NotFound, Lapsed if it is decided already, InvalidFields for an unknown candidate.
    """
    with writing() as tx:
        now = clock()
        nomination = _undecided(nomination_id)
        candidate = db.session.get(Candidate, candidate_id)
        if candidate is None or candidate.campaign_id != nomination.campaign_id:
            raise InvalidFields({"candidate": Fault("unknown-choice")})
        _settle(nomination, candidate.id, by, now)
        _note(by, "join", nomination, "candidate_id", now)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def merge(nomination_id: int, into_id: int, by: int, *, clock: Clock = now) -> Nomination:
    """Treat a nomination as the same as another, whose decision will apply to it; return it.

    Raises NotFound, Lapsed if it is decided already, InvalidFields if `into_id` is itself, rejected
    or in no way a nomination of this campaign.
    """
    with writing() as tx:
        now = clock()
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
        _decide(nomination, "merged", by, now)
        nomination.merged_into = target.id
        nomination.candidate_id = target.candidate_id
        _note(by, "merge", nomination, "merged_into", now)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def reject(nomination_id: int, reason: str, by: int, *, clock: Clock = now) -> Nomination:
    """Turn a nomination down with a reason that its nominator reads, and return it.

    Raises InvalidFields for an empty or overlong reason, NotFound, Lapsed if it is decided already.
    """
    reply = required("reason", tidy(reason), MAX_REPLY)
    with writing() as tx:
        now = clock()
        nomination = _undecided(nomination_id)
        _decide(nomination, "rejected", by, now)
        nomination.reply = reply
        _note(by, "reject", nomination, "reply", now)
        publishing.touch(tx, nomination.campaign_id)
    return nomination


def can_take_back(nomination: Nomination, now: datetime) -> bool:
    """Whether a nomination was decided less than ten minutes ago."""
    if nomination.decided_at is None:
        return False
    return now < parse_minute(nomination.decided_at) + TAKE_BACK_WITHIN


def take_back(nomination_id: int, by: int, *, clock: Clock = now) -> Nomination:
    """Undo a decision within ten minutes, and return the nomination.

    Raises NotFound, Lapsed if it is too late or others have joined its candidate, Frozen if that
    candidate cannot be removed any more, and PublishFaults where too few would be left.
    """
    with writing() as tx:
        now = clock()
        nomination = load(Nomination, nomination_id)
        if not can_take_back(nomination, now):
            raise Lapsed
        campaign = load(Campaign, nomination.campaign_id)
        candidate_id = nomination.candidate_id if nomination.made_candidate else None
        if candidate_id is not None and freeze.is_frozen(campaign, now):
            raise Frozen
        queries.reopen(nomination)
        if candidate_id is not None:
            with publishing.staying_fit(campaign, now):
                _remove_candidate(candidate_id)
            if nomination.picture:
                pictures.conceal(nomination.picture)
        _note(by, "reopen", nomination, "status", now)
        publishing.touch(tx, nomination.campaign_id, rules=candidate_id is not None)
    return nomination


def reveal_contact(nomination_id: int, by: int, *, clock: Clock = now) -> str:
    """Return how to reach the nominator; each look adds a line to the audit log.

    Raises NotFound if there is no contact.
    """
    with writing():
        nomination = load(Nomination, nomination_id)
        if nomination.contact is None:
            raise NotFound
        _note(by, "look", nomination, "contact", clock())
        return keys.open_field(nomination.contact, queries.bound_to(nomination))


def _undecided(nomination_id: int) -> Nomination:
    nomination = load(Nomination, nomination_id)
    if not nomination.is_pending:
        raise Lapsed
    return nomination


def _candidate_faults(
    campaign: Campaign, present: Sequence[Candidate], values: Mapping[str, str]
) -> dict[str, Fault]:
    """What keeps a name and category from becoming a candidate's."""
    checked = faults_of(campaign, values)
    faults = {name: fault for name, fault in checked.items() if name in ("name", "category")}
    for candidate in present:
        if "name" not in faults and fold(candidate.name) == fold(values["name"]):
            faults["name"] = Fault("already-candidate", name=candidate.name)
    return faults


def _candidate_from(
    campaign: Campaign,
    nomination: Nomination,
    present: Sequence[Candidate],
    values: Mapping[str, str],
) -> Candidate:
    taken = {candidate.no for candidate in present}
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


def _decide(nomination: Nomination, status: str, by: int, now: datetime) -> None:
    nomination.status = status
    nomination.decided_by = by
    nomination.decided_at = minute(now)


def _settle(nomination: Nomination, candidate_id: int, by: int, now: datetime) -> None:
    """Accept a nomination and all that were merged into it."""
    _decide(nomination, "accepted", by, now)
    nomination.candidate_id = candidate_id
    for follower in queries.merged(nomination):
        follower.candidate_id = candidate_id


def _remove_candidate(candidate_id: int) -> None:
    """Delete the candidate that a nomination became; Lapsed if others have joined it since."""
    db.session.flush()
    others = db.session.scalar(select(func.count()).where(Nomination.candidate_id == candidate_id))
    if others:
        raise Lapsed
    candidate = db.session.get(Candidate, candidate_id)
    if candidate is not None:
        db.session.delete(candidate)


def _note(by: int, action: str, nomination: Nomination, field: str, now: datetime) -> None:
    """Add the audit log's line about a nomination."""
    audit.note(by, action, "nominations", nomination.id, (field,), nomination.campaign_id, now=now)

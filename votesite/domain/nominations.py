"""Nominations: citizens propose bodies, staff decide about them.

A nomination is accepted by becoming a candidate, by joining one, or together with another that it
was merged into. What the nominator reads about it is status and reply; who he is and how to reach
him stays sealed, and no audit line repeats his words.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit, campaigns, decisions, keys, media, voting
from votesite.domain.candidates import candidates_of
from votesite.domain.fields import tidy
from votesite.domain.media import Encoded
from votesite.domain.nomination_fields import (
    ALIKE,
    clean,
    criterion_keys,
    faults_of,
    fold,
    likeness,
)
from votesite.errors import (
    BadPicture,
    Closed,
    ConsentRequired,
    Fault,
    Frozen,
    InvalidFields,
    InvalidNomination,
    Lapsed,
    LimitReached,
    NotFound,
)
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.nominations import SLOTS, STATUSES, Nomination

PHASE = "nomination"
REPLY_LONGEST = 500
TAKE_BACK = timedelta(minutes=10)


@dataclass(frozen=True)
class Proposal:
    """What a citizen posts: `voter` is the site voter, `picture` an uploaded file's bytes."""

    campaign_id: int
    voter: bytes
    fields: Mapping[str, str]
    picture: bytes | None = None
    consents: bool = False


@dataclass(frozen=True)
class Similar:
    """A candidate or another nomination that may be the same body."""

    name: str
    candidate: Candidate | None = None
    nomination: Nomination | None = None
    is_same: bool = False


def nominate(proposal: Proposal, *, clock: Clock = now) -> Nomination:
    """Keep a nomination, or raise what forbids it; a refusal stores nothing."""
    campaign = _campaign(proposal.campaign_id)
    voter = voting.voter_key(campaign.id, proposal.voter)
    # Asked here for the sake of the picture, which takes long to decode, and again under the lock.
    _check_admitted(campaign, voter, proposal.consents, clock())
    picture, faults = _encoded(proposal.picture)
    _raise_faults({**faults_of(campaign, proposal.fields), **faults})
    values = clean(campaign, proposal.fields)
    if values["contact"]:
        keys.seal_field("", "nominations")  # makes the field key, which the lock would not let us
    with writing() as tx:
        moment = clock()
        campaign = _campaign(proposal.campaign_id)
        campaigns.touch(tx, campaign.id)
        _check_admitted(campaign, voter, proposal.consents, moment)
        _raise_faults(faults_of(campaign, proposal.fields))
        nomination = _keep(campaign, voter, values, moment)
        if picture:
            nomination.picture = media.store_picture(campaign.id, picture, public=False)
        voting.give_consent(tx, campaign, voter, moment)
    return nomination


def check_open(campaign: Campaign, now: datetime) -> None:
    """Raise Closed unless the campaign takes nominations now."""
    if not campaign.is_published:
        raise NotFound
    if campaign.paused:
        raise Closed(reason=campaign.paused)
    if campaign.is_open(PHASE, now):
        return
    window = campaign.window(PHASE)
    raise Closed(window[0] if window and now < window[0] else None)


def mine(site_voter: bytes) -> list[tuple[Campaign, Nomination]]:
    """A site voter's nominations in every campaign whose keys still exist, newest first."""
    found = []
    for campaign in campaigns.published():
        voter = _voter_or_none(campaign.id, site_voter)
        if voter is not None:
            rows = db.session.scalars(select(Nomination).where(*_of(campaign.id, voter)))
            found += [(campaign, nomination) for nomination in rows]
    return sorted(found, key=lambda pair: (pair[1].submitted_at, pair[1].id), reverse=True)


def remaining(campaign_id: int, voter: bytes) -> int:
    """How many more nominations a voter key may make in a campaign."""
    return SLOTS - len(_slots(campaign_id, voter))


def counts(campaign_id: int) -> tuple[int, int]:
    """How many nominations came, and how many stand behind a candidate."""
    row = db.session.execute(
        select(func.count(), func.count(Nomination.candidate_id)).where(
            Nomination.campaign_id == campaign_id
        )
    ).one()
    return row[0], row[1]


def by_status(campaign_id: int) -> dict[str, int]:
    """How many nominations are in each status."""
    rows = db.session.execute(
        select(Nomination.status, func.count())
        .where(Nomination.campaign_id == campaign_id)
        .group_by(Nomination.status)
    )
    return dict.fromkeys(STATUSES, 0) | {row[0]: row[1] for row in rows}


def queue(campaign_id: int, status: str, limit: int = 200) -> list[Nomination]:
    """Nominations of one status: those that wait, oldest first; those decided, newest first."""
    order = Nomination.id if status == "pending" else Nomination.decided_at.desc()
    query = select(Nomination).where(
        Nomination.campaign_id == campaign_id, Nomination.status == status
    )
    return list(db.session.scalars(query.order_by(order, Nomination.id).limit(limit)))


def find(campaign_id: int, nomination_id: int) -> Nomination:
    """A nomination of this campaign; raises NotFound."""
    nomination = db.session.get(Nomination, nomination_id)
    if nomination is None or nomination.campaign_id != campaign_id:
        raise NotFound
    return nomination


def decisive(nomination: Nomination) -> Nomination:
    """The nomination whose decision holds for this one: itself, or the one it was merged into."""
    return _root(nomination) or nomination


def merged(nomination: Nomination) -> list[Nomination]:
    """The nominations that were merged into this one."""
    query = select(Nomination).where(Nomination.merged_into == nomination.id)
    return list(db.session.scalars(query.order_by(Nomination.id)))


def similar(nomination: Nomination, limit: int = 6) -> list[Similar]:
    """Candidates and undecided or accepted nominations with a name alike, the most alike first."""
    found = [Similar(row.name, candidate=row) for row in candidates_of(nomination.campaign_id)]
    others = select(Nomination).where(
        Nomination.campaign_id == nomination.campaign_id,
        Nomination.id != nomination.id,
        Nomination.status == "pending",
    )
    found += [Similar(row.name, nomination=row) for row in db.session.scalars(others)]
    name = fold(nomination.name)
    scored = [(likeness(name, fold(one.name)), one) for one in found]
    alike = sorted(
        (pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: pair[0], reverse=True
    )
    return [
        Similar(one.name, one.candidate, one.nomination, is_same=score == 1)
        for score, one in alike[:limit]
    ]


def doubles(campaign_id: int, waiting: Sequence[Nomination]) -> frozenset[int]:
    """Which of these nominations name the same body as another of them or as a candidate."""
    times = Counter(fold(nomination.name) for nomination in waiting)
    times.update(fold(candidate.name) for candidate in candidates_of(campaign_id))
    return frozenset(found.id for found in waiting if times[fold(found.name)] > 1)


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
        if decisions.is_frozen(campaign, moment):
            raise Frozen
        standing = candidates_of(campaign.id)
        values = {"name": name or nomination.name, "category": category or nomination.category}
        _raise_faults(_candidate_faults(campaign, standing, values))
        candidate = _candidate_from(campaign, nomination, standing, clean(campaign, values))
        db.session.add(candidate)
        db.session.flush()
        if nomination.picture:
            media.reveal(nomination.picture)
        nomination.made_candidate = True
        _settle(nomination, candidate.id, actor_id, moment)
        audit.note(actor_id, "accept", *_line(nomination, "candidate_id"), now=moment)
        campaigns.touch(tx, campaign.id, rules=True)
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
        campaigns.touch(tx, nomination.campaign_id)
    return nomination


def merge(nomination_id: int, into_id: int, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Treat a nomination as one with another, whose decision will be its own."""
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        target = _root(db.session.get(Nomination, into_id))
        if (
            target is None
            or target.id == nomination.id
            or target.campaign_id != nomination.campaign_id
            or target.status == "rejected"
        ):
            raise InvalidFields({"nomination": Fault("unknown-choice")})
        for follower in merged(nomination):
            follower.merged_into = target.id
            follower.candidate_id = target.candidate_id
        _decide(nomination, "merged", actor_id, moment)
        nomination.merged_into = target.id
        nomination.candidate_id = target.candidate_id
        audit.note(actor_id, "merge", *_line(nomination, "merged_into"), now=moment)
        campaigns.touch(tx, nomination.campaign_id)
    return nomination


def reject(nomination_id: int, reason: str, actor_id: int, *, clock: Clock = now) -> Nomination:
    """Turn a nomination down with a reason that its nominator reads."""
    reply = tidy(reason)
    if not reply:
        raise InvalidFields({"reason": Fault("missing")})
    if len(reply) > REPLY_LONGEST:
        over = len(reply) - REPLY_LONGEST
        raise InvalidFields({"reason": Fault("too-long", max=REPLY_LONGEST, n=over)})
    with writing() as tx:
        moment = clock()
        nomination = _undecided(nomination_id)
        _decide(nomination, "rejected", actor_id, moment)
        nomination.reply = reply
        audit.note(actor_id, "reject", *_line(nomination, "reply"), now=moment)
        campaigns.touch(tx, nomination.campaign_id)
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
        nomination = _present(nomination_id)
        if not can_take_back(nomination, moment):
            raise Lapsed
        candidate_id = nomination.candidate_id if nomination.made_candidate else None
        if candidate_id is not None and decisions.is_frozen(
            _campaign(nomination.campaign_id), moment
        ):
            raise Frozen
        _reopen(nomination)
        if candidate_id is not None:
            _remove_candidate(candidate_id, nomination)
        audit.note(actor_id, "reopen", *_line(nomination, "status"), now=moment)
        campaigns.touch(tx, nomination.campaign_id, rules=candidate_id is not None)
    return nomination


def reveal_contact(nomination_id: int, actor_id: int, *, clock: Clock = now) -> str:
    """What the nominator left for being reached; each look is a line of the audit log."""
    with writing():
        nomination = _present(nomination_id)
        if nomination.contact is None:
            raise NotFound
        audit.note(actor_id, "look", *_line(nomination, "contact"), now=clock())
        return keys.open_field(nomination.contact, _bound_to(nomination))


def contact_of(own: Nomination) -> str:
    """The contact in one's own nomination, for nobody else; empty where there is none."""
    return keys.open_field(own.contact, _bound_to(own)) if own.contact else ""


def withdraw_undecided(site_voter: bytes) -> int:
    """Remove a person's undecided nominations and, from decided ones, what leads to the person.

    Gives how many were removed.
    """
    ids = [nomination.id for _, nomination in mine(site_voter)]
    removed = 0
    with writing() as tx:
        rows = db.session.scalars(select(Nomination).where(Nomination.id.in_(ids))).all()
        for nomination in rows:
            campaigns.touch(tx, nomination.campaign_id)
            if nomination.is_pending:
                _remove(nomination)
                removed += 1
            else:
                nomination.nominator, nomination.slot, nomination.contact = None, None, None
                nomination.evidence = ""
    return removed


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


def _check_admitted(campaign: Campaign, voter: bytes, consents: bool, now: datetime) -> None:
    check_open(campaign, now)
    if not (consents or voting.has_consent(campaign, voter)):
        raise ConsentRequired


def _encoded(picture: bytes | None) -> tuple[Encoded | None, dict[str, Fault]]:
    if not picture:
        return None, {}
    try:
        return media.encode(picture), {}
    except BadPicture as refusal:
        return None, {"picture": Fault("bad-picture", reason=refusal.reason)}


def _keep(
    campaign: Campaign, voter: bytes, values: Mapping[str, str], moment: datetime
) -> Nomination:
    nomination = Nomination(
        campaign_id=campaign.id,
        nominator=voter,
        slot=_free_slot(campaign.id, voter),
        criteria={key: values[key] for key in criterion_keys(campaign) if values[key]},
        submitted_at=minute(moment),
        **{key: values[key] for key in ("name", "category", "region", "reason", "evidence")},
    )
    db.session.add(nomination)
    db.session.flush()
    if values["contact"]:
        nomination.contact = keys.seal_field(values["contact"], _bound_to(nomination))
    return nomination


def _raise_faults(faults: dict[str, Fault]) -> None:
    if faults:
        raise InvalidNomination(faults)


def _of(campaign_id: int, voter: bytes) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Nomination.campaign_id == campaign_id, Nomination.nominator == voter


def _voter_or_none(campaign_id: int, site_voter: bytes) -> bytes | None:
    """The voter key, or None where the campaign's pseudonym key is destroyed."""
    try:
        return voting.voter_key(campaign_id, site_voter)
    except keys.KeyMissing:
        return None


def _slots(campaign_id: int, voter: bytes) -> set[int | None]:
    return set(db.session.scalars(select(Nomination.slot).where(*_of(campaign_id, voter))))


def _free_slot(campaign_id: int, voter: bytes) -> int:
    free = set(range(1, SLOTS + 1)) - _slots(campaign_id, voter)
    if not free:
        raise LimitReached
    return min(free)


def _bound_to(nomination: Nomination) -> str:
    return f"nominations|{nomination.id}|contact"


def _present(nomination_id: int) -> Nomination:
    nomination = db.session.get(Nomination, nomination_id)
    if nomination is None:
        raise NotFound
    return nomination


def _undecided(nomination_id: int) -> Nomination:
    nomination = _present(nomination_id)
    if not nomination.is_pending:
        raise Lapsed
    return nomination


def _root(nomination: Nomination | None) -> Nomination | None:
    """Where a merged nomination leads; merging into it means merging into that one."""
    if nomination is None or nomination.merged_into is None:
        return nomination
    return db.session.get(Nomination, nomination.merged_into)


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
    for follower in merged(nomination):
        follower.candidate_id = candidate_id


def _reopen(nomination: Nomination) -> None:
    nomination.status = "pending"
    nomination.reply = ""
    nomination.decided_at = nomination.decided_by = None
    nomination.candidate_id = nomination.merged_into = None
    nomination.made_candidate = False
    for follower in merged(nomination):
        follower.candidate_id = None


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
        media.conceal(nomination.picture)


def _remove(nomination: Nomination) -> None:
    """Delete a nomination; those merged into it go on under the first of them."""
    token = nomination.picture
    followers = merged(nomination)
    for follower in followers[1:]:
        follower.merged_into = followers[0].id
    if followers:
        _reopen(followers[0])
    db.session.flush()
    db.session.delete(nomination)
    if token:
        db.session.flush()
        media.discard(token)


def _line(nomination: Nomination, field: str) -> tuple[str, int, tuple[str, ...], int]:
    """Where an audit line points: table, row, columns, campaign."""
    return "nominations", nomination.id, (field,), nomination.campaign_id

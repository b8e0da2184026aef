"""Candidates' dossiers as staff edit them: texts and pictures always, names until the freeze."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.candidates.fields import MAX_NUMBER, Dossier
from votesite.domain.media import pictures
from votesite.domain.media.encoding import encode
from votesite.domain.schemas import read
from votesite.errors import Fault, Frozen, InvalidFields, NotFound
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination
from votesite.store import Transaction

MAX_PICTURES = 12
FROZEN_FIELDS = frozenset({"no", "name", "category"})


def add(campaign_id: int, fields: Mapping[str, Any], *, by: int, clock: Clock = now) -> Candidate:
    """Add a candidate while names and numbers may still change; `no` None takes the lowest free.

    Raises InvalidFields, Frozen.
    """
    with writing() as tx:
        now = clock()
        campaign = _changeable(campaign_id, now)
        candidate = Candidate(campaign_id=campaign_id)
        _set(campaign, candidate, fields)
        db.session.add(candidate)
        db.session.flush()
        publishing.touch(tx, campaign_id, rules=True)
        audit.note(by, "add", "candidates", candidate.id, ["no", "name"], campaign_id, now=now)
    return candidate


def edit(candidate_id: int, fields: Mapping[str, Any], *, by: int, clock: Clock = now) -> Candidate:
    """Change fields of a dossier; the page then says when.

    Raises InvalidFields, PublishFaults, Frozen.
    """
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        campaign = load(Campaign, candidate.campaign_id)
        changed = {key: value for key, value in fields.items() if value != getattr(candidate, key)}
        if FROZEN_FIELDS & set(changed) and freeze.is_frozen(campaign, now):
            raise Frozen
        if not changed:
            return candidate
        with publishing.staying_fit(campaign, now):
            _set(campaign, candidate, {**_all(candidate), **changed})
        _mark_updated(tx, candidate, sorted(changed), by, now)
    return candidate


def remove(candidate_id: int, *, by: int, clock: Clock = now) -> None:
    """Take a candidate off the list before the freeze; afterwards one withdraws.

    Raises Frozen; InvalidFields where a nomination has led to it; PublishFaults where a published
    campaign would have too few.
    """
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        campaign_id = candidate.campaign_id
        campaign = _changeable(campaign_id, now)
        if db.session.scalar(select(Nomination.id).where(Nomination.candidate_id == candidate_id)):
            raise InvalidFields({"candidate": Fault("nominated")})
        with publishing.staying_fit(campaign, now):
            db.session.delete(candidate)
        for token in candidate.images:
            pictures.discard(token)
        publishing.touch(tx, campaign_id, rules=True)
        audit.note(by, "remove", "candidates", candidate_id, campaign_id=campaign_id, now=now)


def add_picture(
    candidate_id: int, data: bytes, source_name: str, *, by: int, clock: Clock = now
) -> str:
    """Show one more picture; gives its token. Raises BadPicture, InvalidFields for too many."""
    encoded = encode(data)
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        if len(candidate.images) >= MAX_PICTURES:
            raise InvalidFields({"picture": Fault("too-many", max=MAX_PICTURES)})
        token = pictures.store_picture(
            candidate.campaign_id, encoded, alt=candidate.name, source_name=source_name
        )
        candidate.images = [*candidate.images, token]
        _mark_updated(tx, candidate, ["images"], by, now)
    return token


def remove_picture(candidate_id: int, token: str, *, by: int, clock: Clock = now) -> None:
    """Show a picture no longer. Raises NotFound."""
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        if token not in candidate.images:
            raise NotFound
        candidate.images = [kept for kept in candidate.images if kept != token]
        pictures.discard(token)
        _mark_updated(tx, candidate, ["images"], by, now)


def by_id(candidate_id: int) -> Candidate:
    """A candidate; raises NotFound."""
    return load(Candidate, candidate_id)


def _changeable(campaign_id: int, now: datetime) -> Campaign:
    campaign = load(Campaign, campaign_id)
    if freeze.is_frozen(campaign, now):
        raise Frozen
    return campaign


def _mark_updated(
    tx: Transaction, candidate: Candidate, fields: list[str], by: int, now: datetime
) -> None:
    candidate.updated_at = minute(now)
    names = bool(FROZEN_FIELDS & set(fields))
    publishing.touch(tx, candidate.campaign_id, rules=names)
    audit.note(by, "edit", "candidates", candidate.id, fields, candidate.campaign_id, now=now)


def _all(candidate: Candidate) -> Mapping[str, Any]:
    return {key: getattr(candidate, key) for key in ("no", *Dossier.model_fields)}


def _set(campaign: Campaign, candidate: Candidate, fields: Mapping[str, Any]) -> None:
    """Check every field and set them all, or raise InvalidFields with all faults."""
    texts = {key: fields.get(key, "") for key in Dossier.model_fields}
    chapters = fields.get("dossier", {})
    keys = [criterion["key"] for criterion in campaign.criteria]
    reading = read(Dossier, texts | {"dossier": {key: chapters.get(key, "") for key in keys}})
    faults = reading.faults
    no = _number(campaign, candidate, fields.get("no"), faults)
    dossier = reading.value
    if dossier.name and _is_taken(campaign.id, candidate.id, dossier.name):
        faults["name"] = Fault("taken")
    if dossier.category not in campaign.category_names:
        faults["category"] = Fault("unknown-choice")
    if faults:
        raise InvalidFields(faults)
    for key, value in dossier.model_dump().items():
        setattr(candidate, key, value)
    candidate.no = no
    candidate.dossier = {key: text for key, text in dossier.dossier.items() if text}


def _number(
    campaign: Campaign, candidate: Candidate, given: int | None, faults: dict[str, Fault]
) -> int:
    others = listing.candidates_of(campaign.id)
    used = {other.no for other in others if other.id != candidate.id}
    if given is None:
        return next(no for no in range(1, MAX_NUMBER + 2) if no not in used)
    if not 1 <= given <= MAX_NUMBER:
        faults["no"] = Fault("invalid")
    elif given in used:
        faults["no"] = Fault("taken")
    return given


def _is_taken(campaign_id: int, candidate_id: int | None, name: str) -> bool:
    query = select(Candidate.id).where(Candidate.campaign_id == campaign_id, Candidate.name == name)
    found = db.session.scalar(query)
    return found is not None and found != candidate_id

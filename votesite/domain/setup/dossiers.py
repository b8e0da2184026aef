"""Candidates' dossiers as staff edit them: texts and pictures always, names until the freeze."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite import clock as times
from votesite.clock import Clock, minute
from votesite.domain import audit
from votesite.domain.campaigns import freeze, presets, publishing
from votesite.domain.candidates import listing
from votesite.domain.media import pictures
from votesite.domain.media.encoding import encode
from votesite.domain.texts import BadText, clean
from votesite.errors import Fault, Frozen, InvalidFields, NotFound
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination
from votesite.store import Transaction

LIMITS = {"name": 60, "region": 60, "slogan": 200}
MAX_TEXT = 20_000
MAX_NUMBER = 9999
MAX_PICTURES = 12
FROZEN_FIELDS = frozenset({"no", "name", "category"})


def add(
    campaign_id: int, fields: Mapping[str, Any], *, by: int, clock: Clock = times.now
) -> Candidate:
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


def edit(
    candidate_id: int, fields: Mapping[str, Any], *, by: int, clock: Clock = times.now
) -> Candidate:
    """Change fields of a dossier; the page then says when. Raises InvalidFields, Frozen."""
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        campaign = _campaign(candidate.campaign_id)
        changed = {key: value for key, value in fields.items() if value != getattr(candidate, key)}
        if FROZEN_FIELDS & set(changed) and freeze.is_frozen(campaign, now):
            raise Frozen
        if not changed:
            return candidate
        _set(campaign, candidate, {**_all(candidate), **changed})
        _mark_updated(tx, candidate, sorted(changed), by, now)
    return candidate


def remove(candidate_id: int, *, by: int, clock: Clock = times.now) -> None:
    """Take a candidate off the list before the freeze; afterwards one withdraws.

    Raises Frozen; InvalidFields where a nomination has led to it.
    """
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        campaign_id = candidate.campaign_id
        _changeable(campaign_id, now)
        if db.session.scalar(select(Nomination.id).where(Nomination.candidate_id == candidate_id)):
            raise InvalidFields({"candidate": Fault("nominated")})
        for token in candidate.images:
            pictures.discard(token)
        db.session.delete(candidate)
        publishing.touch(tx, campaign_id, rules=True)
        audit.note(by, "remove", "candidates", candidate_id, campaign_id=campaign_id, now=now)


def add_picture(
    candidate_id: int, data: bytes, source_name: str, *, by: int, clock: Clock = times.now
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


def remove_picture(candidate_id: int, token: str, *, by: int, clock: Clock = times.now) -> None:
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
    found = db.session.get(Candidate, candidate_id)
    if found is None:
        raise NotFound
    return found


def _campaign(campaign_id: int) -> Campaign:
    found = db.session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound
    return found


def _changeable(campaign_id: int, now: datetime) -> Campaign:
    campaign = _campaign(campaign_id)
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


def _all(candidate: Candidate) -> dict[str, Any]:
    keys = ("no", "name", "category", "level", "region", "slogan", "summary")
    return {key: getattr(candidate, key) for key in keys} | {"dossier": candidate.dossier}


def _set(campaign: Campaign, candidate: Candidate, fields: Mapping[str, Any]) -> None:
    """Check every field and set them all, or raise InvalidFields with all faults."""
    faults: dict[str, Fault] = {}
    no = _number(campaign, candidate, fields.get("no"), faults)
    name = _text(fields, "name", faults, required=True)
    if name and _is_taken(campaign.id, candidate.id, name):
        faults["name"] = Fault("taken")
    for key, known in (("category", campaign.category_names), ("level", ["", *presets.LEVELS])):
        if fields.get(key, "") not in known:
            faults[key] = Fault("unknown-choice")
    texts = {key: _text(fields, key, faults) for key in ("region", "slogan", "summary")}
    dossier = {
        criterion["key"]: _text(fields.get("dossier", {}), criterion["key"], faults)
        for criterion in campaign.criteria
    }
    if faults:
        raise InvalidFields(faults)
    candidate.no, candidate.name = no, name
    candidate.category, candidate.level = fields["category"], fields.get("level", "")
    candidate.region, candidate.slogan, candidate.summary = texts.values()
    candidate.dossier = {key: text for key, text in dossier.items() if text}


def _text(
    fields: Mapping[str, Any], key: str, faults: dict[str, Fault], *, required: bool = False
) -> str:
    limit = LIMITS.get(key, MAX_TEXT)
    raw = str(fields.get(key, ""))
    try:
        text = clean(raw, lines=key not in LIMITS)
    except BadText:
        faults[key] = Fault("control-characters")
        return ""
    if len(text) > limit:
        faults[key] = Fault("too-long", max=limit, n=len(text) - limit)
    elif required and not text:
        faults[key] = Fault("missing")
    return text


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

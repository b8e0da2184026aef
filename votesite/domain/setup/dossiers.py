"""Candidates' dossiers as staff edit them: texts and pictures always, names until the freeze."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, edits
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing, versions
from votesite.domain.candidates.fields import MAX_CANDIDATES, MAX_NUMBER, Dossier, Profile
from votesite.domain.media import pictures
from votesite.domain.media.encoding import SIZES, Encoded, encode
from votesite.domain.schemas import Tree, read
from votesite.domain.texts import BadText, clean, fold
from votesite.errors import BadPicture, Fault, Frozen, InvalidFields
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate, Medium
from votesite.models.nominations import Nomination
from votesite.store import Transaction

MAX_PICTURES = 12
MIN_SIDE = 200  # pixels
FROZEN_FIELDS = frozenset({"no", "name", "category", "region"})  # entry 0 commits to them


@dataclass(frozen=True)
class PictureEdits:
    """What an editor does with a candidate's pictures, named by their tokens.

    `added` has content and name of each new file. A picture is moved by `move`: its token, and how
    many places towards the end. What somebody else has taken down meanwhile is down already.
    """

    added: Sequence[tuple[bytes, str]] = ()
    removed: str = ""
    move: tuple[str, int] = ("", 0)


UNCHANGED = PictureEdits()


def add(
    campaign_id: int,
    fields: Mapping[str, Any],
    *,
    edited: PictureEdits = UNCHANGED,
    by: int,
    clock: Clock = now,
) -> Candidate:
    """Add a candidate while names and numbers may still change; `no` None takes the lowest free.

    Raises InvalidFields, BadPicture, Frozen; PublishFaults where a published campaign has as many
    as its questionnaires can ask about.
    """
    encoded, bad = _encoded(edited)
    with writing() as tx:
        now = clock()
        campaign = _changeable(campaign_id, now)
        if listing.how_many(campaign_id) >= MAX_CANDIDATES:
            raise InvalidFields({"name": Fault("too-many-candidates", n=MAX_CANDIDATES)})
        candidate = Candidate(campaign_id=campaign_id, images=[])
        with publishing.staying_fit(campaign, now):
            with _besides(bad):
                _set(campaign, candidate, fields)
            _arrange(candidate, edited, encoded)
            db.session.add(candidate)
            db.session.flush()
        publishing.touch(tx, campaign_id, rules=True)
        audit.note(by, "add", "candidates", candidate.id, ["no", "name"], campaign_id, now=now)
    return candidate


def edit(
    candidate_id: int,
    fields: Mapping[str, Any],
    *,
    edited: PictureEdits = UNCHANGED,
    by: int,
    seen: str = "",
    clock: Clock = now,
) -> Candidate:
    """Change fields of a dossier, `captions` and pictures; the page then says when.

    Once names are frozen, what was changed is public, with the former text.

    `seen` are the marks of the form that was filled in. Raises Conflict where somebody else has
    changed the same since; InvalidFields, BadPicture, PublishFaults, Frozen.
    """
    encoded, bad = _encoded(edited)
    with writing() as tx:
        now = clock()
        candidate = by_id(candidate_id)
        campaign = load(Campaign, candidate.campaign_id)
        before = versions.shown(candidate)
        given = dict(edits.merged(_of_present(candidate, fields), _standing(candidate), seen))
        with _besides(bad):
            names = _caption(given.pop("captions", {}))
            changed = _changed(candidate, given)
            if FROZEN_FIELDS & set(changed) and freeze.is_frozen(campaign, now):
                raise Frozen
            if changed:
                with publishing.staying_fit(campaign, now):
                    _set(campaign, candidate, {**_all(candidate), **changed})
        names += [*changed, *_arrange(candidate, edited, encoded)]
        if freeze.is_frozen(campaign, now):
            versions.keep(candidate, before, now)
        if names:
            _mark_updated(tx, candidate, sorted(set(names)), by, now)
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


def by_id(candidate_id: int) -> Candidate:
    """A candidate; raises NotFound."""
    return load(Candidate, candidate_id)


def values_of(campaign: Campaign, candidate: Candidate) -> Tree:
    """What the form of a dossier is made of: its fields, a text for each criterion, captions."""
    keys = [criterion["key"] for criterion in campaign.criteria]
    standing = _standing(candidate)
    return {**standing, "dossier": {key: candidate.dossier.get(key, "") for key in keys}}


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


def _all(candidate: Candidate) -> Tree:
    return {key: getattr(candidate, key) for key in ("no", *Dossier.model_fields)}


def _standing(candidate: Candidate) -> Tree:
    media = [db.session.get(Medium, token) for token in candidate.images]
    return {**_all(candidate), "captions": {row.token: row.alt for row in media if row}}


def _of_present(candidate: Candidate, fields: Mapping[str, Any]) -> Tree:
    """Fields without the captions of pictures that are not shown any more."""
    captions = fields.get("captions", {})
    kept = {token: text for token, text in captions.items() if token in candidate.images}
    return {**fields, "captions": kept}


def _changed(candidate: Candidate, given: Mapping[str, Any]) -> Tree:
    """What differs from what stands. Texts of criteria that nobody names any more stay."""
    had = _all(candidate)
    changed = {key: value for key, value in given.items() if value != had[key]}
    if "dossier" in changed and _texts({**had["dossier"], **given["dossier"]}) == had["dossier"]:
        del changed["dossier"]
    return changed


def _texts(chapters: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in chapters.items() if text}


def _caption(captions: Mapping[str, str]) -> list[str]:
    """Give pictures their captions; returns the name of what has changed. Raises InvalidFields."""
    faults, names = {}, []
    for token, text in captions.items():
        medium = load(Medium, token)
        try:
            caption = clean(text, limit=pictures.MAX_ALT)
        except BadText as bad:
            faults[f"alt-{token}"] = Fault(bad.code, **bad.detail)
            continue
        if medium.alt != caption:
            medium.alt = caption
            names = ["captions"]
    if faults:
        raise InvalidFields(faults)
    return names


def _encoded(edited: PictureEdits) -> tuple[list[Encoded], BadPicture | None]:
    """The new pictures, encoded before anybody waits for the lock, and the first that will not do.

    Raises Busy.
    """
    encoded = []
    for data, name in edited.added:
        try:
            encoded.append(_large_enough(encode(data)))
        except BadPicture as bad:
            bad.file = name
            return [], bad
    return encoded, None


@contextmanager
def _besides(bad: BadPicture | None) -> Iterator[None]:
    """Refuse a picture together with the fields that are faulty, so that all is said at once."""
    try:
        yield
    except InvalidFields as refusal:
        if bad is None:
            raise
        fault = Fault("bad-picture", reason=bad.reason, file=bad.file, **bad.detail)
        raise InvalidFields({**refusal.fields, "pictures": fault}) from bad
    if bad:
        raise bad


def _large_enough(picture: Encoded) -> Encoded:
    """A picture that can be shown. Raises BadPicture."""
    short = min(picture.width, picture.height)
    if short < MIN_SIDE and picture.width < int(SIZES[0]):  # else it was made to fit this width
        raise BadPicture("too-small", width=picture.width, height=picture.height, limit=MIN_SIDE)
    return picture


def _arrange(candidate: Candidate, edited: PictureEdits, encoded: Sequence[Encoded]) -> list[str]:
    """Take down, move and add pictures; returns the name of what has changed."""
    images = [token for token in candidate.images if token != edited.removed]
    if len(images) + len(encoded) > MAX_PICTURES:
        raise InvalidFields({"pictures": Fault("too-many", max=MAX_PICTURES)})
    token, places = edited.move
    if token in images:
        at = images.index(token)
        images.insert(max(at + places, 0), images.pop(at))
    if len(images) < len(candidate.images):
        pictures.discard(edited.removed)
    for picture, (_data, name) in zip(encoded, edited.added, strict=True):
        kept = pictures.store_picture(
            candidate.campaign_id, picture, alt=candidate.name, source_name=name
        )
        images.append(kept)
    if images == candidate.images:
        return []
    candidate.images = images
    return ["images"]


def _set(campaign: Campaign, candidate: Candidate, fields: Mapping[str, Any]) -> None:
    """Check every field and set them all, or raise InvalidFields with all faults.

    What stands is not read anew: a name that is frozen stays to the letter, whatever rules have
    come since.
    """
    texts = {key: fields.get(key, "") for key in Dossier.model_fields}
    standing = {key for key in Profile.model_fields if texts[key] == getattr(candidate, key)}
    chapters = fields.get("dossier", {})
    keys = [criterion["key"] for criterion in campaign.criteria]
    reading = read(Dossier, texts | {"dossier": {key: chapters.get(key, "") for key in keys}})
    faults = {key: fault for key, fault in reading.faults.items() if key not in standing}
    no = _number(campaign, candidate, fields.get("no"), faults)
    dossier = reading.value
    is_new = bool(dossier.name) and dossier.name != candidate.name
    if is_new and _is_taken(campaign.id, candidate.id, dossier.name):
        faults["name"] = Fault("taken")
    category = candidate.category if "category" in standing else dossier.category
    if category not in campaign.category_names:
        faults["category"] = Fault("unknown-choice")
    if faults:
        raise InvalidFields(faults)
    had = candidate.dossier  # with texts of criteria that nobody names any more
    for key in Dossier.model_fields.keys() - standing:
        setattr(candidate, key, getattr(dossier, key))
    candidate.no = no
    candidate.dossier = _texts({**(had or {}), **dossier.dossier})


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
    """Whether another candidate has this name, or one that reads alike."""
    return any(
        fold(other.name) == fold(name) or other.name == name
        for other in listing.candidates_of(campaign_id)
        if other.id != candidate_id
    )

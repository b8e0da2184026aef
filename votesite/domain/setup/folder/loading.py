"""Loading a campaign folder: a new draft, or a draft brought to what the folder says."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from votesite.clock import Clock, minute, now
from votesite.domain import audit, keys
from votesite.domain.campaigns import freeze, promises, publishing
from votesite.domain.campaigns.listing import find
from votesite.domain.candidates import listing
from votesite.domain.candidates.fields import MAX_NUMBER
from votesite.domain.media import pictures
from votesite.domain.schemas import Problem
from votesite.domain.setup.folder.bodies import Body
from votesite.domain.setup.folder.faults import Faults, FolderFault, FolderFaults
from votesite.domain.setup.folder.reading import (
    CSV,
    TOML,
    FileReference,
    FolderContent,
    check_pictures,
    encode_pictures,
    note_picture,
    publishing_faults,
    read_folder,
    roster_faults,
)
from votesite.domain.setup.folder.settings import KEYS, CampaignSettings
from votesite.domain.surveys.listing import store_from_folder
from votesite.domain.voting import roster
from votesite.errors import BadPicture
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate, Medium
from votesite.models.ledger import LogHead
from votesite.store import Transaction


@dataclass(frozen=True)
class Loaded:
    """What loading did. `codes` are (label, code) of new roster entries: nobody sees them again."""

    campaign: Campaign
    candidates: int
    is_new: bool
    codes: list[tuple[str, str]] = field(default_factory=list)


def check_folder(folder: Path, *, clock: Clock = now) -> FolderContent:
    """Read a folder as if to publish it; raises FolderFaults with every fault. Stores nothing."""
    faults = Faults()
    content = read_folder(folder, faults)
    check_pictures(content, faults)
    publishing_faults(content.settings, clock(), faults)
    roster_faults(content, faults)
    faults.raise_any()
    return content


def load_folder(folder: Path, *, publish: bool = False, clock: Clock = now) -> Loaded:
    """Make a folder's campaign, or bring its draft to what the folder says.

    Raises FolderFaults with every fault, also when the campaign of that slug is frozen; then
    nothing is stored.
    """
    faults = Faults()
    content = read_folder(folder, faults)
    settings = content.settings
    standing = find(settings.slug) if settings else None
    if standing is not None:
        _note_frozen(standing, clock(), faults)
    if publish or (standing is not None and standing.is_published):
        publishing_faults(settings, clock(), faults)
        roster_faults(content, faults)
    if settings is None or faults.found:
        check_pictures(content, faults)
        faults.raise_any()
    if settings is None:  # its absence is a fault, so this is never reached
        raise AssertionError
    with ExitStack() as undo:
        files = _write_files(content, faults, undo)
        faults.raise_any()
        loaded = _store(content, settings, files, publish=publish, clock=clock)
        undo.pop_all()
    return loaded


class _Files:
    """The files written so far, by the place that mentions them; `undo` removes them again."""

    def __init__(self, undo: ExitStack) -> None:
        self._undo = undo
        self.kept: dict[FileReference, pictures.StoredFile] = {}

    def add(self, kept: pictures.StoredFile, mentions: Iterable[FileReference]) -> None:
        for number, mention in enumerate(mentions):
            self.kept[mention] = kept if number == 0 else pictures.duplicate(kept)
            self._undo.callback(pictures.remove_files, self.kept[mention].token)

    def tokens(self, mentions: Iterable[FileReference]) -> list[str]:
        return [self.kept[mention].token for mention in mentions]


def _write_files(content: FolderContent, faults: Faults, undo: ExitStack) -> _Files:
    """Encode and write every file, before the write lock is held."""
    files = _Files(undo)
    for mentions, outcome in encode_pictures(content):
        if isinstance(outcome, BadPicture):
            note_picture(mentions, outcome, faults)
        elif not faults.found:
            files.add(pictures.write_picture(outcome), dict.fromkeys(mentions))
    if not faults.found:
        for mention in dict.fromkeys(content.mentions):
            if mention.is_video:
                files.add(pictures.write_video(mention.path), [mention])
    return files


def _store(
    content: FolderContent,
    settings: CampaignSettings,
    files: _Files,
    *,
    publish: bool,
    clock: Clock,
) -> Loaded:
    with writing() as tx:
        now = clock()
        campaign, is_new = _campaign(tx, settings, now)
        _fill(campaign, settings)
        before = _media_of(campaign.id)
        _use_files(content, campaign, files)
        _bring_candidates(campaign.id, content, files)
        if publish and site().settings.mode == "production":
            _refuse_few_signers(tx, campaign, now)
        if publish or campaign.is_published:
            publishing.make_public(campaign, now)
        store_from_folder(campaign, content.surveys)
        codes = _roster(campaign, content.roster)
        gone = _unused(campaign, before)
        publishing.touch(tx, campaign.id, rules=True)
        audit.note(None, "load", "campaigns", campaign.id, [], campaign.id, now=now)
    for token in gone:
        pictures.remove_files(token)
    return Loaded(campaign, len(content.bodies), is_new, codes)


def _refuse_few_signers(tx: Transaction, campaign: Campaign, now: datetime) -> None:
    """Begin no real vote about which nothing could be decided any more."""
    faults = Faults()
    for key, fault in promises.signer_faults(tx, campaign, now).items():
        faults.note(TOML, [Problem((key,), fault.code, fault.detail)])
    faults.raise_any()


def _campaign(tx: Transaction, settings: CampaignSettings, now: datetime) -> tuple[Campaign, bool]:
    campaign = find(settings.slug)
    if campaign is not None:
        faults = Faults()
        _note_frozen(campaign, now, faults)
        faults.raise_any()
        return campaign, False
    campaign = Campaign(slug=settings.slug, created_at=minute(now))
    _fill(campaign, settings)
    db.session.add(campaign)
    db.session.flush()
    db.session.add(LogHead(campaign_id=campaign.id))
    db.session.flush()
    keys.new_campaign_keys(tx, campaign.id, clock=lambda: now)
    return campaign, True


def _note_frozen(campaign: Campaign, now: datetime, faults: Faults) -> None:
    head = db.session.get_one(LogHead, campaign.id)
    if head.size > 0 or freeze.is_frozen(campaign, now):
        faults.note(TOML, [Problem(("slug",), "frozen", value=campaign.slug)])


def _fill(campaign: Campaign, settings: CampaignSettings) -> None:
    for name in KEYS:
        if name not in ("slug", "cover"):
            setattr(campaign, name, getattr(settings, name))


def _media_of(campaign_id: int) -> set[str]:
    """What the campaign and its candidates show before they are brought to the folder."""
    shown = {campaign.cover for campaign in [db.session.get_one(Campaign, campaign_id)]}
    for candidate in listing.candidates_of(campaign_id):
        shown |= {*candidate.images, candidate.video}
    return shown - {""}


def _use_files(content: FolderContent, campaign: Campaign, files: _Files) -> None:
    for mention, kept in files.kept.items():
        pictures.record(campaign.id, kept, source_name=mention.name)
    cover = files.tokens(mention for mention in content.mentions if mention.key == "cover")
    campaign.cover = cover[0] if cover else ""


def _bring_candidates(campaign_id: int, content: FolderContent, files: _Files) -> None:
    """Make the candidates those of the folder: by name the same, by number renamed, else new."""
    standing = listing.candidates_of(campaign_id)
    by_name = {candidate.name: candidate for candidate in standing}
    kept = {body.name: by_name.pop(body.name) for body in content.bodies if body.name in by_name}
    by_no = {candidate.no: candidate for candidate in by_name.values()}
    for body in content.bodies:
        if body.name not in kept and body.no in by_no:
            kept[body.name] = by_no.pop(body.no)
    for candidate in by_no.values():
        db.session.delete(candidate)
    try:
        db.session.flush()
    except IntegrityError as error:
        fault = FolderFault(CSV, 0, "leaves out a candidate that nominations have joined")
        raise FolderFaults([fault]) from error
    _clear_numbers(kept, content.bodies)
    for body in content.bodies:
        candidate = kept.get(body.name) or Candidate(campaign_id=campaign_id)
        _describe(candidate, body, content, files)
        db.session.add(candidate)
    db.session.flush()


def _clear_numbers(kept: dict[str, Candidate], bodies: list[Body]) -> None:
    """Move changing numbers out of the way, so that two candidates can trade theirs."""
    used = {body.no for body in bodies} | {candidate.no for candidate in kept.values()}
    free = (number for number in range(MAX_NUMBER, 0, -1) if number not in used)
    for body in bodies:
        candidate = kept.get(body.name)
        if candidate is not None and candidate.no != body.no:
            candidate.no = next(free, candidate.no)
    db.session.flush()


def _describe(candidate: Candidate, body: Body, content: FolderContent, files: _Files) -> None:
    for name in ("no", "name", "category", "level", "region", "slogan", "summary", "dossier"):
        setattr(candidate, name, getattr(body, name))
    of_row = content.mentions_of(body.row)
    candidate.images = files.tokens(mention for mention in of_row if not mention.is_video)
    video = files.tokens(mention for mention in of_row if mention.is_video)
    candidate.video = video[0] if video else ""


def _roster(campaign: Campaign, labels: list[str]) -> list[tuple[str, str]]:
    if campaign.ballot["eligibility"] != "roster":
        return []
    return roster.store(campaign.id, labels)


def _unused(campaign: Campaign, before: set[str]) -> list[str]:
    """Forget the rows of files that were shown before and are no more; gives their tokens."""
    gone = sorted(before - _media_of(campaign.id))
    for medium in db.session.scalars(select(Medium).where(Medium.token.in_(gone))):
        db.session.delete(medium)
    return gone

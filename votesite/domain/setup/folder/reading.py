"""Reading a campaign folder: all of its files, all of their faults, nothing stored."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from votesite.domain.media.encoding import MAX_BYTES, Encoded, check, encode
from votesite.domain.media.pictures import is_mp4
from votesite.domain.schemas import Problem
from votesite.domain.setup.folder.bodies import Body, check_counts, read_bodies
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.questionnaires import read_surveys
from votesite.domain.setup.folder.rosters import read_labels
from votesite.domain.setup.folder.settings import CampaignSettings, read_settings
from votesite.domain.setup.folder.tables import Table, read_csv, read_xlsx
from votesite.domain.setup.folder.toml import read_toml
from votesite.domain.texts import composed, quoted
from votesite.errors import BadPicture
from votesite.models.surveys import Questionnaire

TOML, CSV, XLSX, ROSTER = "campaign.toml", "candidates.csv", "candidates.xlsx", "roster.csv"
AT_ONCE = 2

_REASONS = {
    "too-large": "has more than 20 MB",
    "too-many-pixels": "has more than {million} million pixels",
    "too-long": "has a side of more than {limit} pixels",
    "too-narrow": "is more than {limit} times as long as wide",
    "too-costly": "takes too much time or memory to decode",
}
T = TypeVar("T")


@dataclass(frozen=True)
class FileReference:
    """A file of `media/` that the folder mentions: where, under which key or column, its path."""

    file: str
    row: int
    key: str
    name: str
    path: Path

    @property
    def is_video(self) -> bool:
        """Whether it is a video rather than a picture."""
        return self.key == "video"


@dataclass
class FolderContent:
    """What a folder says. It can be trusted only where its faults are empty."""

    folder: Path
    settings: CampaignSettings | None = None
    bodies: list[Body] = field(default_factory=list)
    roster: list[str] = field(default_factory=list)
    surveys: list[Questionnaire] = field(default_factory=list)
    mentions: list[FileReference] = field(default_factory=list)

    def mentions_of(self, row: int) -> list[FileReference]:
        """The files that one row of the candidates mentions, in its order."""
        return self._by_row.get(row, [])

    @cached_property
    def media(self) -> dict[str, Path]:
        """What lies in `media/`, by its composed name: some systems write names decomposed."""
        base = self.folder / "media"
        names = ((composed(path.relative_to(base).as_posix()), path) for path in base.rglob("*"))
        return dict(sorted(names, reverse=True))

    @cached_property
    def _by_row(self) -> dict[int, list[FileReference]]:
        found: dict[int, list[FileReference]] = {}
        for mention in self.mentions:
            if mention.file != TOML:
                found.setdefault(mention.row, []).append(mention)
        return found

    @property
    def pictures(self) -> dict[Path, list[FileReference]]:
        """Every picture once, with the places that mention it."""
        found: dict[Path, list[FileReference]] = {}
        for mention in self.mentions:
            if not mention.is_video:
                found.setdefault(mention.path, []).append(mention)
        return found


def read_folder(folder: Path, faults: Faults) -> FolderContent:
    """Read every file of a folder and note its faults; pictures are found, not yet decoded."""
    content = FolderContent(folder)
    if not folder.is_dir():
        faults.add(str(folder), "there is no such folder")
        return content
    tree = read_toml(folder / TOML, TOML, faults)
    content.settings = None if tree is None else read_settings(tree, TOML, faults)
    _read_candidates(content, faults)
    if _exists(folder / ROSTER):
        table = read_csv(folder / ROSTER, ROSTER, faults)
        content.roster = read_labels(table, ROSTER, faults) if table else []
    content.surveys = read_surveys(folder / "surveys", len(content.bodies), faults)
    return content


def check_pictures(content: FolderContent, faults: Faults) -> None:
    """Decode every picture that is mentioned, and note those that are none."""
    for mentions, outcome in _each(content, check):
        if isinstance(outcome, BadPicture):
            note_picture(mentions, outcome, faults)


def encode_pictures(
    content: FolderContent,
) -> Iterator[tuple[list[FileReference], Encoded | BadPicture]]:
    """Every picture once, encoded anew, or why it cannot be."""
    return _each(content, encode)


def note_picture(mentions: Iterable[FileReference], reason: BadPicture, faults: Faults) -> None:
    """Note a picture that cannot be taken, at each place that mentions it."""
    limit = reason.detail.get("limit", 0)
    text = _REASONS.get(reason.reason, "cannot be decoded as PNG, JPEG or WebP")
    text = text.format(limit=limit, million=limit // 1_000_000)
    for mention in mentions:
        _note(mention.file, mention.row, mention.key, mention.name, text, faults)


def publishing_faults(settings: CampaignSettings | None, now: datetime, faults: Faults) -> None:
    """Note what keeps a folder without other faults from being published now."""
    if settings is None:
        return
    noted = {fault.key for fault in faults.found if fault.file == TOML}
    if not settings.fee_free and "fee_free" not in noted:
        faults.note(TOML, [Problem(("fee_free",), "must-be-true")])
    ends = settings.voting_ends
    if ends is not None and ends <= now:
        faults.note(TOML, [Problem(("schedule", "voting"), "over")])


def roster_faults(content: FolderContent, faults: Faults) -> None:
    """Note that nobody is on the roster of a folder that is to be published."""
    settings = content.settings
    is_noted = any(fault.file == ROSTER for fault in faults.found)
    if settings and settings.ballot["eligibility"] == "roster" and not (content.roster or is_noted):
        faults.add(ROSTER, "names nobody: with eligibility roster nobody could vote")


def _read_candidates(content: FolderContent, faults: Faults) -> None:
    folder, settings = content.folder, content.settings
    file, table = _candidate_table(folder, faults)
    if settings and settings.cover:
        _find_medium(content, TOML, 0, "cover", settings.cover, faults)
    if table is None:
        return
    content.bodies = read_bodies(table, file, settings, faults)
    if settings and content.bodies:
        faults.note(TOML, check_counts(settings, table, content.bodies))
    for body in content.bodies:
        for name in body.images or []:
            _find_medium(content, file, body.row, "image", name, faults)
        if body.video:
            _find_medium(content, file, body.row, "video", body.video, faults)


def _candidate_table(folder: Path, faults: Faults) -> tuple[str, Table | None]:
    has_csv, has_xlsx = _exists(folder / CSV), _exists(folder / XLSX)
    if has_csv and has_xlsx:
        faults.add(CSV, "there is candidates.xlsx as well: keep one of the two")
        return CSV, read_csv(folder / CSV, CSV, faults)
    if has_xlsx:
        return XLSX, read_xlsx(folder / XLSX, XLSX, faults)
    if not has_csv:
        faults.add(CSV, "there is neither this nor candidates.xlsx: no candidates")
        return CSV, None
    return CSV, read_csv(folder / CSV, CSV, faults)


def _find_medium(
    content: FolderContent, file: str, row: int, key: str, name: str, faults: Faults
) -> None:
    base = content.folder / "media"
    plain = posixpath.normpath(name.removeprefix("media/"))
    path = content.media.get(composed(plain), base)
    try:
        is_inside = not plain.startswith(("/", "..")) and path.resolve().is_relative_to(
            base.resolve()
        )
        is_there = path.is_file()
    except (OSError, RuntimeError):  # links in a circle
        is_inside, is_there = True, False
    if not is_inside:
        _note(file, row, key, name, "leaves media/", faults)
    elif not is_there:
        _note(file, row, key, name, "is not there", faults)
    elif key == "video" and not _is_mp4(path):
        _note(file, row, key, name, "has no ftyp box: it is no mp4", faults)
    else:
        content.mentions.append(FileReference(file, row, key, name, path.resolve()))


def _leads_out(plain: str) -> bool:
    """Whether a path without detours begins above the folder that it is seen from."""
    return plain == ".." or plain.startswith(("/", "../"))


def _note(file: str, row: int, key: str, name: str, text: str, faults: Faults) -> None:
    faults.add(file, f"{quoted(name)} {text}", row=row, key=key)


def _is_mp4(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return is_mp4(stream)
    except OSError:
        return False


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _each(
    content: FolderContent, work: Callable[[bytes], T]
) -> Iterator[tuple[list[FileReference], T | BadPicture]]:
    """What comes of every picture, in the order of the mentions; two are worked on at a time."""
    pictures = content.pictures
    with ThreadPoolExecutor(AT_ONCE) as threads:
        outcomes = threads.map(partial(_taken, work), pictures)
        yield from zip(pictures.values(), outcomes, strict=True)


def _taken(work: Callable[[bytes], T], path: Path) -> T | BadPicture:
    try:
        if path.stat().st_size > MAX_BYTES:
            return BadPicture("too-large")
        return work(path.read_bytes())
    except BadPicture as reason:
        return reason
    except OSError:
        return BadPicture("damaged")

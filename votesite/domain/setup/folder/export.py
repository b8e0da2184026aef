"""Writing a campaign as a folder that loads to the same campaign."""

import csv
import filecmp
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from votesite.domain.candidates import listing
from votesite.domain.media import pictures
from votesite.domain.setup.folder.faults import FolderFault, FolderFaults
from votesite.domain.setup.folder.reading import CSV, ROSTER, TOML
from votesite.domain.setup.folder.settings import CRITERIA
from votesite.domain.spreadsheets import safe_text
from votesite.domain.surveys.listing import folder_form
from votesite.domain.voting import roster
from votesite.extensions import db
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.models.candidates import Candidate, Medium

TEXTS = ("slug", "title", "theme", "wording", "purpose", "colour")
ORGANISERS = ("host", "undertaker", "supervisor", "phone", "supervision_phone", "email")
QUESTION = ("id", "type", "text", "options", "required", "per_candidate", "show_if", "best")

_UNFIT = re.compile(r'[;；\\/:*?"<>|\x00-\x1f\x7f]')
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def export_folder(campaign: Campaign, folder: Path) -> None:
    """Write the campaign's folder; raises FolderFaults where there is something already."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FolderFaults([FolderFault(str(folder), 0, "is not empty")])
    except OSError as error:
        raise FolderFaults([FolderFault(str(folder), 0, "is no folder to write to")]) from error
    files = _Media(folder / "media")
    bodies = listing.candidates_of(campaign.id)
    _write_candidates(campaign, bodies, files, folder / CSV)
    _write(folder / TOML, _campaign_lines(campaign, files))
    if campaign.ballot.get("eligibility") == "roster":
        _write_rows(
            folder / ROSTER, ["label"], ([label] for label in roster.labels_of(campaign.id))
        )
    for survey in folder_form(campaign.id):
        (folder / "surveys").mkdir(exist_ok=True)
        _write(folder / "surveys" / f"{survey['id']}.toml", _survey_lines(survey))


class _Media:
    """The exported files, under the names they came with where that is possible."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, token: str) -> str:
        """Copy a picture or video and give its name in `media/`."""
        medium = db.session.get(Medium, token)
        source = self._source(token, medium)
        if medium is None or not source.is_file():
            return ""
        stem = _UNFIT.sub("_", PurePosixPath(medium.source_name).stem).strip(" .") or token[:12]
        self._folder.mkdir(exist_ok=True)
        for name in _names(stem, source.suffix):
            target = self._folder / name
            if not target.exists():
                shutil.copyfile(source, target)
                return name
            if filecmp.cmp(source, target, shallow=False):
                return name
        return ""

    def _source(self, token: str, medium: Medium | None) -> Path:
        if medium is not None and medium.kind == "video":
            return pictures.video_path(token)
        webp = pictures.picture_path(token, "1080", "webp")
        if webp.is_file():
            with Image.open(webp) as picture:
                if picture.mode == "RGBA":  # JPEG would lose what shines through
                    return webp
        return pictures.picture_path(token, "1080", "jpeg")


def _names(stem: str, suffix: str) -> Iterator[str]:
    yield stem + suffix
    yield from (f"{stem}-{number}{suffix}" for number in range(2, 10_000))


def _write_candidates(
    campaign: Campaign, bodies: list[Candidate], files: _Media, path: Path
) -> None:
    own = {key for body in bodies for key in body.dossier}
    own |= {criterion["key"] for criterion in campaign.criteria}
    criteria = [*CRITERIA, *sorted(own - {*CRITERIA})]
    first = ["no", "name", "category", "level", "region", "slogan", "summary"]
    rows = (
        [
            *(str(getattr(body, column)) for column in first),
            *(body.dossier.get(key, "") for key in criteria),
            ";".join(name for token in body.images if (name := files.add(token))),
            files.add(body.video) if body.video else "",
        ]
        for body in bodies
    )
    _write_rows(path, [*first, *criteria, "image", "video"], rows)


def _write_rows(path: Path, header: list[str], rows: Iterator[list[str]]) -> None:
    """A CSV file that spreadsheets open as UTF-8 and take no cell of for a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        writer.writerows([safe_text(cell) for cell in row] for row in rows)


def _write(path: Path, lines: Iterator[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _campaign_lines(campaign: Campaign, files: _Media) -> Iterator[str]:
    for key in TEXTS:
        yield _line(key, getattr(campaign, key))
    cover = files.add(campaign.cover) if campaign.cover else ""
    if cover:
        yield _line("cover", f"media/{cover}")
    for key in ("fee_free", "results", "recount", "signed"):
        yield _line(key, getattr(campaign, key))
    yield from _table("approval", campaign.approval)
    yield from _table("organisers", campaign.organisers, ORGANISERS)
    windows = {
        phase: [edge[:16].replace("T", " ") for edge in campaign.schedule[phase]]
        for phase in SCHEDULED
        if phase in campaign.schedule
    }
    yield from _table("schedule", windows)
    yield from _table("ballot", campaign.ballot)
    for name in ("categories", "criteria"):
        for row in getattr(campaign, name):
            yield from _table(name, row, array=True)
    for name in ("weights", "electorate", "audit"):
        yield from _table(name, getattr(campaign, name))
    for rule in campaign.void_rules:
        yield from _table("void_rules", rule, array=True)


def _survey_lines(survey: Mapping[str, Any]) -> Iterator[str]:
    for key in ("id", "title", "audience", "phase", "anonymous"):
        yield _line(key, survey[key])
    for question in survey["questions"]:
        yield from _table("questions", question, QUESTION, array=True)


def _table(
    name: str, values: Mapping[str, Any], keys: tuple[str, ...] = (), *, array: bool = False
) -> Iterator[str]:
    yield ""
    yield f"[[{name}]]" if array else f"[{name}]"
    for key in keys or values:
        if values.get(key) is not None:
            yield _line(key, values[key])


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _value(value: Any) -> str:
    """A value in TOML. JSON's strings are TOML's, for texts without control characters."""
    if isinstance(value, str) and "\n" in value:
        body = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"""\n{body}"""'
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_line(key, item) for key, item in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)

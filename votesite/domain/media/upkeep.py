"""Tidying the media folders: delete what uploads left behind, report what is missing."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from votesite.clock import Clock, now
from votesite.domain.media import pictures
from votesite.domain.media.encoding import SIZES
from votesite.extensions import db, site
from votesite.models.candidates import Medium

UPLOAD_GRACE = timedelta(days=1)  # a file whose row is still to be written is younger than this


@dataclass(frozen=True)
class TidyReport:
    """How many files without a row were removed, and the tokens of rows whose files are missing."""

    removed: int
    missing: list[str]


def tidy(*, clock: Clock = now) -> TidyReport:
    """Remove drafts and files that belong to no row, and report rows that have lost their files."""
    before = (clock() - UPLOAD_GRACE).timestamp()
    rows = {row.token: row for row in db.session.scalars(select(Medium))}
    removed = 0
    for path in _files():
        if path.name[:32] not in rows and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            removed += 1
    return TidyReport(removed, sorted(token for token, row in rows.items() if not _is_there(row)))


def _files() -> list[Path]:
    instance = site().settings.instance
    folders = (instance / "media", instance / "media-private")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def _is_there(row: Medium) -> bool:
    if row.kind == "video":
        return pictures.video_path(row.token).exists()
    return all(
        pictures.picture_path(row.token, size, kind).exists()
        for size in SIZES
        for kind in pictures.SUFFIXES
    )

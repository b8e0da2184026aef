"""Backups: one file with database, pictures and a manifest, made while the site runs.

A backup never holds the master key, nor `high-water`: what is put back is compared with it.
"""

import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import IO

from votesite import files
from votesite.clock import Clock, minute, now
from votesite.domain.ledger import merkle
from votesite.extensions import db, site

MANIFEST = "manifest.json"
DATABASE = "votesite.db"
FOLDERS = ("media", "media-private")
FORMAT = 1  # of the manifest

_LEDGERS = (
    "SELECT c.slug, h.size, h.frontier FROM log_heads h JOIN campaigns c ON c.id = h.campaign_id"
    " WHERE h.size > 0 ORDER BY c.slug"
)


class BackupError(Exception):
    """Why a backup cannot be made or put back, in words for the operator."""


def back_up(folder: Path, *, clock: Clock = now) -> Path:
    """Write a backup into a folder, which the site may run through; returns its file.

    Raises BackupError where there is no database file.
    """
    source = database_path()
    now = clock()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"votesite-{now:%Y%m%d-%H%M%S}.tar.gz"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / DATABASE
        _copy_database(source, copy)
        members = {DATABASE: copy, **_media()}
        manifest = _manifest(members, copy, now)
        with files.written(target) as file:
            _write(file, manifest, members)
    return target


def _write(file: IO[bytes], manifest: bytes, members: dict[str, Path]) -> None:
    """Write the archive, manifest first."""
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
        _put(archive, MANIFEST, io.BytesIO(manifest), len(manifest))
        for name, path in members.items():
            with path.open("rb") as content:
                _put(archive, name, content, path.stat().st_size)


def database_path() -> Path:
    """Returns the database's file; raises BackupError for a server, which has its own backups."""
    if db.engine.dialect.name != "sqlite" or not db.engine.url.database:
        raise BackupError("this site's database is a server's: back it up with pg_dump")
    return Path(db.engine.url.database)


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_database(source: Path, copy: Path) -> None:
    """Copy a consistent state through SQLite itself, including its write-ahead log."""
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as target:
        live.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    copy.chmod(0o600)


def _media() -> dict[str, Path]:
    """Returns every finished file of the media folders, by its name in the backup."""
    instance = site().settings.instance
    return {
        path.relative_to(instance).as_posix(): path
        for folder in FOLDERS
        for path in sorted((instance / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _manifest(members: dict[str, Path], copy: Path, now: datetime) -> bytes:
    with closing(sqlite3.connect(copy)) as database:
        ledgers = [
            {"slug": slug, "size": size, "root": merkle.Frontier(size, frontier).root().hex()}
            for slug, size, frontier in database.execute(_LEDGERS)
        ]
    manifest = {
        "format": FORMAT,
        "made_at": minute(now),
        "site": site().settings.host,
        "ledgers": ledgers,
        "files": {
            name: {"size": path.stat().st_size, "sha256": digest(path)}
            for name, path in members.items()
        },
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def _put(archive: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, content)

"""Backups: one file with database, pictures and a manifest, made while the site runs; and back.

A backup never holds the master key, nor `high-water`: what is put back is compared with it.
"""

import base64
import binascii
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.campaigns import publishing
from votesite.domain.ledger import entries, high_water, merkle, signed_notes
from votesite.domain.ledger.terms import disagrees, forget_terms
from votesite.extensions import db, site, writing
from votesite.keys import Unreadable
from votesite.store import Statement

MANIFEST = "manifest.json"
DATABASE = "votesite.db"
FOLDERS = ("media", "media-private")
REMADE = "archives"  # made from the ledgers at need
FORMAT = 1

_SIGNING = Statement(
    "SELECT wrapped FROM wrapped_keys WHERE purpose = 'signing' AND campaign_id = :campaign_id"
)
_LEDGERS = (
    "SELECT c.slug, h.size, h.frontier FROM log_heads h JOIN campaigns c ON c.id = h.campaign_id"
    " WHERE h.size > 0 ORDER BY c.slug"
)


class BackupError(Exception):
    """Why a backup cannot be made or put back, in words for the operator."""


@dataclass(frozen=True)
class Comparison:
    """How a campaign's ledger stands to what was published of it."""

    slug: str
    size: int
    known: int
    agrees: bool


def back_up(folder: Path, *, clock: Clock = now) -> Path:
    """Write a backup into a folder and give its file; the site may run meanwhile."""
    source = _database_path()
    moment = clock()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"votesite-{moment:%Y%m%d-%H%M%S}.tar.gz"
    draft = target.with_name(f".{target.name}")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        copy = Path(scratch) / DATABASE
        _copy_database(source, copy)
        files = {DATABASE: copy, **_media()}
        manifest = _manifest(files, copy, moment)
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w+b") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                _put(archive, MANIFEST, io.BytesIO(manifest), len(manifest))
                for name, path in files.items():
                    with path.open("rb") as content:
                        _put(archive, name, content, path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
    draft.replace(target)
    return target


def put_back(archive: Path, *, clock: Clock = now) -> Path | None:
    """Put a backup in the place of the site's data; gives the folder that the old data went to.

    Raises Unfit for a damaged file, and while the site is still running.
    """
    place = _database_path()
    instance = site().settings.instance
    with tempfile.TemporaryDirectory(dir=instance) as scratch:
        fresh = Path(scratch)
        _unpack(archive, fresh)
        _check_database(fresh / DATABASE)
        _let_go()
        _stand_alone(place)
        old = _move_away(instance, place, clock())
        for name in FOLDERS:
            if (fresh / name).is_dir():
                (fresh / name).replace(instance / name)
        (fresh / DATABASE).replace(place)
    forget_terms()
    return old


def show_note(note: str) -> str:
    """Keep a checkpoint's note that somebody has kept: the ledger has to lead to it from now on.

    Gives its campaign's slug; raises Unfit for a text that none of the campaign's keys has signed.
    """
    lines = note.split("\n")
    if len(lines) < 5 or not lines[1].isdecimal():
        raise BackupError("this is not a checkpoint's note")
    slug = lines[0].rpartition("/c/")[2]
    campaign = publishing.find(slug)
    if campaign is None:
        raise BackupError(f"the backup has no campaign {slug}: it is older than the note")
    if not _is_signed(note, lines[0], campaign.id):
        raise BackupError(f"the note is not signed by a key of {slug}")
    high_water.note(slug, int(lines[1]), base64.b64decode(lines[2]), high_water.SEEN)
    return slug


def compare() -> list[Comparison]:
    """How every ledger stands to what was published of it."""
    found = []
    for campaign in publishing.published():
        trees = high_water.marks(campaign.slug).trees()
        with site().store.reading() as tx:
            size = entries.size_of(tx, campaign.id)
        known = max((size for size, _ in trees), default=0)
        agrees = not disagrees(campaign.id, campaign.slug)
        found.append(Comparison(campaign.slug, size, known, agrees))
    return found


def note_restore(*, clock: Clock = now) -> None:
    """Tell the audit log that a backup was put back."""
    with writing():
        audit.note(None, "restore-backup", "database", DATABASE, now=clock())


def _database_path() -> Path:
    """The database's file; Unfit for a server, which has backups of its own."""
    if db.engine.dialect.name != "sqlite" or not db.engine.url.database:
        raise BackupError("this site's database is a server's: back it up with pg_dump")
    return Path(db.engine.url.database)


def _copy_database(source: Path, copy: Path) -> None:
    """A consistent copy through SQLite itself, what is still in its write-ahead log included."""
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as target:
        live.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    copy.chmod(0o600)


def _media() -> dict[str, Path]:
    """Every finished file of the media folders, by its name in the backup."""
    instance = site().settings.instance
    return {
        path.relative_to(instance).as_posix(): path
        for folder in FOLDERS
        for path in sorted((instance / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _manifest(files: dict[str, Path], copy: Path, moment: datetime) -> bytes:
    with closing(sqlite3.connect(copy)) as database:
        ledgers = [
            {"slug": slug, "size": size, "root": merkle.Frontier(size, frontier).root().hex()}
            for slug, size, frontier in database.execute(_LEDGERS)
        ]
    manifest = {
        "format": FORMAT,
        "made_at": minute(moment),
        "site": site().settings.host,
        "ledgers": ledgers,
        "files": {
            name: {"size": path.stat().st_size, "sha256": _digest(path)}
            for name, path in files.items()
        },
    }
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(archive: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, content)


def _unpack(archive: Path, fresh: Path) -> None:
    """Every file of the manifest, with the content that it promises, and no other."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            promised = _promised(packed, packed.next())
            while (member := packed.next()) is not None:
                if member.name not in promised or not member.isreg():
                    raise BackupError(f"{member.name} does not belong into a backup")
                target = fresh / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                content = packed.extractfile(member)
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)  # type: ignore[arg-type]
                if _digest(target) != promised.pop(member.name):
                    raise BackupError(f"{member.name} is damaged")
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{archive} is not a complete backup ({error})") from error
    if promised:
        raise BackupError(f"{sorted(promised)[0]} is missing in the backup")


def _promised(packed: tarfile.TarFile, member: tarfile.TarInfo | None) -> dict[str, str]:
    """Names and digests of the manifest; names lead nowhere else."""
    if member is None or member.name != MANIFEST:
        raise BackupError("this is not a backup: it does not begin with a manifest")
    manifest = json.load(packed.extractfile(member))  # type: ignore[arg-type]
    if manifest["format"] != FORMAT:
        raise BackupError("this backup was made by a newer site")
    names = list(manifest["files"])
    if any(Path(name).is_absolute() or ".." in Path(name).parts for name in names):
        raise BackupError("the manifest names files outside of the backup")
    strange = [name for name in names if name != DATABASE and name.split("/")[0] not in FOLDERS]
    if strange or DATABASE not in names:
        raise BackupError("the manifest is not that of a backup")
    return {name: found["sha256"] for name, found in manifest["files"].items()}


def _check_database(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as database:
            said = database.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupError(f"the backup's database cannot be read ({error})") from error
    if said != "ok":
        raise BackupError(f"the backup's database is damaged: {said}")


def _let_go() -> None:
    """Close every connection of this process."""
    db.session.remove()
    site().store.release()
    db.engine.dispose()


def _stand_alone(place: Path) -> None:
    """Fold the write-ahead log into the file, which is possible only if nobody else has it open."""
    if not place.exists():
        return
    try:
        with closing(sqlite3.connect(place, timeout=2)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise BackupError("the site is still running: stop it first") from error
    except sqlite3.DatabaseError:
        pass  # what is damaged beyond reading is exactly what a backup replaces


def _move_away(instance: Path, place: Path, moment: datetime) -> Path | None:
    """Keep what was there before in a folder of its own."""
    present = [path for path in (place, *(instance / name for name in FOLDERS)) if path.exists()]
    shutil.rmtree(instance / REMADE, ignore_errors=True)
    if not present:
        return None
    old = instance / f"before-restore-{moment:%Y%m%d-%H%M%S}"
    old.mkdir(mode=0o700)
    for path in present:
        path.replace(old / path.name)
    for suffix in ("-wal", "-shm"):
        rest = place.with_name(place.name + suffix)
        if rest.exists():
            rest.replace(old / rest.name)
    return old


def _is_signed(note: str, origin: str, campaign_id: int) -> bool:
    """Whether one of the campaign's signing keys, retired ones too, has signed a note."""
    with site().store.reading() as tx:
        rows = tx.all(_SIGNING, {"campaign_id": campaign_id})
    try:
        seeds = [site().master.unwrap(row[0], f"signing|{campaign_id}") for row in rows]
        verifiers = [signed_notes.Signer(origin, seed).verifier_key() for seed in seeds]
        return any(signed_notes.is_signed_by(note, key) for key in verifiers)
    except (Unreadable, ValueError, binascii.Error):
        return False

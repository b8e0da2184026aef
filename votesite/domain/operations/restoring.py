"""Putting a backup back, and comparing what it holds with what was published."""

import base64
import binascii
import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.campaigns import listing
from votesite.domain.ledger import entries, high_water, signed_notes
from votesite.domain.ledger.terms import disagrees, forget_terms
from votesite.domain.operations import shapes
from votesite.domain.operations.backups import (
    DATABASE,
    FOLDERS,
    FORMAT,
    MANIFEST,
    BackupError,
    database_path,
    digest,
)
from votesite.extensions import db, site, writing
from votesite.keys import Unreadable

REMADE = "archives"  # a folder whose files are made from the ledgers when asked for


@dataclass(frozen=True)
class Comparison:
    """A campaign's ledger beside what was published of it, both as numbers of entries."""

    slug: str
    size: int
    known: int
    agrees: bool


def put_back(archive: Path, *, clock: Clock = now) -> Path | None:
    """Put a backup in the place of the site's data; returns the folder that the old data moved to.

    None where there was none. Raises BackupError for a damaged file, and while the site is running.
    """
    place = database_path()
    instance = site().settings.instance
    with tempfile.TemporaryDirectory(dir=instance) as scratch:
        fresh = Path(scratch)
        _unpack(archive, fresh)
        _check_database(fresh / DATABASE)
        _close_connections()
        _fold_write_ahead_log(place)
        old = _move_away(instance, place, clock())
        for name in FOLDERS:
            if (fresh / name).is_dir():
                (fresh / name).replace(instance / name)
        (fresh / DATABASE).replace(place)
    forget_terms()
    return old


def show_note(note: str) -> str:
    """Take in a checkpoint's note that somebody kept: the ledger must contain it from now on.

    Returns its campaign's slug. Raises BackupError for a text that no key of the campaign signed.
    """
    lines = note.split("\n")
    if len(lines) < 5 or not lines[1].isdecimal():
        raise BackupError("this is not a checkpoint's note")
    slug = lines[0].rpartition("/c/")[2]
    campaign = listing.find(slug)
    if campaign is None:
        raise BackupError(f"the backup has no campaign {slug}: it is older than the note")
    if not _is_signed(note, lines[0], campaign.id):
        raise BackupError(f"the note is not signed by a key of {slug}")
    high_water.note(slug, int(lines[1]), base64.b64decode(lines[2]), high_water.SEEN)
    return slug


def compare() -> list[Comparison]:
    """Returns every public ledger beside what was published of it."""
    comparisons = []
    for campaign in listing.published():
        trees = high_water.marks(campaign.slug).trees()
        with site().store.reading() as tx:
            size = entries.size_of(tx, campaign.id)
        known = max((size for size, _ in trees), default=0)
        agrees = not disagrees(campaign.id, campaign.slug)
        comparisons.append(Comparison(campaign.slug, size, known, agrees))
    return comparisons


def note_restore(*, clock: Clock = now) -> None:
    """Record in the audit log that a backup was put back."""
    with writing():
        audit.note(None, "restore-backup", "database", DATABASE, now=clock())


def _unpack(archive: Path, fresh: Path) -> None:
    """Unpack the files of the manifest; raises BackupError for a missing, changed or other file."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            promised = _promised(packed, packed.next())
            while (member := packed.next()) is not None:
                if member.name not in promised or not member.isreg():
                    raise BackupError(f"{member.name} does not belong into a backup")
                if _unpack_member(packed, member, fresh) != promised.pop(member.name):
                    raise BackupError(f"{member.name} is damaged")
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{archive} is not a complete backup ({error})") from error
    if promised:
        raise BackupError(f"{sorted(promised)[0]} is missing in the backup")


def _unpack_member(packed: tarfile.TarFile, member: tarfile.TarInfo, fresh: Path) -> str:
    """Write one file below `fresh`; returns its SHA-256 in hex."""
    target = fresh / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = packed.extractfile(member)
    with target.open("wb") as file:
        shutil.copyfileobj(content, file)  # type: ignore[arg-type]
    return digest(target)


def _promised(packed: tarfile.TarFile, member: tarfile.TarInfo | None) -> dict[str, str]:
    """Returns the manifest's digests by name; raises BackupError for names that lead elsewhere."""
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
    return {name: file["sha256"] for name, file in manifest["files"].items()}


def _check_database(path: Path) -> None:
    """Raise BackupError for a database that is damaged, or that brings more than data along."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA trusted_schema=OFF")
            (report,) = database.execute("PRAGMA integrity_check").fetchone()
            strange = shapes.strange(database)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"the backup's database cannot be read ({error})") from error
    except shapes.Unknown as error:
        raise BackupError("no migration of this site made the backup's database") from error
    if report != "ok":
        raise BackupError(f"the backup's database is damaged: {report}")
    if strange:
        raise BackupError(f"the backup's database is not as migrations make it: {strange}")


def _close_connections() -> None:
    """Close every connection of this process."""
    db.session.remove()
    site().store.release()
    db.engine.dispose()


def _fold_write_ahead_log(place: Path) -> None:
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


def _move_away(instance: Path, place: Path, now: datetime) -> Path | None:
    """Move what was there before into a folder of its own; returns it, or None if nothing was."""
    present = [path for path in (place, *(instance / name for name in FOLDERS)) if path.exists()]
    shutil.rmtree(instance / REMADE, ignore_errors=True)
    if not present:
        return None
    old = instance / f"before-restore-{now:%Y%m%d-%H%M%S}"
    old.mkdir(mode=0o700)
    for path in present:
        path.replace(old / path.name)
    for suffix in ("-wal", "-shm"):
        companion = place.with_name(place.name + suffix)
        if companion.exists():
            companion.replace(old / companion.name)
    return old


def _is_signed(note: str, origin: str, campaign_id: int) -> bool:
    """Whether one of the campaign's signing keys, retired ones too, has signed a note."""
    with site().store.reading() as tx:
        keys = entries.signing_keys(tx, campaign_id)
    try:
        seeds = [site().master.unwrap(key.wrapped, f"signing|{campaign_id}") for key in keys]
        verifiers = [signed_notes.Signer(origin, seed).verifier_key() for seed in seeds]
        return any(signed_notes.is_signed_by(note, key) for key in verifiers)
    except (Unreadable, ValueError, binascii.Error):
        return False

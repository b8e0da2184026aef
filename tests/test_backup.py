"""Backups made while the site runs, put back in its place, and compared with what was published."""

import base64
import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask_migrate import upgrade

from tests.support.ballots import cast_ballot, cast_now
from tests.support.factories import make_campaign
from tests.support.live import free_port, live_server
from tests.support.people import lively_campaign, nominate
from tests.support.site import Browser, settings_for
from tests.support.staffing import png, record_incident, two_editors
from tests.support.stored import rows
from votesite import clock, create_app
from votesite.domain.ledger import high_water, publication
from votesite.domain.media import pictures, upkeep
from votesite.domain.media.encoding import encode
from votesite.domain.operations import backups, readiness, restoring
from votesite.domain.operations.backups import BackupError
from votesite.errors import Halted, LimitReached, Misconfigured
from votesite.extensions import db, site, writing
from votesite.models.audit import AuditEntry
from votesite.models.candidates import Medium
from votesite.models.ledger import LogEntry

HOUR = timedelta(hours=1)
SLUG = "xiangzhen-2026"
ROOT = Path(__file__).parent.parent
OTHER_MASTER_KEY = base64.b64encode(hashlib.sha256(b"another machine's").digest()).decode()


def migrated_app(instance, **changes):
    """A site whose database was made by migrations, as a real one's."""
    app = create_app(settings_for(instance, **changes))
    app.test_client_class = Browser
    with app.app_context():
        upgrade(str(readiness.MIGRATIONS))
        db.engine.dispose()
    return app


@pytest.fixture
def app(tmp_path):
    app = migrated_app(tmp_path / "site")
    with app.app_context():
        yield app
        let_go()


@pytest.fixture
def campaign(app):
    """A running campaign whose every ballot makes a checkpoint."""
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=2),
        closes=now + timedelta(days=2),
        min_batch=1,
        publish_every=1,
    )
    return SimpleNamespace(id=made.id, slug=made.slug)


def let_go():
    db.session.remove()
    site().store.release()
    db.engine.dispose()


def vote(campaign, first, last):
    for who in range(first, last + 1):
        cast_ballot(campaign, who, 1, when=clock.now() - HOUR * (12 - who))


def stopped(tmp_path):
    """The site's folder as it lies when no process serves it any more."""
    let_go()
    return Path(shutil.copytree(tmp_path / "site", tmp_path / "stopped"))


def add_picture(campaign, *, public=True):
    with writing():
        return pictures.store_picture(campaign.id, png(), public=public)


def members(archive):
    with tarfile.open(archive) as packed:
        return {member.name: packed.extractfile(member).read() for member in packed}


def command(instance, *words, **changes):
    """A command of the operator, in a process of its own."""
    given = settings_for(instance, **changes)
    done = subprocess.run(
        [Path(sys.executable).parent / "flask", "--app", "wsgi", *map(str, words)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "FLASK_SKIP_DOTENV": "1",
            **{f"VOTESITE_{key}": value for key, value in given.items()},
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


def test_backup_holds_database_pictures_and_what_they_must_be(campaign, tmp_path):
    vote(campaign, 1, 3)
    token, private = add_picture(campaign), add_picture(campaign, public=False)

    made = backups.back_up(tmp_path / "kept")

    found = members(made)
    manifest = json.loads(found["manifest.json"])
    assert set(found) == {"manifest.json", *manifest["files"]}
    assert f"media/{token[:2]}/{token}-480.webp" in found
    assert f"media-private/{private[:2]}/{private}-1080.jpg" in found
    assert [line["slug"] for line in manifest["ledgers"]] == [SLUG]
    assert made.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(found["votesite.db"])
        (size,) = database.execute("SELECT size FROM log_heads").fetchone()
    assert manifest["ledgers"][0]["size"] == size == len(rows(LogEntry))


def test_backup_never_holds_master_key_high_water_or_secrets(campaign, app, tmp_path):
    vote(campaign, 1, 2)
    nominate(lively_campaign(slug="other"), 1, "清水镇")

    raw = b"".join(members(backups.back_up(tmp_path / "kept")).values())

    settings = site().settings
    assert high_water.path().exists()
    assert not any("high-water" in name for name in members_of(tmp_path / "kept"))
    assert settings.master_key not in raw
    assert settings_for(tmp_path)["MASTER_KEY"].encode() not in raw
    assert settings.secret_key.encode() not in raw
    assert settings.wechat_app_secret.encode() not in raw


def members_of(folder):
    return [name for path in folder.glob("*.tar.gz") for name in members(path)]


def test_backup_is_consistent_while_ballots_come(campaign, tmp_path):
    vote(campaign, 1, 4)
    before = len(rows(LogEntry))
    with site().store.snapshot():
        made = backups.back_up(tmp_path / "kept")

    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(members(made)["votesite.db"])
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT COUNT(*) FROM log_entries").fetchone() == (before,)


def test_restored_site_goes_on_where_the_backup_ended(campaign, tmp_path):
    vote(campaign, 1, 3)
    token = add_picture(campaign)
    made = backups.back_up(tmp_path / "kept")

    code, said, _ = command(tmp_path / "new", "restore", made)

    assert code == 0
    assert "nothing known to compare them with" in said
    again = create_app(settings_for(tmp_path / "new"))
    with again.app_context():
        vote(campaign, 4, 4)
        assert pictures.picture_path(token, "480", "webp").exists()
        assert readiness.missing() == []
        assert "restore-backup" in [line.action for line in rows(AuditEntry)]
        let_go()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            {"MASTER_KEY": OTHER_MASTER_KEY},
            "The site's keys cannot be opened: VOTESITE_MASTER_KEY is",
        ),
        (
            {"WECHAT_APP_ID": "wxffffffffffffffff"},
            "VOTESITE_WECHAT_APP_ID is wxffffffffffffffff, but",
        ),
    ],
)
def test_backup_on_a_machine_that_would_not_know_its_voters_says_so(
    campaign, tmp_path, setting, said
):
    vote(campaign, 1, 3)
    made = backups.back_up(tmp_path / "kept")

    code, _, warned = command(tmp_path / "new", "restore", made, **setting)
    told = command(tmp_path / "new", "doctor", **setting)
    mended = command(tmp_path / "new", "doctor")

    assert (code, told[0], mended[0]) == (0, 1, 0)
    assert f"THE SITE CANNOT START: {said}" in warned
    with pytest.raises(Misconfigured):
        create_app(settings_for(tmp_path / "new", **setting))
    with create_app(settings_for(tmp_path / "new")).app_context():
        with pytest.raises(LimitReached):
            vote(campaign, 3, 3)
        let_go()


def test_older_backup_stops_voting_until_an_incident(campaign, tmp_path):
    editors = two_editors()
    vote(campaign, 1, 2)
    made = backups.back_up(tmp_path / "kept")
    vote(campaign, 3, 4)
    instance = stopped(tmp_path)

    code, said, warned = command(instance, "restore", made)

    assert code == 0
    assert "what was there before lies in" in said
    assert "DO NOT AGREE with what was published" in warned
    again = create_app(settings_for(instance))
    with again.app_context():
        with pytest.raises(Halted):
            cast_now(campaign, 5, 1)
        record_incident(campaign, "从备份恢复", editors)
        assert cast_now(campaign, 5, 1).is_new
        let_go()
    (old,) = instance.glob("before-restore-*")
    with closing(sqlite3.connect(old / "votesite.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM vote_slots").fetchone() == (4,)


def test_newest_backup_needs_no_incident(campaign, tmp_path):
    vote(campaign, 1, 2)
    made = backups.back_up(tmp_path / "kept")
    instance = stopped(tmp_path)

    _, said, _ = command(instance, "restore", made)

    assert "agree with what was published" in said
    with create_app(settings_for(instance)).app_context():
        vote(campaign, 3, 3)
        let_go()


def test_note_that_somebody_kept_stops_a_machine_that_knows_nothing(campaign, tmp_path):
    vote(campaign, 1, 2)
    made = backups.back_up(tmp_path / "kept")
    vote(campaign, 3, 3)
    note = tmp_path / "seen.note"
    note.write_text(publication.latest_checkpoint(campaign.id))
    seen = tmp_path / "new"

    code, said, warned = command(seen, "restore", made, "--seen", note)

    assert (code, f"{note}: a note of {SLUG}" in said) == (0, True)
    assert "DO NOT AGREE" in warned
    with create_app(settings_for(seen)).app_context():
        with pytest.raises(Halted):
            vote(campaign, 4, 4)
        let_go()


def test_note_is_taken_from_an_address(campaign, tmp_path):
    vote(campaign, 1, 2)
    made = backups.back_up(tmp_path / "kept")
    address = f"/c/{SLUG}/ledger/checkpoint"
    port = free_port()
    served = create_app(settings_for(tmp_path / "site", PUBLIC_BASE_URL=f"http://localhost:{port}"))

    with live_server(served, port) as base:
        code, said, _ = command(tmp_path / "new", "restore", made, "--seen", base + address)

    assert code == 0
    assert f"a note of {SLUG}" in said
    assert "agree with what was published" in said


@pytest.mark.parametrize("wrong", ["unsigned", "other-campaign", "no-note"])
def test_note_that_is_none_is_told_and_not_used(campaign, tmp_path, wrong):
    vote(campaign, 1, 2)
    note = publication.latest_checkpoint(campaign.id)
    text = {
        "unsigned": note.replace(note.split("\n")[2], "A" * 43 + "="),
        "other-campaign": note.replace(SLUG, "another"),
        "no-note": "hello",
    }[wrong]

    with pytest.raises(BackupError):
        restoring.show_note(text)

    assert "seen" not in high_water.path().read_text()


def test_missing_note_restores_nothing(campaign, tmp_path):
    made = backups.back_up(tmp_path / "kept")

    code, _, warned = command(tmp_path / "new", "restore", made, "--seen", tmp_path / "nothing")

    assert (code, "nothing was restored" in warned) == (1, True)
    assert not (tmp_path / "new" / "votesite.db").exists()


def test_restore_refuses_while_the_site_runs(campaign, tmp_path):
    vote(campaign, 1, 1)
    made = backups.back_up(tmp_path / "kept")
    before = len(rows(LogEntry))

    code, _, warned = command(tmp_path / "site", "restore", made)

    assert (code, "the site is still running: stop it first" in warned) == (1, True)
    assert len(rows(LogEntry)) == before


def repacked(archive, target, change):
    """The archive with its members changed."""
    found = change(members(archive))
    with tarfile.open(target, "w:gz") as packed:
        for name, content in found.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return target


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda found: {**found, "votesite.db": found["votesite.db"][:-9] + b"damaged!!"},
            "damaged",
        ),
        (lambda found: {**found, "../../evil": b"x"}, "does not belong"),
        (lambda found: {name: found[name] for name in found if name != "votesite.db"}, "missing"),
        (lambda found: {name: found[name] for name in reversed(found)}, "does not begin"),
        (
            lambda found: {
                **found,
                "manifest.json": json.dumps(
                    {"format": 1, "files": {"votesite.db": {}, "media/../../evil": {}}}
                ).encode(),
            },
            "outside",
        ),
    ],
)
def test_what_is_no_sound_backup_is_refused_and_changes_nothing(campaign, tmp_path, change, said):
    vote(campaign, 1, 1)
    made = backups.back_up(tmp_path / "kept")
    changed = repacked(made, tmp_path / "changed.tar.gz", change)
    before = sorted(path.name for path in (tmp_path / "site").iterdir())

    with pytest.raises(BackupError, match=said):
        restoring.put_back(changed)

    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == before
    assert not (tmp_path / "evil").exists()


def changed_schema(statement):
    """A change to a backup: its database with one statement more, its manifest in order."""

    def change(found):
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(found["votesite.db"])
            database.executescript(statement)
            found["votesite.db"] = database.serialize()
        manifest = json.loads(found["manifest.json"])
        manifest["files"]["votesite.db"]["sha256"] = hashlib.sha256(
            found["votesite.db"]
        ).hexdigest()
        return {**found, "manifest.json": json.dumps(manifest).encode()}

    return change


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "CREATE TRIGGER evil AFTER INSERT ON vote_slots BEGIN DELETE FROM receipts; END",
            "evil",
        ),
        ("CREATE VIEW evil AS SELECT * FROM log_entries", "evil"),
        ("CREATE TABLE evil (a INTEGER)", "evil"),
        ("CREATE INDEX evil ON receipts (n)", "evil"),
        ("DROP TRIGGER log_entries_no_update", "log_entries_no_update"),
        (
            "DROP TRIGGER log_entries_no_delete; CREATE TRIGGER log_entries_no_delete"
            " BEFORE DELETE ON log_entries BEGIN SELECT 1; END",
            "log_entries_no_delete",
        ),
        ("ALTER TABLE receipts ADD COLUMN evil TEXT", "receipts"),
        ("DROP TABLE used_checks", "used_checks"),
        ("DROP INDEX ix_ballot_traces_minute", "ballot_traces"),
        (
            "DROP TABLE used_checks; CREATE TABLE used_checks (mark BLOB, until INTEGER)",
            "used_checks",
        ),
        ("UPDATE alembic_version SET version_num = '9999'", "no migration of this site"),
        ("DROP TABLE alembic_version", "no migration of this site"),
    ],
)
def test_backup_brings_nothing_but_data(campaign, tmp_path, statement, named):
    vote(campaign, 1, 1)
    made = backups.back_up(tmp_path / "kept")
    changed = repacked(made, tmp_path / "changed.tar.gz", changed_schema(statement))

    with pytest.raises(BackupError, match=named):
        restoring.put_back(changed)


def test_half_an_archive_is_refused(campaign, tmp_path):
    made = backups.back_up(tmp_path / "kept")
    half = tmp_path / "half.tar.gz"
    half.write_bytes(made.read_bytes()[: made.stat().st_size // 2])

    for archive in (half, tmp_path / "nothing", Path(__file__)):
        with pytest.raises(BackupError):
            restoring.put_back(archive)


def test_command_prints_where_the_backup_lies(campaign, app):
    told = app.test_cli_runner().invoke(args=["backup"])

    assert told.exit_code == 0
    assert Path(told.output.strip()).parent == site().settings.instance / "backups"


def test_pictures_left_behind_go_and_missing_ones_are_named(campaign, app):
    kept, lost = add_picture(campaign), add_picture(campaign)
    stray = pictures.write_picture(encode(png())).token
    pictures.picture_path(lost, "480", "webp").unlink()
    young = upkeep.tidy()
    later = clock.now() + timedelta(days=2)

    done = upkeep.tidy(clock=lambda: later)

    assert (young.removed, done.removed) == (0, 4)
    assert done.missing == [lost]
    assert not pictures.picture_path(stray, "480", "webp").exists()
    assert pictures.picture_path(kept, "480", "webp").exists()
    assert len(rows(Medium)) == 2
    told = app.test_cli_runner().invoke(args=["media-work"])
    assert (told.exit_code, f"MISSING {lost}" in told.output) == (1, True)

"""`flask doctor` and `/readyz`: what is missing is named, and nothing is named without reason."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from tests.support.factories import make_campaign
from tests.support.site import make_app, settings_for
from votesite import create_app
from votesite.domain.ledger import high_water
from votesite.domain.operations import readiness
from votesite.extensions import db

ROOT = Path(__file__).parent.parent
OTHER_KEY = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def instance(tmp_path):
    """An instance folder with a migrated database and a campaign's keys."""
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        upgrade(str(readiness.MIGRATIONS))
        make_campaign()
        db.session.remove()
        db.engine.dispose()
    return tmp_path


def examine(app):
    """What doctor prints and its exit code, and what `/readyz` answers."""
    told = app.test_cli_runner().invoke(args=["doctor"])
    answer = app.test_client().get("/readyz")
    with app.app_context():
        db.engine.dispose()
    return told.exit_code, told.output, answer.status_code, answer.json["missing"]


def test_sound_site_is_ready(instance):
    code, said, status, missing = examine(create_app(settings_for(instance)))

    assert (code, status, missing) == (0, 200, [])
    assert "ok    database, keys and machine: the site can serve" in said


def test_ledger_that_is_not_the_published_one_is_named_and_stops_nothing(instance):
    app = create_app(settings_for(instance))
    with app.app_context():
        high_water.note("xiangzhen-2026", 9, b"r" * 32)

    code, said, status, _ = examine(app)

    assert (code, status) == (0, 200)
    assert "hint  The ledger of xiangzhen-2026 is not the one that was published" in said


def test_database_that_was_never_migrated_is_named(tmp_path):
    code, said, status, missing = examine(make_app(tmp_path))

    assert (code, status, missing) == (1, 503, ["migrations"])
    assert "FAULT The database is not at the newest migration: run `flask" in said


def test_wrong_master_key_is_named(instance):
    code, said, status, missing = examine(create_app(settings_for(instance, MASTER_KEY=OTHER_KEY)))

    assert (code, status, missing) == (1, 503, ["keys"])
    assert "FAULT VOTESITE_MASTER_KEY is not the one that" in said


def test_missing_guard_is_named(instance):
    app = create_app(settings_for(instance))
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER log_entries_no_delete"))

    code, said, status, missing = examine(app)

    assert (code, status, missing) == (1, 503, ["guards"])
    assert "FAULT The ledger's guards against change are missing" in said


def test_incomplete_settings_stop_the_start_and_are_all_named(tmp_path):
    own = {key: value for key, value in os.environ.items() if not key.startswith("VOTESITE_")}

    told = subprocess.run(
        [Path(sys.executable).parent / "flask", "--app", "wsgi", "doctor"],
        cwd=ROOT,
        env={**own, "FLASK_SKIP_DOTENV": "1", "VOTESITE_INSTANCE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert told.returncode == 3
    assert told.stderr.splitlines()[0] == "The site cannot start:"
    assert [line.split()[1] for line in told.stderr.splitlines()[1:]] == [
        "VOTESITE_SECRET_KEY",
        "VOTESITE_MASTER_KEY",
        "VOTESITE_WECHAT_APP_ID",
        "VOTESITE_WECHAT_APP_SECRET",
        "VOTESITE_WECHAT_TOKEN",
        "VOTESITE_PUBLIC_BASE_URL",
    ]

"""`flask doctor` and `/readyz`: what is missing is named, and nothing is named without reason."""

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.scripted_wechat import error, reply, scripted_wechat
from tests.support.site import make_app, settings_for
from votesite import create_app
from votesite.cli import doctor
from votesite.domain.ledger import high_water
from votesite.domain.operations import readiness
from votesite.extensions import db
from votesite.models.campaigns import Campaign

ROOT = Path(__file__).parent.parent
OTHER_KEY = base64.b64encode(hashlib.sha256(b"another").digest()).decode()


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


@pytest.mark.parametrize(
    ("mode", "away", "is_open"),
    [
        (0o600, 0, False),
        (0o400, 0, False),
        (0o640, 0, False),  # as docs/deploy.md makes it: root's, readable for the site's group
        (0o640, 1, True),
        (0o660, 0, True),
        (0o644, 0, True),
        (0o604, 0, True),
        (0o641, 0, True),
    ],
)
def test_settings_are_for_the_site_alone(tmp_path, mode, away, is_open):
    env = tmp_path / ".env"
    env.touch()
    env.chmod(mode)

    assert doctor.is_open_to_others(env, {env.stat().st_gid + away}) is is_open


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply({"access_token": "t", "expires_in": 7200}), "ok    database"),
        (error(40164), "FAULT WeChat refuses this machine's address: put it on the IP"),
        (error(40125), "FAULT WeChat refuses VOTESITE_WECHAT_APP_SECRET"),
        (error(40013), "FAULT WeChat does not know VOTESITE_WECHAT_APP_ID"),
        (error(45009), "FAULT WeChat refuses to give this site a token: errcode 45009."),
        (reply(b"<html>", 502), "FAULT WeChat does not answer: is port 443"),
    ],
)
def test_online_asks_wechat_whether_it_accepts_the_settings(instance, answer, said):
    with scripted_wechat(answer) as server:
        app = create_app(settings_for(instance, WECHAT_API_BASE=server.base))
        told = app.test_cli_runner().invoke(args=["doctor", "--online"])
        silent = app.test_cli_runner().invoke(args=["doctor"])
    with app.app_context():
        db.engine.dispose()

    assert said in told.output
    assert told.exit_code == ("FAULT" in said)
    assert silent.exit_code == 0
    assert [path for _method, path, *_ in server.requests] == ["/cgi-bin/stable_token"]


def test_database_that_was_never_migrated_is_named(tmp_path):
    code, said, status, missing = examine(make_app(tmp_path))

    assert (code, status, missing) == (1, 503, ["migrations"])
    assert "FAULT The database is not at the newest migration: run `flask" in said


def test_wrong_master_key_is_named(instance):
    other = create_app(settings_for(instance, MASTER_KEY=OTHER_KEY), serves=False)
    code, said, status, missing = examine(other)

    assert (code, status, missing) == (1, 503, ["keys"])
    assert "FAULT VOTESITE_MASTER_KEY is not the one that" in said


def test_site_key_that_goes_while_the_site_runs_is_named(instance):
    app = create_app(settings_for(instance))
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM wrapped_keys WHERE purpose = 'trace'"))

    code, said, status, missing = examine(app)

    assert (code, status, missing) == (1, 503, ["site-keys"])
    assert "FAULT The site has no key for trace yet: run `flask --app wsgi db upgrade`." in said


def test_another_app_id_during_a_vote_is_named(instance):
    with create_app(settings_for(instance)).app_context():
        campaign = db.session.query(Campaign).one()
        cast_ballot(campaign, 1, 1)
        db.session.remove()
        db.engine.dispose()
    other = {"WECHAT_APP_ID": "wxffffffffffffffff"}

    code, said, status, missing = examine(create_app(settings_for(instance, **other), serves=False))

    assert (code, status, missing) == (1, 503, ["app-id"])
    assert "FAULT VOTESITE_WECHAT_APP_ID is wxffffffffffffffff, but people vote in" in said


def test_store_of_rate_limits_that_cannot_be_made_is_named(instance):
    (instance / "limits.db").symlink_to(instance / "nowhere" / "limits.db")

    code, said, *_ = examine(create_app(settings_for(instance)))

    assert code == 1
    assert "FAULT The store of rate limits, limits.db, does not answer" in said


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

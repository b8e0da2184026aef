"""When the site refuses to start, and why."""

import base64
import hashlib
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.site import make_app, settings_for
from votesite import create_app, secret_faults
from votesite.domain.operations.site import mark_demo
from votesite.errors import Misconfigured
from votesite.extensions import db, site
from votesite.wechat.sandbox import register_sandbox

ROOT = Path(__file__).parent.parent
FLASK = str(Path(sys.executable).parent / "flask")
PRODUCTION = {"MODE": "production", "PUBLIC_BASE_URL": "https://vote.example.gov.cn"}


def faults_of(instance, **changes):
    with pytest.raises(Misconfigured) as refused:
        create_app(settings_for(instance, **changes))
    return refused.value.faults


@pytest.mark.parametrize("name", ["SECRET_KEY", "MASTER_KEY", "WECHAT_APP_ID", "WECHAT_TOKEN"])
def test_a_missing_secret_stops_the_start(tmp_path, name):
    assert faults_of(tmp_path, **{name: ""}) == [
        f"VOTESITE_{name} is missing: the site does not start without it."
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"PUBLIC_BASE_URL": "http://vote.example.gov.cn"},
        {"PUBLIC_BASE_URL": "https://vote.example.gov.cn/path"},
        {"PUBLIC_BASE_URL": "vote.example.gov.cn"},
        {"WECHAT_API_BASE": "http://127.0.0.1:9000"},
        {"WECHAT_OPEN_BASE": "https://evil.example"},
        {"MASTER_KEY": "c2hvcnQ="},
        {"TRUSTED_PROXIES": "one"},
        {"CIPHER": "rot13"},
        {"DATABASE_URL": "postgres://votesite@db.internal/votesite"},
        {"DATABASE_URL": "mysql://votesite@db.internal/votesite"},
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path, changes):
    assert len(faults_of(tmp_path, **{**PRODUCTION, **changes})) == 1


def key_of(value):
    return base64.b64encode(value).decode()


BAD_VALUES = [
    ("SECRET_KEY", "short", "is 5 bytes long and must be at least 32"),
    ("SECRET_KEY", "x" * 64, "is of too few different characters"),
    ("SECRET_KEY", "0101101001" * 8, "is of too few different characters"),
    ("SECRET_KEY", "a" * 90 + "bcdefghijk", "is of too few different characters"),
    ("SECRET_KEY", "Yunling-2026-" * 5, "repeats itself"),
    ("SECRET_KEY", "0123456789abcdef" * 4, "repeats itself"),
    ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789", "only counts"),
    ("MASTER_KEY", key_of(bytes(32)), "is of too few different characters"),
    ("MASTER_KEY", key_of(bytes(range(32))), "only counts"),
    ("MASTER_KEY", key_of(bytes(range(96, 0, -3))), "only counts"),
    ("MASTER_KEY", key_of(hashlib.sha256(b"half").digest()[:16] * 2), "repeats itself"),
    ("MASTER_KEY", "not base64 at all", "must be 32 bytes in base64"),
    ("WECHAT_APP_ID", "foo", "must be wx and 16 digits or letters a to f"),
    ("WECHAT_APP_ID", "wx0123456789ABCDEF", "must be wx and 16 digits or letters a to f"),
    ("WECHAT_APP_SECRET", "secret", "must be 32 letters and digits"),
    ("WECHAT_TOKEN", "ab", "must be 3 to 32 letters and digits"),
    ("WECHAT_TOKEN", "my-token", "must be 3 to 32 letters and digits"),
    ("WECHAT_AES_KEY", "short", "must be 43 letters and digits"),
    ("WECHAT_AES_KEY", "a" * 42 + "é", "must be 43 letters and digits"),
    ("BIND", "8310", "must look like 127.0.0.1:8000"),
    ("BIND", "127.0.0.1:0", "must look like 127.0.0.1:8000"),
    ("BIND", "127.0.0.1:65536", "must look like 127.0.0.1:8000"),
    ("BIND", "http://127.0.0.1:8000", "must look like 127.0.0.1:8000"),
]


@pytest.mark.parametrize("mode", [{}, PRODUCTION], ids=["test", "production"])
@pytest.mark.parametrize(("name", "value", "why"), BAD_VALUES)
def test_senseless_value_stops_the_start_with_one_sentence(tmp_path, mode, name, value, why):
    (fault,) = faults_of(tmp_path, **mode, **{name: value})

    assert fault.startswith(f"VOTESITE_{name} ")
    assert why in fault
    assert name == "BIND" or value not in fault


@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "0.0.0.0:1", "[::1]:65535", "site.local:80"])
def test_any_address_to_listen_on_is_taken(tmp_path, bind):
    assert create_app(settings_for(tmp_path, BIND=bind))


def test_former_master_key_may_be_a_bad_one(tmp_path):
    assert create_app(settings_for(tmp_path, MASTER_KEY_OLD=key_of(bytes(32))))


def test_keys_of_a_random_source_are_taken():
    made = [
        secret
        for _ in range(500)
        for secret in (
            secrets.token_hex(32).encode(),
            secrets.token_urlsafe(32).encode(),
            key_of(secrets.token_bytes(32)).encode(),
            secrets.token_bytes(32),
        )
    ]

    assert {secret_faults.guessable(secret) for secret in made} == {""}


def test_outside_production_wechat_may_only_be_on_this_machine(tmp_path):
    assert len(faults_of(tmp_path, WECHAT_API_BASE="http://10.0.0.1")) == 1


def test_production_serves_no_sandbox(tmp_path):
    app = create_app(settings_for(tmp_path, **PRODUCTION))

    paths = {rule.rule for rule in app.url_map.iter_rules()}

    assert not any(path.startswith("/sandbox") for path in paths)
    with pytest.raises(RuntimeError):
        register_sandbox(app, app.extensions["votesite"].settings)


def test_production_refuses_the_demos_database(tmp_path):
    app = make_app(tmp_path)
    with app.app_context():
        mark_demo()
        db.session.remove()
        db.engine.dispose()

    assert faults_of(tmp_path, **PRODUCTION) == [
        "The database was seeded by the demo: production does not start on invented data."
    ]


def test_cookies_are_bound_to_the_host_on_https(tmp_path):
    app = create_app(settings_for(tmp_path, **PRODUCTION))

    assert app.config["SESSION_COOKIE_NAME"] == "__Host-votesite"
    assert app.config["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ([sys.executable, "-c", "import wsgi"], 3),  # gunicorn stops at this one
        ([FLASK, "--app", "wsgi", "run", "--port", "0"], 3),
        ([FLASK, "--app", "wsgi", "doctor"], 1),
        ([FLASK, "--app", "wsgi", "ledger", "verify", "xiangzhen-2026"], 0),
    ],
    ids=["server", "run", "doctor", "verify"],
)
def test_only_a_server_refuses_to_start_under_another_app_id(tmp_path, command, code):
    with make_app(tmp_path).app_context():
        cast_ballot(make_campaign(), 1, 1)
        db.session.remove()
        site().store.release()
        db.engine.dispose()
    given = settings_for(tmp_path, WECHAT_APP_ID="wxffffffffffffffff")
    env = {f"VOTESITE_{name}": value for name, value in given.items()}

    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "FLASK_SKIP_DOTENV": "1", **env},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == code
    refused = "The site cannot start:" in done.stderr and "people vote in" in done.stderr
    assert refused == (code == 3)

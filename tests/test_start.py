"""When the site refuses to start, and why."""

import pytest

from tests.support.site import make_app, settings_for
from votesite import create_app
from votesite.domain.operations.site import mark_demo
from votesite.errors import Misconfigured
from votesite.extensions import db
from votesite.wechat.sandbox import register_sandbox

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

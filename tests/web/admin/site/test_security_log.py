"""What the desk refuses is counted, shown to who looks after accounts, and told at the sign-in."""

import json
from io import BytesIO

import pyotp
import pytest

from tests.support.factories import make_campaign
from tests.support.staffing import (
    PASSWORD,
    browser_of,
    make_staff,
    post_form,
    sign_in_as_staff,
    token_of,
)
from votesite import clock
from votesite.domain import keys
from votesite.domain.staff import people, second_factors, security_log
from votesite.extensions import db
from votesite.models.staff import SecondFactor
from votesite.web.wording import audit

OWN = "/admin/c/xiangzhen-2026"


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """The clock stands until a test moves it."""
    moments = {"now": clock.now().timestamp() // 60 * 60 + 5}
    monkeypatch.setattr(clock.time, "time", lambda: moments["now"])
    return moments


@pytest.fixture
def editor(app):
    """Somebody with one role in one campaign, and another campaign that is not his."""
    campaign = make_campaign()
    make_campaign(slug="other-2026")
    make_staff("editor", "editor", campaign=campaign)
    return browser_of(app, "editor")


def told():
    """The lines as (event, screen, account's number or 0)."""
    return [(line.event, line.screen, line.staff_id) for line, _ in security_log.lines()]


def test_forged_and_foreign_forms_are_counted(app, client):
    make_staff("zhou", "owner")
    token = token_of(client)

    client.post("/admin/login", data={"csrf_token": "forged"})
    foreign = {"Origin": "https://evil.example"}
    client.post("/admin/login", data={"csrf_token": token}, headers=foreign)

    assert told() == [("csrf", "/admin/login", 0), ("foreign-origin", "/admin/login", 0)]


def test_doors_that_stay_shut_are_counted_with_the_account(app, editor):
    for path in ("/admin/accounts", "/admin/security", f"{OWN}/integrity", "/admin/c/other-2026/"):
        editor.get(path)

    number = people.by_name("editor").id
    assert told() == [
        ("forbidden", "/admin/accounts", number),
        ("forbidden", "/admin/security", number),
        ("not-found", "/admin/c/<slug>/", number),
    ]


def test_file_that_is_no_picture_is_counted(app, editor):
    picture = (BytesIO(b"MZ\x90\x00 a program"), "photo.jpg")

    answer = post_form(editor, f"{OWN}/candidates/1", pictures=picture)

    assert answer.status_code == 422
    number = people.by_name("editor").id
    assert told() == [("bad-picture", "/admin/c/<slug>/candidates/<no>", number)]


def test_strangers_unknown_pages_and_citizens_are_not(app, client):
    make_campaign()
    make_staff("zhou", "owner")

    client.get("/admin/c/unknown/")
    client.get("/admin/unknown")
    client.get("/admin/accounts")
    for path in ("/c/xiangzhen-2026/ballot", "/c/xiangzhen-2026/nominate", "/my/delete"):
        client.post(path, data={"csrf_token": "forged"})
    client.get("/c/unknown/")

    assert told() == []


def test_owner_reads_it_by_day(app, client):
    make_staff("zhou", "owner")
    for name in ("zhou", "nobody"):
        sign_in_as_staff(client, name, "wrong")
    owner = browser_of(app, "zhou")

    page = owner.get("/admin/security").text

    assert page.count("<tr><td>") == 2
    assert "账号或密码不对" in page
    assert "Zhou" in page
    assert "未知" in page


def test_empty_log_says_what_will_stand_there(app):
    make_staff("zhou", "owner")

    page = browser_of(app, "zhou").get("/admin/security").text

    assert "还没有拒绝过" in page
    assert "密码不对、没有权限、伪造的表单" in page


def test_who_signs_in_learns_of_failures_once(app, client, still):
    make_staff("zhou", "owner")
    make_staff("linian", "owner")
    browser_of(app, "zhou")
    still["now"] += 120
    for _ in range(2):
        sign_in_as_staff(client, "zhou", "wrong")
    still["now"] += 120

    others = browser_of(app, "linian").get("/admin/").text
    owner = browser_of(app, "zhou")
    first, second = owner.get("/admin/").text, owner.get("/admin/").text
    still["now"] += 120
    later = browser_of(app, "zhou").get("/admin/").text

    assert "错过 2 次" in first
    assert all("错过" not in page for page in (others, second, later))


def test_right_password_with_a_wrong_code_is_told_apart(app, client):
    made = make_staff("zhou", "owner")
    second_factors.begin(made.id)
    with app.app_context():
        row = db.session.get(SecondFactor, made.id)
        secret = keys.open_field(row.sealed, f"staff_second_factors|{made.id}|sealed")
    second_factors.confirm(
        made.id, pyotp.TOTP(secret).at(int(clock.now().timestamp())), keep_session=0
    )

    sign_in_as_staff(client, "zhou", PASSWORD, code="000000")

    assert told() == [("code-failed", "", made.id)]


def test_command_prints_json_lines_of_one_network(app, client):
    make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou", "wrong")
    security_log.note("csrf", "198.51.100.7", screen="/admin/me")

    def lines(*arguments):
        outcome = app.test_cli_runner().invoke(args=["staff", "security-log", *arguments])
        assert outcome.exit_code == 0
        return [json.loads(line) for line in outcome.output.splitlines()]

    (here,) = lines("--address", "127.0.0.99")
    assert {**here, "network": ""} == {
        "t": clock.minute(clock.now()),
        "event": "sign-in-failed",
        "screen": "",
        "network": "",
        "staff": 1,
        "times": 1,
    }
    assert [line["event"] for line in lines()] == ["csrf", "sign-in-failed"]


def test_every_screen_is_named_as_the_menu_does(app):
    """No address with blanks is shown to the reader, whichever screen refuses something."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]

    with app.test_request_context():
        named = {rule.rule: audit.screen(rule.rule) for rule in rules}

    assert named["/admin/c/<slug>/setup/<step>"] == "设置"
    assert named["/admin/me/password"] == "我的账号"
    assert {rule for rule, name in named.items() if not name or "<" in name} == set()


def test_log_shows_screens_in_words(app):
    make_staff("root", "owner")
    security_log.note("csrf", "198.51.100.7", screen="/admin/c/<slug>/setup/<step>")

    page = browser_of(app, "root").get("/admin/security").text

    assert '<td class="second">设置</td>' in page
    assert "&lt;step&gt;" not in page

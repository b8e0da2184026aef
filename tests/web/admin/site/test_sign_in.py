"""Signing in as staff: sessions that end, tokens that change, answers that tell nothing."""

import re
import time

import pytest
from itsdangerous import URLSafeSerializer

from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.staffing import (
    PASSWORD,
    browser_of,
    make_staff,
    post_form,
    sign_in_as_staff,
    token_of,
)
from votesite import clock
from votesite.domain import audit
from votesite.domain.staff.attempts import KNOWN_FOR
from votesite.extensions import db, writing
from votesite.models.staff import StaffSession


def cookie(client):
    return client.get_cookie("votesite").value


def test_right_password_leads_to_the_campaigns(app, client):
    make_staff("zhou", "owner")

    answer = sign_in_as_staff(client, "zhou")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/admin/c/own/candidates", "/admin/c/own/candidates"),
        ("https://elsewhere.example/", "/admin/"),
        ("//elsewhere.example/", "/admin/"),
        ("/admin/../c/own/", "/admin/"),
        ("/admin/\\elsewhere", "/admin/"),
        ("/c/own/", "/admin/"),
    ],
)
def test_way_back_stays_in_the_admin_area(app, client, wanted, location):
    make_staff("zhou", "owner")

    answer = sign_in_as_staff(client, "zhou", next=wanted)

    assert answer.headers["Location"] == location


def test_wrong_password_and_unknown_name_read_alike(app, client):
    make_staff("zhou", "owner")

    pages = [sign_in_as_staff(client, name, "wrong") for name in ("zhou", "nobody")]
    words = [
        re.sub(r'name="csrf_token" value="[^"]+"|value="(zhou|nobody)"', "", page.text)
        for page in pages
    ]

    assert [page.status_code for page in pages] == [403, 403]
    assert words[0] == words[1]
    assert "账号或密码不对" in words[0]


def test_unknown_name_takes_as_long_as_a_wrong_password(app, client):
    make_staff("zhou", "owner")
    token = token_of(client)
    taken = {"somebody": [], "zhou": [], "nobody": []}  # the very first finds a turn that rested

    for _ in range(3):
        for name, times in taken.items():
            form = {"name": name, "password": "wrong", "csrf_token": token}
            begun = time.process_time()
            client.post("/admin/login", data=form)
            times.append(time.process_time() - begun)

    assert 0.4 < min(taken["zhou"]) / min(taken["nobody"]) < 2.5


def test_fourth_attempt_waits_and_says_how_long(app, client, monkeypatch):
    now = clock.now().timestamp()
    monkeypatch.setattr(clock.time, "time", lambda: now)  # or a slow machine sits the wait out
    make_staff("zhou", "owner")
    for _ in range(3):
        sign_in_as_staff(client, "zhou", "wrong")

    answer = sign_in_as_staff(client, "zhou")

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert "请过 1 秒再试" in answer.text


def kept_out(app):
    """A browser that was never here, after guesses from this address; the time stands still."""
    stranger = app.test_client()
    for _ in range(3):
        sign_in_as_staff(stranger, "zhou", "wrong")
    assert sign_in_as_staff(stranger, "zhou").status_code == 429
    return stranger


@pytest.fixture
def still(monkeypatch):
    """A clock that stands still: `set` moves it."""
    moments = {"now": clock.now().timestamp()}
    monkeypatch.setattr(clock.time, "time", lambda: moments["now"])
    return moments


def test_browser_that_has_signed_in_is_kept_out_by_nobody(app, client, still):
    make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou")
    post_form(client, "/admin/logout")

    kept_out(app)

    assert sign_in_as_staff(client, "zhou").status_code == 303


def test_cookie_of_a_known_browser_is_for_this_site_alone_and_opens_no_door(app, client):
    make_staff("zhou", "owner")
    answer = sign_in_as_staff(client, "zhou")
    (written,) = [line for line in answer.headers.getlist("Set-Cookie") if "device=" in line]
    copied = app.test_client()
    copied.set_cookie("device", client.get_cookie("device", path="/admin").value, path="/admin")

    assert {"HttpOnly", "Path=/admin", "SameSite=Strict"} <= set(written.split("; "))
    assert "zhou" not in written
    assert copied.get("/admin/").status_code == 303


def test_cookie_that_is_forged_or_over_a_month_old_makes_no_browser_known(app, client, still):
    made = make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou")
    old = client.get_cookie("device", path="/admin").value
    still["now"] += KNOWN_FOR
    stranger = kept_out(app)
    forged = URLSafeSerializer("guessed", salt="staff-device").dumps(
        {str(made.id): ["x", int(still["now"])]}
    )

    for value in (old, forged, old[:-1], "", "x"):
        stranger.set_cookie("device", value, path="/admin")
        assert sign_in_as_staff(stranger, "zhou").status_code == 429


def test_browser_of_two_people_is_known_for_both(app, client, still):
    for name in ("zhou", "zheng"):
        make_staff(name, "owner")
        sign_in_as_staff(client, name)
        post_form(client, "/admin/logout")

    kept_out(app)

    assert sign_in_as_staff(client, "zhou").status_code == 303


def test_signing_in_gives_a_new_form_token_and_keeps_the_citizen(app, client):
    campaign = make_campaign()
    make_staff("zhou", "owner")
    sign_in_as_voter(client, 1)
    before = token_of(client)

    sign_in_as_staff(client, "zhou")

    assert client.get(f"/c/{campaign.slug}/me").json["identified"] is True
    assert client.post("/admin/logout", data={"csrf_token": before}).status_code == 400


def test_session_that_was_known_before_signing_in_is_worth_nothing(app, client):
    make_staff("zhou", "owner")
    token_of(client)
    known = cookie(client)

    sign_in_as_staff(client, "zhou")
    thief = app.test_client()
    thief.set_cookie("votesite", known)

    assert thief.get("/admin/").status_code == 303


def test_signing_out_ends_the_session_for_a_copy_of_the_cookie_too(app, client):
    make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou")
    copied = cookie(client)

    answer = post_form(client, "/admin/logout")
    thief = app.test_client()
    thief.set_cookie("votesite", copied)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/login")
    assert thief.get("/admin/").status_code == 303
    assert db.session.query(StaffSession).count() == 0


def test_idle_session_is_sent_to_sign_in_and_back(app, client):
    make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou")
    with writing():
        db.session.query(StaffSession).update({"seen_at": "2026-01-01T00:00+08:00"})

    answer = client.get("/admin/me")

    assert answer.headers["Location"] == "/admin/login?next=/admin/me"


def test_another_browser_can_be_signed_out_from_here(app):
    make_staff("zhou", "owner")
    here, there = browser_of(app, "zhou"), browser_of(app, "zhou")
    first, second = (row.id for row in db.session.query(StaffSession).order_by(StaffSession.id))

    answer = post_form(here, f"/admin/me/sessions/{second}/end")

    assert answer.status_code == 303
    assert there.get("/admin/me").status_code == 303
    assert here.get("/admin/me").status_code == 200
    assert first != second


def test_password_is_changed_on_ones_own_page(app):
    make_staff("zhou", "owner")
    client = browser_of(app, "zhou")

    faulty = post_form(client, "/admin/me/password", old=PASSWORD, new="short")
    done = post_form(client, "/admin/me/password", old=PASSWORD, new="bai-yun-chu-xiu")

    assert (faulty.status_code, done.status_code) == (422, 303)
    assert "至少 10 字" in faulty.text
    assert sign_in_as_staff(app.test_client(), "zhou", "bai-yun-chu-xiu").status_code == 303


def test_public_pages_do_not_vary_by_cookie_for_staff(app):
    make_campaign()
    make_staff("zhou", "owner")
    stranger, client = app.test_client(), browser_of(app, "zhou")

    for path in ("/c/xiangzhen-2026/", "/c/xiangzhen-2026/candidates/1"):
        public, seen = stranger.get(path), client.get(path)
        assert seen.data == public.data
        assert seen.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in seen.headers


def test_signing_in_and_out_is_in_the_audit_log(app, client):
    zhou = make_staff("zhou", "owner")
    sign_in_as_staff(client, "zhou")
    post_form(client, "/admin/logout")

    acts = [(line.staff_id, line.action) for line in audit.entries(None)]

    assert acts[:2] == [(zhou.id, "sign-out"), (zhou.id, "sign-in")]


def test_signing_out_takes_drafts_off_this_computer(app, editor):
    answer = post_form(editor, "/admin/logout")

    assert answer.headers["Clear-Site-Data"] == '"storage"'

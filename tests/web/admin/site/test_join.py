"""The page behind a one-time link: an account opened from the first look to the recovery codes."""

import re

import pyotp
import pytest

from tests.support.accounts import (
    OVER,
    OWN_PASSWORD,
    act_path,
    confirm_act,
    link_on,
    open_account,
    recovery_codes_on,
    set_up_phone,
)
from tests.support.staffing import (
    PASSWORD,
    browser_of,
    make_staff,
    post_form,
    sign_in_as_staff,
    token_of,
)
from votesite.domain.staff import people
from votesite.extensions import db

INVITE = "/admin/accounts/invitations"
EDITOR = {"display_name": "王敏", "role": "editor", "campaign": "*", "password": PASSWORD}


@pytest.fixture
def link(keeper, owner):
    """The path of an invitation that was confirmed."""
    page = post_form(keeper, INVITE, **EDITOR)
    confirm_act(owner, act_path(page))
    return link_on(page)


def test_person_opens_the_account_from_the_link_to_the_recovery_codes(app, link, campaign, later):
    client = app.test_client()
    first = client.get(link).text
    assert "王敏" in first
    assert "邀请您担任编辑（全部活动）" in first

    opened = open_account(client, link, "wang")
    assert opened.headers["Location"] == "/admin/me#second-factor"
    assert "还差两步验证" in client.get("/admin/").text
    secret, done = set_up_phone(client)

    assert len(set(recovery_codes_on(done))) == 10
    assert pyotp.TOTP(secret)
    assert recovery_codes_on(client.get("/admin/me")) == []
    assert "还差两步验证" not in client.get("/admin/").text
    assert client.get(f"/admin/c/{campaign.slug}/").status_code == 404
    later(OVER)
    assert client.get(f"/admin/c/{campaign.slug}/").status_code == 200
    assert sign_in_as_staff(app.test_client(), "wang", OWN_PASSWORD).status_code == 403
    code = recovery_codes_on(done)[0]
    assert sign_in_as_staff(app.test_client(), "wang", OWN_PASSWORD, code=code).status_code == 303


def test_account_without_its_phone_has_no_role(app, link, campaign, later):
    client = app.test_client()
    open_account(client, link, "wang")
    later(OVER)

    assert client.get(f"/admin/c/{campaign.slug}/").status_code == 404
    answer = client.get("/admin/me", headers={"Accept": "application/json"})
    assert answer.json["roles"] == []


def test_looking_uses_nothing_up_and_the_form_works_once(app, link):
    for _ in range(3):
        assert app.test_client().get(link).status_code == 200

    assert open_account(app.test_client(), link, "wang").status_code == 303
    assert app.test_client().get(link).status_code == 404


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("root", OWN_PASSWORD, "name"),
        ("wang min", OWN_PASSWORD, "name"),
        ("wang", "short", "password"),
        ("wang", "", "password"),
        ("", OWN_PASSWORD, "name"),
    ],
)
def test_faults_are_said_and_nothing_typed_is_lost(app, link, name, password, field):
    client = app.test_client()

    answer = open_account(client, link, name, password)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'name="name" type="text" value="{name}"' in answer.text
    assert open_account(client, link, "wang").status_code == 303


def test_unknown_link_is_no_page(client):
    path = f"/admin/join/{'A' * 22}"
    token = token_of(client)

    assert client.get(path).status_code == 404
    assert client.post(path, data={"csrf_token": token, "name": "w"}).status_code == 404


def test_forged_form_opens_nothing(app, link):
    answer = app.test_client().post(link, data={"name": "wang", "password": OWN_PASSWORD})

    assert answer.status_code == 400
    assert people.by_name("wang") is None


def test_new_password_is_the_persons_own(app, keeper, owner, later):
    zhou = make_staff("zhou", "editor").id
    page = post_form(keeper, f"/admin/accounts/{zhou}/password", password=PASSWORD)
    confirm_act(owner, act_path(page))
    client, path = app.test_client(), link_on(page)
    assert "这个链接从" in client.get(path).text
    later(OVER)

    token = token_of(client)
    done = client.post(path, data={"csrf_token": token, "password": OWN_PASSWORD})

    assert done.headers["Location"] == "/admin/login"
    assert not re.search(OWN_PASSWORD, page.text + done.text)
    assert sign_in_as_staff(app.test_client(), "zhou", PASSWORD).status_code == 403
    assert sign_in_as_staff(app.test_client(), "zhou", OWN_PASSWORD).status_code == 303


def test_lost_phone_is_changed_with_the_own_password(app, keeper, owner, later):
    make_staff("sun", "supervisor")
    sun = browser_of(app, "sun")
    post_form(sun, "/admin/me/second-factor")
    set_up_phone(sun, PASSWORD)
    number = people.by_name("sun").id
    page = post_form(keeper, f"/admin/accounts/{number}/second-factor/drop", password=PASSWORD)
    confirm_act(owner, act_path(page))
    later(OVER)
    client, path = app.test_client(), link_on(page)
    token = token_of(client)

    wrong = client.post(path, data={"csrf_token": token, "password": "another"})
    right = client.post(path, data={"csrf_token": token, "password": PASSWORD})

    assert (wrong.status_code, right.status_code) == (422, 303)
    assert right.headers["Location"] == "/admin/me#second-factor"
    assert 'id="secret"' in client.get("/admin/me").text
    db.session.rollback()
    assert sun.get("/admin/me").status_code == 303


def test_wrong_passwords_behind_a_link_have_to_wait(app, keeper, owner, later):
    make_staff("sun", "supervisor")
    sun = browser_of(app, "sun")
    post_form(sun, "/admin/me/second-factor")
    set_up_phone(sun, PASSWORD)
    number = people.by_name("sun").id
    page = post_form(keeper, f"/admin/accounts/{number}/second-factor/drop", password=PASSWORD)
    confirm_act(owner, act_path(page))
    later(OVER)
    client, path = app.test_client(), link_on(page)
    form = {"csrf_token": token_of(client), "password": "another"}

    statuses = [client.post(path, data=form).status_code for _ in range(4)]

    assert statuses == [422, 422, 422, 429]

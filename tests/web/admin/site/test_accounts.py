"""Accounts: made, given roles, closed, and never without an owner."""

import re

import pytest

from tests.support.staffing import browser_of, make_staff, post_form
from votesite.domain.staff import people
from votesite.extensions import db

OWN = "/admin/c/xiangzhen-2026"


def test_new_account_shows_its_password_once(app, owner, campaign):
    answer = post_form(
        owner,
        "/admin/accounts",
        name="wang",
        display_name="王敏",
        role="reviewer",
        campaign="xiangzhen-2026",
    )
    password = re.search(r'class="code num">([^<]+)<', answer.text)[1]

    made = people.by_name("wang")
    assert made.roles_in(campaign.id) == {"reviewer"}
    assert password not in owner.get(f"/admin/accounts/{made.id}").text
    assert browser_of(app, "wang", password).get(f"{OWN}/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "x"},
        {"role": "king"},
        {"role": ""},
        {"campaign": "unknown"},
        {"campaign": ""},
        {"display_name": "长" * 41},
    ],
)
def test_faulty_account_is_not_made(app, owner, changes):
    form = {"name": "wang", "display_name": "王敏", "role": "editor", "campaign": "*"} | changes

    answer = post_form(owner, "/admin/accounts", **form)

    assert answer.status_code == 422
    assert len(people.everybody()) == 1


def test_a_new_account_has_no_default_role(app, owner, campaign):
    for page in ("/admin/accounts", f"/admin/accounts/{people.by_name('root').id}"):
        shown = owner.get(page).text
        assert [name in shown for name in ('name="role"', 'name="campaign"')] == [True, True]
        assert " selected" not in shown
    missing = post_form(owner, "/admin/accounts", name="wang", display_name="王敏")
    everywhere = {"name": "wang", "display_name": "王敏", "role": "editor", "campaign": "*"}
    done = post_form(owner, "/admin/accounts", **everywhere)

    db.session.rollback()
    assert (missing.status_code, missing.text.count("请从列出的选项里选")) == (422, 2)
    assert done.status_code == 200
    assert people.by_name("wang").roles_everywhere == {"editor"}


def test_roles_that_exclude_each_other_are_refused_with_the_reason(app, owner, campaign):
    root = people.by_name("root")

    answer = post_form(owner, f"/admin/accounts/{root.id}/grants", role="auditor", campaign="*")

    assert answer.status_code == 422
    assert "不能兼任别的角色" in answer.text
    assert people.by_id(root.id).roles_everywhere == {"owner"}


def test_last_owner_cannot_lock_everybody_out(app, owner):
    root = people.by_name("root")

    closed = post_form(owner, f"/admin/accounts/{root.id}/state", disabled="1")
    revoked = post_form(owner, f"/admin/accounts/{root.id}/grants/{root.grants[0].id}/revoke")

    assert (closed.status_code, revoked.status_code) == (409, 409)
    assert owner.get("/admin/accounts").status_code == 200


def test_revoked_role_is_gone_at_once(app, owner, campaign):
    zhou = make_staff("zhou", "editor", campaign=campaign)
    client = browser_of(app, "zhou")
    assert client.get(f"{OWN}/").status_code == 200

    post_form(owner, f"/admin/accounts/{zhou.id}/grants/{zhou.grants[0].id}/revoke")

    assert client.get(f"{OWN}/").status_code == 404


def test_grant_of_another_account_is_not_revoked_by_its_number(app, owner):
    zhou, zheng = make_staff("zhou", "editor"), make_staff("zheng", "editor")

    answer = post_form(owner, f"/admin/accounts/{zhou.id}/grants/{zheng.grants[0].id}/revoke")

    assert answer.status_code == 404
    assert len(zheng.grants) == 1


def test_what_ends_sessions_or_takes_a_role_is_asked_first(app, owner):
    zhou = make_staff("zhou", "editor")
    page = owner.get(f"/admin/accounts/{zhou.id}").text
    asked = "".join(re.findall(r"<details>.*?</details>", page, re.S))

    for act in ("password", "state", f"grants/{zhou.grants[0].id}/revoke"):
        form = f'action="/admin/accounts/{zhou.id}/{act}"'
        assert (page.count(form), asked.count(form)) == (1, 1)
    assert 'name="disabled" value="1"' in asked
    post_form(owner, f"/admin/accounts/{zhou.id}/state", disabled="1")
    again = owner.get(f"/admin/accounts/{zhou.id}").text
    assert 'name="disabled" value="0"' in again


def test_all_that_is_wrong_with_a_new_account_is_said_at_once(app, owner):
    empty = post_form(owner, "/admin/accounts", name="", role="", campaign="")
    spaced = post_form(
        owner, "/admin/accounts", name="liu fang", display_name="刘芳", role="editor", campaign="*"
    )

    named = [f'id="f-{name}-error"' in empty.text for name in ("name", "role", "campaign")]
    assert (empty.status_code, named) == (422, [True, True, True])
    assert spaced.status_code == 422
    assert "不能有空格" in spaced.text


def test_name_that_is_taken_is_told_together_with_what_else_is_wrong(app, owner):
    twice = {"name": "ROOT", "display_name": "长" * 41, "role": "", "campaign": ""}

    answer = post_form(owner, "/admin/accounts", **twice)

    named = [
        f'id="f-{name}-error"' in answer.text
        for name in ("name", "display_name", "role", "campaign")
    ]
    assert (answer.status_code, named) == (422, [True] * 4)
    assert "已经有了" in answer.text

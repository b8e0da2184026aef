"""Accounts: looked after by who decides nothing, never without an owner or such a colleague."""

import re

import pytest

from tests.support.accounts import OVER, act_path, confirm_act, invitation, link_on
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form
from votesite.domain.staff import account_acts, people
from votesite.extensions import db
from votesite.models.staff import AccountAct

OWN = "/admin/c/xiangzhen-2026"
INVITE = "/admin/accounts/invitations"
EDITOR = {"display_name": "王敏", "role": "editor", "campaign": "*", "password": PASSWORD}


def acts():
    """The acts as they are stored now."""
    db.session.rollback()
    return [(act.kind, act.state) for act in db.session.query(AccountAct)]


def test_invitation_shows_its_link_once_and_no_password(keeper, owner):
    page = post_form(keeper, INVITE, **EDITOR)

    link = link_on(page)
    assert page.status_code == 200
    assert re.fullmatch(r"/admin/join/[A-Za-z0-9_-]{22}", link)
    assert "<svg" in page.text
    assert acts() == [("invite", "proposed")]
    assert link not in keeper.get(act_path(page)).text


def test_judge_is_invited_without_own_password(keeper, campaign):
    fields = {"display_name": "王敏", "role": "judge", "campaign": campaign.slug}

    page = post_form(keeper, INVITE, **fields)

    assert link_on(page)
    assert acts() == [("invite", "done")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": "王"}, "display_name"),
        ({"display_name": "长" * 41}, "display_name"),
        ({"role": "king"}, "role"),
        ({"role": ""}, "role"),
        ({"campaign": "unknown"}, "campaign"),
        ({"campaign": ""}, "campaign"),
        ({"role": "accounts", "campaign": "xiangzhen-2026"}, "campaign"),
        ({"password": "another"}, "password"),
        ({"password": ""}, "password"),
    ],
)
def test_faulty_invitation_comes_back_filled_and_is_not_made(keeper, campaign, changes, field):
    answer = post_form(keeper, INVITE, **EDITOR | changes)

    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert f'href="#f-{field}"' in answer.text
    shown = (EDITOR | changes)["display_name"]
    assert f'value="{shown}"' in answer.text
    assert acts() == []


def test_all_that_is_wrong_is_said_at_once(keeper):
    empty = post_form(keeper, INVITE, display_name="", role="", campaign="")

    named = [f'id="f-{name}-error"' in empty.text for name in ("display_name", "role", "campaign")]
    assert (empty.status_code, named) == (422, [True, True, True])


def test_nothing_is_chosen_beforehand(keeper, campaign):
    for page in ("/admin/accounts", f"/admin/accounts/{make_staff('zhou').id}"):
        shown = keeper.get(page).text
        assert [name in shown for name in ('name="role"', 'name="campaign"')] == [True, True]
        assert " selected" not in shown


def test_who_has_no_phone_is_told_that_the_password_is_all(keeper):
    assert "这里只要密码" in keeper.get("/admin/accounts").text


def test_owner_proposes_nothing(owner, campaign):
    zhou = make_staff("zhou", "editor")
    root = people.by_name("root")
    posts = {
        INVITE: EDITOR,
        f"/admin/accounts/{zhou.id}/grants": {"role": "reviewer", "campaign": "*"},
        f"/admin/accounts/{zhou.id}/grants/{zhou.grants[0].id}/revoke": {},
        f"/admin/accounts/{zhou.id}/password": {},
        f"/admin/accounts/{zhou.id}/second-factor/drop": {},
        f"/admin/accounts/{zhou.id}/state": {"disabled": "1"},
        f"/admin/accounts/{root.id}/grants": {"role": "auditor", "campaign": "*"},
    }

    got = {
        path: post_form(owner, path, **{"password": PASSWORD, **fields}).status_code
        for path, fields in posts.items()
    }

    assert got == dict.fromkeys(posts, 403)
    assert acts() == []
    assert "<form" not in owner.get(f"/admin/accounts/{zhou.id}").text.partition('id="main"')[2]


def test_an_owner_does_not_become_auditor(app, owner, keeper, campaign):
    """Neither alone nor with the help of who looks after accounts."""
    root = people.by_name("root")
    archive = f"{OWN}/cosigning/archive.zip"

    alone = post_form(owner, f"/admin/accounts/{root.id}/grants", role="auditor", campaign="*")
    helped = post_form(
        keeper,
        f"/admin/accounts/{root.id}/grants",
        role="auditor",
        campaign="*",
        password=PASSWORD,
    )

    assert (alone.status_code, helped.status_code) == (403, 422)
    assert "不能兼任别的角色" in helped.text
    assert owner.get(archive).status_code == 403
    assert people.by_id(root.id).roles_everywhere == {"owner"}


def test_owners_are_told_how_to_make_the_first_who_looks_after_accounts(app, owner):
    command = "staff create NAME --role accounts"

    assert command in owner.get("/admin/accounts").text
    make_staff("keeper", "accounts")
    assert command not in owner.get("/admin/accounts").text


def test_granted_role_counts_after_its_day(app, keeper, owner, campaign, later):
    zhou = make_staff("zhou")
    client = browser_of(app, "zhou")
    answer = post_form(
        keeper,
        f"/admin/accounts/{zhou.id}/grants",
        role="editor",
        campaign=campaign.slug,
        password=PASSWORD,
    )
    assert answer.status_code == 303
    assert confirm_act(owner, act_path(answer)).status_code == 303

    before = client.get(f"{OWN}/").status_code
    shown = "起生效" in keeper.get(f"/admin/accounts/{zhou.id}").text
    later(OVER)

    assert (before, shown, client.get(f"{OWN}/").status_code) == (404, True, 200)


def test_judge_is_granted_at_once(keeper, campaign):
    zhou = make_staff("zhou")

    answer = post_form(
        keeper, f"/admin/accounts/{zhou.id}/grants", role="judge", campaign=campaign.slug
    )

    db.session.rollback()
    assert answer.headers["Location"] == f"/admin/accounts/{zhou.id}"
    assert people.by_id(zhou.id).roles_in(campaign.id) == {"judge"}


def test_last_owner_and_last_who_looks_after_accounts_stay(app, owner, keeper):
    for name in ("root", "keeper"):
        one = people.by_name(name)
        closed = post_form(keeper, f"/admin/accounts/{one.id}/state", disabled="1")
        revoked = post_form(keeper, f"/admin/accounts/{one.id}/grants/{one.grants[0].id}/revoke")
        assert (closed.status_code, revoked.status_code) == (409, 409)

    assert owner.get("/admin/accounts").status_code == 200


def test_revoked_role_is_gone_at_once(app, keeper, campaign):
    zhou = make_staff("zhou", "editor", campaign=campaign)
    client = browser_of(app, "zhou")
    assert client.get(f"{OWN}/").status_code == 200

    post_form(keeper, f"/admin/accounts/{zhou.id}/grants/{zhou.grants[0].id}/revoke")

    assert client.get(f"{OWN}/").status_code == 404


def test_grant_of_another_account_is_not_revoked_by_its_number(app, keeper):
    zhou, zheng = make_staff("zhou", "editor"), make_staff("zheng", "editor")

    answer = post_form(keeper, f"/admin/accounts/{zhou.id}/grants/{zheng.grants[0].id}/revoke")

    assert answer.status_code == 404
    assert len(zheng.grants) == 1


def test_what_ends_sessions_or_takes_a_role_is_asked_first(app, keeper):
    zhou = make_staff("zhou", "editor")
    page = keeper.get(f"/admin/accounts/{zhou.id}").text
    asked = "".join(re.findall(r"<details>.*?</details>", page, re.S))

    for act in ("state", f"grants/{zhou.grants[0].id}/revoke"):
        form = f'action="/admin/accounts/{zhou.id}/{act}"'
        assert (page.count(form), asked.count(form)) == (1, 1)
    assert 'name="disabled" value="1"' in asked


@pytest.mark.parametrize(("kind", "path"), [("reset", "password"), ("reopen", "state")])
def test_act_about_an_account_is_asked_on_a_page_and_needs_the_own_password(keeper, kind, path):
    zhou = make_staff("zhou", "editor")
    if kind == "reopen":
        post_form(keeper, f"/admin/accounts/{zhou.id}/state", disabled="1")
    account = f"/admin/accounts/{zhou.id}"
    assert f"{account}/acts/new?kind={kind}" in keeper.get(account).text
    form = keeper.get(f"{account}/acts/new?kind={kind}").text
    assert f'action="{account}/{path}"' in form

    wrong = post_form(keeper, f"{account}/{path}", password="another")
    done = post_form(keeper, f"{account}/{path}", password=PASSWORD)

    assert wrong.status_code == 422
    assert 'id="f-password-error"' in wrong.text
    assert link_on(done)
    assert acts() == [(kind, "proposed")]
    assert "已经提出" in keeper.get(account).text


def test_unknown_act_has_no_page(keeper):
    zhou = make_staff("zhou", "editor")

    assert keeper.get(f"/admin/accounts/{zhou.id}/acts/new?kind=grant").status_code == 404


def test_own_account_is_looked_after_elsewhere(keeper):
    own = people.by_name("keeper").id

    for path in ("password", "second-factor/drop", "grants"):
        answer = post_form(keeper, f"/admin/accounts/{own}/{path}", password=PASSWORD)
        assert answer.headers["Location"] == "/admin/me"


def test_what_is_being_done_is_listed(keeper, owner):
    by = people.by_name("keeper").id
    account_acts.propose(invitation("editor", "王敏"), by=by)

    assert "邀请“王敏”担任编辑（全部活动）" in owner.get("/admin/accounts").text

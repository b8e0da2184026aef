"""Notices: shown at the next sign-in and on every page until they are acknowledged."""

import pytest

from tests.support.accounts import act_path, confirm_act
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form, sign_in_as_staff
from votesite.cli.staff import create
from votesite.domain.staff import notices, people
from votesite.extensions import db

ALARM = "有 1 件账号变动要您看过"


@pytest.fixture
def reset(keeper, owner):
    """The path of a confirmed act: Zhou's password is to be set anew."""
    zhou = make_staff("zhou", "editor").id
    act = act_path(post_form(keeper, f"/admin/accounts/{zhou}/password", password=PASSWORD))
    confirm_act(owner, act)
    return act


@pytest.mark.parametrize("name", ["root", "zhou"])
def test_next_sign_in_leads_to_what_was_done_and_then_to_the_page_asked_for(app, reset, name):
    client = app.test_client()

    answer = sign_in_as_staff(client, name, next="/admin/me")
    page = client.get(answer.headers["Location"])

    assert answer.headers["Location"] == "/admin/notices?next=/admin/me"
    for words in ("重设“Zhou”的密码", "Keeper", "Root", "起生效", "打开，可以叫停"):
        assert words in page.text
    assert ALARM in client.get("/admin/").text
    number = reset.rpartition("/")[2]
    done = post_form(client, "/admin/notices", act=number, next="/admin/me")
    assert done.headers["Location"] == "/admin/me"
    assert ALARM not in client.get("/admin/").text
    again = sign_in_as_staff(app.test_client(), name, next="/admin/me")
    assert again.headers["Location"] == "/admin/me"


def test_only_what_the_page_showed_is_acknowledged(app, reset):
    zhou = browser_of(app, "zhou")

    for number in ("", "99", "x", "-1", "9" * 40):
        assert post_form(zhou, "/admin/notices", act=number).status_code == 303

    db.session.rollback()
    assert notices.count(people.by_name("zhou").id) == 1


def test_onward_leads_nowhere_else(app, reset):
    zhou = browser_of(app, "zhou")

    answer = post_form(zhou, "/admin/notices", act="1", next="//elsewhere.example/")

    assert answer.headers["Location"] == "/admin/"


def test_owner_is_told_what_was_done_on_the_server(app, owner):
    app.test_cli_runner().invoke(create, ["wang", "--role", "editor"])

    page = owner.get("/admin/notices").text

    assert "在服务器上新建账号“wang”：编辑（全部活动）" in page
    assert "服务器命令" in page
    assert "立即" in page
    assert "打开，可以叫停" not in page

"""An act about an account on its page: confirmed by another, stopped in time; two stay two."""

import pyotp
import pytest

from tests.support.accounts import (
    OVER,
    OWN_PASSWORD,
    act_path,
    confirm_act,
    link_on,
    open_account,
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
from votesite import clock
from votesite.domain.decisions import proposals
from votesite.domain.staff import people, second_factors
from votesite.extensions import db
from votesite.models.campaigns import Campaign

DECIDE = "/admin/c/xiangzhen-2026/decisions/new"
INVITE = "/admin/accounts/invitations"
COLLEAGUE = {"display_name": "张三", "role": "supervisor", "campaign": "*", "password": PASSWORD}


def is_paused(campaign):
    """Whether two people have paused the vote."""
    db.session.rollback()
    return bool(db.session.get(Campaign, campaign.id).paused)


def pause_as(owner, colleague, password):
    """Propose a pause and let a colleague confirm it on this screen."""
    fields = {"kind": "pause", "why": "临时暂停", "colleague": colleague, "password": password}
    return post_form(owner, DECIDE, **fields)


def test_owner_invents_no_colleague(app, owner, keeper, campaign, later):
    """He opens no account; one that he talks into being decides nothing for a day, and is told."""
    for path in ("/admin/accounts", INVITE):
        assert post_form(owner, path, name="zhang.san", **COLLEAGUE).status_code in (403, 405)
    assert people.by_name("zhang.san") is None

    page = post_form(keeper, INVITE, **COLLEAGUE)
    link, act = link_on(page), act_path(page)
    invented = app.test_client()
    early = invented.get(link)
    assert (early.status_code, "还等另一位同事确认" in early.text) == (200, True)
    assert open_account(invented, link, "zhang.san").status_code == 404
    make_staff("second", "owner")
    assert confirm_act(owner, act).status_code == 303
    assert open_account(invented, link, "zhang.san").status_code == 303
    pause_as(owner, "zhang.san", OWN_PASSWORD)
    assert not is_paused(campaign)  # no phone yet
    secret, _ = set_up_phone(invented)
    assert sign_in_as_staff(app.test_client(), "zhang.san", OWN_PASSWORD).status_code == 403

    zhang = people.by_name("zhang.san").id
    with pytest.raises(proposals.Forbidden):
        proposals.confirm(proposals.waiting(campaign.id, now=clock.now())[0].id, zhang)
    assert not is_paused(campaign)  # his day is not over
    assert "有 1 件账号变动要您看过" in browser_of(app, "second").get("/admin/").text
    later(OVER)
    db.session.rollback()
    assert people.by_id(zhang).roles_everywhere == {"supervisor"}
    assert secret


def test_owner_does_not_become_a_colleague(app, owner, keeper, campaign, later):
    """He cannot drop a phone or set a password; who can, only proposes, and the person stops it."""
    carl = make_staff("carl", "supervisor").id
    own = browser_of(app, "carl")
    post_form(own, "/admin/me/second-factor")
    secret, _ = set_up_phone(own, PASSWORD)
    account = f"/admin/accounts/{carl}"

    for path in (f"{account}/second-factor/drop", f"{account}/password"):
        assert post_form(owner, path, password=PASSWORD).status_code == 403
    pause_as(owner, "carl", PASSWORD)
    assert not is_paused(campaign)  # his phone's code is missing

    links = []
    for path in (f"{account}/second-factor/drop", f"{account}/password"):
        page = post_form(keeper, path, password=PASSWORD)
        links.append(link_on(page))
        assert confirm_act(owner, act_path(page)).status_code == 303
    assert "有 2 件账号变动要您看过" in own.get("/admin/").text
    thief = app.test_client()
    assert [thief.get(link).status_code for link in links] == [200, 200]
    form = {"csrf_token": token_of(thief), "password": OWN_PASSWORD}
    assert [thief.post(link, data=form).status_code for link in links] == [404, 404]
    later(OVER)
    drop = links[0]
    assert thief.post(drop, data=form).status_code == 422  # it takes Carl's own password
    page = own.get("/admin/notices").text
    assert page.count("打开，可以叫停") == 2
    for number in (1, 2):
        stopped = post_form(own, f"/admin/accounts/acts/{number}/stop")
        assert stopped.status_code == 303
    assert [thief.post(link, data=form).status_code for link in links] == [404, 404]
    db.session.rollback()
    assert second_factors.has_second_factor(carl)
    assert sign_in_as_staff(app.test_client(), "carl", PASSWORD).status_code == 403
    assert not is_paused(campaign)
    assert pyotp.TOTP(secret)


def test_confirming_takes_the_own_password(keeper, owner):
    act = act_path(post_form(keeper, INVITE, **COLLEAGUE))

    wrong = confirm_act(owner, act, "another")
    empty = confirm_act(owner, act, "")

    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert 'id="f-password-error"' in wrong.text
    assert "等另一人确认" in owner.get(act).text
    assert confirm_act(owner, act).status_code == 303


def test_confirming_takes_the_code_of_who_has_a_phone(app, keeper, owner):
    post_form(owner, "/admin/me/second-factor")
    set_up_phone(owner, PASSWORD)
    act = act_path(post_form(keeper, INVITE, **COLLEAGUE))
    assert 'name="code"' in owner.get(act).text

    without = confirm_act(owner, act)

    assert without.status_code == 422
    assert "等另一人确认" in owner.get(act).text


def test_proposer_does_not_confirm(keeper):
    act = act_path(post_form(keeper, INVITE, **COLLEAGUE))

    answer = confirm_act(keeper, act)

    assert answer.status_code == 409
    assert "提出的人不能自己确认" in answer.text


def test_act_of_others_is_no_page(app, keeper, owner):
    act = act_path(post_form(keeper, INVITE, **COLLEAGUE))
    make_staff("zhou", "editor")
    client = browser_of(app, "zhou")

    assert client.get(act).status_code == 404
    assert [post_form(client, f"{act}/{verb}").status_code for verb in ("confirm", "stop")] == [
        404,
        404,
    ]


def test_act_can_be_stopped_in_its_day_and_not_later(app, keeper, owner, later):
    zhou = make_staff("zhou").id
    grant = {"role": "editor", "campaign": "*", "password": PASSWORD}
    act = act_path(post_form(keeper, f"/admin/accounts/{zhou}/grants", **grant))
    confirm_act(owner, act)
    assert "叫停" in owner.get(act).text

    later(OVER)

    assert post_form(owner, f"{act}/stop").status_code == 409
    assert f'action="{act}/stop"' not in owner.get(act).text

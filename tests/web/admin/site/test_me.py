"""A phone's code beside the password: set up, asked for, used once, lost."""

import re

import pyotp
import pytest
from markupsafe import escape

from tests.support.accounts import recovery_codes_on
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
from votesite.cli.staff import reset_second_factor
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals
from votesite.domain.staff import recovery_codes, second_factors
from votesite.extensions import db
from votesite.models.staff import SecondFactor

NOW = clock.now().timestamp() // 30 * 30 + 10


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """The clock stands in the midst of a step until a test moves it."""
    moments = {"now": NOW}
    monkeypatch.setattr(clock.time, "time", lambda: moments["now"])
    return moments


def secret_on(page):
    """The secret that a page shows for typing."""
    return re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")


def code_of(secret, at=NOW):
    return pyotp.TOTP(secret).at(int(at))


def set_up(client):
    """Set up a phone in a signed-in browser; its secret. The code of now is used up."""
    post_form(client, "/admin/me/second-factor")
    secret = secret_on(client.get("/admin/me"))
    answer = post_form(client, CONFIRM, password=PASSWORD, code=code_of(secret))
    assert answer.status_code == 200
    return secret


def factor(number):
    """The account's row as it stands now, or None."""
    db.session.rollback()
    return db.session.get(SecondFactor, number)


def log():
    """The audit log's lines as (who, what), the newest first."""
    db.session.rollback()
    return [(line.staff_id, line.action) for line in audit.entries(None)]


CONFIRM, DROP = "/admin/me/second-factor/confirm", "/admin/me/second-factor/drop"
RENEW = "/admin/me/recovery-codes"


@pytest.fixture
def zhou(app):
    """An owner without a phone yet: the account, and a browser."""
    made = make_staff("zhou", "owner")
    return made.id, browser_of(app, "zhou")


def test_secret_is_shown_until_the_phone_has_it_and_is_sealed(zhou):
    number, client = zhou
    post_form(client, "/admin/me/second-factor")
    page = client.get("/admin/me")
    secret = secret_on(page)
    db.session.rollback()
    uri = second_factors.enrolment(number).uri

    assert "<svg" in page.text
    assert f'href="{escape(uri)}"' in page.text
    assert pyotp.parse_uri(uri).secret == secret
    assert "zhou" in uri
    assert secret.encode() not in factor(number).sealed
    assert post_form(client, CONFIRM, password=PASSWORD, code=code_of(secret)).status_code == 200

    later = client.get("/admin/me").text
    assert secret[:4] + " " + secret[4:8] not in later
    assert "已开启" in later
    db.session.rollback()
    assert second_factors.enrolment(number) is None


def test_nothing_is_asked_before_the_first_code(app, zhou):
    post_form(zhou[1], "/admin/me/second-factor")

    assert sign_in_as_staff(app.test_client(), "zhou").status_code == 303


def test_setting_up_takes_the_password_and_the_right_code(zhou):
    _, client = zhou
    post_form(client, "/admin/me/second-factor")
    secret = secret_on(client.get("/admin/me"))

    wrong_code = post_form(client, CONFIRM, password=PASSWORD, code="000000")
    wrong_password = post_form(client, CONFIRM, password="another", code=code_of(secret))

    assert (wrong_code.status_code, wrong_password.status_code) == (422, 422)
    assert 'id="f-code-error"' in wrong_code.text
    assert 'id="f-password-error"' in wrong_password.text
    assert secret_on(wrong_code) == secret
    assert factor(zhou[0]).since is None


def test_beginning_anew_replaces_only_what_was_not_confirmed(zhou):
    number, client = zhou
    post_form(client, "/admin/me/second-factor")
    first = secret_on(client.get("/admin/me"))
    secret = set_up(client)
    post_form(client, "/admin/me/second-factor")

    assert first != secret
    assert factor(number).since is not None


def test_other_browsers_are_signed_out(app, zhou):
    other = browser_of(app, "zhou")
    set_up(zhou[1])

    assert other.get("/admin/me").status_code == 303
    assert zhou[1].get("/admin/me").status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "123", "一二三四五六"])
def test_password_alone_no_longer_lets_in_and_the_answer_says_no_more(app, zhou, code):
    set_up(zhou[1])
    client = app.test_client()

    refused = sign_in_as_staff(client, "zhou", code=code)
    wrong = sign_in_as_staff(client, "zhou", "wrong", code=code)

    assert (refused.status_code, wrong.status_code) == (403, 403)
    strip = re.compile(r'name="csrf_token" value="[^"]+"')
    assert strip.sub("", refused.text) == strip.sub("", wrong.text)


@pytest.mark.parametrize("away", [30, 60])
def test_code_of_now_or_of_the_step_before_lets_in(app, zhou, still, away):
    secret = set_up(zhou[1])
    still["now"] = NOW + away

    answer = sign_in_as_staff(app.test_client(), "zhou", code=code_of(secret, NOW + 30))

    assert answer.status_code == 303


def test_code_typed_with_a_blank_lets_in(app, zhou, still):
    secret = set_up(zhou[1])
    still["now"] = NOW + 30
    code = code_of(secret, NOW + 30)

    assert (
        sign_in_as_staff(app.test_client(), "zhou", code=f"{code[:3]} {code[3:]}").status_code
        == 303
    )


def test_code_that_is_too_old_does_not(app, zhou, still):
    secret = set_up(zhou[1])
    still["now"] = NOW + 90

    assert (
        sign_in_as_staff(app.test_client(), "zhou", code=code_of(secret, NOW + 30)).status_code
        == 403
    )


def test_code_is_good_once(app, zhou, still):
    secret = set_up(zhou[1])
    still["now"] = NOW + 30
    code = code_of(secret, NOW + 30)

    first, second = (sign_in_as_staff(app.test_client(), "zhou", code=code) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 403)


def test_wrong_codes_have_to_wait_like_wrong_passwords(app, zhou):
    set_up(zhou[1])

    statuses = [
        sign_in_as_staff(app.test_client(), "zhou", code="000000").status_code for _ in range(5)
    ]

    assert statuses == [403, 403, 403, 429, 429]


def test_password_change_in_a_signed_in_browser_takes_no_code(zhou):
    set_up(zhou[1])

    answer = post_form(zhou[1], "/admin/me/password", old=PASSWORD, new="bai-yun-chu-xiu")

    assert answer.status_code == 303


def test_colleague_confirms_on_the_screen_with_code_only(app, zhou, still):
    campaign = make_campaign()
    make_staff("sun", "supervisor")
    secret = set_up(browser_of(app, "sun"))
    fields = {"kind": "pause", "why": "系统升级", "colleague": "sun", "password": PASSWORD}
    still["now"] = NOW + 30

    without = post_form(zhou[1], f"/admin/c/{campaign.slug}/decisions/new", **fields)
    db.session.rollback()
    waiting = proposals.waiting(campaign.id, now=clock.now())
    assert without.status_code == 422
    assert "动态码" in without.text
    assert [one.kind for one in waiting] == ["pause"]
    answer = post_form(
        zhou[1],
        f"/admin/c/{campaign.slug}/decisions/{waiting[0].id}/confirm-here",
        colleague="sun",
        password=PASSWORD,
        code=code_of(secret, NOW + 30),
    )

    assert answer.status_code == 303
    db.session.rollback()
    assert proposals.waiting(campaign.id, now=clock.now()) == []


def test_dropping_takes_password_and_code(app, zhou, still):
    secret = set_up(zhou[1])
    still["now"] = NOW + 30

    refused = post_form(zhou[1], DROP, password=PASSWORD, code="000000")
    done = post_form(zhou[1], DROP, password=PASSWORD, code=code_of(secret, NOW + 30))

    assert (refused.status_code, done.status_code) == (422, 303)
    assert sign_in_as_staff(app.test_client(), "zhou").status_code == 303
    actions = [action for _, action in log()]
    assert actions.count("set-second-factor") == actions.count("drop-second-factor") == 1


def test_who_has_one_is_seen_among_the_accounts(app, zhou):
    make_staff("sun", "supervisor")
    assert "两步验证</span>" not in zhou[1].get("/admin/accounts").text

    set_up(browser_of(app, "sun"))

    assert "两步验证</span>" in zhou[1].get("/admin/accounts").text


def test_recovery_code_lets_in_and_takes_the_lost_phone_away(app, zhou):
    set_up(zhou[1])
    db.session.rollback()
    code, other, *_ = recovery_codes.renew(zhou[0])
    client = app.test_client()

    assert sign_in_as_staff(client, "zhou", code=code).status_code == 303
    assert post_form(client, DROP, password=PASSWORD, code=code).status_code == 422
    assert "恢复码还剩 9 个" in client.get("/admin/me").text
    assert post_form(client, DROP, password=PASSWORD, code=other).status_code == 303
    assert factor(zhou[0]) is None


def test_new_recovery_codes_take_password_and_the_phones_code(zhou, still):
    secret = set_up(zhou[1])
    db.session.rollback()
    old = recovery_codes.renew(zhou[0])
    still["now"] = NOW + 30

    without = post_form(zhou[1], RENEW, password=PASSWORD, code=old[0])
    done = post_form(zhou[1], RENEW, password=PASSWORD, code=code_of(secret, NOW + 30))

    assert (without.status_code, done.status_code) == (422, 200)
    shown = recovery_codes_on(done)
    assert len(shown) == 10
    assert not set(shown) & set(old)
    assert recovery_codes_on(zhou[1].get("/admin/me")) == []


def test_program_reads_name_roles_and_token(app, zhou):
    make_staff("sun", "supervisor", campaign=make_campaign())
    asked = {"Accept": "application/json"}
    own = browser_of(app, "sun").get("/admin/me", headers=asked)

    assert own.json.keys() == {"name", "roles", "csrf_token"}
    assert (own.json["name"], own.json["roles"]) == ("sun", ["supervisor"])
    token = zhou[1].get("/admin/me", headers=asked).json["csrf_token"]
    assert zhou[1].post("/admin/logout", data={"csrf_token": token}).status_code == 303
    assert app.test_client().get("/admin/me", headers=asked).status_code == 401


def test_command_takes_it_away_on_the_server(app, zhou):
    set_up(zhou[1])
    runner = app.test_cli_runner()

    done = runner.invoke(reset_second_factor, ["zhou"])
    again = runner.invoke(reset_second_factor, ["zhou"])
    unknown = runner.invoke(reset_second_factor, ["nobody"])

    assert "password alone" in done.output
    assert "nothing to reset" in again.output
    assert unknown.exit_code == 1
    assert sign_in_as_staff(app.test_client(), "zhou").status_code == 303


def test_confirming_what_was_not_begun_is_no_page(zhou):
    assert post_form(zhou[1], CONFIRM, password=PASSWORD, code="123456").status_code == 404


def test_secret_opens_for_its_own_account_alone(zhou):
    number, client = zhou
    post_form(client, "/admin/me/second-factor")
    sealed = factor(number).sealed

    with pytest.raises(keys.Unreadable):
        keys.open_field(sealed, f"staff_second_factors|{number + 1}|sealed")


def test_form_of_a_stranger_has_the_field_for_everyone(client):
    token_of(client)

    page = client.get("/admin/login").text

    assert 'name="code"' in page
    assert 'autocomplete="one-time-code"' in page

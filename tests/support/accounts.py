"""Acts about accounts for tests: proposed, confirmed, completed by their links."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pyotp

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, post_form, token_of
from votesite.clock import minute
from votesite.domain import keys
from votesite.domain.staff import account_acts, second_factors
from votesite.domain.staff.account_acts import Wish
from votesite.extensions import db, writing
from votesite.models.staff import SecondFactor

DAY = timedelta(hours=24)
OVER = DAY + timedelta(minutes=1)  # acts count from a whole minute on
OWN_PASSWORD = "bai-yun-chu-xiu"


def agreed(wish, by, second, *, now):
    """An act that two people have agreed on: its number and its link's token."""
    act, token = account_acts.propose(wish, by=by, clock=at(now))
    account_acts.confirm(act.id, by=second, clock=at(now))
    return act.id, token


def invitation(role, name="王敏", campaign_id=None):
    """A wish to invite somebody."""
    return Wish("invite", None, name, role, campaign_id)


def give_phone(staff_id):
    """Set up a second factor of which nobody knows the codes."""
    keys.field_prefix()  # a new site makes its keys before the lock is held
    with writing():
        second_factors.add_secret(staff_id)
        db.session.get(SecondFactor, staff_id).since = minute(NOON)


def link_on(page):
    """The path of the link that a page shows, once."""
    return urlsplit(re.search(r'id="link">([^<]+)<', page.text)[1]).path


def act_path(page):
    """The path of the act that a page links or was redirected to."""
    found = re.search(r"/admin/accounts/acts/\d+", page.headers.get("Location") or page.text)
    return found[0]


def confirm_act(client, path, password=PASSWORD, **fields):
    """Confirm an act in a signed-in browser."""
    return post_form(client, f"{path}/confirm", password=password, **fields)


def open_account(client, path, name, password=OWN_PASSWORD):
    """Fill in an invitation's form in a browser that nobody has signed in with."""
    token = token_of(client)
    return client.post(path, data={"csrf_token": token, "name": name, "password": password})


def set_up_phone(client, password=OWN_PASSWORD):
    """Set up the phone whose secret `/admin/me` shows; the secret, and the page with the codes."""
    page = client.get("/admin/me")
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    answer = post_form(
        client, "/admin/me/second-factor/confirm", password=password, code=pyotp.TOTP(secret).now()
    )
    return secret, answer


def recovery_codes_on(page):
    """The recovery codes that a page shows, once."""
    return re.findall(r"\b\d{4}-\d{4}-\d{4}\b", page.text)

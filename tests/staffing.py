"""Staff for tests: accounts with grants, and browsers in which they are signed in."""

import re

from votesite import clock
from votesite.domain import staff

PASSWORD = "jing-dian-9527"


def make_staff(name, *roles, campaign=None, password=PASSWORD, now=clock.now):
    """An account with roles in one campaign, or in all."""
    made = staff.create(name, name.title(), password, by=None, clock=now)
    for role in roles:
        staff.grant(made.id, role, campaign.id if campaign else None, by=None, clock=now)
    return made


def token_of(client, path="/admin/login"):
    """The form token a page of this browser carries."""
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def sign_in(client, name, password=PASSWORD, **fields):
    """Post the form of `/admin/login`; the answer."""
    form = {"name": name, "password": password, "csrf_token": token_of(client), **fields}
    return client.post("/admin/login", data=form, base_url="http://localhost:8000")


def browser_of(app, name, password=PASSWORD):
    """A browser in which somebody is signed in."""
    client = app.test_client()
    assert sign_in(client, name, password).status_code == 303
    return client


def post(client, path, **fields):
    """Post a form with this browser's token."""
    return client.post(path, data={"csrf_token": token_of(client, "/admin/me"), **fields})

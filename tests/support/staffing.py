"""Staff for tests: accounts with grants, and browsers in which they are signed in."""

import hashlib
import re
import secrets
from contextvars import Context
from dataclasses import dataclass
from io import BytesIO

from flask import session
from flask_wtf.csrf import generate_csrf
from PIL import Image

from votesite import clock
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import accounts, grants
from votesite.extensions import db, writing
from votesite.models.staff import StaffSession

PASSWORD = "jing-dian-9527"


def make_staff(name, *roles, campaign=None, password=PASSWORD, now=clock.now):
    """An account with roles in one campaign, or in all."""
    made = accounts.create(name, name.title(), password, by=None, clock=now)
    for role in roles:
        grants.grant(made.id, role, campaign.id if campaign else None, by=None, clock=now)
    return made


def two_editors():
    """The numbers of two people who may decide together."""
    return make_staff("editor", "editor").id, make_staff("second", "editor").id


def record_incident(campaign, what, editors):
    """Two people write into the ledger what happened."""
    first, second = editors
    made = proposals.propose(campaign.id, first, Change("incident", ""), what)
    proposals.confirm(made.id, second)


def png(size=(640, 480)):
    """A small picture."""
    target = BytesIO()
    Image.new("RGB", size, "green").save(target, "PNG")
    return target.getvalue()


def token_of(client, path="/admin/login"):
    """The form token a page of this browser carries."""
    page = client.get(path, follow_redirects=True).get_data(as_text=True)
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def sign_in_as_staff(client, name, password=PASSWORD, **fields):
    """Post the form of `/admin/login`; the answer."""
    form = {"name": name, "password": password, "csrf_token": token_of(client), **fields}
    return client.post("/admin/login", data=form, base_url="http://localhost:8000")


def browser_of(app, name, password=PASSWORD):
    """A browser in which somebody is signed in."""
    client = app.test_client()
    assert sign_in_as_staff(client, name, password).status_code == 303
    return client


def post_form(client, path, **fields):
    """Post a form with this browser's token."""
    return client.post(path, data={"csrf_token": token_of(client, "/admin/me"), **fields})


@dataclass(frozen=True)
class Session:
    """A session's cookie, the token its forms carry, and its number."""

    cookie: str
    csrf_token: str
    session_id: int


def staff_session(app, staff_id, messages=()):
    """A session as signing in leaves it, without the password's cost; None: a stranger's.

    `messages` wait for the next page, as after a form.
    """
    token = secrets.token_urlsafe(32)
    number = _session_row(token, staff_id) if staff_id else 0
    waiting = {"_flashes": [("ok", message) for message in messages]} if messages else {}
    given = {"s": token, **waiting} if staff_id else {}
    values, csrf_token = Context().run(_session_values, app, given)
    signed = app.session_interface.get_signing_serializer(app).dumps(values)
    return Session(f"{app.config['SESSION_COOKIE_NAME']}={signed}", csrf_token, number)


def _session_values(app, values):
    with app.test_request_context():
        session.update(values)
        csrf_token = generate_csrf()
        return dict(session), csrf_token


def _session_row(token, staff_id):
    now = minute(clock.now())
    digest = hashlib.sha256(token.encode()).digest()
    with writing():
        made = StaffSession(token_hash=digest, staff_id=staff_id, created_at=now, seen_at=now)
        db.session.add(made)
    return made.id

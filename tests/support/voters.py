"""Voters with sessions as a login leaves them, and the ballots they post over real HTTP."""

import http.client
import json
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import session
from flask_wtf.csrf import generate_csrf

from votesite.web.access import identity
from votesite.web.access.identity import PendingLogin


@dataclass(frozen=True)
class Voter:
    """A session's cookie and the token its forms carry."""

    cookie: str
    csrf_token: str


def voter_session(app, openid):
    """A voter whom the site itself has put into a session."""
    with app.test_request_context():
        identity.remember(openid, PendingLogin("test", "/", 0))
        token = generate_csrf()
        return Voter(_cookie(app, dict(session)), token)


def _cookie(app, values):
    serializer = app.session_interface.get_signing_serializer(app)
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(values)}"


def ballot_fields(voter, picks, *, token=None):
    """The fields of a ballot with consent."""
    return [
        *(("candidate", str(no)) for no in picks),
        ("ballot_token", token or secrets.token_urlsafe(18)),
        ("csrf_token", voter.csrf_token),
        ("consent", "1"),
    ]


def post_ballot(url, slug, voter, picks, *, token=None, machine=None):
    """Post a ballot as a program does, to one of several machines (host:port); (status, answer)."""
    connection = http.client.HTTPConnection(machine or urlsplit(url).netloc, timeout=30)
    body = urlencode(ballot_fields(voter, picks, token=token))
    headers = {
        "Host": urlsplit(url).netloc,
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": voter.cookie,
        "Origin": url,
    }
    try:
        connection.request("POST", f"/c/{slug}/ballot", body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def get_json(url, path):
    """What an address answers to a program without a session."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()

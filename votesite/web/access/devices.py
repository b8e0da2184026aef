"""Devices: browsers in which staff have signed in before, each known by a signed cookie.

The cookie lets nobody in. It only says where wrong passwords are counted: a known browser has a
count of its own, which no stranger can fill.
"""

import hashlib
import secrets
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from votesite import clock
from votesite.domain.staff.attempts import KNOWN_FOR, Browser
from votesite.extensions import site
from votesite.web.access.staff import current_staff
from votesite.web.access.visitors import client_address

COOKIE, PATH = "device", "/admin"
MOST_ACCOUNTS = 5  # that one browser is known for


def browser() -> Browser:
    """This request's browser, as the counts of wrong passwords tell it from others."""
    staff = current_staff()
    devices = {int(number): device for number, (device, _) in _noted().items()}
    return Browser(client_address(), devices, staff.id if staff else 0)


def remember(response: Response, staff_id: int) -> None:
    """Let the browser be known for an account that has just signed in there."""
    others = [entry for entry in _noted().items() if entry[0] != str(staff_id)]
    newest = [(str(staff_id), [secrets.token_hex(16), _now()]), *others][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        _signer().dumps(dict(newest)),
        max_age=KNOWN_FOR,
        path=PATH,
        secure=site().settings.is_https,
        httponly=True,
        samesite="Strict",
    )


def _noted() -> dict[str, Any]:
    """The accounts that the cookie names, each with its device's name and the second of it."""
    try:
        noted: dict[str, Any] = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return {}
    return {number: entry for number, entry in noted.items() if _now() - entry[1] < KNOWN_FOR}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.secret_key or "",
        salt="staff-device",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _now() -> int:
    return int(clock.real().timestamp())

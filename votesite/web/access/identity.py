"""Who is signed in by this session, and which logins are under way.

All of it is in Flask's signed cookie, none of it in the database: `v` site voter id, `t` minute of
the login, `x` snapshot page seen, `f` follow marks, `p` pending logins. The cookie is signed, not
secret: it holds no openid, no state, no code.
"""

import base64
import hashlib
from dataclasses import astuple, dataclass, replace
from secrets import token_hex
from typing import Final

from flask import g, session

from votesite import clock
from votesite.domain import keys
from votesite.errors import NotIdentified, SnapshotUser

IDENTITY_MINUTES = 24 * 60
FOLLOW_SECONDS = 15 * 60
FOLLOW_MARKS = 3
PENDING_SECONDS = 10 * 60
PENDING_LOGINS = 3
UNKNOWN: Final = "unknown"  # WeChat could not say whether the voter follows


@dataclass(frozen=True)
class PendingLogin:
    """A login begun in this session. `restarts`: how often the site itself began it again."""

    key: str
    next_path: str
    begun_at: int
    restarts: int = 0
    is_done: bool = False


def site_voter() -> bytes | None:
    """Return the site voter id of this session, or None if nobody signed in within 24 hours."""
    voter, minute = session.get("v"), session.get("t")
    if not isinstance(voter, str) or not isinstance(minute, int):
        return None
    if not 0 <= _now() // 60 - minute < IDENTITY_MINUTES:
        return None
    return base64.urlsafe_b64decode(voter + "=")


def require_voter() -> bytes:
    """Return the site voter id; raises SnapshotUser or NotIdentified if there is none."""
    if is_snapshot():
        raise SnapshotUser
    voter = site_voter()
    if voter is None:
        raise NotIdentified
    return voter


def is_snapshot() -> bool:
    """Whether the last login came from a snapshot page."""
    return "x" in session


def remember(openid: str, login: PendingLogin) -> None:
    """Sign a person in; the openid itself is stored nowhere.

    Each login gets a new CSRF secret. WeChat may call the callback twice for one login; the second
    call must not invalidate the page that the first one opened.
    """
    voter = base64.urlsafe_b64encode(keys.site_voter(openid)).decode().rstrip("=")
    is_same = session.get("v") == voter
    if not (is_same and login.is_done):
        session.pop("csrf_token", None)
        g.pop("csrf_token", None)
    if not is_same:
        session.pop("f", None)
    session.pop("x", None)
    session["v"], session["t"] = voter, _now() // 60
    session.permanent = True
    _keep(replace(login, is_done=True))


def remember_snapshot() -> None:
    """Sign out whoever was signed in, and note that WeChat showed a snapshot page."""
    for key in ("v", "t", "f"):
        session.pop(key, None)
    session["x"] = 1


def forget() -> None:
    """Sign out by emptying the session."""
    session.clear()
    g.pop("csrf_token", None)


def follows(slug: str) -> bool | str | None:
    """Whether the voter follows the account, by WeChat's answer at the login for this campaign.

    Returns UNKNOWN if WeChat could not say, None if it was not asked in the last 15 minutes.
    """
    asked_at, answer = session.get("f", {}).get(slug, (0, None))
    if not 0 <= _now() - asked_at < FOLLOW_SECONDS:
        return None
    return UNKNOWN if answer is None else bool(answer)


def remember_follow(slug: str, answer: bool | None) -> None:
    """Store what WeChat said for a campaign; `answer` is None if it could not say."""
    marks = {name: mark for name, mark in session.get("f", {}).items() if name != slug}
    marks[slug] = [_now(), answer]
    newest = sorted(marks.items(), key=lambda item: item[1][0])[-FOLLOW_MARKS:]
    session["f"] = dict(newest)


def begin_login(next_path: str, *, restarts: int = 0) -> str:
    """Store a login that begins, a fourth in place of the oldest; returns its state."""
    state = token_hex(16)
    _keep(PendingLogin(_hash(state), next_path, _now(), restarts))
    return state


def pending_login(state: str) -> PendingLogin | None:
    """Return the login of this session with this state, or None if over 10 minutes old."""
    key = _hash(state)
    login = next((login for login in _pending() if login.key == key), None)
    if login is None or not 0 <= _now() - login.begun_at <= PENDING_SECONDS:
        return None
    return login


def note_restart(login: PendingLogin) -> None:
    """Note that a login failed at its code, so that it is begun again only once."""
    _keep(replace(login, restarts=login.restarts + 1))


def _pending() -> list[PendingLogin]:
    """The session's logins, the oldest first."""
    return [PendingLogin(*values) for values in session.get("p", [])]


def _keep(login: PendingLogin) -> None:
    others = [other for other in _pending() if other.key != login.key]
    newest = sorted([*others, login], key=lambda pending: pending.begun_at)[-PENDING_LOGINS:]
    session["p"] = [list(astuple(pending)) for pending in newest]


def _hash(state: str) -> str:
    """The form in which the cookie holds a state."""
    digest = hashlib.sha256(state.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _now() -> int:
    return int(clock.real().timestamp())

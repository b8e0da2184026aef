"""Who of the staff may come in: sessions, roles, and campaigns that are not one's own.

A screen says what it takes in one line: `@staff_required()` lets any staff member in,
`@staff_required("owner", everywhere=True)` only who holds a role for the whole site, and
`staff_campaign(slug, "editor")` gives the campaign or refuses. An owner may all in his campaigns.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user

from votesite import clock
from votesite.domain.campaigns import publishing
from votesite.domain.staff import sessions
from votesite.domain.staff.sessions import SignedIn
from votesite.errors import Forbidden, NotFound
from votesite.extensions import login_manager
from votesite.models.campaigns import Campaign
from votesite.models.staff import Staff
from votesite.web.access import forms

COOKIE_KEY = "s"
READERS = ("editor", "reviewer", "supervisor", "auditor")
SIGN_IN = "admin.sign_in"
EXCLUSIVE_ROLES = (("judge",), ("auditor",))  # what these two do is not for an owner's eyes

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


class StaffUser(UserMixin):  # type: ignore[misc]
    """What Flask-Login holds for a request: who is signed in, by which session."""

    def __init__(self, found: SignedIn) -> None:
        self.found = found

    def get_id(self) -> str:
        """The staff number as text."""
        return str(self.found.staff.id)


def init_app(app: Flask) -> None:
    """Let Flask-Login find staff, on staff's pages only.

    Its own `init_app` would read the session at every request, for a remember-me cookie that we do
    not have, and public pages would then vary by cookie.
    """
    app.login_manager = login_manager  # type: ignore[attr-defined]
    login_manager.session_protection = None
    login_manager.request_loader(_load_staff)


def _load_staff(_request: object) -> StaffUser | None:
    token = session.get(COOKIE_KEY)
    if not isinstance(token, str):
        return None
    now = clock.now()
    found = sessions.signed_in(token, now=now)
    if found is None:
        return None
    sessions.stay(found, now=now)
    return StaffUser(found)


def current_staff() -> Staff | None:
    """Who is signed in, or None."""
    return current_user.found.staff if current_user.is_authenticated else None


def current_session() -> int:
    """The number of the session in use; only behind `staff_required`."""
    number: int = current_user.found.session_id
    return number


def require_staff() -> Staff:
    """Who is signed in; raises Forbidden where nobody is."""
    found = current_staff()
    if found is None:
        raise Forbidden
    return found


def staff_required(
    *roles: str, everywhere: bool = False, files: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let staff in who hold one of `roles` somewhere (with `everywhere`: for the whole site).

    Without roles any staff member may come in. Forged forms are refused first, then strangers are
    sent to sign in. An owner counts as holding every role, save where judge or auditor alone is
    asked for.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            found = current_staff()

            def check_role() -> None:
                if roles and found and not _may(_roles_somewhere(found, everywhere), roles):
                    raise Forbidden

            if request.method == "POST":
                bounds = forms.STAFF_FILES if files else forms.LONG_TEXTS
                forms.accept_form(bounds if found else forms.SMALL, check_role)
            if found is None:
                return redirect(url_for(SIGN_IN, next=_way_back()), 303)
            check_role()
            return view(*args, **kwargs)

        return guarded

    return wrap


def staff_campaign(slug: str, *roles: str) -> Campaign:
    """The campaign, drafts too; NotFound if it is not one's own, Forbidden without a role in it.

    Without roles every role but judge may come in.
    """
    found = require_staff()
    campaign = publishing.find(slug)
    had = found.roles_in(campaign.id) if campaign else frozenset()
    if campaign is None or not had:
        raise NotFound
    if not _may(had, roles or READERS):
        raise Forbidden
    g.campaign = campaign
    return campaign


def draft_for_staff(slug: str) -> Campaign | None:
    """The draft at an address, for whoever may read it in the admin area; None for all others.

    The session is read before anything is known of the address, so that a refusal looks alike.
    """
    found = current_staff()
    campaign = publishing.find(slug)
    if found is None or campaign is None:
        return None
    return campaign if _may(found.roles_in(campaign.id), READERS) else None


def may(campaign: Campaign, *roles: str) -> bool:
    """Whether the signed-in staff member holds one of the roles: for showing a button or not."""
    found = current_staff()
    return found is not None and _may(found.roles_in(campaign.id), roles)


def _may(had: frozenset[str], wanted: tuple[str, ...]) -> bool:
    return bool(had.intersection(wanted)) or ("owner" in had and wanted not in EXCLUSIVE_ROLES)


def _roles_somewhere(found: Staff, everywhere: bool) -> frozenset[str]:
    if everywhere:
        return found.roles_everywhere
    return frozenset(grant.role for grant in found.grants)


def _way_back() -> str | None:
    return request.path if request.method == "GET" else None

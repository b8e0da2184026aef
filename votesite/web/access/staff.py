"""Access for staff: the signed-in user, their roles, and the campaigns they may open.

Each view states what it needs in one line: `@staff_required()` admits any staff member,
`@staff_required("owner", everywhere=True)` only those who hold the role for the whole site, and
`staff_campaign(slug, "editor")` returns the campaign or refuses. Owners may do anything in their
own campaigns.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Flask, Request, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import UserMixin, current_user

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.staff import sessions
from votesite.domain.staff.sessions import SignedIn
from votesite.errors import Forbidden, ForgedToken, NotFound, NotSignedIn, StaleToken
from votesite.extensions import login_manager
from votesite.models.campaigns import Campaign
from votesite.models.staff import APART, Staff
from votesite.web.access import forms, kept, visitors

COOKIE_KEY = "s"
SIGN_IN_VIEW = "admin.sign_in"
READERS = ("editor", "reviewer", "supervisor", "auditor")

P = ParamSpec("P")


class StaffUser(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: a staff member and the session they signed in with."""

    def __init__(self, signed_in: SignedIn) -> None:
        self.staff = signed_in.staff
        self.session_id = signed_in.session_id

    def get_id(self) -> str:
        """Return the staff number as text, as Flask-Login wants it."""
        return str(self.staff.id)


def init_app(app: Flask) -> None:
    """Connect Flask-Login, without the hooks of its `init_app`.

    The first would look into the session after every request, so that public pages varied by
    cookie; the second would load the user for every template. See docs/decisions/0005.
    """
    app.login_manager = login_manager  # type: ignore[attr-defined]
    login_manager.session_protection = None
    login_manager.request_loader(_load_user)
    login_manager.unauthorized_handler(_lead_to_sign_in)


def _load_user(_request: Request) -> StaffUser | None:
    """Load the user on the first use of `current_user`; requests that never ask cost nothing."""
    token = session.get(COOKIE_KEY)
    if not isinstance(token, str):
        return None
    now = clock.real()
    signed_in = sessions.signed_in(token, now=now)
    if signed_in is None:
        return None
    sessions.stay(signed_in, now=now)
    return StaffUser(signed_in)


def _lead_to_sign_in() -> ResponseReturnValue:
    """Redirect to the sign-in page, which leads back to the page asked for.

    A form that was filled in comes along with the page instead. Raises NotSignedIn for a program.
    """
    if visitors.wants_json():
        raise NotSignedIn
    if request.method != "POST":
        return redirect(url_for(SIGN_IN_VIEW, next=request.path), 303)
    lost = kept.posted()
    if lost:
        return kept.sign_in_page(200, lost)
    flash(_("登录已经过期，刚才的操作没有执行。请登录后再做一次。"), "warn")
    return redirect(url_for(SIGN_IN_VIEW), 303)


def enter(token: str) -> None:
    """Let this browser be signed in by a session's secret id, with a new CSRF secret."""
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    session[COOKIE_KEY] = token
    session.permanent = True


def was_signed_in() -> bool:
    """Whether this browser has signed in before, even if that session has ended meanwhile."""
    return isinstance(session.get(COOKIE_KEY), str)


def current_staff() -> Staff | None:
    """Return the signed-in staff member, or None."""
    return current_user.staff if current_user.is_authenticated else None


def current_session() -> int:
    """Return the number of the session in use. Only behind `staff_required`."""
    session_id: int = current_user.session_id
    return session_id


def require_staff() -> Staff:
    """Return the signed-in staff member. Raises Forbidden if nobody is signed in."""
    staff = current_staff()
    if staff is None:
        raise Forbidden
    return staff


def staff_required(
    *roles: str, everywhere: bool = False, files: bool = False
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Admit staff who hold one of `roles` somewhere (with `everywhere`: for the whole site).

    Without roles, any staff member is admitted. A forged form is refused first; then anybody who
    is not signed in is sent to the sign-in page, with what they have typed. Owners count as holding
    every role, except where judge, auditor or accounts alone is asked for. `files` allows uploads;
    long texts are taken from every browser that has signed in.

    The view raises Forbidden without a role, and what `accept_form` raises.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            staff = current_staff()

            def check_role() -> None:
                if roles and staff and not _allows(_roles_somewhere(staff, everywhere), roles):
                    raise Forbidden

            if request.method == "POST":
                try:
                    forms.accept_form(_bounds(files), check_role)
                except StaleToken:
                    return _stale_form(staff)
            if staff is None:
                refusal: ResponseReturnValue = login_manager.unauthorized()
                return refusal
            check_role()
            return view(*args, **kwargs)

        return guarded

    return wrap


def _bounds(files: bool) -> forms.Bounds:
    """How large a form may be: of a browser that never signed in, as small as anybody's."""
    if not was_signed_in():
        return forms.SMALL
    return forms.STAFF_FILES if files else forms.LONG_TEXTS


def _stale_form(staff: Staff | None) -> ResponseReturnValue:
    """What this site's own page sent with the token of an earlier sign-in, to be sent once more.

    Raises ForgedToken for what no page of this site has sent, or nobody has filled in.
    """
    lost = kept.posted() if request.headers.get("Origin") else None
    if lost is None or visitors.wants_json():
        raise ForgedToken
    g.refused = ForgedToken.name
    return kept.kept_page(400, lost) if staff else kept.sign_in_page(400, lost)


def staff_campaign(slug: str, *roles: str) -> Campaign:
    """Return a campaign, drafts included, to staff who hold one of `roles` in it.

    Without roles, every role but judge will do. Raises NotFound if there is no such campaign or
    the user holds no role in it, and Forbidden if they hold none of those asked for.
    """
    staff = require_staff()
    campaign = listing.find(slug)
    held = staff.roles_in(campaign.id) if campaign else frozenset()
    if campaign is None or not held:
        raise NotFound
    if not _allows(held, roles or READERS):
        raise Forbidden
    g.campaign = campaign
    return campaign


def draft_for_staff(slug: str) -> Campaign | None:
    """Return the draft at an address to staff who may read it in the admin area, else None.

    The session is read before the address is looked up, so that all refusals look alike.
    """
    staff = current_staff()
    campaign = listing.find(slug)
    if staff is None or campaign is None:
        return None
    return campaign if _allows(staff.roles_in(campaign.id), READERS) else None


def may(campaign: Campaign, *roles: str) -> bool:
    """Return whether the signed-in user holds one of the roles, to show or hide a button."""
    staff = current_staff()
    return staff is not None and _allows(staff.roles_in(campaign.id), roles)


def _allows(held: frozenset[str], wanted: tuple[str, ...]) -> bool:
    """Whether these roles admit; one of `APART` asked for alone, only to who is nothing else."""
    if len(wanted) == 1 and wanted[0] in APART:
        return held == frozenset(wanted)
    return bool(held.intersection(wanted)) or "owner" in held


def _roles_somewhere(staff: Staff, everywhere: bool) -> frozenset[str]:
    if everywhere:
        return staff.roles_everywhere
    return staff.roles_somewhere

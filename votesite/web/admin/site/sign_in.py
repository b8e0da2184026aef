"""Signing in and out: a new session id and a new CSRF secret each time."""

from flask import Response, flash, make_response, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.staff import notices, security_log, sessions
from votesite.domain.staff.sessions import SignedIn
from votesite.errors import TooManyRequests
from votesite.web import responses
from votesite.web.access import devices, kept
from votesite.web.access.forms import LONG_TEXTS, SMALL, accept_form
from votesite.web.access.staff import (
    COOKIE_KEY,
    current_session,
    current_staff,
    enter,
    staff_required,
    was_signed_in,
)
from votesite.web.admin.blueprint import bp
from votesite.web.wording import refusals


@bp.get("/login")
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; signed-in users go straight to their campaigns."""
    if current_staff() is not None:
        return responses.see_other(url_for(".campaigns"))
    return _form(200)


@bp.post("/login")
def sign_in_now() -> ResponseReturnValue:
    """Check name, password and code; the answer does not tell which of them was wrong."""
    accept_form(LONG_TEXTS if was_signed_in() else SMALL)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        token = sessions.sign_in(
            name, password, devices.browser(), code=request.form.get("code", "")
        )
    except TooManyRequests as refusal:
        response = _form(429, refusals.wrong_passwords(refusal))
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    if token is None:
        return _form(
            403,
            _(
                "账号或密码不对，或者动态码不对、已经用过。换了手机，可以用恢复码；"
                "忘了密码，请找管账号的同事。"
            ),
        )
    enter(token)
    signed_in = sessions.signed_in(token, now=clock.real())
    if signed_in is not None:
        _tell_failures(signed_in.staff.id)
    lost = kept.carried()
    answer = kept.kept_page(200, lost) if lost else responses.see_other(_onward(signed_in))
    response = make_response(answer)
    if signed_in is not None:
        devices.remember(response, signed_in.staff.id)
    return response


@bp.post("/logout")
@staff_required()
def sign_out() -> ResponseReturnValue:
    """End this session and delete its row, so that a copied cookie is worthless."""
    signed_in = current_staff()
    if signed_in is not None:
        sessions.end_session(current_session(), by=signed_in.id)
    session.pop(COOKIE_KEY, None)
    session.pop("csrf_token", None)
    flash(_("已经退出。"), "ok")
    response = responses.see_other(url_for(".sign_in"))
    response.headers["Clear-Site-Data"] = '"storage"'  # drafts that this computer has kept
    return response


def _tell_failures(staff_id: int) -> None:
    """Tell a user who has just signed in about failed attempts since their last sign-in."""
    failures = security_log.failures_before_this(staff_id)
    if failures:
        flash(
            _(
                "上次登录以来，这个账号的密码或动态码错过 %(n)s 次。"
                "如果不是您本人，请马上换密码，并告诉账号员。",
                n=failures,
            ),
            "warn",
        )


def _form(status: int, error: str = "") -> Response:
    wanted = request.values.get("next", "")[:200]
    return kept.sign_in_page(status, kept.carried(), error=error, next_path=wanted)


def _onward(signed_in: SignedIn | None) -> str:
    """The page asked for, but first what was done about accounts, where that waits to be read."""
    wanted = request.form.get("next", "")
    wanted = wanted if kept.ADMIN_PATH.fullmatch(wanted) else url_for(".campaigns")
    if signed_in is not None and notices.count(signed_in.staff.id):
        return url_for(".account_notices", next=wanted)
    return wanted

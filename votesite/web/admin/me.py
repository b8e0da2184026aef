"""One's own account: the password, and the browsers that are signed in."""

from flask import flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import staff
from votesite.errors import InvalidFields, TooManyRequests
from votesite.web.access import client_address
from votesite.web.access_staff import COOKIE_KEY, current_session, require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.desk import desk, faults_in_words
from votesite.web.admin.sign_in import wait_words


@bp.get("/me")
@staff_required()
def me() -> ResponseReturnValue:
    """Own sessions and the form for a new password."""
    return _page()


@bp.post("/me/password")
@staff_required()
def change_password() -> ResponseReturnValue:
    """Set a new password; every other browser is signed out."""
    try:
        staff.change_password(
            require_staff().id,
            request.form.get("old", ""),
            request.form.get("new", ""),
            address=client_address(),
            keep_session=current_session(),
        )
    except InvalidFields as refusal:
        return _page(422, faults_in_words(refusal))
    except TooManyRequests as refusal:
        return _page(429, {"old": wait_words(refusal)})
    flash(_("密码已换。别处的登录都已结束。"), "ok")
    return redirect(url_for(".me"), 303)


@bp.post("/me/sessions/<int:session_id>/end")
@staff_required()
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign a browser out, this one too."""
    is_this = session_id == current_session()
    staff.end_session(session_id, by=require_staff().id)
    if is_this:
        session.pop(COOKIE_KEY, None)
    flash(_("这处登录已结束。"), "ok")
    return redirect(url_for(".me"), 303)


def _page(status: int = 200, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    return desk(
        "admin/me.html",
        status,
        active="me",
        faults=faults or {},
        sessions=staff.sessions_of(require_staff().id, now=clock.now()),
        this_session=current_session(),
    )

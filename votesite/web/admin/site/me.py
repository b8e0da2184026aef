"""One's own account: password, second factor, recovery codes, browsers that are signed in."""

from flask import flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.staff import passwords, recovery_codes, second_factors, sessions
from votesite.errors import InvalidFields, TooManyRequests
from votesite.models.staff import Grant
from votesite.web.access import devices
from votesite.web.access.staff import COOKIE_KEY, current_session, require_staff, staff_required
from votesite.web.access.visitors import wants_json
from votesite.web.admin import own_password
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_json, see_other
from votesite.web.templating import draw_qr
from votesite.web.wording import refusals


@bp.get("/me")
@staff_required()
def me() -> ResponseReturnValue:
    """Show one's sessions and the form for a new password; to a program name, roles, token."""
    staff = require_staff()
    if wants_json():
        told = {"name": staff.name, "roles": sorted(staff.roles_somewhere)}
        return private_json({**told, "csrf_token": generate_csrf()})
    return _page()


@bp.post("/me/password")
@staff_required()
def change_password() -> ResponseReturnValue:
    """Set a new password and sign out every other browser."""
    try:
        passwords.change_password(
            require_staff().id,
            request.form.get("old", ""),
            request.form.get("new", ""),
            browser=devices.browser(),
            keep_session=current_session(),
        )
    except InvalidFields as refusal:
        return _page(422, faults_in_words(refusal))
    except TooManyRequests as refusal:
        return _page(429, {"old": refusals.wrong_passwords(refusal)})
    flash(_("密码已换。别处的登录都已结束。"), "ok")
    return see_other(url_for(".me"))


@bp.post("/me/second-factor")
@staff_required()
def begin_second_factor() -> ResponseReturnValue:
    """Make a secret for the phone; the page shows it until the first code is typed in."""
    second_factors.begin(require_staff().id)
    return see_other(url_for(".me", _anchor="second-factor"))


@bp.post("/me/second-factor/confirm")
@staff_required()
def confirm_second_factor() -> ResponseReturnValue:
    """Turn the second factor on; needs the password and the phone's first code.

    The page that answers shows the recovery codes, once.
    """
    own, code = require_staff().id, request.form.get("code", "")
    try:
        passwords.require_own_password(own, request.form.get("password", ""), devices.browser())
        codes = second_factors.confirm(own, code, keep_session=current_session())
    except InvalidFields as refusal:
        faults = faults_in_words(refusal)
        if "code" in faults:
            faults["code"] = _("数字不对。看看手机的时间准不准，等它换了下一个再填。")
        return _page(422, faults)
    except TooManyRequests as refusal:
        return _page(429, {"password": refusals.wrong_passwords(refusal)})
    flash(_("两步验证已开启。别处的登录都已结束。"), "ok")
    return _codes_page(codes)


@bp.post("/me/recovery-codes")
@staff_required()
def renew_recovery_codes() -> ResponseReturnValue:
    """Make new recovery codes, which end the old ones; needs the password and a current code."""
    failure = own_password.failure()
    if failure is not None:
        return _page(failure.status, failure.faults)
    return _codes_page(recovery_codes.renew(require_staff().id))


@bp.post("/me/second-factor/drop")
@staff_required()
def drop_second_factor() -> ResponseReturnValue:
    """Remove the second factor; needs the password and a current code or a recovery code."""
    own = require_staff()
    failure = own_password.failure(by_recovery=True)
    if failure is not None:
        return _page(failure.status, failure.faults)
    second_factors.take_away(own.id, by=own.id)
    flash(_("两步验证已取消。"), "ok")
    return see_other(url_for(".me", _anchor="second-factor"))


@bp.post("/me/sessions/<int:session_id>/end")
@staff_required()
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign out one of one's browsers, which may be this one."""
    is_this = session_id == current_session()
    sessions.end_session(session_id, by=require_staff().id)
    if is_this:
        session.pop(COOKIE_KEY, None)
    flash(_("这处登录已结束。"), "ok")
    return see_other(url_for(".me"))


def _codes_page(codes: list[str]) -> ResponseReturnValue:
    """The codes, once; who is a judge and nothing else goes on to the sheet."""
    is_judge = {grant.role for grant in require_staff().grants} == {"judge"}
    onward = url_for(".campaigns" if is_judge else ".me")
    return admin_page("admin/site/recovery_codes.html", active="me", codes=codes, onward=onward)


def _roles() -> list[tuple[Grant, str]]:
    """One's grants, each with the title of its campaign."""
    grants = require_staff().grants
    campaigns = listing.numbered(grant.campaign_id for grant in grants)
    titles = {number: campaign.title for number, campaign in campaigns.items()}
    return [(grant, titles.get(grant.campaign_id or 0, "")) for grant in grants]


def _page(status: int = 200, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    staff_id = require_staff().id
    enrolment = second_factors.enrolment(staff_id)
    return admin_page(
        "admin/site/me.html",
        status,
        active="me",
        faults=faults or {},
        sessions=sessions.sessions_of(staff_id, now=clock.real()),
        since=second_factors.since(staff_id),
        codes_left=recovery_codes.left(staff_id),
        roles=_roles(),
        enrolment=enrolment,
        code=draw_qr(enrolment.uri) if enrolment else None,
        this_session=current_session(),
    )

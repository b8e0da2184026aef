"""One-time links: a person opens the own account, sets a new password, or changes phones."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.staff import joining, people
from votesite.errors import InvalidFields, TooManyRequests
from votesite.models.staff import AccountAct
from votesite.web import responses
from votesite.web.access import devices
from votesite.web.access.forms import accept_form, require_clean_fields
from votesite.web.access.staff import enter
from votesite.web.admin.acting import NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import faults_in_words
from votesite.web.admin.site.accounts import names_for
from votesite.web.wording import account_acts as wording
from votesite.web.wording import refusals


@bp.get("/join/<token>")
def join(token: str) -> ResponseReturnValue:
    """Show what a link is for; looking uses nothing up."""
    return _page(joining.opened(token, now=clock.now()))


@bp.post("/join/<token>")
def join_now(token: str) -> ResponseReturnValue:
    """Complete what a link is for, once."""
    accept_form()
    act = joining.opened(token, now=clock.now())
    require_clean_fields()
    try:
        return _completed(act.kind, token)
    except InvalidFields as refusal:
        return _page(act, Failure(refusal.status, faults_in_words(refusal)))
    except TooManyRequests as refusal:
        words = {"password": refusals.wrong_passwords(refusal)}
        return _page(act, Failure(refusal.status, words))


def _completed(kind: str, token: str) -> ResponseReturnValue:
    """Carry out what was filled in, and go on to the page where the person continues."""
    password = request.form.get("password", "")
    if kind == "invite":
        return _signed_in(joining.join(token, request.form.get("name", ""), password))
    if kind == "drop-factor":
        return _signed_in(joining.change_phone(token, password, devices.browser()))
    joining.set_password(token, password)
    flash(_("密码已设好，请登录。"), "ok")
    return responses.see_other(url_for(".sign_in"))


def _signed_in(session_token: str) -> ResponseReturnValue:
    """Begin the session in this browser and lead to where the phone is set up."""
    enter(session_token)
    return responses.see_other(url_for(".me", _anchor="second-factor"))


def _page(act: AccountAct, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    now = clock.now()
    account = people.by_id(act.staff_id) if act.staff_id else None
    return responses.page(
        "admin/site/join.html",
        failure.status,
        act=act,
        account=account,
        purpose=wording.link_purpose(act.kind),
        granted=wording.granted(act, names_for([act])) if act.role else "",
        is_early=not joining.works(act, now=now),
        faults=failure.faults,
    )

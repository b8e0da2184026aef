"""A second person confirms on this screen, with name and password, without signing in."""

from flask import request
from flask_babel import gettext as _

from votesite.domain.decisions import proposals
from votesite.domain.staff import passwords
from votesite.errors import Forbidden, SecondPersonNeeded, TooManyRequests
from votesite.web.access.staff import require_staff
from votesite.web.access.visitors import client_address
from votesite.web.wording import refusals


def confirm_on_screen(decision_id: int) -> tuple[str, int]:
    """Confirm with the posted `colleague`, `password` and `code`; what is wrong and its status."""
    name, password = request.form.get("colleague", ""), request.form.get("password", "")
    screen_of = require_staff().id
    try:
        code = request.form.get("code", "")
        colleague = passwords.check_password(name, password, client_address(), code=code)
        if colleague is None:
            return _("同事的账号或密码不对，或者动态码不对。提议还在，等确认。"), 422
        proposals.confirm(decision_id, colleague.id, on_screen_of=screen_of)
    except TooManyRequests as refusal:
        return refusals.wrong_passwords(refusal), refusal.status
    except SecondPersonNeeded as refusal:
        return refusals.sentence(refusal), 422
    except Forbidden:
        return _("这位同事没有确认的权限。提议还在，等确认。"), 422
    return "", 200

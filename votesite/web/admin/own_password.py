"""Asking somebody who is signed in for their own password and code again, before weighty acts."""

from flask import request

from votesite.domain.staff import passwords
from votesite.errors import InvalidFields, TooManyRequests
from votesite.web.access import devices
from votesite.web.access.staff import require_staff
from votesite.web.admin.acting import Failure
from votesite.web.admin.frame import faults_in_words
from votesite.web.wording import refusals


def failure(*, by_recovery: bool = False) -> Failure | None:
    """Why the posted `password` and `code` do not prove who is signed in; None if they do.

    Accounts without a second factor prove it by the password alone. With `by_recovery` a recovery
    code will do.
    """
    password, code = request.form.get("password", ""), request.form.get("code", "")
    try:
        passwords.require_step_up(
            require_staff().id, password, code, devices.browser(), by_recovery=by_recovery
        )
    except InvalidFields as refusal:
        return Failure(refusal.status, faults_in_words(refusal))
    except TooManyRequests as refusal:
        return Failure(refusal.status, {"password": refusals.wrong_passwords(refusal)})
    return None

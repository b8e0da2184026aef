"""How a staff member's form is carried out: one command, then the next page or the form again.

What takes two people can be confirmed on the same screen: the second person types their name and
password into the form and does not sign in.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain.decisions import proposals
from votesite.domain.staff import passwords
from votesite.errors import Fault, Forbidden, InvalidFields, SecondPersonNeeded, TooManyRequests
from votesite.models.decisions import Decision
from votesite.web.access import devices
from votesite.web.access.staff import require_staff
from votesite.web.admin.frame import faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import refusals

INVALID = 422


class Failure(NamedTuple):
    """Why a form comes back: a sentence by field, or one for the whole form."""

    status: int = 200
    faults: dict[str, str] = {}  # noqa: RUF012 -- never changed
    error: str = ""


NO_FAILURE = Failure()
Show = Callable[[Failure], ResponseReturnValue]


def run(
    command: Callable[[], object], *, done: str, to: str, again: Show | None = None
) -> ResponseReturnValue:
    """Run a command, flash `done` and go on to the address `to`.

    A form with invalid fields is shown `again`; without `again` the refusal is raised.
    """
    try:
        command()
    except InvalidFields as refusal:
        if again is None:
            raise
        return again(_failure(refusal))
    flash(done, "ok")
    return see_other(to)


def propose(
    command: Callable[[], Decision],
    *,
    proceed: Callable[[Decision], ResponseReturnValue],
    confirm: Callable[[Decision], ResponseReturnValue],
    again: Show,
) -> ResponseReturnValue:
    """Run a command that proposes a decision, then `proceed` with it.

    Where a colleague's name was posted along, `confirm` it at once instead. A form with invalid
    fields is shown `again`.
    """
    try:
        decision = command()
    except InvalidFields as refusal:
        return again(_failure(refusal))
    return confirm(decision) if request.form.get("colleague") else proceed(decision)


def confirm_on_screen(decision_id: int, *, done: str, to: str, again: Show) -> ResponseReturnValue:
    """Confirm with the posted `colleague`, `password` and `code`, flash `done` and go on to `to`.

    A wrong password or a colleague who may not confirm shows the page `again`.
    """
    failure = _confirm(decision_id)
    if failure is not None:
        return again(failure)
    flash(done, "ok")
    return see_other(to)


def is_unaware(warnings: Sequence[Fault]) -> bool:
    """Whether there is something to be aware of, and the form's box is not ticked."""
    return bool(warnings) and request.form.get("aware") != "1"


def _confirm(decision_id: int) -> Failure | None:
    name, password = request.form.get("colleague", ""), request.form.get("password", "")
    screen_owner_id = require_staff().id
    try:
        code = request.form.get("code", "")
        colleague = passwords.check_password(name, password, devices.browser(), code=code)
        if colleague is None:
            error = _("同事的账号或密码不对，或者动态码不对。提议还在，等确认。")
            return Failure(INVALID, error=error)
        proposals.confirm(decision_id, colleague.id, on_screen_of=screen_owner_id)
    except TooManyRequests as refusal:
        return Failure(refusal.status, error=refusals.wrong_passwords(refusal))
    except SecondPersonNeeded as refusal:
        return Failure(INVALID, error=refusals.sentence(refusal))
    except Forbidden:
        return Failure(INVALID, error=_("这位同事没有确认的权限。提议还在，等确认。"))
    return None


def _failure(refusal: InvalidFields) -> Failure:
    return Failure(refusal.status, faults_in_words(refusal))

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
from votesite.errors import (
    Fault,
    Forbidden,
    InvalidFields,
    NotSigner,
    Refused,
    SecondPersonNeeded,
    TooManyRequests,
)
from votesite.models.decisions import Decision
from votesite.web.access import devices
from votesite.web.access.staff import require_staff
from votesite.web.access.visitors import wants_json
from votesite.web.admin.frame import faults_in_words
from votesite.web.responses import private_json, see_other
from votesite.web.wording import refusals

CREATED, INVALID = 201, 422


class Failure(NamedTuple):
    """Why a form comes back: a sentence by field or for the whole form, and what refused it."""

    status: int = 200
    faults: dict[str, str] = {}  # noqa: RUF012 -- never changed
    error: str = ""
    refusal: Refused | None = None


NO_FAILURE = Failure()
Show = Callable[[Failure], ResponseReturnValue]


def run(
    command: Callable[[], object], *, done: str, to: str, again: Show | None = None
) -> ResponseReturnValue:
    """Run a command, flash `done` and go on to the address `to`.

    A form with invalid fields is shown `again`; without `again`, and for a program, the refusal is
    raised. A program is told of a decision as JSON.
    """
    try:
        result = command()
    except InvalidFields as refusal:
        if again is None or wants_json():
            raise
        return again(_failure(refusal))
    if isinstance(result, Decision) and wants_json():
        return told(result)
    flash(done, "ok")
    return see_other(to)


def told(decision: Decision, status: int = 200) -> ResponseReturnValue:
    """What has become of a decision, for a program."""
    return private_json({"id": decision.id, "state": decision.state, "n": decision.n}, status)


def propose(
    command: Callable[[], Decision],
    *,
    proceed: Callable[[Decision], ResponseReturnValue],
    confirm: Callable[[Decision], ResponseReturnValue],
    again: Show,
) -> ResponseReturnValue:
    """Run a command that proposes a decision, then `proceed` with it.

    Where a colleague's name was posted along, `confirm` it at once instead. A form with invalid
    fields is shown `again`. A program is told as JSON, of invalid fields too.
    """
    try:
        decision = command()
    except InvalidFields as refusal:
        if wants_json():
            raise
        return again(_failure(refusal))
    if request.form.get("colleague"):
        return confirm(decision)
    return told(decision, CREATED) if wants_json() else proceed(decision)


def confirm_on_screen(decision_id: int, *, done: str, to: str, again: Show) -> ResponseReturnValue:
    """Confirm with the posted `colleague`, `password` and `code`, flash `done` and go on to `to`.

    A wrong password or a colleague who may not confirm shows the page `again`. A program is told
    as JSON.
    """
    try:
        decision = _confirm(decision_id)
    except (TooManyRequests, SecondPersonNeeded, Forbidden, InvalidFields) as refusal:
        if wants_json():
            raise
        return again(_not_confirmed(refusal))
    if wants_json():
        return told(decision, CREATED)
    flash(done, "ok")
    return see_other(to)


def is_unaware(warnings: Sequence[Fault]) -> bool:
    """Whether there is something to be aware of, and the form's box is not ticked."""
    return bool(warnings) and request.form.get("aware") != "1"


def _confirm(decision_id: int) -> Decision:
    """Confirm as the colleague of the form; raises InvalidFields for a wrong password or code."""
    name, password = request.form.get("colleague", ""), request.form.get("password", "")
    screen_owner_id, code = require_staff().id, request.form.get("code", "")
    colleague = passwords.check_password(name, password, devices.browser(), code=code)
    if colleague is None:
        raise InvalidFields({"password": Fault("invalid")})
    return proposals.confirm(decision_id, colleague.id, on_screen_of=screen_owner_id)


def _not_confirmed(refusal: Refused) -> Failure:
    """Why a colleague's word on this screen changed nothing; the proposal still waits."""
    if isinstance(refusal, TooManyRequests):
        return Failure(refusal.status, error=refusals.wrong_passwords(refusal))
    if isinstance(refusal, InvalidFields):
        error = _("同事的账号或密码不对，或者动态码不对。提议还在，等确认。")
    elif isinstance(refusal, NotSigner | SecondPersonNeeded):
        error = refusals.sentence(refusal)
    else:
        error = _("这位同事没有确认的权限。提议还在，等确认。")
    return Failure(INVALID, error=error)


def _failure(refusal: InvalidFields) -> Failure:
    return Failure(refusal.status, faults_in_words(refusal), refusal=refusal)

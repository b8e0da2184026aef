"""One act about an account: confirmed by a second person, or stopped before it counts."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.staff import account_acts
from votesite.errors import Forbidden, SecondPersonNeeded
from votesite.models.staff import AccountAct
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin import own_password
from votesite.web.admin.blueprint import bp
from votesite.web.admin.site.accounts import act_page
from votesite.web.responses import see_other


@bp.get("/accounts/acts/<int:act_id>")
@staff_required()
def account_act(act_id: int) -> ResponseReturnValue:
    """Show an act to whom it concerns, owners, and who looks after accounts."""
    return act_page(_act(act_id))


@bp.post("/accounts/acts/<int:act_id>/confirm")
@staff_required()
def confirm_account_act(act_id: int) -> ResponseReturnValue:
    """Confirm as the second person, with one's own password and code."""
    act, staff = _act(act_id), require_staff()
    if staff.id in (act.proposed_by, act.staff_id):
        raise SecondPersonNeeded
    if not account_acts.may_confirm(staff, act, clock.now()):
        raise Forbidden
    failure = own_password.failure()
    if failure is not None:
        return act_page(act, failure)
    account_acts.confirm(act.id, by=staff.id)
    flash(_("已确认，24 小时后生效。本人和所有管理员下次登录时会看到。"), "ok")
    return see_other(url_for(".account_act", act_id=act_id))


@bp.post("/accounts/acts/<int:act_id>/stop")
@staff_required()
def stop_account_act(act_id: int) -> ResponseReturnValue:
    """Withdraw an act, or object to it, before it has taken effect."""
    account_acts.stop(_act(act_id).id, by=require_staff().id)
    flash(_("已叫停，没有生效。"), "ok")
    return see_other(url_for(".account_act", act_id=act_id))


def _act(act_id: int) -> AccountAct:
    return account_acts.find(act_id, require_staff(), now=clock.now())

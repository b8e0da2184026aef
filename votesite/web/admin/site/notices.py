"""Notices: what was done about accounts, to be acknowledged by whoever was told."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.staff import account_acts, notices
from votesite.domain.texts import whole
from votesite.web.access import kept
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.admin.site.accounts import names_for
from votesite.web.responses import see_other

DIGITS = 9


@bp.get("/notices")
@staff_required()
def account_notices() -> ResponseReturnValue:
    """Show what this person was told of and has not acknowledged."""
    now = clock.now()
    acts = notices.waiting(require_staff().id)
    return admin_page(
        "admin/site/notices.html",
        acts=acts,
        names=names_for(acts),
        stoppable={act.id for act in acts if account_acts.can_be_stopped(act, now)},
        next=_next(request.args.get("next", "")),
    )


@bp.post("/notices")
@staff_required()
def acknowledge_notices() -> ResponseReturnValue:
    """Record that the notices on the page were read, and go on."""
    numbers = {whole(text, DIGITS) for text in request.form.getlist("act")}
    notices.acknowledge({number for number in numbers if number}, by=require_staff().id)
    flash(_("已记下您看过。"), "ok")
    return see_other(_next(request.form.get("next", "")) or url_for(".campaigns"))


def _next(wanted: str) -> str:
    return wanted if kept.ADMIN_PATH.fullmatch(wanted) else ""

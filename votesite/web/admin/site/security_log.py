"""The security log: what the admin area refused, and to whom, where that is known."""

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from votesite.domain.staff import people, security_log
from votesite.web.access.staff import current_staff, staff_required
from votesite.web.access.visitors import client_address
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page

EVENTS_SHOWN = 200
NOTED = (
    "bad-picture",
    "csrf",
    "forbidden",
    "foreign-origin",
    "malformed-fields",
    "too-large",
    "unsupported-form",
)


@bp.after_request
def note_refusal(response: Response) -> Response:
    """Count what a screen has refused; 'not found' only if the visitor is signed in."""
    name = g.get("refused", "")
    staff = current_staff() if name else None
    if name in NOTED or (name == "not-found" and staff):
        screen = request.url_rule.rule if request.url_rule else ""
        number = staff.id if staff else security_log.NOBODY
        security_log.note(name, client_address(), screen=screen, staff_id=number)
    return response


@bp.get("/security")
@staff_required("accounts", "owner", everywhere=True)
def security() -> ResponseReturnValue:
    """List what was refused, by day."""
    events = security_log.by_day(EVENTS_SHOWN)
    return admin_page(
        "admin/site/security_log.html",
        active="security",
        events=events,
        names=people.display_names(event.staff_id for event in events),
        has_more=len(events) == EVENTS_SHOWN,
    )

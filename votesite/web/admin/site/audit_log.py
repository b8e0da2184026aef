"""The audit log: what staff did, and whether its chain holds."""

from flask import request
from flask.typing import ResponseReturnValue

from votesite.domain import audit
from votesite.domain.staff import people
from votesite.errors import Forbidden
from votesite.web.access.numbers import whole_number
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page

SHOWN = 100
READERS = ("owner", "supervisor", "auditor")


@bp.get("/audit")
@staff_required(*READERS)
def audit_log() -> ResponseReturnValue:
    """The newest lines: all of them for a role in all campaigns, else those of one's own."""
    campaign_ids = _visible()
    before = whole_number("before") if "before" in request.args else None
    lines = audit.entries(campaign_ids, before=before, limit=SHOWN)
    return admin_page(
        "admin/site/audit_log.html",
        active="audit_log",
        lines=lines,
        names=people.display_names(line.staff_id for line in lines),
        titles={found.id: found.title for found in people.campaigns_of(require_staff().id)},
        older=lines[-1].n if len(lines) == SHOWN else None,
        head=audit.head(),
        broken=audit.first_broken(),
    )


def _visible() -> list[int] | None:
    """The campaigns whose lines may be read; None for everything, accounts too."""
    found = require_staff()
    if found.roles_everywhere & set(READERS):
        return None
    own = {grant.campaign_id for grant in found.grants if grant.role in READERS}
    if not own:
        raise Forbidden
    return sorted(number for number in own if number is not None)

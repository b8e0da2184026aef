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

LINES_SHOWN = 100
READERS = ("owner", "supervisor", "auditor")


@bp.get("/audit")
@staff_required(*READERS)
def audit_log() -> ResponseReturnValue:
    """List the newest lines, of all campaigns or of those in which the reader has a role."""
    campaign_ids = _visible()
    before = whole_number("before") if "before" in request.args else None
    campaigns = people.campaigns_of(require_staff().id)
    lines = audit.entries(campaign_ids, before=before, limit=LINES_SHOWN)
    return admin_page(
        "admin/site/audit_log.html",
        active="audit_log",
        lines=lines,
        names=people.display_names(line.staff_id for line in lines),
        titles={campaign.id: campaign.title for campaign in campaigns},
        older=lines[-1].n if len(lines) == LINES_SHOWN else None,
        head=audit.head(),
        broken=audit.first_broken(),
    )


def _visible() -> list[int] | None:
    """Ids of the campaigns whose lines may be read; None for every line, accounts included."""
    staff = require_staff()
    if staff.roles_everywhere & set(READERS):
        return None
    campaign_ids = {grant.campaign_id for grant in staff.grants if grant.role in READERS}
    if not campaign_ids:
        raise Forbidden
    return sorted(number for number in campaign_ids if number is not None)

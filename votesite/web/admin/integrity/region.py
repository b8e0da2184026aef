"""The region of a campaign's voters, which tells local ballots from those from outside."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain.integrity import regions
from votesite.errors import Conflict
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.acting import Failure, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.integrity.cases import integrity_page
from votesite.web.admin.integrity.subject import HANDLERS


@bp.post("/c/<slug>/integrity/area")
@staff_required()
def set_area(slug: str) -> ResponseReturnValue:
    """Say where the campaign's voters live."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    area, seen = request.form.get("area", ""), request.form.get("seen", "")
    try:
        return run(
            lambda: regions.set_home_region(campaign.id, require_staff().id, area, seen=seen),
            done=_("已保存，从下一张选票起生效。"),
            to=url_for(".integrity", slug=slug),
            again=lambda failure: integrity_page(campaign, failure),
        )
    except Conflict as refusal:
        standing, _given = refusal.fields["area"]
        said = _("同事刚才改成了“%(now)s”。要用您的就再保存一次。", now=standing)
        return integrity_page(campaign, Failure(refusal.status, {"area": said}))

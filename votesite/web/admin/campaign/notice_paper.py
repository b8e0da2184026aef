"""The printed form of the public notice, for staff: whether it is made, and making it again."""

from flask import url_for
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.hearing import notices, papers
from votesite.errors import Lapsed
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import see_other


@bp.get("/c/<slug>/notice-paper")
@staff_required()
def notice_paper(slug: str) -> ResponseReturnValue:
    """Show whether the last notice has a printed form."""
    campaign = staff_campaign(slug)
    return admin_page(
        "admin/campaign/notice_paper.html",
        campaign=campaign,
        active="overview",
        notice=notices.notice_of(campaign.id, campaign.notice_n) if campaign.notice_n else None,
        has_font=papers.has_font(),
        may_make=may(campaign, "editor"),
        has_begun=campaign.notice_from <= clock.minute(clock.now()),
    )


@bp.post("/c/<slug>/notice-paper")
@staff_required("editor")
def make_notice_paper(slug: str) -> ResponseReturnValue:
    """Ask for the printed form, and go to where its progress is shown."""
    campaign = staff_campaign(slug, "editor")
    if campaign.notice_n is None:
        raise Lapsed
    job = papers.ask(campaign.id, campaign.notice_n, require_staff().id)
    return see_other(url_for(".job", slug=slug, job_id=job.id))

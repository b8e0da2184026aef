"""The composite as it stands: what is known, what is missing, what is still to be done."""

from typing import NamedTuple

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from votesite.domain.candidates import listing
from votesite.domain.jobs import asking
from votesite.domain.scoring import award_file, findings, judges
from votesite.domain.scoring.standing import Standing, standing
from votesite.errors import Lapsed
from votesite.models.campaigns import Campaign
from votesite.web.access.staff import READERS, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import TABLE_TYPES, download, see_other


class Step(NamedTuple):
    """Something to be done on the way to the honours; `href` leads to its form."""

    kind: str
    is_done: bool
    href: str
    key: str = ""


@bp.get("/c/<slug>/award")
@staff_required()
def award(slug: str) -> ResponseReturnValue:
    """Show components, ties, caps, the judges' spread, and what is still to be done."""
    campaign = staff_campaign(slug, *READERS)
    stands = standing(campaign.id)
    return admin_page(
        "admin/award/award.html",
        campaign=campaign,
        active="award",
        standing=stands,
        candidates=listing.candidates_of(campaign.id),
        steps=_steps(campaign, stands),
        panel=judges.members(campaign, stands.state),
        findings=findings.findings(campaign.id),
    )


@bp.get("/c/<slug>/award.xlsx")
@staff_required()
def award_workbook(slug: str) -> Response:
    """Return the ranking with live formulas; while nothing can be ranked, the page says why.

    A large one is made by a process of its own, and its page leads to the file.
    """
    campaign = staff_campaign(slug, *READERS)
    if len(listing.candidates_of(campaign.id)) > award_file.LARGE:
        job = asking.ask(campaign.id, require_staff().id, award_file.KIND, {})
        return see_other(url_for(".job", slug=slug, job_id=job.id))
    try:
        body = award_file.make(campaign.id)
    except Lapsed:
        return see_other(url_for(".award", slug=slug))
    return download(body, f"{slug}-award.xlsx", TABLE_TYPES["xlsx"])


def _steps(campaign: Campaign, stands: Standing) -> list[Step]:
    """What has to be decided, in order, and whether it is."""
    state = stands.state
    weighed = [key for key in ("satisfaction", "objective") if state.award[key]]
    weighed += ["lot"] if state.award["ties"][-1:] == ["lot"] else []
    done = [("panel", "", state.panel is not None)] if state.award["expert"] else []
    done += [("data", key, key in state.data) for key in weighed]
    is_noticed = state.notice is not None and state.is_ranking_current
    done += [
        ("ranking", "", state.is_ranking_current and not state.owes_ranking),
        ("notice", "", is_noticed and state.notice["ranking"] == state.ranking["n"]),  # type: ignore[index]
        ("answer", "", not state.unanswered and state.notice is not None),
        ("final", "", state.final is not None),
    ]
    return [Step(kind, is_done, _form(campaign, kind, key), key) for kind, key, is_done in done]


def _form(campaign: Campaign, kind: str, key: str) -> str:
    return url_for(".new_decision", slug=campaign.slug, kind=kind, key=key or None)

"""The public notice: who is to be honoured, how that came about, how to object; page, JSON, PDF."""

from datetime import datetime

from flask import Response, request
from flask.typing import ResponseReturnValue

from votesite import clock
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.hearing import notices, papers
from votesite.domain.hearing.margins import margins_of
from votesite.domain.hearing.notices import Course, Notice
from votesite.errors import MalformedRequest, NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access.campaigns import campaign_or_404
from votesite.web.access.visitors import wants_json
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.responses import private_json
from votesite.web.wording import notice as wording


@bp.get("/c/<slug>/notice")
def notice(slug: str) -> ResponseReturnValue:
    """Show the public notice, or before it begins what is still to come."""
    return _json(slug) if wants_json() else campaign_page("public/notice.html", slug, _context)


@bp.get("/c/<slug>/notice.pdf")
def notice_pdf(slug: str) -> ResponseReturnValue:
    """Return the printed form of the notice; `n` asks for that of a former one."""
    campaign = campaign_or_404(slug)
    course = notices.course(campaign, clock.now())
    begun = {each.n: each for each in (*course.former, course.current) if each}
    n = _number(request.args.get("n", "")) or max(begun, default=0)
    if n not in begun:
        raise NotFound
    paper = papers.paper_of(campaign.id, n)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Disposition": f'inline; filename="{slug}-notice-{n}.pdf"',
    }
    response = Response(paper.pdf, headers=headers, mimetype="application/pdf")
    response.set_etag(paper.sha256)
    return response.make_conditional(request)


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise MalformedRequest
    return int(text or 0)


def _json(slug: str) -> Response:
    course = notices.course(campaign_or_404(slug), clock.now())
    shown = course.current or course.coming
    if shown is None:
        raise NotFound
    return private_json(
        {
            "from": clock.minute(shown.begins),
            "to": clock.minute(shown.ends),
            "working_days": len(shown.days),
            "open_objections": course.open_objections,
            "answered_objections": course.answered_objections,
        }
    )


def _context(campaign: Campaign, now: datetime) -> dict[str, object]:
    course = notices.course(campaign, now)
    shown = course.current
    return {
        "course": course,
        "notice": shown,
        "subject": papers.subject(campaign),
        "state": wording.state(course, now),
        "head": wording.head(course) if shown else [],
        "rows": wording.rows(course, shown) if shown else [],
        "weights": wording.weights(course),
        "margins": _margins(campaign, shown) if shown and course.shows_scores else [],
        "days": wording.days(shown) if shown else "",
        "planned": campaign.window("notice"),
        "still_to_come": wording.still_to_come(campaign, course),
        "may_object": shown is not None and _takes_objections(course, shown, now),
    }


def _margins(campaign: Campaign, shown: Notice) -> list[str]:
    names = {each.no: each.name for each in candidates_of(campaign.id)}
    return wording.margins(margins_of(campaign.id, shown.ranking_n), names)


def _takes_objections(course: Course, shown: Notice, now: datetime) -> bool:
    return shown.is_running(now) and not course.is_final

"""The page of a piece of long work: how far it is, and then its file or what follows from it."""

from collections.abc import Callable
from mimetypes import guess_type

from flask import url_for
from flask.typing import ResponseReturnValue

from votesite.domain.jobs import asking
from votesite.errors import Forbidden
from votesite.models.campaigns import Campaign
from votesite.models.jobs import Job
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.access.visitors import wants_json
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import download, private_json
from votesite.web.wording import jobs

READERS = ("editor",)  # beside whoever has asked

Address = Callable[[Campaign, Job], str]
_FOLLOWING: dict[str, Address] = {}


def following(kind: str) -> Callable[[Address], Address]:
    """Let a function name the page that goes on with what a kind of work has answered."""

    def register(address: Address) -> Address:
        _FOLLOWING[kind] = address
        return address

    return register


def address(slug: str, job: Job) -> str:
    """The page of a piece of work."""
    return url_for("admin.job", slug=slug, job_id=job.id)


def found(campaign: Campaign, job_id: int) -> Job:
    """A piece of work that this person may see; raises NotFound, Forbidden."""
    job = asking.find(campaign.id, job_id)
    if job.asked_by != require_staff().id and not may(campaign, *READERS):
        raise Forbidden
    return job


@bp.get("/c/<slug>/jobs/<int:job_id>")
@staff_required()
def job(slug: str, job_id: int) -> ResponseReturnValue:
    """Show how far a piece of work is; the page asks again by itself until it has ended."""
    campaign = staff_campaign(slug)
    shown = found(campaign, job_id)
    file = url_for(".job_file", slug=slug, job_id=job_id) if shown.output is not None else None
    follows = _FOLLOWING.get(shown.kind) if shown.state == "done" else None
    onward = follows(campaign, shown) if follows else None
    if wants_json():
        return private_json(_told(shown, file, onward))
    return admin_page(
        "admin/job.html",
        campaign=campaign,
        job=shown,
        title=jobs.title(shown.kind),
        state=jobs.state(shown),
        reason=jobs.reason(shown) if shown.state == "failed" else "",
        file=file,
        onward=onward,
    )


@bp.get("/c/<slug>/jobs/<int:job_id>/file")
@staff_required()
def job_file(slug: str, job_id: int) -> ResponseReturnValue:
    """Download the file that came of it; it is kept for a day."""
    shown = found(staff_campaign(slug), job_id)
    content_type = guess_type(shown.filename)[0] or "application/octet-stream"
    return download(asking.output_of(shown), shown.filename, content_type)


def _told(job: Job, file: str | None, onward: str | None) -> dict[str, object]:
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "says": jobs.state(job),
        "reason": job.answer.get("reason") if job.state == "failed" else None,
        "file": file,
        "next": onward,
    }

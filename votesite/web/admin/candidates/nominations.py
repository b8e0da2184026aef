"""Review of nominations: the queue, the document, what to check, the decision."""

from typing import Any

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.media import pictures
from votesite.domain.nominations import alike, queries, review
from votesite.domain.staff import people
from votesite.domain.texts import whole
from votesite.errors import Fault, Frozen, InvalidFields, Lapsed, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.nominations import STATUSES, Nomination
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import desk, faults_in_words

READING = ("editor", "reviewer", "supervisor", "auditor")
DECIDING = ("reviewer",)
WHOLE_NUMBER = 9


@bp.get("/c/<slug>/nominations")
@staff_required()
def nominations(slug: str) -> ResponseReturnValue:
    """The queue: the first of a status, or word that there is none."""
    campaign = staff_campaign(slug, *READING)
    status = request.args.get("status", "pending")
    if status not in STATUSES:
        raise NotFound
    waiting = queries.queue(campaign.id, status)
    if waiting:
        return _to(campaign, waiting[0].id)
    return _page(campaign, None, status)


@bp.get("/c/<slug>/nominations/<int:nomination_id>")
@staff_required()
def nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """One nomination with its checks and the decision."""
    campaign = staff_campaign(slug, *READING)
    return _page(campaign, queries.find(campaign.id, nomination_id))


@bp.post("/c/<slug>/nominations/<int:nomination_id>/decide")
@staff_required()
def decide_nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Accept, join, merge or reject, and go on to the next."""
    campaign = staff_campaign(slug, *DECIDING)
    found = queries.find(campaign.id, nomination_id)
    require_clean_fields()
    try:
        said = _decide(found)
    except InvalidFields as refusal:
        return _page(campaign, found, status_code=422, faults=faults_in_words(refusal))
    except (Frozen, Lapsed) as refusal:
        flash(_why_not(refusal), "warn")
        return _to(campaign, found.id)
    flash(said, "ok")
    waiting = queries.queue(campaign.id, "pending", limit=1)
    if waiting:
        return _to(campaign, waiting[0].id)
    return redirect(url_for(".nominations", slug=slug), 303)


@bp.post("/c/<slug>/nominations/<int:nomination_id>/reopen")
@staff_required()
def reopen_nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Take a decision back within ten minutes."""
    campaign = staff_campaign(slug, *DECIDING)
    found = queries.find(campaign.id, nomination_id)
    try:
        review.take_back(found.id, require_staff().id)
    except (Frozen, Lapsed):
        flash(_("已经过了 10 分钟，或者候选已经固定，不能撤回。"), "warn")
    else:
        flash(_("决定已撤回，这件提名重新待审。"), "ok")
    return _to(campaign, found.id)


@bp.post("/c/<slug>/nominations/<int:nomination_id>/contact")
@staff_required()
def nomination_contact(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Show how to reach the nominator; the look is a line of the audit log."""
    campaign = staff_campaign(slug, *DECIDING)
    found = queries.find(campaign.id, nomination_id)
    contact = review.reveal_contact(found.id, require_staff().id)
    return _page(campaign, found, contact=contact)


@bp.get("/c/<slug>/nominations/<int:nomination_id>/picture-480.jpg")
@staff_required()
def nomination_picture(slug: str, nomination_id: int) -> ResponseReturnValue:
    """The nomination's picture, which is nobody else's until it is accepted."""
    campaign = staff_campaign(slug, *READING)
    found = queries.find(campaign.id, nomination_id)
    path = pictures.picture_path(found.picture, "480", "jpeg") if found.picture else None
    if path is None or not path.is_file():
        raise NotFound
    response = send_file(path, mimetype="image/jpeg", max_age=0, etag=False)
    response.headers["Cache-Control"] = "no-store"
    return response


def _decide(found: Nomination) -> str:
    """Carry out the posted decision; gives what to tell about it."""
    form, by = request.form, require_staff().id
    name, chosen = found.name, form.get("decision")
    if chosen == "accept":
        made = review.accept(found.id, by, name=form.get("name"), category=form.get("category"))
        return _("“%(name)s”已列为 %(no)s 号候选。10 分钟内可以撤回。", name=made.name, no=made.no)
    if chosen == "join":
        review.join(found.id, _candidate_id(found.campaign_id), by)
        return _("“%(name)s”已并入候选。10 分钟内可以撤回。", name=name)
    if chosen == "merge":
        review.merge(found.id, _number("nomination"), by)
        return _("“%(name)s”已合并，随另一件一起办理。10 分钟内可以撤回。", name=name)
    if chosen == "reject":
        review.reject(found.id, form.get("reason", ""), by)
        return _("“%(name)s”不采纳，理由已告知提名人。10 分钟内可以撤回。", name=name)
    raise InvalidFields({"decision": Fault("missing")})


def _number(field: str) -> int:
    """A whole number of the form; 0, which nothing has, for anything else."""
    return whole(request.form.get(field, ""), WHOLE_NUMBER) or 0


def _candidate_id(campaign_id: int) -> int:
    found = listing.candidate_numbered(campaign_id, _number("candidate"))
    return found.id if found else 0


def _why_not(refusal: Frozen | Lapsed) -> str:
    if isinstance(refusal, Frozen):
        return _("投票已经开始，或者账本已经开启：只能并入已有候选。")
    return _("这件提名已经有人处理过了。")


def _to(campaign: Campaign, nomination_id: int) -> ResponseReturnValue:
    return redirect(url_for(".nomination", slug=campaign.slug, nomination_id=nomination_id), 303)


def _page(
    campaign: Campaign,
    found: Nomination | None,
    status: str | None = None,
    *,
    status_code: int = 200,
    **context: Any,
) -> ResponseReturnValue:
    """The queue's page, with a document or without."""
    shown = status or (found.status if found else "pending")
    waiting = queries.queue(campaign.id, shown)
    return desk(
        "admin/nominations.html",
        status_code,
        campaign=campaign,
        active="nominations",
        shown=shown,
        counts=queries.by_status(campaign.id),
        waiting=waiting,
        doubles=alike.doubles(campaign.id, waiting) if shown == "pending" else frozenset(),
        nomination=found,
        may_decide=may(campaign, *DECIDING),
        **(_document(campaign, found) if found else {}),
        **{"faults": {}, "contact": None, "posted": request.form, **context},
    )


def _document(campaign: Campaign, found: Nomination) -> dict[str, Any]:
    """What stands beside a nomination."""
    now = clock.now()
    standing = listing.candidates_of(campaign.id)
    pending = queries.queue(campaign.id, "pending")
    return {
        "decisive": queries.decisive(found),
        "merged": queries.merged(found),
        "similar": alike.similar(found),
        "frozen": freeze.is_frozen(campaign, now),
        "can_reopen": review.can_take_back(found, now),
        "decided_by": people.display_names([found.decided_by])[found.decided_by]
        if found.decided_by
        else "",
        "criteria": [
            (criterion["name"], found.criteria[criterion["key"]])
            for criterion in campaign.criteria
            if criterion["key"] in found.criteria
        ],
        "candidate_options": [(one.no, f"{one.no:02} {one.name}") for one in standing],
        "nomination_options": [
            (one.id, f"{one.id} {one.name}") for one in pending if one.id != found.id
        ],
    }

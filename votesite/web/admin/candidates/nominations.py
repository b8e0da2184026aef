"""Reviewing nominations: the queue, the nomination, what to check, the decision."""

from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze
from votesite.domain.campaigns.publishing import PublishFaults
from votesite.domain.candidates import listing
from votesite.domain.nominations import alike, queries, review
from votesite.domain.staff import people
from votesite.domain.texts import typed_whole
from votesite.errors import Fault, Frozen, InvalidFields, Lapsed, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.nominations import STATUSES, Nomination
from votesite.web.access import kept
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_picture, see_other

READING = ("editor", "reviewer", "supervisor", "auditor")
DECIDING = ("reviewer",)
MAX_DIGITS = 9


@bp.get("/c/<slug>/nominations")
@staff_required()
def nominations(slug: str) -> ResponseReturnValue:
    """Go on to the first nomination of a status, or say that there is none.

    With `list` the queue stays, which on a phone has a page of its own.
    """
    campaign = staff_campaign(slug, *READING)
    status = request.args.get("status", "pending")
    if status not in STATUSES:
        raise NotFound
    waiting = queries.queue(campaign.id, status)
    if waiting and "list" not in request.args:
        return _to(campaign, waiting[0].id)
    return _page(campaign, None, status)


@bp.get("/c/<slug>/nominations/<int:nomination_id>")
@staff_required()
def nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Show one nomination with its checks and the decision."""
    campaign = staff_campaign(slug, *READING)
    return _page(campaign, queries.find(campaign.id, nomination_id))


@bp.post("/c/<slug>/nominations/<int:nomination_id>/decide")
@staff_required()
def decide_nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Accept, join, merge or reject, and go on to the next."""
    campaign = staff_campaign(slug, *DECIDING)
    asked = queries.find(campaign.id, nomination_id)
    require_clean_fields()
    try:
        outcome = _decide(asked)
    except InvalidFields as refusal:
        faults = faults_in_words(refusal)
        if isinstance(refusal, PublishFaults):  # about the campaign as a whole
            faults = {"decision": next(iter(faults.values()))}
        return _page(campaign, asked, status_code=422, faults=faults)
    except (Frozen, Lapsed) as refusal:
        said, lost = _why_not(refusal), kept.posted()
        return _page(campaign, asked, status_code=refusal.status, why_not=said, lost=lost)
    flash(outcome, "ok")
    waiting = queries.next_pending(campaign.id, asked.id)
    if waiting is not None:
        return _to(campaign, waiting.id)
    return see_other(url_for(".nominations", slug=slug))


@bp.post("/c/<slug>/nominations/<int:nomination_id>/reopen")
@staff_required()
def reopen_nomination(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Reverse a decision within ten minutes."""
    campaign = staff_campaign(slug, *DECIDING)
    asked = queries.find(campaign.id, nomination_id)
    try:
        review.take_back(asked.id, require_staff().id)
    except (Frozen, Lapsed):
        flash(_("已经过了 10 分钟，或者候选已经固定，不能撤回。"), "warn")
    except InvalidFields as refusal:
        flash(next(iter(faults_in_words(refusal).values())), "warn")
    else:
        flash(_("决定已撤回，这件提名重新待审。"), "ok")
    return _to(campaign, asked.id)


@bp.post("/c/<slug>/nominations/<int:nomination_id>/contact")
@staff_required()
def nomination_contact(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Show how to reach the nominator; that is noted in the audit log."""
    campaign = staff_campaign(slug, *DECIDING)
    asked = queries.find(campaign.id, nomination_id)
    contact = review.reveal_contact(asked.id, require_staff().id)
    return _page(campaign, asked, contact=contact)


@bp.get("/c/<slug>/nominations/<int:nomination_id>/picture-480.jpg")
@staff_required()
def nomination_picture(slug: str, nomination_id: int) -> ResponseReturnValue:
    """Return the nomination's picture, private until the nomination is accepted."""
    campaign = staff_campaign(slug, *READING)
    asked = queries.find(campaign.id, nomination_id)
    return private_picture(asked.picture)


def _decide(nomination: Nomination) -> str:
    """Carry out the posted decision; returns the sentence that reports it."""
    form, by = request.form, require_staff().id
    name, chosen = nomination.name, form.get("decision")
    if chosen == "accept":
        category = form.get("category")
        candidate = review.accept(nomination.id, by, name=form.get("name"), category=category)
        return _(
            "“%(name)s”已列为 %(no)s 号候选。10 分钟内可以撤回。",
            name=candidate.name,
            no=candidate.no,
        )
    if chosen == "join":
        review.join(nomination.id, _candidate_id(nomination.campaign_id), by)
        return _("“%(name)s”已并入候选。10 分钟内可以撤回。", name=name)
    if chosen == "merge":
        review.merge(nomination.id, _number("nomination"), by)
        return _("“%(name)s”已合并，随另一件一起办理。10 分钟内可以撤回。", name=name)
    if chosen == "reject":
        review.reject(nomination.id, form.get("reason", ""), by)
        return _("“%(name)s”不采纳，理由已告知提名人。10 分钟内可以撤回。", name=name)
    raise InvalidFields({"decision": Fault("missing")})


def _number(field: str) -> int:
    """A whole number of the form; for anything else 0, which no row has as its number."""
    return typed_whole(request.form.get(field, ""), MAX_DIGITS) or 0


def _candidate_id(campaign_id: int) -> int:
    candidate = listing.candidate_numbered(campaign_id, _number("candidate"))
    return candidate.id if candidate else 0


def _why_not(refusal: Frozen | Lapsed) -> str:
    if isinstance(refusal, Frozen):
        return _("投票已经开始，或者账本已经开启：只能并入已有候选。")
    return _("这件提名已经有人处理过了。")


def _to(campaign: Campaign, nomination_id: int) -> ResponseReturnValue:
    return see_other(url_for(".nomination", slug=campaign.slug, nomination_id=nomination_id))


def _page(
    campaign: Campaign,
    nomination: Nomination | None,
    status: str | None = None,
    *,
    status_code: int = 200,
    **context: Any,
) -> ResponseReturnValue:
    """Render the queue, with a nomination or without."""
    shown = status or (nomination.status if nomination else "pending")
    waiting = queries.queue(campaign.id, shown)
    return admin_page(
        "admin/candidates/nominations.html",
        status_code,
        campaign=campaign,
        active="nominations",
        shown=shown,
        counts=queries.by_status(campaign.id),
        waiting=waiting,
        doubles=alike.doubles(campaign.id, waiting) if shown == "pending" else frozenset(),
        nomination=nomination,
        may_decide=may(campaign, *DECIDING),
        **(_document(campaign, nomination) if nomination else {}),
        **{"faults": {}, "contact": None, "posted": request.form, **context},
    )


def _document(campaign: Campaign, nomination: Nomination) -> dict[str, object]:
    """The context that shows a nomination."""
    now = clock.now()
    candidates = listing.candidates_of(campaign.id)
    pending = queries.queue(campaign.id, "pending")
    return {
        "decisive": queries.decisive(nomination),
        "merged": queries.merged(nomination),
        "similar": alike.similar(nomination),
        "frozen": freeze.is_frozen(campaign, now),
        "can_reopen": review.can_take_back(nomination, now),
        "decided_by": people.display_names([nomination.decided_by])[nomination.decided_by]
        if nomination.decided_by
        else "",
        "criteria": [
            (criterion["name"], nomination.criteria[criterion["key"]])
            for criterion in campaign.criteria
            if criterion["key"] in nomination.criteria
        ],
        "candidate_options": [
            (candidate.no, f"{candidate.no:02} {candidate.name}") for candidate in candidates
        ],
        "nomination_options": [
            (other.id, f"{other.id} {other.name}") for other in pending if other.id != nomination.id
        ],
    }

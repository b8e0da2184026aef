"""Appeals against voided ballots: what the voter says, and what reviewers answer."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.integrity import appeals
from votesite.domain.results.guard import guard
from votesite.domain.staff import people
from votesite.domain.texts import typed_whole
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.acting import NO_FAILURE, Failure, confirm_on_screen, propose, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.admin.integrity.subject import CONFIRMERS, HANDLERS, posted, proposal_shown
from votesite.web.responses import see_other

MAX_DIGITS = 9


@bp.get("/c/<slug>/integrity/appeals/<int:appeal_id>")
@staff_required()
def integrity_appeal(slug: str, appeal_id: int) -> ResponseReturnValue:
    """Show one appeal: what its voter says, and what can be done."""
    return appeal_page(staff_campaign(slug, *CONFIRMERS), appeal_id)


@bp.post("/c/<slug>/integrity/appeals/<int:appeal_id>/restore")
@staff_required()
def propose_restore(slug: str, appeal_id: int) -> ResponseReturnValue:
    """Propose that the ballot count again; a colleague's password makes it effective at once."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    others = [typed_whole(text, MAX_DIGITS) or 0 for text in request.form.getlist("appeal")]
    together = [appeals.find(campaign.id, one).id for one in (appeal_id, *others)]
    why = request.form.get("why", "")

    def again(failure: Failure) -> ResponseReturnValue:
        return appeal_page(campaign, appeal_id, failure)

    def confirm(decision: Decision) -> ResponseReturnValue:
        done, to = _("已确认，已生效并公开。"), appeal_address(slug, appeal_id)
        return confirm_on_screen(decision.id, done=done, to=to, again=again)

    def proceed(decision: Decision) -> ResponseReturnValue:
        if decision.state == "unsigned":
            return see_other(url_for(".decision", slug=slug, decision_id=decision.id))
        flash(_("已提议恢复，等另一人确认。"), "ok")
        return see_other(appeal_address(slug, appeal_id))

    return propose(
        lambda: appeals.propose_restore(together, require_staff().id, why),
        proceed=proceed,
        confirm=confirm,
        again=again,
    )


@bp.post("/c/<slug>/integrity/appeals/<int:appeal_id>/reject")
@staff_required()
def reject_appeal(slug: str, appeal_id: int) -> ResponseReturnValue:
    """Leave the ballot void and answer its voter."""
    campaign = staff_campaign(slug, *HANDLERS)
    require_clean_fields()
    appeal = appeals.find(campaign.id, appeal_id)
    return run(
        lambda: appeals.reject(appeal.id, require_staff().id, request.form.get("reply", "")),
        done=_("已驳回，理由会显示在投票人的回执页。"),
        to=appeal_address(slug, appeal_id),
        again=lambda failure: appeal_page(campaign, appeal_id, failure),
    )


def appeal_address(slug: str, appeal_id: int) -> str:
    """The address of an appeal's page."""
    return url_for(".integrity_appeal", slug=slug, appeal_id=appeal_id)


def appeal_page(
    campaign: Campaign, appeal_id: int, failure: Failure = NO_FAILURE
) -> ResponseReturnValue:
    """Render an appeal, with a `failure` of the form that was posted; raises NotFound."""
    appeal, now = appeals.find(campaign.id, appeal_id), clock.now()
    return admin_page(
        "admin/integrity/appeal.html",
        failure.status,
        campaign=campaign,
        active="integrity",
        appeal=appeal,
        text=appeals.text_of(appeal),
        reply=appeals.reply_of(appeal),
        answered_by=people.display_names([appeal.answered_by]).get(appeal.answered_by or 0, ""),
        may_handle=may(campaign, *HANDLERS),
        may_reject=appeals.may_reject(appeal, require_staff().id),
        has_voided=appeals.has_voided(appeal, require_staff().id),
        guard=guard(campaign.id),
        shown=appeals.shown_by_restoring(appeal) if appeal.state == "open" else None,
        others=appeals.others_open(appeal, now=now),
        **proposal_shown(campaign, appeals.proposal(appeal, now=now)),
        **posted(failure),
    )

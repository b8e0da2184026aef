"""One questionnaire: its questions on one page, and the answers' way in."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain.candidates import listing
from votesite.domain.surveys import answering
from votesite.domain.voting import consents
from votesite.domain.voting.voters import key_of
from votesite.errors import (
    Closed,
    ConsentRequired,
    InvalidAnswers,
    LimitReached,
    MalformedFields,
    NotEligible,
    Refused,
)
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.surveys import Survey
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.responses import page, private_json, see_other
from votesite.web.surveys.blueprint import bp
from votesite.web.wording import refusals

REFUSALS_ON_THE_FORM = (
    Closed,
    ConsentRequired,
    InvalidAnswers,
    LimitReached,
    MalformedFields,
    NotEligible,
)


@bp.get("/c/<slug>/survey/<survey_id>")
def survey(slug: str, survey_id: str) -> Response:
    """The questions; thanks to who has answered; to a stranger the button that begins login."""
    campaign = campaigns.campaign_or_404(slug)
    return _survey_page(campaign, answering.find(campaign.id, survey_id))


@bp.post("/c/<slug>/survey/<survey_id>")
def answer(slug: str, survey_id: str) -> Response:
    """Keep the answers and give thanks."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form()
    found = answering.find(campaign.id, survey_id)
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    filled = answering.SurveyPost(
        survey_id=found.id,
        voter=identity.require_voter(),
        fields=request.form.to_dict(flat=False),
        consents=request.form.get("consent") == "1",
        is_clean=not forms.fields_are_malformed(),
    )
    try:
        kept = answering.answer(filled)
    except REFUSALS_ON_THE_FORM as refusal:
        return _refused(campaign, found, _explained(refusal))
    if visitors.wants_json():
        return private_json({"id": kept}, 201)
    return see_other(url_for("surveys.survey", slug=slug, survey_id=survey_id))


def _explained(refusal: Refused) -> Refused:
    """The refusal in words about questionnaires."""
    if not isinstance(refusal, Closed) or refusal.reason:
        return refusal
    if refusal.next_at:
        when = refusals.moment(refusal.next_at)
        return Closed(
            refusal.next_at, _("问卷还没有开放，%(when)s 开始。没有保存任何内容。", when=when)
        )
    return Closed(reason=_("问卷已经结束。没有保存任何内容。"))


def _refused(campaign: Campaign, found: Survey, refusal: Refused) -> Response:
    """A refused post: as problem for a program, else the form filled again."""
    if visitors.wants_json():
        raise refusal
    return _survey_page(campaign, found, refusal)


def _survey_page(campaign: Campaign, found: Survey, refusal: Refused | None = None) -> Response:
    now = clock.now()
    voter = identity.site_voter()
    key = key_of(campaign.id, voter)
    faults = refusal.fields if isinstance(refusal, InvalidAnswers) else {}
    return page(
        "surveys/survey.html",
        status=refusal.status if refusal else 200,
        campaign=campaign,
        survey=found,
        questions=answering.questions_of(found),
        groups=_groups(campaign),
        is_open=answering.is_open(found, campaign, now),
        opens_at=answering.next_opening(found, campaign, now),
        identified=key is not None,
        snapshot=identity.is_snapshot(),
        may_answer=key is None or answering.may_answer(found, key),
        answered=key is not None and answering.has_answered(found, key),
        consented=key is not None and consents.has_consent(campaign, key),
        values=request.form.to_dict(flat=False) if refusal else {},
        faults={name: refusals.fault(fault) for name, fault in faults.items()},
        needs_consent=isinstance(refusal, ConsentRequired),
        refusal=refusals.sentence(refusal) if refusal and not faults else None,
    )


def _groups(campaign: Campaign) -> list[tuple[str, list[Candidate]]]:
    """The candidates that still stand, by category."""
    standing = [found for found in listing.candidates_of(campaign.id) if not found.is_withdrawn]
    return [
        (name, [found for found in standing if found.category == name])
        for name in campaign.category_names
    ]

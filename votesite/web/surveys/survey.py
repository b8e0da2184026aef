"""One questionnaire: its questions on one page, and taking the answers."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain.candidates import listing
from votesite.domain.surveys import answering
from votesite.domain.surveys.listing import find, questions_of
from votesite.domain.surveys.questions import form_size
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
from votesite.web import citizen_form
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.responses import private_json, see_other
from votesite.web.surveys.blueprint import bp

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
    """Show the questions, thanks once answered, or the button that begins login."""
    campaign = campaigns.campaign_or_404(slug)
    return _survey_page(campaign, find(campaign.id, survey_id))


@bp.post("/c/<slug>/survey/<survey_id>")
def answer(slug: str, survey_id: str) -> Response:
    """Store the answers and say thank you."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form()
    asked = find(campaign.id, survey_id)
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    post = answering.SurveyPost(
        survey_id=asked.id,
        voter=identity.require_voter(),
        fields=request.form.to_dict(flat=False),
        consents=request.form.get("consent") == "1",
        is_clean=not forms.fields_are_malformed(),
    )
    try:
        answer_id = answering.answer(post)
    except REFUSALS_ON_THE_FORM as refusal:
        explained = citizen_form.in_words(
            refusal,
            too_early=_("问卷还没有开放，%(when)s 开始。没有保存任何内容。"),
            too_late=_("问卷已经结束。没有保存任何内容。"),
        )
        return citizen_form.refused(explained, lambda shown: _survey_page(campaign, asked, shown))
    if visitors.wants_json():
        return private_json({"id": answer_id}, 201)
    return see_other(url_for("surveys.survey", slug=slug, survey_id=survey_id))


def _survey_page(campaign: Campaign, survey: Survey, refusal: Refused | None = None) -> Response:
    now = clock.now()
    key = citizen_form.citizen_key(campaign)
    questions = questions_of(survey)
    return citizen_form.form_page(
        "surveys/survey.html",
        campaign,
        refusal,
        survey=survey,
        questions=questions,
        in_parts=form_size(questions, listing.how_many(campaign.id)).in_parts,
        groups=_groups(campaign),
        is_open=answering.is_open(survey, campaign, now),
        opens_at=answering.next_opening(survey, campaign, now),
        may_answer=key is None or answering.may_answer(survey, key),
        answered=key is not None and answering.has_answered(survey, key),
        values=request.form.to_dict(flat=False) if refusal else {},
    )


def _groups(campaign: Campaign) -> list[tuple[str, list[Candidate]]]:
    """The candidates who have not withdrawn, by category."""
    remaining = [
        candidate for candidate in listing.candidates_of(campaign.id) if not candidate.is_withdrawn
    ]
    return [
        (name, [candidate for candidate in remaining if candidate.category == name])
        for name in campaign.category_names
    ]

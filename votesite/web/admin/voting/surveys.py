"""Questionnaires for staff: which there are, how they were answered, the answers as files."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.spreadsheets import Row
from votesite.domain.surveys import answering, figures, listing
from votesite.domain.surveys.figures import Figures
from votesite.errors import NotFound
from votesite.models.surveys import Survey
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import TABLE_TYPES, table_download

READING = ("editor", "supervisor", "auditor")
TEXTS_SHOWN = 100


@bp.get("/c/<slug>/surveys")
@staff_required()
def surveys(slug: str) -> ResponseReturnValue:
    """List the questionnaires: when each is open, for whom, how many have answered."""
    campaign = staff_campaign(slug, *READING)
    now = clock.now()
    return admin_page(
        "admin/voting/surveys.html",
        campaign=campaign,
        active="surveys",
        rows=[
            (survey, listing.how_many(survey.id), answering.is_open(survey, campaign, now))
            for survey in listing.surveys_of(campaign.id)
        ],
    )


@bp.get("/c/<slug>/surveys/<survey_id>")
@staff_required()
def survey(slug: str, survey_id: str) -> ResponseReturnValue:
    """Show how it was answered: a chart and a table for each question."""
    campaign = staff_campaign(slug, *READING)
    survey = listing.find(campaign.id, survey_id)
    return admin_page(
        "admin/voting/survey.html",
        campaign=campaign,
        active="surveys",
        survey=survey,
        answered=listing.how_many(survey.id),
        is_open=answering.is_open(survey, campaign, clock.now()),
        figures=figures.figures(survey),
        texts_shown=TEXTS_SHOWN,
    )


@bp.get("/c/<slug>/surveys/<survey_id>/answers.<kind>")
@staff_required()
def export_survey(slug: str, survey_id: str, kind: str) -> ResponseReturnValue:
    """Download all answers as CSV, or as xlsx with a sheet of figures; neither names anyone."""
    campaign = staff_campaign(slug, *READING)
    survey = listing.find(campaign.id, survey_id)
    if kind not in TABLE_TYPES:
        raise NotFound
    heads, rows = figures.export_answers(survey, by=require_staff().id)
    sheets: dict[str, list[Row]] = {
        _("答卷"): [[_("日期"), *heads], *rows],
        _("统计"): _figures_table(survey),
    }
    return table_download(sheets, kind, f"{slug}-{survey_id}")


def _figures_table(survey: Survey) -> list[Row]:
    """Every question's figures, one line an option."""
    head: Row = [
        _("问题"),
        _("对象"),
        _("选项"),
        _("人数"),
        _("占回答者百分比"),
        _("平均"),
    ]
    lines = [line for answered in figures.figures(survey) for line in _figure_lines(answered)]
    return [head, *lines]


def _figure_lines(answered: Figures) -> list[Row]:
    if answered.question.type == "text":
        return [[answered.question.text, "", _("有文字的"), answered.answered, None, None]]
    return [
        [
            answered.question.text,
            series.label,
            option,
            count,
            round(share, 1),
            round(series.mean, 2) if series.mean is not None else None,
        ]
        for series in answered.series
        for option, count, share in series.shares
    ]

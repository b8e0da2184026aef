"""Questionnaires, a question of each kind, and answers of invented voters."""

from datetime import timedelta

from tests.support.factories import NOON, at, make_campaign, voter
from votesite import clock
from votesite.domain.surveys import answering, listing
from votesite.domain.surveys.answering import SurveyPost
from votesite.extensions import db, writing

RATED = {"id": "rate", "type": "scale", "text": "满意吗", "required": True}
HOW = {
    "id": "how",
    "type": "multi",
    "text": "怎么办的",
    "options": ["窗口", "网上", "电话"],
}
WHY = {
    "id": "why",
    "type": "text",
    "text": "为什么",
    "show_if": {"question": "rate", "is": ["1", "2"]},
    "required": True,
}
EACH = {"id": "each", "type": "scale", "text": "给各镇打分", "per_candidate": True}
TABLE = {
    "id": "table",
    "type": "matrix",
    "text": "分项",
    "options": {"rows": ["态度", "速度"], "columns": ["差", "中", "好"]},
}
QUESTIONS = [
    {"id": "rate", "type": "scale", "text": "总体满意吗", "required": True},
    {
        "id": "why",
        "type": "text",
        "text": "为什么不满意",
        "required": True,
        "show_if": {"question": "rate", "is": ["1", "2"]},
    },
    {"id": "how", "type": "multi", "text": "怎么办的", "options": ["窗口", "网上", "电话"]},
    {"id": "one", "type": "single", "text": "您是", "options": ["居民", "<企业>"]},
    {"id": "parts", "type": "matrix", "text": "分项", "options": ["态度", "速度"]},
    {"id": "each", "type": "scale", "text": "各镇打分", "per_candidate": True},
]
AT_NOON = at(NOON)


def make_survey(campaign, *questions, **changes):
    """A campaign's one questionnaire; `changes` to its definition."""
    definition = {
        "id": "feedback",
        "title": "办事体验问卷",
        "audience": "everyone",
        "phase": ["voting"],
        "anonymous": False,
        "questions": questions or [RATED],
        **changes,
    }
    with writing():
        listing.store_from_folder(campaign, [definition])
    return listing.find(campaign.id, "feedback")


def answered(survey, who=1, *, clock=AT_NOON, consents=True, **fields):
    """A filled form; `fields` are its answers, `__` for the dot of a row's name."""
    given = {
        f"answers.{name.replace('__', '.')}": value if isinstance(value, list) else [value]
        for name, value in (fields or {"rate": "4"}).items()
    }
    return answering.answer(SurveyPost(survey.id, voter(who), given, consents), clock=clock)


def make_surveyed(*, begins=-2, ends=2, **changes):
    """A campaign that votes now, with a questionnaire of every kind of question."""
    now = clock.now()
    campaign = make_campaign(opens=now + timedelta(days=begins), closes=now + timedelta(days=ends))
    make_survey(campaign, *QUESTIONS, **changes)
    db.session.rollback()  # or the test would not see what requests write
    return campaign

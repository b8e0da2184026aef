"""Questionnaires: their questions, who has answered, and the answers.

For an anonymous questionnaire, the mark that somebody has answered and the answer itself are stored
apart: each under a random id, in a table that is ordered by that id only, the mark without a time.
Nor are they written together: the answer waits, sealed, until several are moved at once.
"""

from typing import NotRequired, TypedDict

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base
from votesite.models.columns import WITHOUT_ROWID, CampaignId, Day, Mark, Sealed

AUDIENCES = ("everyone", "voters")
TYPES = ("single", "multi", "scale", "matrix", "text")


Answer = str | list[str] | dict[str, "Answer"]
Answers = dict[str, Answer]


class Matrix(TypedDict):
    """Each of the rows is answered with one of the columns."""

    rows: list[str]
    columns: list[str]


# The key `is` is a word of Python: no class can spell it.
Condition = TypedDict("Condition", {"question": str, "is": list[str]})


class QuestionData(TypedDict):
    """One question as the campaign folder has it; `best` is the better end of its steps."""

    id: str
    type: str
    text: str
    options: NotRequired[list[str] | Matrix]
    required: NotRequired[bool]
    per_candidate: NotRequired[bool]
    show_if: NotRequired[Condition | None]
    best: NotRequired[str]


class Questionnaire(TypedDict):
    """A questionnaire as the campaign folder has it; `phase` are names of phases."""

    id: str
    title: str
    audience: NotRequired[str]
    phase: list[str]
    anonymous: NotRequired[bool]
    questions: list[QuestionData]


class Survey(Base):
    """One questionnaire of a campaign.

    `key` is its id in the campaign folder, `questions` the questions as the folder writes them with
    every default filled in, `phases` the phases in which it can be answered.
    """

    __tablename__ = "surveys"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[CampaignId]
    key: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(120))
    audience: Mapped[str] = mapped_column(String(12), default="everyone")
    phases: Mapped[list[str]] = mapped_column(JSON, default=list)
    anonymous: Mapped[bool] = mapped_column(default=False)
    questions: Mapped[list[QuestionData]] = mapped_column(JSON, default=list)

    __table_args__ = (
        UniqueConstraint("campaign_id", "key"),
        CheckConstraint(f"audience IN {AUDIENCES}", name="audience"),
    )


class SurveyMark(Base):
    """That one voter has answered an anonymous questionnaire: a keyed mark and nothing else."""

    __tablename__ = "survey_marks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    mark: Mapped[Mark]

    __table_args__ = (
        UniqueConstraint("survey_id", "mark"),
        # A rowid would count up in both tables alike and join them again.
        WITHOUT_ROWID,
    )


class WaitingAnswer(Base):
    """One anonymous answer, sealed and bound to `campaign|survey|id`, until its lot is moved."""

    __tablename__ = "survey_pool"
    __table_args__ = WITHOUT_ROWID

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"), index=True)
    sealed: Mapped[Sealed]


class SurveyAnswer(Base):
    """One answered questionnaire.

    `voter` is the voter key, NULL if the questionnaire is anonymous; `answers` maps question ids to
    answers.
    """

    __tablename__ = "survey_answers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"), index=True)
    voter: Mapped[Mark | None]
    answers: Mapped[Answers] = mapped_column(JSON)
    answered_on: Mapped[Day]

    __table_args__ = (
        UniqueConstraint("survey_id", "voter"),
        WITHOUT_ROWID,
    )

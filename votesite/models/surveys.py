"""Questionnaires: their questions, who has answered, and the answers.

Of an anonymous questionnaire the mark that somebody has answered and the answer itself lie apart:
both under random ids, in tables that are ordered by those ids alone, the mark without any time.
"""

from typing import NotRequired, TypedDict

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from votesite.extensions import Base

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
    """One question as the campaign folder has it."""

    id: str
    type: str
    text: str
    options: NotRequired[list[str] | Matrix]
    required: NotRequired[bool]
    per_candidate: NotRequired[bool]
    show_if: NotRequired[Condition | None]


class Questionnaire(TypedDict):
    """A questionnaire as the campaign folder has it; `phase` are names of phases."""

    id: str
    title: str
    audience: NotRequired[str]
    phase: list[str]
    anonymous: NotRequired[bool]
    questions: list[QuestionData]


class Survey(Base):
    """One questionnaire of a campaign; `questions` as the campaign folder has them, complete."""

    __tablename__ = "surveys"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
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
    """That one voter has answered an anonymous questionnaire: a keyed mark, and no more."""

    __tablename__ = "survey_marks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"))
    mark: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("survey_id", "mark"),
        # A rowid would count up in both tables alike and join them again.
        {"sqlite_with_rowid": False},
    )


class SurveyAnswer(Base):
    """One filled questionnaire. `voter` is the voter key, and NULL in anonymous ones."""

    __tablename__ = "survey_answers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("surveys.id"), index=True)
    voter: Mapped[bytes | None] = mapped_column(LargeBinary)
    answers: Mapped[Answers] = mapped_column(JSON)
    answered_on: Mapped[str] = mapped_column(String(10))

    __table_args__ = (
        UniqueConstraint("survey_id", "voter"),
        {"sqlite_with_rowid": False},
    )

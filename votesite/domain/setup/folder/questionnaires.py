"""`surveys/*.toml`: questionnaires, checked and brought into the form in which they are stored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StrictBool,
    TypeAdapter,
    ValidationInfo,
)
from pydantic_core import PydanticKnownError

from votesite.domain.schemas import Matches, OneOf, Problem, Schema, Text, column_limit, read, wrong
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import twice
from votesite.domain.setup.folder.toml import read_toml
from votesite.domain.surveys.questions import SCALE, form_size, question_of
from votesite.domain.texts import BadText, clean, quoted
from votesite.models.campaigns import PHASES
from votesite.models.surveys import AUDIENCES, TYPES, Condition, Matrix, Questionnaire, Survey

OPEN_IN = PHASES[1:]
MAX_QUESTION = 500
WITH_OPTIONS = ("single", "multi", "scale")
STEPPED = ("scale", "matrix")
BEST_ENDS = ("first", "last")

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def _phases(value: object) -> list[Any]:
    """A list of phases, from one or several; a single one is named as itself in what is wrong."""
    if isinstance(value, list):
        if not value:
            raise wrong("none")
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if not value.strip():
        raise wrong("blank")
    return [value]


def _distinct(options: list[str]) -> list[str]:
    if len(set(options)) < len(options):
        raise wrong("same-twice")
    return options


def _at_least_two(options: list[str]) -> list[str]:
    if len(options) < 2:
        raise wrong("too-few", least=2)
    return options


def _at_least_one(options: list[Any]) -> list[Any]:
    if not options:
        raise wrong("too-few", least=1)
    return options


Id = Annotated[str, Text(required=True), Matches(_ID)]
Options = Annotated[
    list[Annotated[str, Text(MAX_QUESTION, required=True)]], AfterValidator(_distinct)
]
Choices = Annotated[Options, AfterValidator(_at_least_two)]
Rows = Annotated[Options, AfterValidator(_at_least_one)]
_CHOICES = TypeAdapter(Choices)
_ROWS = TypeAdapter(Rows)
_BEST = TypeAdapter(Annotated[str, OneOf(BEST_ENDS)])


class MatrixTable(Schema):
    """`options = { rows = […], columns = […] }`."""

    rows: Rows
    columns: Choices


def _options(value: Any, info: ValidationInfo) -> list[str] | Matrix:
    """What may be answered: a list of texts, of a matrix its rows and columns."""
    kind = info.data.get("type")
    if kind == "text":
        if value is not None:
            raise wrong("needless")
        return []
    if kind == "scale" and value is None:
        return list(SCALE)
    if value is None:
        raise PydanticKnownError("missing")
    if kind != "matrix":
        return _CHOICES.validate_python(value)
    if isinstance(value, dict):
        return cast(Matrix, MatrixTable.model_validate(value).model_dump(warnings=False))
    return {"rows": _ROWS.validate_python(value), "columns": list(SCALE)}


def _best(value: Any, info: ValidationInfo) -> str:
    """Which end of a scale is the better one; "" for a question without steps."""
    has_steps = info.data.get("type") in STEPPED
    if value is None:
        return BEST_ENDS[-1] if has_steps else ""
    if info.data.get("type") is not None and not has_steps:
        raise wrong("needless")
    return _BEST.validate_python(value)


def _condition(value: object) -> Condition:
    """From a text `q1 = 满意` or a table {question = "q1", is = "满意"}; answers may be a list."""
    question: object = None
    answers: object = None
    if isinstance(value, str) and "=" in value:
        question, _sign, answers = value.partition("=")
        answers = answers.removeprefix("=")
    elif isinstance(value, dict) and value.keys() == {"question", "is"}:
        question, answers = value["question"], value["is"]
    elif isinstance(value, dict) and len(value) == 1:
        ((question, answers),) = value.items()
    listed = answers if isinstance(answers, list) else [answers]
    is_sound = all(isinstance(one, str) or type(one) is int for one in listed)
    if not isinstance(question, str) or not listed or not is_sound:
        raise wrong("condition")
    try:
        return {"question": clean(question), "is": [clean(str(one)) for one in listed]}
    except BadText as bad:
        raise wrong("condition") from bad


class QuestionRow(Schema):
    """One of `[[questions]]`."""

    id: Id
    type: Annotated[str, OneOf(TYPES)]
    text: Annotated[str, Text(MAX_QUESTION, lines=True, required=True)]
    options: Annotated[Any, PlainValidator(_options)] = Field(None, validate_default=True)
    required: StrictBool = False
    per_candidate: StrictBool = False
    show_if: Annotated[Any, PlainValidator(_condition)] = None
    best: Annotated[Any, PlainValidator(_best)] = Field(None, validate_default=True)


class SurveyFile(Schema):
    """The whole of a questionnaire's file."""

    id: Id
    title: Annotated[str, Text(column_limit(Survey.title), required=True)]
    audience: Annotated[str, OneOf(AUDIENCES)] = "everyone"
    phase: Annotated[
        list[Annotated[str, Text(required=True), OneOf(OPEN_IN)]],
        BeforeValidator(_phases),
        AfterValidator(lambda names: list(dict.fromkeys(names))),
    ]
    anonymous: StrictBool = False
    questions: list[QuestionRow] = Field(default_factory=list)


def read_surveys(folder: Path, candidates: int, faults: Faults) -> list[Questionnaire]:
    """Every questionnaire of the folder, by file name; no folder, no questionnaires.

    One that asks so much about each of the `candidates` that no form could hold it is a fault.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return []
    except OSError:
        faults.add("surveys", "cannot be read")
        return []
    surveys: list[Questionnaire] = []
    for path in paths:
        file = f"surveys/{path.name}"
        tree = read_toml(path, file, faults)
        if tree is None:
            continue
        reading = read(SurveyFile, tree)
        survey = cast(Questionnaire, reading.value.model_dump(warnings=False))
        faults.note(file, reading.problems)
        faults.note(file, _question_problems(reading.value.questions or []))
        if reading.is_sound("questions") and not reading.value.questions:
            faults.note(file, [Problem(("questions",), "none")])
        if not reading.problems:
            faults.note(file, _size_problems(survey, candidates))
        if survey["id"] and survey["id"] in [earlier["id"] for earlier in surveys]:
            faults.note(file, [Problem(("id",), "twice", value=survey["id"])])
        surveys.append(survey)
    return surveys


def _size_problems(survey: Questionnaire, candidates: int) -> Iterator[Problem]:
    size = form_size([question_of(data) for data in survey["questions"]], candidates)
    if not size.fits:
        yield Problem(("questions",), "form-too-large", size.figures)


def _question_problems(rows: list[QuestionRow]) -> Iterator[Problem]:
    """Two questions of one id, and conditions that nothing before them can meet."""
    yield from twice(rows, "questions", "id")
    earlier: dict[str, QuestionRow] = {}
    for number, row in enumerate(rows):
        if row.show_if:
            for code, detail in _unmet(row.show_if, earlier):
                yield Problem(("questions", number, "show_if"), code, detail)
        earlier.setdefault(row.id, row)


def _unmet(
    condition: Condition, earlier: dict[str, QuestionRow]
) -> Iterator[tuple[str, dict[str, str]]]:
    asked = earlier.get(condition["question"])
    if asked is None:
        yield "no-question", {"value": condition["question"]}
    elif asked.type in WITH_OPTIONS and asked.options:
        for answer in condition["is"]:
            if answer not in asked.options:
                detail = {"value": answer, "question": quoted(condition["question"])}
                yield "no-option", detail

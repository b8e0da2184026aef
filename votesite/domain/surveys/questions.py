"""Questions of a questionnaire, and answers read from the fields of a form.

A field is named `answers.<question>`; a question asked for each candidate adds `.<number>`, a
matrix adds `.<row>`, counted from 1. The value of a field is the option's own text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from votesite.domain import texts
from votesite.domain.schemas import FORM_BYTES, MAX_FIELDS
from votesite.errors import Fault, InvalidAnswers
from votesite.models.surveys import Answer, Answers, QuestionData

PREFIX = "answers."
MAX_TEXT = 2000
NUMBER_DIGITS = 4  # of a candidate
_OWN_FIELDS = ("csrf_token", "consent")
_TOKEN = 200  # bytes of the values of these at most
_LETTER = 3  # bytes at most of what counts as one character of a text area
_PART = len('--\r\nContent-Disposition: form-data; name=""\r\n\r\n\r\n') + 70  # of a boundary
SCALE = ("1", "2", "3", "4", "5")

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """One question as it is asked.

    `options` are what may be answered, in a matrix of each of its `rows`. It is shown when the
    question `after` was answered with one of `when`.
    """

    id: str
    type: str
    text: str
    options: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    required: bool = False
    per_candidate: bool = False
    after: str = ""
    when: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """The name of its field, or what the names of its fields begin with."""
        return PREFIX + self.id

    @property
    def is_rated(self) -> bool:
        """Whether its options are steps of a scale, so that they have a mean."""
        return self.type in ("scale", "matrix")

    @property
    def weights(self) -> dict[str, int]:
        """What each step counts: the number it is, or its place from 1."""
        numbers = {text: texts.whole(text, len(text)) for text in self.options}
        steps = {text: number for text, number in numbers.items() if number is not None}
        if len(steps) == len(self.options):
            return steps
        return {text: place for place, text in enumerate(self.options, start=1)}


@dataclass(frozen=True)
class FormSize:
    """How many fields and bytes the form of a questionnaire has when every field is filled.

    `in_parts`: whether it is smaller in parts, where a letter takes fewer bytes and a field more.
    """

    fields: int
    bytes: int
    in_parts: bool

    @property
    def fits(self) -> bool:
        """Whether the site takes such a form."""
        return self.fields <= MAX_FIELDS and self.bytes <= FORM_BYTES

    @property
    def figures(self) -> dict[str, int]:
        """What the form has, and what it may have."""
        return {
            "fields": self.fields,
            "kilobytes": -(-self.bytes // 1024),
            "max_fields": MAX_FIELDS,
            "max_kilobytes": FORM_BYTES // 1024,
        }


class _Wrong(Exception):
    """An answer that is none; internal to reading."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def question_of(data: QuestionData) -> Question:
    """A question from the form in which the campaign folder has it."""
    options = data.get("options") or []
    rows: Sequence[str] = ()
    if isinstance(options, dict):
        rows, options = options["rows"], options["columns"]
    elif data["type"] == "matrix":
        rows, options = options, list(SCALE)
    elif data["type"] == "scale":
        options = options or list(SCALE)
    condition = data.get("show_if") or {"question": "", "is": []}
    return Question(
        id=data["id"],
        type=data["type"],
        text=data["text"],
        options=tuple(options),
        rows=tuple(rows),
        required=bool(data.get("required")),
        per_candidate=bool(data.get("per_candidate")),
        after=condition["question"],
        when=tuple(condition["is"]),
    )


def form_size(questions: Sequence[Question], candidates: int) -> FormSize:
    """The size of the form that asks about so many candidates, filled to the brim.

    The longest option counts for each choice, and a text as long as a browser lets it become.
    """
    fields = len(_OWN_FIELDS)
    in_parts = encoded = _TOKEN + sum(map(len, _OWN_FIELDS))
    for question in questions:
        times = candidates if question.per_candidate else 1
        for suffix, plain, quoted in _brim(question):
            fields += times
            in_parts += times * (len(question.field) + len(suffix) + plain)
            encoded += times * (len(question.field) + len(suffix) + quoted)
    in_parts += fields * _PART + _PART
    encoded += fields * len("=&")
    return FormSize(fields, min(in_parts, encoded), in_parts < encoded)


def read_answers(questions: Sequence[Question], numbers: Sequence[int], fields: Fields) -> Answers:
    """The answers in a form's fields, or InvalidAnswers with a fault for each question.

    `numbers` are the candidates'. A question that the answers before do not call for is skipped.
    """
    answers: Answers = {}
    faults: dict[str, Fault] = {}
    for question in questions:
        if not is_asked(question, answers):
            continue
        try:
            value = _read(question, numbers, fields)
        except _Wrong as wrong:
            faults[question.id] = wrong.fault
            continue
        if value is not None:
            answers[question.id] = value
        elif question.required:
            faults[question.id] = Fault("missing")
    if not answers and not faults and questions:
        faults[questions[0].id] = Fault("missing")
    if faults:
        raise InvalidAnswers(faults)
    return answers


def is_asked(question: Question, answers: Answers) -> bool:
    """Whether the answers before call for a question."""
    return not question.after or bool(
        _values(answers.get(question.after)).intersection(question.when)
    )


def _brim(question: Question) -> Iterator[tuple[str, int, int]]:
    """What each field of a question adds to its name, and the bytes of its longest value.

    Of the value in parts, and as an address quotes it.
    """
    number = f".{'0' * NUMBER_DIGITS}" if question.per_candidate else ""
    options = [(len(text.encode()), len(quote_plus(text))) for text in question.options]
    longest = max((plain for plain, _ in options), default=MAX_TEXT * _LETTER)
    widest = max((quoted for _, quoted in options), default=MAX_TEXT * _LETTER * len("%00"))
    if question.type == "multi":
        yield from ((number, plain, quoted) for plain, quoted in options)
    elif question.type == "matrix":
        for row in range(1, len(question.rows) + 1):
            yield f"{number}.{row}", longest, widest
    else:
        yield number, longest, widest


def _values(given: Answer | None) -> set[str]:
    """Every value within an answer, whatever its form."""
    if given is None:
        return set()
    if isinstance(given, str):
        return {given}
    inner = given.values() if isinstance(given, dict) else given
    return {value for one in inner for value in _values(one)}


def _read(question: Question, numbers: Sequence[int], fields: Fields) -> Answer | None:
    """The answer to a question, or None."""
    if not question.per_candidate:
        return _read_one(question, question.field, fields)
    found = {str(no): _read_one(question, f"{question.field}.{no}", fields) for no in numbers}
    return {no: value for no, value in found.items() if value is not None} or None


def _read_one(question: Question, name: str, fields: Fields) -> Answer | None:
    if question.type == "matrix":
        return _read_matrix(question, name, fields)
    given = _given(name, fields)
    if not given:
        return None
    if question.type == "multi":
        return _chosen(question, given)
    if len(given) > 1:
        raise _Wrong(Fault("too-many", max=1))
    return _text(given[0]) if question.type == "text" else _chosen(question, given)[0]


def _read_matrix(question: Question, name: str, fields: Fields) -> Answer | None:
    rows: dict[str, Answer] = {}
    for number, row in enumerate(question.rows, start=1):
        given = _given(f"{name}.{number}", fields)
        if len(given) > 1:
            raise _Wrong(Fault("too-many", max=1))
        if given:
            rows[row] = _chosen(question, given)[0]
    if rows and question.required and len(rows) < len(question.rows):
        raise _Wrong(Fault("missing"))
    return rows or None


def _given(name: str, fields: Fields) -> list[str]:
    return [text for text in map(texts.tidy, fields.get(name, ())) if text]


def _chosen(question: Question, given: Sequence[str]) -> list[str]:
    """The options that were chosen, in the question's order."""
    if any(text not in question.options for text in given):
        raise _Wrong(Fault("unknown-choice"))
    return [option for option in question.options if option in given]


def _text(given: str) -> str:
    if texts.stray(given, also=texts.STRANGE):
        raise _Wrong(Fault("control-characters"))
    fault = texts.length_fault(given, MAX_TEXT)
    if fault:
        raise _Wrong(fault)
    return given

"""Schemas: what files and forms hand over, read by pydantic, every problem with its path.

A schema names its fields once, with their types, limits and defaults. Rules that join several
fields are plain functions over what could be read, so that one fault does not hide another.
"""

import re
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema
from sqlalchemy.orm import InstrumentedAttribute

from votesite.domain import texts
from votesite.errors import Fault, InvalidFields

Tree = dict[str, Any]  # of TOML or a form: anything, until a schema has read it
Path = tuple[str | int, ...]
S = TypeVar("S", bound="Schema")

FORM_CODES = frozenset(
    {"control-characters", "missing", "not-a-link", "taken", "too-long", "unknown-choice"}
)
FORM_CODE_OF = {
    "blank": "missing",
    "no-letters": "missing",
    "line-break": "control-characters",
    "stray-character": "control-characters",
}

FORM_BYTES = 64 * 1024  # of a form without files
MAX_FIELDS = 1000
MAX_ROUNDS = 10  # more than tables lie in each other

_UNREAD = object()
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Schema(BaseModel):
    """What a table of a file or a form holds. In a `Reading`, what could not be read is None."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="wrap")
    @classmethod
    def _or_unread(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        return None if value is _UNREAD else handler(value)


class Form(Schema):
    """The fields of a page's form; others that are sent with it, like the token, do not matter."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, a code, the figures that belong to it, the value given.

    Codes are pydantic's own (`string_type`) or those of the rules below (`too-long`). A code that
    ends in `[]` speaks of an element, its path of the list.
    """

    path: Path
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    value: object = None

    @property
    def key(self) -> str:
        """The path as people write it, counted from 1: `categories[2].seats`."""
        return key_of(self.path)

    @property
    def place(self) -> str:
        """The path without numbers: `categories.seats`."""
        return ".".join(part for part in self.path if isinstance(part, str))

    @property
    def fault(self) -> Fault:
        """The problem as a form's field reports it."""
        code = self.code.removesuffix("[]")
        code = FORM_CODE_OF.get(code, code)
        figures = {name: self.detail[name] for name in ("max", "n") if name in self.detail}
        return Fault(code, **figures) if code in FORM_CODES else Fault("invalid")


@dataclass
class Reading(Generic[S]):
    """What a schema could read of a tree, and all that was wrong in it."""

    value: S
    problems: list[Problem]

    @property
    def faults(self) -> dict[str, Fault]:
        """The first fault of each field, by the field's name alone, as forms report it."""
        return {str(found.path[-1]): found.fault for found in reversed(self.problems)}

    def is_sound(self, *path: str | int) -> bool:
        """Whether nothing was wrong at a path, below it, or in what it lies in."""
        return not any(
            path[: len(problem.path)] == problem.path or problem.path[: len(path)] == path
            for problem in self.problems
        )


def read(schema: type[S], tree: Mapping[str, Any]) -> Reading[S]:
    """Read a tree as a schema says, and go on after every problem."""
    try:
        return Reading(schema.model_validate(tree), [])
    except ValidationError as error:
        errors = error.errors(include_url=False)
    problems = _unknown_first([_problem(found) for found in errors])
    spared = dict(tree)
    for _round in range(MAX_ROUNDS):
        for found in {_field_path(found["loc"]): found for found in errors}.values():
            _spare(spared, found)
        try:
            return Reading(schema.model_validate(spared), problems)
        except ValidationError as error:  # what an unread table lacks: of no interest
            errors = error.errors(include_url=False)
    raise AssertionError(f"{schema.__name__} refuses {errors}")


def checked(schema: type[S], tree: Mapping[str, Any]) -> S:
    """What a schema reads of a form. Raises InvalidFields with a fault for each field."""
    reading = read(schema, tree)
    if reading.problems:
        raise InvalidFields(reading.faults)
    return reading.value


def key_of(path: Path) -> str:
    """A path as people write it: `categories[2].seats`; odd keys stand in quotation marks."""
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            shown = part if _BARE.fullmatch(part) else texts.quoted(part)
            key += f".{shown}" if key else shown
    return key


def top_of(key: str) -> str:
    """The first part of a written key: `categories` of `categories[2].seats`."""
    return re.split(r"[.\[]", key, maxsplit=1)[0]


def wrong(code: str, **detail: Any) -> PydanticCustomError:
    """The error by which a rule refuses a value."""
    return PydanticCustomError(code, "refused", detail)


def column_limit(column: InstrumentedAttribute[str]) -> int:
    """How many characters a column of the database holds."""
    length: int = column.type.length
    return length


def limits(*schemas: type[Schema]) -> dict[str, int]:
    """The longest text of each field that has a limit, for the form that asks for it."""
    return {
        name: rule.limit
        for schema in schemas
        for name, found in schema.model_fields.items()
        for rule in found.metadata
        if isinstance(rule, Text) and rule.limit
    }


class Rule:
    """A rule beside a type: `Annotated[str, Text(60)]`. It reads a value of pydantic's type."""

    inner: ClassVar[CoreSchema | None] = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """How pydantic reads a value: by its type and the rules before this one, then by it."""
        return core_schema.no_info_after_validator_function(
            self.read, self.inner or handler(source)
        )

    def read(self, value: Any) -> Any:
        """The value in its stored form; raises what `wrong` makes."""
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Rule):
    """A text of at most `limit` characters, 0 for any length; a `required` one is not blank.

    A `strict` one comes from strangers: it is checked before blanks are cut off, and it neither
    turns its direction nor was lost in decoding. One of a cell is `joined`: a line break in
    it is a blank, and blanks in a row are one. An `exact` one names a file and keeps its blanks.
    """

    limit: int = 0
    lines: bool = False
    required: bool = False
    strict: bool = False
    joined: bool = False
    exact: bool = False

    def read(self, value: str) -> str:
        """The text in its stored form."""
        if self.strict and texts.stray(value, lines=self.lines, also=texts.STRANGE):
            raise wrong("control-characters")
        if self.joined:
            value = texts.joined(value)
        try:
            text = texts.clean(value, limit=self.limit, lines=self.lines or self.exact)
        except texts.BadText as bad:
            raise wrong(bad.code, **bad.detail) from bad
        if self.required and not texts.shows(text):
            raise wrong("blank")
        return text


@dataclass(frozen=True)
class OneOf(Rule):
    """One of a few words; of those that may be named, "" is not one."""

    options: Collection[str]

    def read(self, value: str) -> str:
        """The word."""
        if value not in self.options:
            named = ", ".join(option for option in self.options if option)
            raise wrong("unknown-choice", value=value, options=named)
        return value


@dataclass(frozen=True)
class Between(Rule):
    """A whole number from `low` to `high`."""

    low: int
    high: int

    inner = core_schema.int_schema(strict=True)

    def read(self, value: int) -> int:
        """The number."""
        if not self.low <= value <= self.high:
            raise wrong("out-of-range", low=self.low, high=self.high)
        return value


@dataclass(frozen=True)
class OneNumberOf(Rule):
    """One of a few whole numbers."""

    options: Collection[int]

    inner = core_schema.int_schema(strict=True)

    def read(self, value: int) -> int:
        """The number."""
        if value not in self.options:
            raise wrong("unknown-choice", value=value, options=", ".join(map(str, self.options)))
        return value


@dataclass(frozen=True)
class Bounds(Rule):
    """Two whole numbers, [min, max], min at least `low`, max at least 1 and at most `high`."""

    low: int
    high: int = MAX_FIELDS

    inner = core_schema.list_schema()

    def read(self, value: list[object]) -> list[object]:
        """The two numbers."""
        low, high = value if len(value) == 2 else (None, None)
        if type(low) is not int or type(high) is not int:
            raise wrong("not-bounds")
        if not self.low <= low <= high or high < 1:
            raise wrong("bounds", low=self.low)
        if high > self.high:
            raise wrong("above", high=self.high)
        return value


@dataclass(frozen=True)
class Matches(Rule):
    """A text that a pattern matches as a whole."""

    pattern: re.Pattern[str]

    def read(self, value: str) -> str:
        """The text."""
        if not self.pattern.fullmatch(value):
            raise wrong("pattern", value=value)
        return value


def _problem(error: ErrorDetails) -> Problem:
    path = _field_path(error["loc"])
    code = error["type"] if path == error["loc"] else f"{error['type']}[]"
    return Problem(path, code, error.get("ctx", {}), error["input"])


def _unknown_first(problems: list[Problem]) -> list[Problem]:
    """Problems in the order of the fields, the unknown keys of a table before them."""
    ordered: list[Problem] = []
    for problem in problems:
        table = problem.path[:-1]
        at = len(ordered)
        if problem.code == "extra_forbidden":
            below = (n for n, one in enumerate(ordered) if one.path[: len(table)] == table)
            at = next((n for n in below if ordered[n].code != problem.code), at)
        ordered.insert(at, problem)
    return ordered


def _field_path(path: Path) -> Path:
    """A path up to its last key: elements of a list are part of it."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _spare(tree: Any, error: ErrorDetails) -> None:
    """Take a faulty value out of a tree whose inner tables are not ours, to read the rest of it."""
    *above, last = _field_path(error["loc"])
    for part in above:
        inner = tree[part] if isinstance(part, int) or part in tree else {}
        if inner is _UNREAD:
            return
        tree[part] = copy(inner)
        tree = tree[part]
    if error["type"] == "extra_forbidden":
        tree.pop(last, None)
    elif error["type"] == "model_type" and error["loc"][-1] == last:
        tree[last] = {}
    elif tree.get(last) is _UNREAD:  # a dictionary's value, which no field stands for
        del tree[last]
    else:
        tree[last] = _UNREAD

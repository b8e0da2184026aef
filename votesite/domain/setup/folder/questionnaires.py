"""`surveys/*.toml`: questionnaires, checked and brought into one form.

A survey comes out as {id, title, audience, phase: [names], anonymous, questions}, a question as
{id, type, text, options, required, per_candidate, show_if}: `options` is a list of texts, of a
matrix {rows, columns}; `show_if` is None or {question, is: [text]}.
"""

import re
from pathlib import Path
from typing import Any

from votesite.domain.setup.folder.faults import Faults, quoted
from votesite.domain.setup.folder.toml import MISSING, Section, read_toml
from votesite.domain.texts import BadText, clean
from votesite.models.campaigns import PHASES

TYPES = ("single", "multi", "scale", "matrix", "text")
AUDIENCES = ("everyone", "voters")
OPEN_IN = PHASES[1:]
SCALE = ["1", "2", "3", "4", "5"]
KEYS = ("id", "type", "text", "options", "required", "per_candidate", "show_if")

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_MAX_TEXT = 500


def read_surveys(folder: Path, faults: Faults) -> list[dict[str, Any]]:
    """Every questionnaire of the folder, by file name; no folder, no questionnaires."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return []
    except OSError:
        faults.add("surveys", "cannot be read")
        return []
    surveys: list[dict[str, Any]] = []
    for path in paths:
        top = read_toml(path, f"surveys/{path.name}", faults)
        if top is not None:
            surveys.append(_survey(top, [survey["id"] for survey in surveys]))
    return surveys


def _survey(top: Section, taken: list[str]) -> dict[str, Any]:
    top.only("id", "title", "audience", "phase", "anonymous", "questions")
    survey: dict[str, Any] = {
        "id": _id(top, taken),
        "title": top.text("title", required=True, limit=120),
        "audience": top.choice("audience", AUDIENCES, default="everyone"),
        "phase": _phases(top),
        "anonymous": top.flag("anonymous"),
        "questions": [],
    }
    rows = top.tables("questions")
    if not rows and top.raw("questions") in (None, []):
        top.fault("questions", "ask at least one")
    earlier: dict[str, dict[str, Any]] = {}
    for row in rows:
        question = _question(row, earlier)
        earlier.setdefault(question["id"], question)
        survey["questions"].append(question)
    return survey


def _id(section: Section, taken: list[str]) -> str:
    text = section.text("id", required=True)
    if text and not _ID.fullmatch(text):
        section.fault("id", f"{quoted(text)} must be 1 to 40 of A-Z a-z 0-9 _ -")
    elif text in taken and text:
        section.fault("id", f"{quoted(text)} is there twice")
    return text


def _phases(top: Section) -> list[str]:
    value = top.raw("phase")
    if isinstance(value, list):
        names = top.texts("phase")
        if not value:
            top.fault("phase", "name at least one phase")
    else:
        names = [name] if (name := top.text("phase", required=True)) else []
    for name in names:
        if name not in OPEN_IN:
            top.fault("phase", f"{quoted(name)} must be one of {', '.join(OPEN_IN)}")
    return list(dict.fromkeys(names))


def _question(row: Section, earlier: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row.only(*KEYS)
    kind = row.choice("type", TYPES, required=True)
    return {
        "id": _id(row, list(earlier)),
        "type": kind,
        "text": row.text("text", required=True, limit=_MAX_TEXT, lines=True),
        "options": _options(row, kind),
        "required": row.flag("required"),
        "per_candidate": row.flag("per_candidate"),
        "show_if": _condition(row, earlier),
    }


def _options(row: Section, kind: str) -> Any:
    if kind == "matrix" and isinstance(row.raw("options"), dict):
        return _rows_and_columns(row.table("options"))
    if kind == "text":
        if row.has("options"):
            row.fault("options", "a text question has none")
        return []
    if kind == "scale" and not row.has("options"):
        return list(SCALE)
    options = _distinct(row, "options", 2 if kind != "matrix" else 1)
    if kind == "matrix":
        return {"rows": options, "columns": list(SCALE)}
    return options


def _rows_and_columns(table: Section) -> dict[str, list[str]]:
    table.only("rows", "columns")
    return {"rows": _distinct(table, "rows", 1), "columns": _distinct(table, "columns", 2)}


def _distinct(section: Section, key: str, least: int) -> list[str]:
    if not section.has(key):
        section.fault(key, MISSING)
        return []
    value = section.raw(key)
    options = section.texts(key, limit=_MAX_TEXT)
    if isinstance(value, list) and len(value) < least:
        section.fault(key, f"must have at least {least}")
    if len(set(options)) < len(options):
        section.fault(key, "has the same text twice")
    return options


def _condition(row: Section, earlier: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """From a text `q1 = 满意` or a table {question = "q1", is = "满意"}; answers may be a list."""
    if not row.has("show_if"):
        return None
    parts = _parts(row.raw("show_if"))
    if parts is None:
        row.fault("show_if", 'must be like "q1 = answer" or { question = "q1", is = "answer" }')
        return None
    question, answers = parts
    asked = earlier.get(question)
    if asked is None:
        row.fault("show_if", f"{quoted(question)} is no question before this one")
        return None
    if asked["type"] in ("single", "multi", "scale"):
        for answer in answers:
            if answer not in asked["options"]:
                row.fault("show_if", f"{quoted(answer)} is no option of {quoted(question)}")
    return {"question": question, "is": answers}


def _parts(value: object) -> tuple[str, list[str]] | None:
    question: object
    answers: object
    if isinstance(value, str):
        question, sign, answers = value.partition("=")
        answers = answers.removeprefix("=") if sign else None
    elif isinstance(value, dict) and value.keys() == {"question", "is"}:
        question, answers = value["question"], value["is"]
    elif isinstance(value, dict) and len(value) == 1:
        ((question, answers),) = value.items()
    else:
        return None
    listed = answers if isinstance(answers, list) else [answers]
    if not isinstance(question, str) or not listed:
        return None
    if not all(isinstance(one, str) or type(one) is int for one in listed):
        return None
    try:
        return clean(question), [clean(str(one)) for one in listed]
    except BadText:
        return None

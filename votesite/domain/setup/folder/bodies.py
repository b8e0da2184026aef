"""`candidates.csv` or `.xlsx` and `roster.csv`: what each row says about one body or one voter."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from votesite.domain.candidates.fields import MAX_NUMBER, Profile
from votesite.domain.schemas import Problem, Schema, Text, Tree, read, wrong
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import COLUMNS, CRITERIA, CampaignSettings
from votesite.domain.setup.folder.tables import Table, TableRow
from votesite.domain.texts import quoted

MAX_LABEL = 120

_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


def _number(cell: str) -> int:
    """A candidate's number; 0 for an empty cell, which takes the lowest free one."""
    if not cell:
        return 0
    if not _NUMBER.fullmatch(cell):
        raise wrong("out-of-range", value=cell, high=MAX_NUMBER)
    return int(cell)


def _files(cell: str) -> list[str]:
    return [name for part in cell.split(";") if (name := part.strip())]


Cell = Annotated[str, Text()]
Chapter = Annotated[str, Text(lines=True)]


class Numbered(Schema):
    """The row of a candidate, and its number."""

    row: int
    no: Annotated[int, PlainValidator(_number)] = 0


class Body(Profile, Numbered):
    """One candidate as its row describes it; `images` and `video` are still file names."""

    summary: Chapter = ""
    images: Annotated[list[str], PlainValidator(_files), BeforeValidator(Text().read)] = Field(
        [], alias="image"
    )
    video: Cell = ""
    dossier: dict[str, Chapter] = Field(default_factory=dict)


class Label(Schema):
    """One row of a roster."""

    label: Annotated[str, Text(MAX_LABEL)]


def read_bodies(
    table: Table, file: str, settings: CampaignSettings | None, faults: Faults
) -> list[Body]:
    """Every candidate of the table, numbered. Without settings their names are not compared."""
    own = [criterion["key"] for criterion in settings.criteria] if settings else []
    criteria = [*CRITERIA, *(key for key in own if key not in CRITERIA)]
    _check_header(table, file, {*COLUMNS, *criteria} if settings else None, faults)
    if not table.rows and not table.torn:
        faults.add(file, "there are no candidates")
        return []
    if settings is None:  # then any further column may be one of its criteria
        criteria = [name for name in table.header if name not in COLUMNS]
    bodies = []
    for row in table.rows:
        reading = read(Body, _tree(row, criteria))
        is_named = "name" in table.header
        problems = [found for found in reading.problems if is_named or found.key != "name"]
        faults.note(file, problems, row=row.number)
        bodies.append(reading.value)
    _number_rest(table.rows, bodies, file, faults)
    for key in ("no", "name"):
        _note_taken(bodies, key, file, faults)
    if settings and settings.categories and "category" in table.header:
        _check_categories(table.rows, bodies, settings, file, faults)
    return bodies


def read_labels(table: Table, file: str, faults: Faults) -> list[str]:
    """The labels of a roster, one a voter; two people may bear the same."""
    _check_header(table, file, {"label"}, faults, required=("label",))
    labels = []
    for row in table.rows:
        reading = read(Label, {"label": row.cell("label")})
        faults.note(file, reading.problems, row=row.number)
        labels.append(reading.value.label)
    return [label for label in labels if label]


def check_counts(settings: CampaignSettings, table: Table, bodies: list[Body]) -> Iterator[Problem]:
    """Picks that no ballot could make, as problems of `campaign.toml`.

    A row whose category could not be read may belong to any: only what is certain is a fault.
    """
    total = len(table.rows) + table.torn
    picks = settings.ballot["picks"]
    if picks and picks[1] > total:
        yield _too_many(picks, total, "ballot", "picks")
    members = Counter(body.category for body in bodies)
    names = {category["name"] for category in settings.categories}
    unclear = table.torn + sum(
        count for category, count in members.items() if category not in names
    )
    for number, category in enumerate(settings.categories):
        bounds, standing = category["picks"], members[category["name"]]
        if bounds and bounds[1] > standing + unclear:
            yield _too_many(bounds, standing, "categories", number, "picks")


def _too_many(picks: list[int], candidates: int, *path: str | int) -> Problem:
    return Problem(path, "too-many-picks", {"picks": picks[1], "candidates": candidates})


def _check_header(
    table: Table,
    file: str,
    known: set[str] | None,
    faults: Faults,
    required: Iterable[str] = ("name", "category"),
) -> None:
    for name in table.header:
        if known is not None and name and name not in known:
            faults.add(file, f"there is no column {quoted(name)}", row=1)
    for name in required:
        if name not in table.header:
            faults.add(file, f'the column "{name}" is missing', row=1)


def _tree(row: TableRow, criteria: list[str]) -> Tree:
    cells = {column: row.cell(column) for column in COLUMNS}
    dossier = {key: cell for key in criteria if (cell := row.cell(key))}
    return {"row": row.number, **cells, "dossier": dossier}


def _number_rest(rows: list[TableRow], bodies: list[Body], file: str, faults: Faults) -> None:
    """Give the lowest free numbers to bodies whose rows leave them open."""
    taken = {body.no for body in bodies}
    free = (number for number in range(1, MAX_NUMBER + 1) if number not in taken)
    for row, body in zip(rows, bodies, strict=True):
        if not row.cell("no"):
            body.no = next(free, 0)
            if not body.no:
                text = f"number is free: at most {MAX_NUMBER} candidates"
                faults.add(file, f"no {text}", row=row.number)


def _note_taken(bodies: list[Body], key: str, file: str, faults: Faults) -> None:
    first: dict[object, int] = {}
    for body in bodies:
        value = getattr(body, key)
        if value and value in first:
            shown = f"{value}" if key == "no" else quoted(value)
            faults.add(file, f"{shown} is that of row {first[value]}", row=body.row, key=key)
        first.setdefault(value, body.row)


def _check_categories(
    rows: list[TableRow], bodies: list[Body], settings: CampaignSettings, file: str, faults: Faults
) -> None:
    names = {category["name"] for category in settings.categories}
    for row, body in zip(rows, bodies, strict=True):
        if not row.cell("category"):
            faults.add(file, "is empty", row=row.number, key="category")
        elif body.category and body.category not in names:
            text = f"{quoted(body.category)} is not in campaign.toml"
            faults.add(file, text, row=row.number, key="category")

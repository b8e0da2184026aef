"""`candidates.csv` or `.xlsx`: what each row says about one body."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from votesite.domain.candidates.fields import MAX_CANDIDATES, MAX_NUMBER, Profile
from votesite.domain.schemas import Problem, Schema, Text, Tree, read, wrong
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import COLUMNS, CRITERIA, CampaignSettings
from votesite.domain.setup.folder.tables import Table, TableRow
from votesite.domain.texts import fold, quoted

_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_BETWEEN = re.compile("[;；\n]")


def _number(cell: str) -> int:
    """A candidate's number; 0 for an empty cell, which takes the lowest free one."""
    if not cell:
        return 0
    if not _NUMBER.fullmatch(cell):
        raise wrong("out-of-range", value=cell, high=MAX_NUMBER)
    return int(cell)


def _files(cell: str) -> list[str]:
    """File names, with semicolons between them or each in a line of its own."""
    return [name for part in _BETWEEN.split(cell) if (name := part.strip())]


FileName = Annotated[str, Text(exact=True)]
FileNames = Annotated[list[str], PlainValidator(_files), BeforeValidator(Text(exact=True).read)]
Chapter = Annotated[str, Text(lines=True)]


class Numbered(Schema):
    """The row of a candidate, and its number."""

    row: int
    no: Annotated[int, PlainValidator(_number)] = 0


class Body(Profile, Numbered):
    """One candidate as its row describes it; `images` and `video` are still file names."""

    summary: Chapter = ""
    images: FileNames = Field([], alias="image")
    video: FileName = ""
    dossier: dict[str, Chapter] = Field(default_factory=dict)


def read_bodies(
    table: Table, file: str, settings: CampaignSettings | None, faults: Faults
) -> list[Body]:
    """Every candidate of the table, numbered. Without settings their names are not compared."""
    own = [criterion["key"] for criterion in settings.criteria] if settings else []
    criteria = [*CRITERIA, *(key for key in own if key not in CRITERIA)]
    _check_header(table, file, {*COLUMNS, *criteria} if settings else None, faults)
    if settings:
        _check_criteria(table, file, {*COLUMNS, *own}, faults)
    if not table.rows and not table.torn:
        faults.add(file, "there are no candidates")
        return []
    if len(table.rows) > MAX_CANDIDATES:
        faults.add(file, f"has {len(table.rows)} candidates: at most {MAX_CANDIDATES}")
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


def _check_header(table: Table, file: str, known: set[str] | None, faults: Faults) -> None:
    for name in table.header:
        if known is not None and name and name not in known:
            faults.add(file, f"there is no column {quoted(name)}", row=1)
    for name in ("name", "category"):
        if name not in table.header:
            faults.add(file, f'the column "{name}" is missing', row=1)


def _check_criteria(table: Table, file: str, named: set[str], faults: Faults) -> None:
    """Texts under a criterion that the campaign does not have would be on no page."""
    for name in table.header:
        if name in CRITERIA and name not in named and any(row.cell(name) for row in table.rows):
            text = f"the column {quoted(name)} has texts, and campaign.toml has no such criterion"
            faults.add(file, text, row=1)


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
    first: dict[object, Body] = {}
    for body in bodies:
        value = getattr(body, key)
        if not value:
            continue
        earlier = first.setdefault(fold(value) if key == "name" else value, body)
        if earlier is body:
            continue
        shown = f"{value}" if key == "no" else quoted(value)
        same = getattr(earlier, key)
        reason = f"is that of row {earlier.row}"
        if same != value:
            reason = f"looks like {quoted(same)} of row {earlier.row}"
        faults.add(file, f"{shown} {reason}", row=body.row, key=key)


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

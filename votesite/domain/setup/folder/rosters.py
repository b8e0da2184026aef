"""The roster as it is handed over: `roster.csv`, a file that staff upload, lines that they type."""

from collections.abc import Iterable
from itertools import islice
from typing import Annotated

from votesite.domain.schemas import Schema, Text, read
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.tables import LABEL_COLUMNS, Table, rows_of_roster
from votesite.domain.spreadsheets import plain
from votesite.domain.texts import alike, fold, quoted
from votesite.domain.voting.roster import MAX_LABEL, MAX_VOTERS, fault
from votesite.errors import InvalidFields

MAX_BYTES = 4 * 1024 * 1024
LINES, UPLOAD = "labels", "file"  # the fields of the desk's form
SUFFIXES = (".csv", ".xlsx", ".txt")  # what an upload may be called

_HEADERS = {fold(name): rank for rank, name in enumerate(LABEL_COLUMNS)}


class Label(Schema):
    """One voter of a roster."""

    label: Annotated[str, Text(MAX_LABEL, required=True, joined=True)]


def read_labels(table: Table, file: str, faults: Faults) -> list[str]:
    """The labels of a folder's roster, one a voter, and nobody twice."""
    for name in table.header:
        if name and fold(name) not in _HEADERS:
            faults.add(file, f"there is no column {quoted(name)}", row=1)
    column = _column(table.header)
    if column is None:
        faults.add(file, 'the column "label" is missing', row=1)
        return []
    cells = ((row.number, row.cell(table.header[column])) for row in table.rows)
    named = _read(cells, file, faults)
    _note_twins(named, file, faults)
    return [label for _number, label in named]


def pasted(text: str) -> list[str]:
    """The labels that were typed or pasted, one a line. Raises InvalidFields."""
    faults = Faults()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    labels = _labels((line.split("\t") for line in lines), LINES, faults)
    _raise_first(LINES, faults)
    return labels


def uploaded(data: bytes, name: str) -> list[str]:
    """The labels of an uploaded file, CSV or xlsx, as `pasted` takes them. Raises InvalidFields."""
    faults = Faults()
    if not name.lower().endswith(SUFFIXES):
        raise InvalidFields({UPLOAD: fault("kind")})
    if len(data) > MAX_BYTES:
        raise InvalidFields({UPLOAD: fault("too-large")})
    rows = rows_of_roster(data, UPLOAD, faults)
    cells = ([plain(cell.strip()) for cell in row] for row in rows)
    labels = _labels(cells, UPLOAD, faults)
    if not labels and not faults.found:
        faults.add(UPLOAD, "is empty", code="empty")
    _raise_first(UPLOAD, faults)
    return labels


def _labels(rows: Iterable[list[str]], file: str, faults: Faults) -> list[str]:
    """The labels of rows that may begin with a header; without one there is one column."""
    numbered = enumerate(rows, start=1)
    written = ((number, row) for number, row in numbered if any(map(str.strip, row)))
    filled = list(islice(written, MAX_VOTERS + 2))
    if not filled:
        return []
    if len(filled) > MAX_VOTERS + 1:
        faults.add(file, f"has more than {MAX_VOTERS} rows", code="too-many")
        return []
    number, header = filled[0]
    column = _column(header)
    if column is None and any(cell.strip() for _number, row in filled for cell in row[1:]):
        text = f"has several columns, and none is called {', '.join(LABEL_COLUMNS)}"
        faults.add(file, text, row=number, code="columns")
        return []
    place, below = (0, filled) if column is None else (column, filled[1:])
    cells = ((number, row[place] if place < len(row) else "") for number, row in below)
    named = _read(cells, file, faults)
    _note_twins(named, file, faults)
    return [label for _number, label in named]


def _note_twins(labels: list[tuple[int, str]], file: str, faults: Faults) -> None:
    """Whoever is listed twice, however spelled, would get two codes and with them two votes."""
    met: dict[str, int] = {}
    for number, label in labels:
        if not label:  # it could not be read, which is a fault already
            continue
        first = met.setdefault(alike(label), number)
        if first != number:
            text = f"{quoted(label)} is there twice: it is row {first} again"
            faults.add(file, text, row=number, code="twice")


def _column(header: list[str]) -> int | None:
    """Which column of a header has the labels."""
    known = [place for place, name in enumerate(header) if fold(name) in _HEADERS]
    return min(known, key=lambda place: _HEADERS[fold(header[place])], default=None)


def _read(cells: Iterable[tuple[int, str]], file: str, faults: Faults) -> list[tuple[int, str]]:
    labels = []
    for number, cell in cells:
        reading = read(Label, {"label": cell})
        faults.note(file, reading.problems, row=number)
        labels.append((number, reading.value.label))
    return labels


def _raise_first(field: str, faults: Faults) -> None:
    """Refuse a form's roster by the first of its faults, and say how many there are."""
    if faults.found:
        first = min(faults.found, key=lambda found: found.row)
        others = len(faults.found) - 1
        raise InvalidFields({field: fault(first.code, row=first.row, others=others)})

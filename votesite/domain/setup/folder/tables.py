"""Spreadsheets of a folder: CSV and xlsx as rows of text, numbered as in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, PositiveInt, TypeAdapter

from votesite import confined
from votesite.domain.setup.folder.decoding import read_table_text, table_text
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import COLUMNS, CRITERIA
from votesite.domain.spreadsheets import plain
from votesite.domain.texts import escaped, fold, quoted

XLSX_BYTES = 20 * 1024 * 1024
XLSX_SECONDS = 20.0  # of computing; the largest sheets take about ten
LABEL_COLUMNS = ("label", "标签", "姓名", "名称", "投票人", "编号", "姓名或编号")
SEPARATORS = (",", "\t", ";")

_KNOWN = frozenset(map(fold, (*COLUMNS, *CRITERIA, *LABEL_COLUMNS)))
_READING = confined.job("votesite.domain.setup.folder.workbooks:read")
_ROSTER = confined.job("votesite.domain.setup.folder.workbooks:read_roster")
_FIGURES = confined.job("votesite.domain.setup.folder.workbooks:read_figures")


@dataclass(frozen=True)
class TableRow:
    """One row: its number in the spreadsheet, and its cells by column."""

    number: int
    cells: dict[str, str]

    def cell(self, column: str) -> str:
        """The text of a cell, "" where the column is left out."""
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Table:
    """A header and its rows without blank ones. `torn`: how many had too many or few cells."""

    header: list[str]
    rows: list[TableRow]
    torn: int = 0


class Told(BaseModel):
    """What the confined process says of a workbook; see `workbooks`."""

    rows: list[list[str]]
    sheet: str
    is_hidden: bool
    hidden_rows: list[PositiveInt]
    hidden_columns: list[PositiveInt]
    odd: list[tuple[PositiveInt, PositiveInt, str]]
    merged: list[tuple[PositiveInt, PositiveInt]] = []
    dates: list[tuple[PositiveInt, PositiveInt]] = []


_TOLD: TypeAdapter[Told | None] = TypeAdapter(Told | None)


def read_csv(path: Path, file: str, faults: Faults) -> Table | None:
    """A CSV file's table, or None after what makes it unreadable was noted."""
    text = read_table_text(path, file, faults)
    return None if text is None else table_of(csv_rows(text, file, faults), file, faults)


def read_xlsx(path: Path, file: str, faults: Faults) -> Table | None:
    """The table of a workbook's first sheet, or None after what makes it unreadable was noted."""
    try:
        data = path.read_bytes() if path.stat().st_size <= XLSX_BYTES else b""
    except OSError:
        data = b""
    rows = xlsx_rows(data, file, faults, _READING)
    return None if rows is None else table_of(rows, file, faults)


def rows_of_roster(data: bytes, file: str, faults: Faults) -> Iterable[list[str]]:
    """The rows of an uploaded roster, CSV or xlsx by its content; none after its fault was noted.

    Faults of CSV are noted while its rows are read.
    """
    if data.startswith(b"PK"):
        return xlsx_rows(data, file, faults, _ROSTER) or []
    text = table_text(data, file, faults)
    return [] if text is None else csv_rows(text, file, faults)


def sheet_of_figures(data: bytes) -> Told | None:
    """What an uploaded workbook of figures holds, or None if it cannot be read."""
    return _told(data, _FIGURES) if len(data) <= XLSX_BYTES else None


def table_of(rows: Iterable[list[str]], file: str, faults: Faults) -> Table | None:
    """A header and the rows below it; cells in which nothing stands count for nothing."""
    below = iter(rows)
    header = _trimmed([name.strip() for name in next(below, [])], 0)
    if not header:
        faults.add(file, "the header is missing", row=1)
        return None
    for position, name in enumerate(header):
        if name and name in header[:position]:
            faults.add(file, f"the column {quoted(name)} is there twice", row=1)
    found, torn, nameless = [], 0, set()
    for number, given in enumerate(below, start=2):
        cells = _trimmed(given, len(header))
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            torn += 1
            more = "more" if len(cells) > len(header) else "fewer"
            faults.add(
                file, f"has {len(cells)} cells, {more} than the header's {len(header)}", row=number
            )
            continue
        named = dict(zip(header, (plain(cell.strip()) for cell in cells), strict=True))
        nameless |= {at for at, cell in enumerate(cells, start=1) if cell.strip()}
        found.append(TableRow(number, named))
    for at in sorted(at for at in nameless if not header[at - 1]):
        faults.add(file, f"column {at} has no name", row=1)
    return Table(header, found, torn)


def csv_rows(text: str, file: str, faults: Faults) -> Iterator[list[str]]:
    """The rows of a CSV text; a fault of its syntax is noted where reading ends."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_separator(text))
    number = 0
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as error:
        faults.add(file, f"is not CSV from here on: {error}", row=number + 1, code="syntax")


def xlsx_rows(data: bytes, file: str, faults: Faults, job: str) -> list[list[str]] | None:
    """The rows of a workbook's first sheet; what it hides or cannot show is noted."""
    told = _told(data, job) if len(data) <= XLSX_BYTES else None
    if told is None:
        faults.add(file, "cannot be read as an xlsx workbook", code="unreadable")
        return None
    header = [name.strip() for name in told.rows[0]] if told.rows else []
    if told.is_hidden:
        text = f"the first sheet, {quoted(told.sheet)}, is hidden: show or delete it"
        faults.add(file, text, code="hidden")
    for column in told.hidden_columns:
        shown = quoted(header[column - 1]) if column <= len(header) else column
        faults.add(file, f"the column {shown} is hidden: show or delete it", row=1, code="hidden")
    for row in told.hidden_rows:
        faults.add(file, "is hidden: show or delete it", row=row, code="hidden")
    for row, column, error in dict.fromkeys(told.odd):
        name = header[column - 1] if row > 1 and column <= len(header) else ""
        what = f"shows {escaped(error)}" if error else "holds a formula without its result"
        key = escaped(name) or f"column {column}"
        faults.add(file, what, row=row, key=key, code="no-value")
    return told.rows


def _told(data: bytes, job: str) -> Told | None:
    try:
        return _TOLD.validate_json(confined.run(job, data, seconds=XLSX_SECONDS))
    except (ValueError, confined.Failed):
        return None


def _trimmed(cells: list[str], width: int) -> list[str]:
    """Cells without the blank ones behind the last of so many."""
    kept = len(cells)
    while kept > width and not cells[kept - 1].strip():
        kept -= 1
    return cells[:kept]


def _separator(text: str) -> str:
    """What separates the cells: by what the header has the most columns that are known."""

    def known(separator: str) -> int:
        try:
            header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
        except csv.Error:
            return 0
        return len(_KNOWN.intersection(map(fold, header)))

    return max(SEPARATORS, key=known)

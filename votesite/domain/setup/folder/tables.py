"""Spreadsheets of a folder: CSV and xlsx as rows of text, numbered as in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from votesite import confined
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.toml import read_text
from votesite.domain.spreadsheets import plain
from votesite.domain.texts import quoted

XLSX_BYTES = 20 * 1024 * 1024
XLSX_SECONDS = 20.0  # of computing; the largest sheets take about five

_READING = confined.job("votesite.domain.setup.folder.workbooks:read")


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


def read_csv(path: Path, file: str, faults: Faults) -> Table | None:
    """A CSV file's table, or None after what makes it unreadable was noted."""
    text = read_text(path, file, faults)
    if text is None:
        return None
    return _table(_csv_rows(text, file, faults), file, faults)


def read_xlsx(path: Path, file: str, faults: Faults) -> Table | None:
    """The table of a workbook's first sheet, or None after what makes it unreadable was noted."""
    rows = _xlsx_rows(path)
    if rows is None:
        faults.add(file, "cannot be read as an xlsx workbook")
        return None
    return _table(iter(rows), file, faults)


def _table(rows: Iterator[list[str]], file: str, faults: Faults) -> Table | None:
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        faults.add(file, "the header is missing", row=1)
        return None
    for position, name in enumerate(header):
        if not name:
            faults.add(file, f"column {position + 1} has no name", row=1)
        elif name in header[:position]:
            faults.add(file, f"the column {quoted(name)} is there twice", row=1)
    found, torn = [], 0
    for number, cells in enumerate(rows, start=2):
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
        found.append(TableRow(number, named))
    return Table(header, found, torn)


def _csv_rows(text: str, file: str, faults: Faults) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as error:
        faults.add(file, f"is not CSV from here on: {error}", row=number + 1)


def _xlsx_rows(path: Path) -> list[list[str]] | None:
    try:
        if path.stat().st_size > XLSX_BYTES:
            return None
        told = json.loads(confined.run(_READING, path.read_bytes(), seconds=XLSX_SECONDS))
    except (OSError, ValueError, confined.Failed):
        return None
    return None if told is None else _without_blank_end(told)


def _without_blank_end(rows: list[list[str]]) -> list[list[str]]:
    """Rows cut after the header's last cell, where nothing stands beyond it."""
    width = _used(rows[0]) if rows else 0
    return [row[: max(width, _used(row))] for row in rows]


def _used(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell.strip()), default=0)

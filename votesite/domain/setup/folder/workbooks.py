"""Reading workbooks: what `tables` lets the confined process do, and nothing else imports.

The answer is JSON: null for what is no xlsx workbook or has more cells than a campaign could have;
else the rows of the first sheet as texts, and what a reader of the rows alone would not see.
"""

import json
import posixpath
from collections.abc import Callable
from datetime import date, time, timedelta
from io import BytesIO
from typing import Any, BinaryIO
from xml.parsers import expat
from zipfile import ZipFile

from python_calamine import load_workbook

MAX_CELLS = 2_000_000
ROSTER_CELLS = 400_000
FIGURE_CELLS = 100_000
ROSTER_BYTES = 8 << 20  # of the answer: a worker holds it beside votes
MAX_COLUMNS = 16_384  # of a sheet
MAX_ODD = 1000  # cells to be named; nobody reads more
CHUNK = 1 << 18

_LETTERS = {letter: place for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=1)}
_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"

Attributes = dict[str, str]


def read(data: bytes) -> bytes:
    """The job that reads the first sheet of a campaign's workbook."""
    return _read(data, MAX_CELLS)


def read_roster(data: bytes) -> bytes:
    """The job that reads the first sheet of a roster that was uploaded."""
    answer = _read(data, ROSTER_CELLS)
    return answer if len(answer) <= ROSTER_BYTES else b"null"


def read_figures(data: bytes) -> bytes:
    """The job that reads the first sheet of figures; numbers as a spreadsheet shows them.

    A spreadsheet keeps 15 digits: what a number has beyond them is no figure of anybody's.
    """
    return _read(data, FIGURE_CELLS, _figure)


def _read(data: bytes, most: int, text: "Callable[[object], str] | None" = None) -> bytes:
    try:
        rows = load_workbook(BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        if sum(map(len, rows)) > most:
            return b"null"
        told = _told([[(text or _text)(cell) for cell in row] for row in rows], data)
        told["dates"] = [
            (number, column)
            for number, row in enumerate(rows, 1)
            for column, cell in enumerate(row, 1)
            if isinstance(cell, date | time | timedelta)
        ][:MAX_ODD]
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader's Rust code is no Exception
        return b"null"
    return json.dumps(told, ensure_ascii=False).encode()


def _told(rows: list[list[str]], data: bytes) -> dict[str, object]:
    """The rows with what errors show in them, and what of their text is hidden.

    Rows and columns are counted from 1. `odd` are the cells that hold no value: row, column, and
    the error that they show, "" for a formula without its result. `merged` are the first cells of
    merged ones, `dates` those that hold a date or a time.
    """
    with ZipFile(BytesIO(data)) as book:
        name, state, place = _first_sheet(book)
        with book.open(place) as part:
            sheet = _Sheet()
            _parse(part, sheet.begin, sheet.end, sheet.say)
    for row, column, error in sheet.odd:
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = error
    filled = {column for row in rows[1:] for column, cell in enumerate(row, 1) if cell.strip()}
    return {
        "rows": rows,
        "sheet": name,
        "is_hidden": state in ("hidden", "veryHidden"),
        "hidden_rows": [
            number for number, row in enumerate(rows, 1) if number in sheet.rows and any(row)
        ],
        "hidden_columns": sorted(column for column in filled if sheet.hides(column)),
        "odd": sheet.odd,
        "merged": sheet.merged,
    }


class _Sheet:
    """What a sheet's part says beside its values, gathered while it is parsed."""

    def __init__(self) -> None:
        self.rows: set[int] = set()  # those that are hidden
        self.columns: list[tuple[int, int]] = []  # first and last of those that are hidden
        self.odd: list[tuple[int, int, str]] = []  # error, or "" for a formula without its result
        self.merged: list[tuple[int, int]] = []  # the first cells of merged ones
        self._row = self._column = 0
        self._kind = self._said = ""
        self._has_formula = self._is_value = False

    def hides(self, column: int) -> bool:
        """Whether a column is hidden."""
        return any(first <= column <= last for first, last in self.columns)

    def begin(self, tag: str, found: Attributes) -> None:
        """Take note of what an element begins."""
        if tag == "c":
            self._column = _column_of(found["r"]) if "r" in found else self._column + 1
            self._kind, self._said, self._has_formula = found.get("t", ""), "", False
        elif tag == "v":
            self._is_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._row, self._column = int(found.get("r", self._row + 1)), 0
            if _is_hidden(found, "ht"):
                self.rows.add(self._row)
        else:
            self._begin_outside(tag, found)

    def _begin_outside(self, tag: str, found: Attributes) -> None:
        """Take note of what is said of columns and of merged cells."""
        if tag == "mergeCell" and len(self.merged) < MAX_ODD:
            first = found["ref"].partition(":")[0].upper()
            self.merged.append((int(first.lstrip("".join(_LETTERS))), _column_of(first)))
        elif tag == "col" and _is_hidden(found, "width"):
            self.columns.append((int(found["min"]), int(found["max"])))
            if len(self.columns) > MAX_COLUMNS:
                raise ValueError

    def say(self, text: str) -> None:
        """Take note of the text of a cell that may be odd."""
        if self._is_value and (self._has_formula or self._kind == "e"):
            self._said += text

    def end(self, tag: str) -> None:
        """Take note of what an element has held."""
        if tag == "v":
            self._is_value = False
        elif tag == "c" and len(self.odd) < MAX_ODD:
            if self._kind == "e":
                self.odd.append((self._row, self._column, self._said.strip()[:20] or "#N/A"))
            elif self._has_formula and not self._said and self._kind != "str":
                self.odd.append((self._row, self._column, ""))


def _first_sheet(book: ZipFile) -> tuple[str, str, str]:
    """The name of the first sheet, its state, and the part that holds it."""
    sheets: list[Attributes] = []
    targets: dict[str, str] = {}

    def sheet(tag: str, found: Attributes) -> None:
        if tag == "sheet":
            sheets.append({_bare(key): value for key, value in found.items()})

    def relation(tag: str, found: Attributes) -> None:
        if tag == "Relationship":
            targets[found["Id"]] = found["Target"]

    with book.open(_BOOK) as part:
        _parse(part, sheet)
    with book.open(_RELATIONS) as part:
        _parse(part, relation)
    first = sheets[0]
    place = posixpath.normpath(posixpath.join("/xl", targets[first["id"]])).lstrip("/")
    return first.get("name", ""), first.get("state", ""), place


def _parse(
    part: Any,
    begin: Callable[[str, Attributes], None],
    end: Callable[[str], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> None:
    """Read an XML part piece by piece; elements come without prefix, and no entity is taken."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_declared: object) -> None:
        raise ValueError

    def open_element(name: str, found: Attributes) -> None:
        begin(_bare(name), found)

    def close_element(name: str) -> None:
        if end:
            end(_bare(name))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = open_element
    parser.EndElementHandler = close_element
    if say:
        parser.CharacterDataHandler = say
    stream: BinaryIO = part
    while piece := stream.read(CHUNK):
        parser.Parse(piece, False)
    parser.Parse(b"", True)


def _bare(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2] if ":" in name else name


def _is_hidden(found: Attributes, size: str) -> bool:
    """Whether a row or column is hidden, by word or by having no height or width."""
    return found.get("hidden") in ("1", "true") or float(found.get(size, 1)) == 0


def _column_of(place: str) -> int:
    """The number of a cell's column, of "AB12" 28."""
    column = 0
    for mark in place.upper():
        if mark not in _LETTERS:
            break
        column = column * 26 + _LETTERS[mark]
    return column


def _text(value: object) -> str:
    """A cell as text. Numbers come as floats: a whole one is written without its fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def _figure(value: object) -> str:
    """A cell as text, a number with the digits that a spreadsheet keeps."""
    return format(value, ".15g") if isinstance(value, float) else _text(value)

"""Spreadsheets: CSV and xlsx in which nobody's words become a formula."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from votesite.domain import texts

Cell = str | int | float | None
Row = Sequence[Cell]

BYTE_ORDER_MARK = "\ufeff"
MAX_CELL = 32_767
MAX_SHEET_NAME = 31
FORMULA_STARTS = frozenset("=+-@\t\r＝＋－＠")

_LINE_ENDS = re.compile("([\n\v\f\x1c-\x1e\x85\u2028\u2029])")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")
_WIDEST = 60


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula, in any of its lines, which end in LF.

    `plain` is the inverse.
    """
    return _by_line(text, lambda line: f"'{line}" if _is_formula(line) else line)


def plain(cell: str) -> str:
    """A cell's text without the apostrophes by which `safe_text` keeps it from being a formula."""
    return _by_line(
        cell, lambda line: line[1:] if line.startswith("'") and _is_formula(line) else line
    )


def csv_text(rows: Iterable[Row]) -> str:
    """Rows as CSV (RFC 4180, CRLF), begun with the mark by which Excel knows UTF-8."""
    target = io.StringIO()
    target.write(BYTE_ORDER_MARK)
    writer = csv.writer(target)
    for row in rows:
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in row])
    return target.getvalue()


def xlsx_bytes(sheets: Mapping[str, Iterable[Row]], *, created: datetime | None = None) -> bytes:
    """A workbook of sheets whose first rows are their heads; every text is typed as text."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    if created:
        book.set_properties({"created": created})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    names: set[str] = set()
    for name, rows in sheets.items():
        sheet = book.add_worksheet(sheet_name(name, names))
        _fill(sheet, rows, head, body)
    book.close()
    return target.getvalue()


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that spreadsheets allow and that is not taken; it joins `taken`."""
    plain = _NOT_IN_SHEET_NAMES.sub(" ", texts.without_controls(wanted)).strip(" '") or "1"
    name, number = plain[:MAX_SHEET_NAME], 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain[: MAX_SHEET_NAME - len(str(number)) - 1]} {number}"
    taken.add(name.casefold())
    return name


def _by_line(text: str, change: Callable[[str], str]) -> str:
    parts = _LINE_ENDS.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(change(part) if at % 2 == 0 else part for at, part in enumerate(parts))


def _is_formula(line: str) -> bool:
    """Whether, apostrophes and blanks aside, a line begins as formulas do."""
    for char in line.lstrip("'"):
        if char in FORMULA_STARTS:
            return True
        if not texts.is_blank(char):
            return False
    return False


def _fill(sheet: Any, rows: Iterable[Row], head: Any, body: Any) -> None:
    widths: dict[int, int] = {}
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            _write(sheet, at, column, cell, body if at else head)
            widths[column] = max(widths.get(column, 6), _width(cell))
    for column, width in widths.items():
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)


def _write(sheet: Any, at: int, column: int, cell: Cell, style: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(at, column, cell[:MAX_CELL], style)
    else:
        sheet.write_number(at, column, cell, style)


def _width(cell: Cell) -> int:
    """How wide a column has to be for a cell."""
    longest = max(str(cell or "").split("\n"), key=len)
    return min(texts.width(longest) + 2, _WIDEST)

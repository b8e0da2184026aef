"""Tables of figures that staff upload: numbers and points, every fault named by row and column.

Nothing is guessed. A file with several columns of figures is asked which one counts; a name that
is not the candidate's stops the import until somebody says that the row is meant.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal

from votesite.domain.setup.folder.decoding import table_text
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.tables import Told, csv_rows, sheet_of_figures
from votesite.domain.spreadsheets import plain
from votesite.domain.texts import fold
from votesite.errors import Fault, InvalidFields, InvalidFile

NUMBER_HEADS = frozenset(map(fold, ("no", "number", "编号", "候选编号", "号码", "候选号")))
NAME_HEADS = frozenset(
    map(fold, ("name", "名称", "姓名", "候选", "候选名称", "单位", "单位名称", "候选单位"))
)
MAX_ROWS = 5_000
MAX_JSON = 200_000  # characters of a table that comes as JSON

_NUMBER = re.compile(r"0*([1-9][0-9]{0,3})", re.ASCII)
_POINTS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?", re.ASCII)

Place = tuple[int, str, Fault]


@dataclass(frozen=True)
class Ground:
    """What a table is held against: the candidates' names, who has withdrawn, the decimals."""

    names: Mapping[int, str]
    withdrawn: AbstractSet[int]
    decimals: int

    @property
    def full(self) -> int:
        """100 points."""
        return int(100 * 10**self.decimals)

    def missing(self, table: Iterable[Sequence[int]]) -> list[int]:
        """The candidates still standing that have no row."""
        present = {no for no, _points in table}
        return sorted(no for no in self.names if no not in present and no not in self.withdrawn)


@dataclass(frozen=True)
class Figures:
    """A table as the ledger has it, and the head of the column that it is from.

    `others` are the rows whose names differ: (row, number, the name in the file).
    """

    table: list[list[int]]
    column: str = ""
    others: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class _Sheet:
    """Rows as they came, the header first, and the faults found so far."""

    rows: list[list[str]]
    faults: list[Place] = field(default_factory=list)

    def head(self, at: int) -> str:
        """The head of a column, or its letter as spreadsheets have it where there is none."""
        header = self.rows[0] if self.rows else []
        return (header[at] if at < len(header) else "") or _letter(at + 1)

    def note(self, row: int, at: int, code: str, **detail: str | int) -> None:
        """Note a fault of a cell; `row` counts from 1, `at` from 0."""
        self.faults.append((row, self.head(at), Fault(code, **detail)))


def from_file(data: bytes, ground: Ground, *, column: str = "", trusts: bool = False) -> Figures:
    """The table of an uploaded xlsx or csv file.

    `column` is the head of the figures where there are several, `trusts` whether rows count whose
    names differ. Raises InvalidFile.
    """
    return _read(
        _of_workbook(data) if data.startswith(b"PK") else _of_csv(data), ground, column, trusts
    )


def from_rows(text: str, ground: Ground, *, column: str = "", trusts: bool = False) -> Figures:
    """Like `from_file`, of rows that `InvalidFile` has handed back as CSV."""
    return _read(_Sheet(_cells(csv.reader(io.StringIO(text)))), ground, column, trusts)


def from_json(text: str, ground: Ground) -> list[list[int]]:
    """The table that stands as JSON in a form, as ledger.md 2a has it. Raises InvalidFields."""
    try:
        table = json.loads(text) if len(text) <= MAX_JSON else None
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, list) or not all(map(_is_row, table)):
        raise InvalidFields({"table": Fault("table-form")})
    numbers = [no for no, _points in table]
    if numbers != sorted(set(numbers)):
        raise InvalidFields({"table": Fault("table-order")})
    if unknown := [no for no in numbers if no not in ground.names]:
        raise InvalidFields({"table": Fault("table-unknown", no=unknown[0])})
    if any(not 0 <= points <= ground.full for _no, points in table):
        raise InvalidFields({"table": Fault("table-points", max=ground.full)})
    if not table:
        raise InvalidFields({"table": Fault("table-form")})
    return table


def as_decimal(points: int, decimals: int) -> str:
    """Points as people write them: 9555 with two decimals is 95.55."""
    return f"{Decimal(points).scaleb(-decimals):.{decimals}f}"


def _is_row(row: object) -> bool:
    return isinstance(row, list) and len(row) == 2 and all(type(value) is int for value in row)


def _of_csv(data: bytes) -> _Sheet:
    faults = Faults()
    text = table_text(data, "", faults)
    rows = [] if text is None else _cells(csv_rows(text, "", faults))
    found = [(fault.row, "", Fault(f"file-{fault.code}")) for fault in faults.found]
    return _Sheet(rows, found)


def _of_workbook(data: bytes) -> _Sheet:
    told = sheet_of_figures(data)
    if told is None:
        return _Sheet([], [(0, "", Fault("file-unreadable"))])
    sheet = _Sheet(_cells(told.rows))
    _note_odd(sheet, told)
    return sheet


def _note_odd(sheet: _Sheet, told: Told) -> None:
    """Note what a reader of the values alone would not see in a workbook."""
    if told.is_hidden:
        sheet.faults.append((0, "", Fault("hidden-sheet", name=told.sheet)))
    for number in told.hidden_rows:
        sheet.faults.append((number, "", Fault("hidden")))
    for column in told.hidden_columns:
        sheet.note(1, column - 1, "hidden")
    for row, column in told.merged:
        sheet.note(row, column - 1, "merged")
    for row, column in told.dates:
        sheet.note(row, column - 1, "is-date")
    for row, column, error in dict.fromkeys(told.odd):
        sheet.note(row, column - 1, "shows-error" if error else "no-result", value=error)


def _cells(rows: Iterable[list[str]]) -> list[list[str]]:
    """Cells without apostrophes, blanks around them and full-width forms."""
    return [
        [unicodedata.normalize("NFKC", plain(cell.strip())).strip() for cell in row] for row in rows
    ]


def _read(sheet: _Sheet, ground: Ground, column: str, trusts: bool) -> Figures:
    if not sheet.rows and not sheet.faults:
        sheet.faults.append((0, "", Fault("file-empty")))
    if len(sheet.rows) > MAX_ROWS:
        sheet.faults.append((0, "", Fault("too-many-rows", n=MAX_ROWS)))
    if not sheet.rows or len(sheet.rows) > MAX_ROWS:
        raise InvalidFile(sheet.faults)
    number_at, name_at, figures_at = _columns(sheet)
    if number_at is None or not figures_at:
        raise InvalidFile(_sorted(sheet))
    chosen = _chosen(sheet, figures_at, column)
    figures = _table(sheet, ground, (number_at, name_at, chosen))
    if sheet.faults:
        raise InvalidFile(_sorted(sheet))
    if figures.others and not trusts:
        differ = [
            (
                row,
                sheet.head(name_at or 0),
                Fault("other-name", name=said, other=ground.names[no], no=no),
            )
            for row, no, said in figures.others
        ]
        heads = [figures.column] if figures.column else []
        raise InvalidFile(differ, columns=heads, rows=_as_csv(sheet.rows))
    return figures


def _chosen(sheet: _Sheet, figures_at: list[int], column: str) -> int:
    """The one column of figures, or the one that was named; raises InvalidFile, which asks."""
    heads = [sheet.head(at) for at in figures_at]
    if len(heads) == 1:
        return figures_at[0]
    if column in heads:
        return figures_at[heads.index(column)]
    if sheet.faults:
        raise InvalidFile(_sorted(sheet))
    asked = (1, "", Fault("which-column", names="、".join(heads)))
    raise InvalidFile([asked], columns=heads, rows=_as_csv(sheet.rows))


def _columns(sheet: _Sheet) -> tuple[int | None, int | None, list[int]]:
    """Which columns have numbers, names and figures; what is missing is noted."""
    header = [fold(name) for name in sheet.rows[0]]
    numbers = [at for at, name in enumerate(header) if name in NUMBER_HEADS]
    names = [at for at, name in enumerate(header) if name in NAME_HEADS]
    if len(numbers) != 1:
        sheet.faults.append(
            (1, "", Fault("no-number-column" if not numbers else "two-number-columns"))
        )
    width = max(map(len, sheet.rows))
    rest = [at for at in range(width) if at not in (*numbers, *names)]
    figures = [at for at in rest if any(_POINTS.fullmatch(_at(row, at)) for row in sheet.rows[1:])]
    unheaded = [at for at in figures if not _at(sheet.rows[0], at)]
    for at in unheaded:
        sheet.note(1, at, "no-head")
    if not figures and len(numbers) == 1:
        filled = [at for at in rest if any(_at(row, at) for row in sheet.rows[1:])]
        figures = filled[:1] if len(filled) == 1 else []
        if not figures:
            sheet.faults.append((1, "", Fault("no-figures")))
    return (numbers[0] if len(numbers) == 1 else None), (names[0] if names else None), figures


def _table(sheet: _Sheet, ground: Ground, places: tuple[int, int | None, int]) -> Figures:
    """The table of the rows below the header; what is wrong in them is noted."""
    number_at, name_at, figures_at = places
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    others = []
    for row, cells in enumerate(sheet.rows[1:], start=2):
        if not any(cells):
            continue
        no = _number(sheet, ground, row, number_at, _at(cells, number_at))
        points = _points(sheet, ground, row, figures_at, _at(cells, figures_at))
        if no is None:
            continue
        if no in first:
            sheet.note(row, number_at, "row-twice", no=no, n=first[no])
            continue
        first[no] = row
        said = _at(cells, name_at) if name_at is not None else ""
        if said and fold(said) != fold(ground.names[no]):
            others.append((row, no, said))
        if points is not None:
            found[no] = points
    if not found and not sheet.faults:
        sheet.faults.append((0, "", Fault("no-figures")))
    return Figures([[no, found[no]] for no in sorted(found)], sheet.head(figures_at), others)


def _number(sheet: _Sheet, ground: Ground, row: int, at: int, cell: str) -> int | None:
    if not (match := _NUMBER.fullmatch(cell)):
        sheet.note(row, at, "number-form" if cell else "number-missing", value=cell[:40])
        return None
    no = int(match[1])
    if no not in ground.names:
        sheet.note(row, at, "number-unknown", no=no)
        return None
    return no


def _points(sheet: _Sheet, ground: Ground, row: int, at: int, cell: str) -> int | None:
    """The points of a cell; None for an empty one, and after its fault was noted."""
    if not cell or _is_noted(sheet, row, at):
        return None
    if not _POINTS.fullmatch(cell):
        sheet.note(row, at, "points-form", value=cell[:40])
        return None
    points = Decimal(cell).scaleb(ground.decimals)
    if not 0 <= points <= ground.full:
        sheet.note(row, at, "points-range", value=cell[:40])
    elif points != points.to_integral_value():
        sheet.note(row, at, "points-decimals", value=cell[:40], n=ground.decimals)
    else:
        return int(points)
    return None


def _is_noted(sheet: _Sheet, row: int, at: int) -> bool:
    """Whether a cell has a fault already: an error or a date is not also no number."""
    return any(noted == row and name == sheet.head(at) for noted, name, _fault in sheet.faults)


def _sorted(sheet: _Sheet) -> list[Place]:
    heads = {sheet.head(at): at for at in range(max(map(len, sheet.rows), default=0) - 1, -1, -1)}
    return sorted(sheet.faults, key=lambda place: (place[0], heads.get(place[1], -1)))


def _at(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _as_csv(rows: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()


def _letter(column: int) -> str:
    """The letters of a column, counted from 1: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters

"""`candidates.csv` or `.xlsx` and `roster.csv`: what each row says about one body or one voter."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from votesite.domain.campaigns.presets import LEVELS
from votesite.domain.setup.folder.faults import Faults, quoted
from votesite.domain.setup.folder.settings import COLUMNS, CRITERIA, CampaignSettings
from votesite.domain.setup.folder.tables import Table, TableRow
from votesite.domain.texts import BadText, clean

LIMITS = {"name": 60, "category": 60, "region": 60, "slogan": 200}
MAX_CANDIDATES = 9999
LABEL = 120

_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


@dataclass
class Body:
    """One candidate as its row describes it; `images` and `video` are still file names."""

    row: int
    no: int = 0
    name: str = ""
    category: str = ""
    level: str = ""
    region: str = ""
    slogan: str = ""
    summary: str = ""
    dossier: dict[str, str] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    video: str = ""


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
    note = _Notes(file, faults)
    if settings is None:  # then any further column may be one of its criteria
        criteria = [name for name in table.header if name not in COLUMNS]
    bodies = [_body(row, criteria, note) for row in table.rows]
    _check_numbers(table.rows, bodies, note)
    _check_names(table, bodies, note)
    if settings:
        _check_categories(table, bodies, settings, note)
    return bodies


def read_labels(table: Table, file: str, faults: Faults) -> list[str]:
    """The labels of a roster, one a voter; two people may bear the same."""
    _check_header(table, file, {"label"}, faults, required=("label",))
    note = _Notes(file, faults)
    if "label" not in table.header:
        return []
    labels = [note.text(row, "label", limit=LABEL) for row in table.rows]
    return [label for label in labels if label]


def check_counts(
    settings: CampaignSettings, table: Table, bodies: list[Body]
) -> Iterator[tuple[str, str]]:
    """Picks that no ballot could make: (key, what is wrong), for `campaign.toml`.

    A row whose category could not be read may belong to any: only what is certain is a fault.
    """
    total = len(table.rows) + table.torn
    picks = settings.ballot["picks"]
    if picks and picks[1] > total:
        yield "ballot.picks", f"asks for up to {picks[1]} picks of {total} candidates"
    members = Counter(body.category for body in bodies)
    names = {category["name"] for category in settings.categories}
    unclear = table.torn + sum(
        count for category, count in members.items() if category not in names
    )
    for number, category in enumerate(settings.categories, start=1):
        standing = members[category["name"]]
        if category["picks"] and category["picks"][1] > standing + unclear:
            key = f"categories[{number}].picks"
            yield key, f"asks for up to {category['picks'][1]} picks of {standing} candidates"


class _Notes:
    """Faults of one table's rows."""

    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults

    def __call__(self, row: TableRow, text: str) -> None:
        self._faults.add(self._file, text, row=row.number)

    def text(self, row: TableRow, column: str, *, limit: int = 0, lines: bool = False) -> str:
        """A cell in its stored form, "" after a fault."""
        try:
            return clean(row.cell(column), limit=limit, lines=lines)
        except BadText as bad:
            self(row, f"{column} {bad}")
            return ""


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


def _body(row: TableRow, criteria: list[str], note: _Notes) -> Body:
    body = Body(
        row=row.number,
        category=note.text(row, "category", limit=LIMITS["category"]),
        region=note.text(row, "region", limit=LIMITS["region"]),
        slogan=note.text(row, "slogan", limit=LIMITS["slogan"]),
        summary=note.text(row, "summary", lines=True),
        level=note.text(row, "level"),
        images=_files(note.text(row, "image")),
        video=note.text(row, "video"),
        dossier={key: text for key in criteria if (text := note.text(row, key, lines=True))},
    )
    if body.level and body.level not in LEVELS:
        note(row, f"level {quoted(body.level)} must be {', '.join(LEVELS)} or empty")
    return body


def _files(cell: str) -> list[str]:
    return [name for part in cell.split(";") if (name := part.strip())]


def _check_numbers(rows: list[TableRow], bodies: list[Body], note: _Notes) -> None:
    taken: dict[int, int] = {}
    for row, body in zip(rows, bodies, strict=True):
        text = row.cell("no")
        if not text:
            continue
        if not _NUMBER.fullmatch(text):
            note(row, f"no {quoted(text)} must be from 1 to 9999")
            continue
        body.no = int(text)
        if body.no in taken:
            note(row, f"no {body.no} is that of row {taken[body.no]}")
        taken.setdefault(body.no, row.number)
    free = (number for number in range(1, MAX_CANDIDATES + 1) if number not in taken)
    for row, body in zip(rows, bodies, strict=True):
        if not row.cell("no"):
            body.no = next(free, 0)
            if not body.no:
                note(row, "no number is free: at most 9999 candidates")


def _check_names(table: Table, bodies: list[Body], note: _Notes) -> None:
    if "name" not in table.header:
        return
    first: dict[str, int] = {}
    for row, body in zip(table.rows, bodies, strict=True):
        try:
            body.name = clean(row.cell("name"), limit=LIMITS["name"])
        except BadText as bad:
            note(row, f"name {bad}")
            continue
        if not body.name:
            note(row, "name is blank")
        elif body.name in first:
            note(row, f"name {quoted(body.name)} is that of row {first[body.name]}")
        first.setdefault(body.name, row.number)


def _check_categories(
    table: Table,
    bodies: list[Body],
    settings: CampaignSettings,
    note: Callable[[TableRow, str], None],
) -> None:
    names = {category["name"] for category in settings.categories}
    if "category" not in table.header or not names:
        return
    for row, body in zip(table.rows, bodies, strict=True):
        if not row.cell("category"):
            note(row, "category is empty")
        elif body.category and body.category not in names:
            note(row, f"category {quoted(body.category)} is not in campaign.toml")

"""TOML files of a folder: syntax with its line, and typed reading that notes every fault."""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from votesite.domain.setup.folder.faults import Faults, printable, quoted
from votesite.domain.texts import BadText, clean

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_KINDS = {
    bool: "true or false",
    str: "text",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "a table",
}
MISSING = "is missing"


def read_text(path: Path, file: str, faults: Faults) -> str | None:
    """The text of a file, without byte order mark, or None when it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        faults.add(file, "there is no such file")
    except UnicodeDecodeError:
        faults.add(file, "is not UTF-8 text")
    except OSError:
        faults.add(file, "cannot be read")
    return None


def read_toml(path: Path, file: str, faults: Faults) -> "Section | None":
    """A TOML file's top table, or None after its syntax fault was noted."""
    text = read_text(path, file, faults)
    if text is None:
        return None
    try:
        return Section(tomllib.loads(text), file, faults)
    except RecursionError:
        faults.add(file, "is nested too deeply")
    except ValueError as error:  # TOMLDecodeError, and what numbers and dates raise by themselves
        reason = str(error)
        at = _AT_LINE.search(reason)
        row = int(at[1]) if at else text.count("\n") + 1 if reason.endswith(_AT_END) else 0
        reason = _AT_LINE.sub("", reason).removesuffix(_AT_END)
        faults.add(file, printable(reason), row=row)
    return None


class Section:
    """A table of a TOML file. Every question notes what is wrong and gives a default instead."""

    def __init__(self, table: Mapping[str, Any], file: str, faults: Faults, path: str = "") -> None:
        self._table = table
        self._file = file
        self._faults = faults
        self._path = path

    def fault(self, key: str, text: str) -> None:
        """Note a fault of a key in this table."""
        self._faults.add(self._file, f"{self._name(key)}: {text}")

    def has(self, key: str) -> bool:
        """Whether the key is given at all."""
        return key in self._table

    def raw(self, key: str) -> Any:
        """The value as it stands, or None."""
        return self._table.get(key)

    def only(self, *known: str) -> None:
        """Note every key that is not one of these."""
        for key in self._table:
            if key not in known:
                self.fault(key, "there is no such key")

    def text(
        self,
        key: str,
        *,
        required: bool = False,
        limit: int = 0,
        lines: bool = False,
        default: str = "",
    ) -> str:
        """A text; a required one is not blank."""
        value = self._typed(key, str, required)
        if value is None:
            return default
        try:
            text = clean(value, limit=limit, lines=lines)
        except BadText as bad:
            self.fault(key, str(bad))
            return default
        if required and not text:
            self.fault(key, "is blank")
        return text

    def choice(
        self, key: str, options: Collection[str], *, required: bool = False, default: str = ""
    ) -> str:
        """One of a few words."""
        value = self._typed(key, str, required)
        if value is None:
            return default
        if value not in options:
            self.fault(key, f"{quoted(value)} must be one of {', '.join(options)}")
            return default
        return str(value)

    def whole(
        self, key: str, between: tuple[int, int], *, required: bool = False, default: int = 0
    ) -> int:
        """A whole number within its range."""
        value = self._typed(key, int, required)
        if value is None:
            return default
        if not between[0] <= value <= between[1]:
            self.fault(key, f"must be from {between[0]} to {between[1]}")
            return default
        return int(value)

    def flag(self, key: str, *, required: bool = False, default: bool = False) -> bool:
        """True or false."""
        value = self._typed(key, bool, required)
        return default if value is None else bool(value)

    def texts(self, key: str, *, limit: int = 0) -> list[str]:
        """A list of texts without blank ones; a fault in it leaves the list empty."""
        values = self._typed(key, list, required=False)
        if values is None:
            return []
        if not all(isinstance(value, str) for value in values):
            self.fault(key, "must be a list of texts")
            return []
        try:
            cleaned = [clean(value, limit=limit) for value in values]
        except BadText as bad:
            self.fault(key, str(bad))
            return []
        if any(not text for text in cleaned):
            self.fault(key, "holds a blank text")
        return [text for text in cleaned if text]

    def range(self, key: str, lowest: int, *, required: bool = False) -> list[int] | None:
        """[min, max], min at least `lowest` and max at least 1, or None."""
        value = self._typed(key, list, required)
        if value is None:
            return None
        if len(value) != 2 or not all(type(number) is int for number in value):
            self.fault(key, "must be two whole numbers, [min, max]")
        elif not lowest <= value[0] <= value[1] or value[1] < 1:
            self.fault(key, f"must be [min, max] with {lowest} ≤ min ≤ max and 1 ≤ max")
        else:
            return list(value)
        return None

    def pair(self, key: str, *, required: bool = False) -> list[str] | None:
        """Two texts, or None."""
        value = self._typed(key, list, required)
        if value is None:
            return None
        if len(value) != 2 or not all(isinstance(text, str) for text in value):
            self.fault(key, "must be two texts, [from, to]")
            return None
        return list(value)

    def table(self, key: str) -> "Section":
        """A table below this one; an empty one that notes nothing where it has the wrong type."""
        value = self._table.get(key, {})
        if isinstance(value, dict):
            return Section(value, self._file, self._faults, self._name(key))
        self.fault(key, f"must be a table, not {_kind(value)}")
        return Section({}, self._file, Faults(), self._name(key))

    def tables(self, key: str) -> list["Section"]:
        """The tables of a `[[key]]`."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(key, f"must be tables, [[{key}]]")
            return []
        return [
            Section(one, self._file, self._faults, f"{self._name(key)}[{number}]")
            for number, one in enumerate(value, start=1)
        ]

    def _typed(self, key: str, kind: type, required: bool) -> Any:
        if key not in self._table:
            if required:
                self.fault(key, MISSING)
            return None
        value = self._table[key]
        if type(value) is not kind:
            self.fault(key, f"must be {_KINDS[kind]}, not {_kind(value)}")
            return None
        return value

    def _name(self, key: str) -> str:
        shown = key if _BARE.fullmatch(key) else quoted(key)
        return f"{self._path}.{shown}" if self._path else shown


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")

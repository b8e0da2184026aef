"""Faults of a folder: gathered while it is read, named all at once, one line each."""

from dataclasses import dataclass, field

_SHOWN = 60


@dataclass(frozen=True)
class FolderFault:
    """One fault: the file, the row or line in it (0: the file as a whole), and what is wrong."""

    file: str
    row: int
    text: str

    @property
    def line(self) -> str:
        """The fault as the command prints it; always one line."""
        place = f"{self.file}:{self.row}" if self.row else self.file
        return f"{place}: {self.text}"


class FolderFaults(Exception):
    """A folder cannot be loaded. Nothing was stored."""

    def __init__(self, faults: list[FolderFault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.row))
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """One line a fault, sorted by file and row."""
        return [fault.line for fault in self.faults]


@dataclass
class Faults:
    """The faults found so far."""

    found: list[FolderFault] = field(default_factory=list)

    def add(self, file: str, text: str, *, row: int = 0) -> None:
        """Note a fault; reading goes on."""
        self.found.append(FolderFault(printable(file), row, text))

    def raise_any(self) -> None:
        """Raise all of them, if there are any."""
        if self.found:
            raise FolderFaults(self.found)


def printable(text: str) -> str:
    """Text of a file as it may go to a terminal: nothing in it breaks or colours the line."""
    return "".join(
        mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text
    )


def quoted(text: str) -> str:
    """A value in quotation marks, cut to a length that can be read."""
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f'"{printable(shown)}"'

"""Text files of a folder: their encoding, and TOML's syntax, with the line of a fault."""

import re
import tomllib
from pathlib import Path

from votesite.domain.schemas import Tree
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.texts import escaped

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"


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


def read_toml(path: Path, file: str, faults: Faults) -> Tree | None:
    """A TOML file's tree, or None after its syntax fault was noted."""
    text = read_text(path, file, faults)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except RecursionError:
        faults.add(file, "is nested too deeply")
    except ValueError as error:  # TOMLDecodeError, and what numbers and dates raise by themselves
        reason = str(error)
        at = _AT_LINE.search(reason)
        row = int(at[1]) if at else text.count("\n") + 1 if reason.endswith(_AT_END) else 0
        reason = _AT_LINE.sub("", reason).removesuffix(_AT_END)
        faults.add(file, escaped(reason), row=row)
    return None

"""TOML files of a folder, a fault of their syntax with its line."""

import re
import tomllib
from pathlib import Path

from votesite.domain.schemas import Tree
from votesite.domain.setup.folder.decoding import read_utf8
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.texts import escaped

_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"


def read_toml(path: Path, file: str, faults: Faults) -> Tree | None:
    """A TOML file's tree, or None after its syntax fault was noted."""
    text = read_utf8(path, file, faults)
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

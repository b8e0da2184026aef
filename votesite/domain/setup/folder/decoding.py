"""Text files of a folder: which encoding they were saved in, and how to save them otherwise."""

import codecs
from pathlib import Path

from votesite.domain.setup.folder.faults import Faults

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_GB = "gb18030"  # holds GBK and GB 2312


def read_utf8(path: Path, file: str, faults: Faults) -> str | None:
    """The text of a UTF-8 file, without byte order mark, or None after its fault was noted."""
    data = _content(path, file, faults)
    if data is None:
        return None
    text = _decoded(data, "utf-8-sig")
    if text is None:
        seen = "but UTF-16" if data.startswith(_UTF16) else "but GBK" if _decoded(data, _GB) else ""
        remedy = "open it in Notepad and save it as UTF-8"
        faults.add(file, f"is not UTF-8 text{seen and f' {seen}'}: {remedy}")
    return text


def read_table_text(path: Path, file: str, faults: Faults) -> str | None:
    """The text of a CSV file as a spreadsheet has saved it, or None after its fault was noted."""
    data = _content(path, file, faults)
    return None if data is None else table_text(data, file, faults)


def table_text(data: bytes, file: str, faults: Faults) -> str | None:
    """The text of a CSV file in one of the encodings of spreadsheets: UTF-8, UTF-16, GB18030.

    None after the fault was noted.
    """
    encodings = ("utf-16",) if data.startswith(_UTF16) else ("utf-8-sig", _GB)
    found = (text for name in encodings if (text := _decoded(data, name)) is not None)
    text = next(found, None)
    if text is None or "\0" in text:
        remedy = "save it in Excel or WPS as CSV UTF-8"
        faults.add(
            file, f"is text neither in UTF-8 nor in UTF-16 or GB18030: {remedy}", code="encoding"
        )
        return None
    return text


def _content(path: Path, file: str, faults: Faults) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        faults.add(file, "there is no such file")
    except OSError:
        faults.add(file, "cannot be read")
    return None


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None

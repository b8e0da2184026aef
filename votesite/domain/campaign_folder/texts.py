"""Texts of a folder as the ledger can hold them: NFC, no control characters, no blanks around."""

import unicodedata


class BadText(Exception):
    """A text that cannot be kept; its argument says why."""


def clean(raw: str, *, limit: int = 0, lines: bool = False) -> str:
    """The text in its stored form, or BadText. `lines`: whether it may have several."""
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    allowed = "\n\t" if lines else ""
    for mark in text:
        if unicodedata.category(mark) in ("Cc", "Cs") and mark not in allowed:
            if mark == "\n":
                raise BadText("holds a line break")
            raise BadText(f"holds the control character U+{ord(mark):04X}")
    if limit and len(text) > limit:
        raise BadText(f"has {len(text)} characters: at most {limit}")
    return text

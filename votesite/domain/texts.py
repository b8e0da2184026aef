"""What people type into fields: brought into one form, and told from what no keyboard types."""

import unicodedata

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = ("Cc", "Cs", "Zl", "Zp")


def tidy(text: str) -> str:
    """A text composed (NFC), its line ends as one kind, without blanks around it."""
    composed = unicodedata.normalize("NFC", text)
    return composed.replace("\r\n", "\n").replace("\r", "\n").strip()


def has_control(text: str, *, one_line: bool = False) -> bool:
    """Whether a text holds control characters, turns its direction, or was no UTF-8.

    Tabs and ends of lines are text, except where there is one line only.
    """
    if text.isprintable() and "\ufffd" not in text:
        return False  # what turns direction is not printable either
    allowed = "" if one_line else "\t\r\n"
    return any(
        char == "\ufffd" or char in _TURNING or unicodedata.category(char) in _REFUSED
        for char in text
        if char not in allowed
    )


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

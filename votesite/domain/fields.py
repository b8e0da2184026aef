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

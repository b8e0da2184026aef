"""What is text: its one form, which marks are refused, how long it may be, when two are alike."""

import unicodedata

from votesite.errors import Fault, InvalidFields

LOST = "\ufffd"  # what decoding leaves of bytes that are not UTF-8
STRANGE = LOST + "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = ("Cc", "Cs")
MAX_QUOTED = 60


class BadText(Exception):
    """A text that cannot be kept: a code, and the figures that belong to it."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def composed(text: str) -> str:
    """A text in Unicode's normal form C, in which it is stored and hashed."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """A text composed, its line ends as LF, without blanks around it."""
    return composed(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def stray(text: str, *, lines: bool = True, also: str = "") -> str:
    """The first character that no keyboard types, or one of `also`; "" where there is neither.

    Tabs and ends of lines are text where there may be several `lines`.
    """
    if text.isprintable() and (LOST not in also or LOST not in text):
        return ""  # the others that a caller may add are not printable either
    allowed = "\t\r\n" if lines else ""
    return next(
        (
            mark
            for mark in text
            if mark not in allowed and (mark in also or unicodedata.category(mark) in CONTROLS)
        ),
        "",
    )


def clean(raw: str, *, limit: int = 0, lines: bool = False) -> str:
    """The text in its stored form, at most `limit` characters long; 0 sets no limit.

    Raises BadText: line-break, control-characters or too-long.
    """
    text = tidy(raw)
    mark = stray(text, lines=lines)
    if mark == "\n":
        raise BadText("line-break")
    if mark:
        raise BadText("control-characters", mark=f"U+{ord(mark):04X}")
    check_length(text, limit)
    return text


def check_length(text: str, limit: int) -> None:
    """Raise BadText, too-long, for a text of more than `limit` characters; 0 sets no limit."""
    if limit and len(text) > limit:
        raise BadText("too-long", max=limit, n=len(text) - limit, length=len(text))


def length_fault(text: str, limit: int, *, least: int = 0) -> Fault | None:
    """What is wrong with the length of a form's text, which must have `least` to `limit`."""
    if len(text) < least:
        return Fault("too-short", min=least, n=least - len(text)) if least > 1 else Fault("missing")
    return Fault("too-long", max=limit, n=len(text) - limit) if len(text) > limit else None


def required(name: str, text: str, limit: int) -> str:
    """The text of a form's field without blanks around it.

    Raises InvalidFields for that field where it is blank or longer than `limit`.
    """
    stripped = text.strip()
    fault = length_fault(stripped, limit, least=1)
    if fault:
        raise InvalidFields({name: fault})
    return stripped


def whole(text: str, digits: int) -> int | None:
    """The whole number that at most so many ASCII digits write, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def typed_whole(text: str, digits: int) -> int | None:
    """The whole number that somebody typed: full width and blanks do not matter. Or None."""
    return whole("".join(unicodedata.normalize("NFKC", text).split()), digits)


def alike(text: str) -> str:
    """A text as it is compared with others: compatible forms and cases as one, blanks cut off."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def fold(text: str) -> str:
    """A name as it is compared with others: as `alike`, without blanks or punctuation."""
    return "".join(mark for mark in alike(text) if unicodedata.category(mark)[0] in "LMN")


def is_blank(mark: str) -> bool:
    """Whether a character shows nothing, so that a reader's trim may take it away."""
    return mark.isspace() or unicodedata.category(mark) in ("Cc", "Cf", "Zs")


def without_controls(text: str) -> str:
    """A text without what no keyboard types, tabs and ends of lines included."""
    return "".join(mark for mark in text if unicodedata.category(mark) not in CONTROLS)


def escaped(text: str) -> str:
    """A text as it may go to a terminal: nothing in it breaks or colours the line."""
    return "".join(
        mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text
    )


def quoted(text: str) -> str:
    """A value in quotation marks, escaped and cut to a length that can be read."""
    shown = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    return f'"{escaped(shown)}"'


def width(text: str) -> int:
    """How many columns a line takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)

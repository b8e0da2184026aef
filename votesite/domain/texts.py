"""What is text: its one form, which marks are refused, how long it may be, when two are alike."""

import re
import unicodedata

from votesite.errors import Fault, InvalidFields

LOST = "\ufffd"  # what decoding leaves of bytes that are not UTF-8
STRANGE = LOST + "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
CONTROLS = ("Cc", "Cs")
MAX_QUOTED = 60

_TIME = re.compile(r"(\d{1,2}) ?[:点时] ?(\d{1,2}|半)? ?分?", re.ASCII)
_MINUTE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:T| +)(\d{1,2}:\d{1,2})", re.ASCII
)


_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PARTING = "_.·•・‧⁃−ー—\u2800"  # what stands in for the dashes of a code; of Pd there are more

# What shows nothing wherever it stands: Unicode's Default_Ignorable_Code_Point, Braille's blank and
# what is no character. Of these, _SELECTING chooses the shape of what stands before it.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ufdd0-\ufdef\ufffe\uffff"
)
_SELECTING = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINING = "\u180e\u200c\u200d"  # within a word or a picture of scripts that need them
_JOINED = ("ARABIC", "MONGOLIAN", "SYRIAC")
_SIGNS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"  # seen, though of Cf

_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_HARMLESS = re.compile(f"[{_SELECTING}{_SIGNS}]")
_BLANKS = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_ONE_BLANK = re.compile(f"[{_BLANKS}]*\n[{_BLANKS}\n]*|[{_BLANKS}]{{2,}}")


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

    Tabs and ends of lines are text where there may be several `lines`. In one line, what shows
    nothing, turns the text or was lost in decoding is stray as well.
    """
    if not lines:
        return next((mark for at, mark in enumerate(text) if _is_stray_in_line(text, at)), "")
    if text.isprintable() and (LOST not in also or LOST not in text):
        return ""  # the others that a caller may add are not printable either
    return next(
        (
            mark
            for mark in text
            if mark not in "\t\r\n" and (mark in also or unicodedata.category(mark) in CONTROLS)
        ),
        "",
    )


def clean(raw: str, *, limit: int = 0, lines: bool = False) -> str:
    """The text in its stored form, at most `limit` characters long; 0 sets no limit.

    Raises BadText: line-break, control-characters, stray-character or too-long.
    """
    text = tidy(raw)
    mark = stray(text, lines=lines)
    if mark == "\n":
        raise BadText("line-break")
    if mark:
        is_control = unicodedata.category(mark) in CONTROLS
        code = "control-characters" if is_control else "stray-character"
        raise BadText(code, mark=f"U+{ord(mark):04X}")
    check_length(text, limit)
    return text


def joined(text: str) -> str:
    """A text in one line: an end of line is a blank, and blanks in a row are one."""
    return _ONE_BLANK.sub(" ", tidy(text))


def shows(text: str) -> bool:
    """Whether a text holds a letter, a figure, a sign or a punctuation mark that can be seen."""
    return any(map(_is_seen, text))


def check_length(text: str, limit: int) -> None:
    """Raise BadText, too-long, for a text of more than `limit` characters; 0 sets no limit."""
    if limit and len(text) > limit:
        raise BadText("too-long", max=limit, n=len(text) - limit, length=len(text))


def length_fault(text: str, limit: int, *, least: int = 0) -> Fault | None:
    """What is wrong with the length of a form's text, which must have `least` to `limit`."""
    if len(text) < least:
        return Fault("too-short", min=least, n=least - len(text)) if least > 1 else Fault("missing")
    if least == 1 and not shows(text):
        return Fault("missing")
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


def typed_time(text: str) -> str:
    """The time of a day that somebody typed as HH:MM: 8:00, ８：００, 8点半. Else as it is."""
    match = _TIME.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return text.strip()
    minutes = "30" if match[2] == "半" else match[2] or "0"
    return f"{int(match[1]):02}:{int(minutes):02}"


def typed_minute(text: str) -> str:
    """The minute that somebody typed as YYYY-MM-DD HH:MM: also 2026/3/1 9:00. Else as it is."""
    match = _MINUTE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return text.strip()
    year, month, day, time = match.groups()
    return f"{year}-{int(month):02}-{int(day):02} {typed_time(time)}"


def typed_code(text: str) -> str:
    """A code as the alphabet of codes writes it, Crockford's base 32, however it was typed.

    Case, width, blanks, every kind of dash and what nobody sees do not matter; O is 0, I and L
    are 1.
    """
    kept = (mark for mark in unicodedata.normalize("NFKC", text) if not _is_between(mark))
    return "".join(kept).upper().translate(_LOOKALIKES)


def alike(text: str) -> str:
    """A text as it is compared with others: compatible forms and cases as one, blanks cut off."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def fold(text: str) -> str:
    """A name as it is compared with others: as `alike`, of letters and figures that can be seen.

    Blanks, punctuation and signs do not count, and are all there is to a name that folds to "".
    """
    return "".join(
        mark
        for mark in alike(text)
        if unicodedata.category(mark)[0] not in "PSZ" and _is_seen(mark, with_marks=True)
    )


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


def _is_between(mark: str) -> bool:
    """Whether a character only parts the groups of a code."""
    return mark in _PARTING or is_blank(mark) or unicodedata.category(mark) in ("Pd", "Zl", "Zp")


def _is_seen(mark: str, *, with_marks: bool = False) -> bool:
    """Whether a character shows by itself, or `with_marks` on the one before it.

    Characters that are newer than the tables at hand, or private, are taken for letters.
    """
    if _INVISIBLE.match(mark):
        return False
    category = unicodedata.category(mark)
    return category[0] in "LNPS" or category in ("Cn", "Co") or (with_marks and category[0] == "M")


def _is_stray_in_line(text: str, at: int) -> bool:
    """Whether the character at a place of a one-line text cannot be kept there."""
    mark = text[at]
    if mark in _JOINING:
        return not _joins(text[:at])
    if _INVISIBLE.match(mark) or mark == LOST:
        return not _HARMLESS.match(mark)
    if mark.isprintable() or _HARMLESS.match(mark):
        return False
    return unicodedata.category(mark) in (*CONTROLS, "Cf", "Zl", "Zp")


def _joins(before: str) -> bool:
    """Whether a joiner belongs behind such a text: a sign, a mark, or a letter that is joined."""
    if not before:
        return False
    script = unicodedata.name(before[-1], "").partition(" ")[0]
    return script in _JOINED or unicodedata.category(before[-1]) in ("So", "Sk", "Mn", "Mc")

"""Answers as lines of text in which only what a visitor gets differs.

Left out or made alike: names and number of style sheets, scripts and icons, names of media files
(each stands as a digest of its content), tokens, states, nonces, cookie values, how a page's source
is wrapped. Everything else stays.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from PIL import Image, UnidentifiedImageError

from tools.compare_pages.visitor import Answer

IGNORED_HEADERS = {
    *(
        "connection",
        "content-length",
        "date",
        "expires",
        "keep-alive",
        "last-modified",
        "link",
        "server",
    ),
}
ASSET_RELATIONS = {
    *("stylesheet", "icon", "preload", "modulepreload", "prefetch", "apple-touch-icon", "manifest"),
}
TOKEN_FIELDS = {"csrf_token", "ballot_token", "ticket", "altcha"}
VERBATIM = {"pre", "textarea", "script"}
# Blanks inside these, and next to all other tags, are seen by nobody or by the layout alone.
INLINE = {
    *("a", "abbr", "b", "bdi", "button", "cite", "code", "data", "dfn", "em", "i", "img", "input"),
    *("kbd", "label", "mark", "meter", "output", "progress", "q", "s", "samp", "select", "small"),
    *("span", "strong", "sub", "sup", "svg", "time", "u", "var", "wbr"),
}
LONGEST_DRAWING = 400  # characters of a path; longer ones are QR codes of what is random

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_STATIC = re.compile(r"/static/[^\s\"'<>()#?&]*(?:\?[^\s\"'<>()#]*)?")
_MEDIUM = re.compile(r"/media/([A-Za-z0-9._-]+)")
_STATE = re.compile(r"\b(state|code)(=|%3D)[0-9a-f]{32}")
_JSON_TOKEN = re.compile(
    r'"(csrf_token|ballot_token|nonceStr|signature|ticket|challenge|salt)"(: ?)"[^"]*"'
)
_BY_TIME = re.compile(r'"\d+\.\d+-\d+-\d+"')  # an ETag of when a file was checked out
_EXPIRES = re.compile(r"expires=[^;]+", re.IGNORECASE)
_LONG = re.compile(r"\b[0-9a-f]{32,}\b|[A-Za-z0-9+/_-]{40,}={0,2}")
_WRITTEN_AT = re.compile(r"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True)
class Names:
    """What one side calls the things whose names may differ."""

    media: Mapping[str, str] = field(default_factory=dict)
    receipts: Iterable[str] = ()


class Normal:
    """An answer as lines; `is_fresh` where it may hold random values of this very run."""

    def __init__(self, answer: Answer, names: Names, *, is_fresh: bool = False) -> None:
        self._names, self._is_fresh = names, is_fresh
        self._head = [f"{answer.status}", *_headers(answer, is_fresh=is_fresh), ""]
        self._tags = _Tags(is_fresh=is_fresh) if answer.is_html else None
        if self._tags:
            self._tags.feed(answer.body.decode("utf-8", "replace"))
            self._tags.close()
        self._body = [] if self._tags else _content(answer.kind, answer.body)

    def lines(self, *, keep_gaps: bool) -> list[str]:
        """The lines, with or without the blanks between two tags."""
        body = self._tags.lines(keep_gaps=keep_gaps) if self._tags else self._body
        lines = [*self._head, *body]
        return [_masked(line, self._names, is_fresh=self._is_fresh) for line in lines]


def digest(body: bytes) -> str:
    """A name for a picture by its pixels, for anything else by its bytes."""
    try:
        with Image.open(io.BytesIO(body)) as picture:
            drawn = picture.convert("RGBA")
            shape = f"{drawn.width}x{drawn.height}|".encode()
            return f"{drawn.width}x{drawn.height}-{_sha(shape + drawn.tobytes())}"
    except (UnidentifiedImageError, OSError):
        return _sha(body)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:24]


def _headers(answer: Answer, *, is_fresh: bool) -> list[str]:
    ignored = set(IGNORED_HEADERS)
    if is_fresh or answer.is_html or answer.kind.startswith(("image/", "application/zip")):
        ignored.add("etag")
    shown = []
    for name, value in answer.headers:
        low = name.lower()
        if low == "set-cookie":
            key, _sign, rest = value.partition("=")
            kept = value if key in ("lang", "mode") else f"{key}=…;{rest.partition(';')[2]}"
            shown.append(f"{low}: {_EXPIRES.sub('expires=…', kept)}")
        elif low not in ignored and not _BY_TIME.fullmatch(value):
            shown.append(f"{low}: {value}")
    return sorted(shown)


def _content(kind: str, body: bytes) -> list[str]:
    """Lines of a body that is no page."""
    if kind.startswith("image/") and kind != "image/svg+xml":
        return [f"picture {digest(body)}"]
    if body.startswith(b"PK\x03\x04"):
        return _archive(body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return [f"{len(body)} bytes {_sha(body)}"]
    if kind in ("application/json", "application/problem+json"):
        return [*_json(text), f"bytes: {text}"]
    return text.split("\n")


def _json(text: str) -> list[str]:
    """JSON line by line, so that a difference can be found; its very bytes are compared besides."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1).split("\n")
    except ValueError:
        return []


def _archive(body: bytes) -> list[str]:
    """The members of an archive or workbook, whatever time their entries bear."""
    lines = []
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            lines.append(f"member {name}")
            inner = "application/octet-stream"
            for line in _content(inner, content):
                lines.append("  " + _WRITTEN_AT.sub(r"\1…", line))
    return lines


def _masked(line: str, names: Names, *, is_fresh: bool) -> str:
    line = _STATIC.sub("/static/…", line)
    line = _MEDIUM.sub(lambda found: f"/media/{names.media.get(found[1], '…')}", line)
    line = _STATE.sub(r"\1\2…", line)
    line = _JSON_TOKEN.sub(r'"\1"\2"…"', line)
    for code in names.receipts:
        line = line.replace(code, "RECEIPT")
    return _LONG.sub("…", line) if is_fresh else line


class _Tags(HTMLParser):
    """A page as one line a tag and one line a text."""

    def __init__(self, *, is_fresh: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._is_fresh = is_fresh
        self._nodes: list[tuple[str, str]] = []  # tag name or "" for text, and what to write
        self._open: list[str] = []
        self._is_skipping = False

    def handle_decl(self, decl: str) -> None:
        """Keep the document type."""
        self._nodes.append(("html", f"<!{decl}>"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag unless it only names an asset."""
        given = dict(attrs)
        if tag == "link" and ASSET_RELATIONS & set((given.get("rel") or "").split()):
            return
        if tag == "script" and "src" in given:
            self._is_skipping = True
            return
        if given.get("name") in TOKEN_FIELDS and tag == "input":
            given["value"] = "…"
        written = "".join(
            f" {name}" if value is None else f' {name}="{self._value(name, value)}"'
            for name, value in sorted(given.items())
        )
        self._nodes.append((tag, f"<{tag}{written}>"))
        if tag in VERBATIM:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Keep an end."""
        if self._is_skipping and tag == "script":
            self._is_skipping = False
            return
        if self._open and self._open[-1] == tag:
            self._open.pop()
        self._nodes.append((tag, f"</{tag}>"))

    def handle_data(self, data: str) -> None:
        """Keep a text, its blanks as one unless they count."""
        if self._is_skipping:
            return
        if self._open:
            self._nodes.append((self._open[-1], data))
        elif self._nodes and not self._nodes[-1][0]:
            self._nodes[-1] = ("", self._nodes[-1][1] + data)
        else:
            self._nodes.append(("", data))

    def lines(self, *, keep_gaps: bool) -> list[str]:
        """The page; with `keep_gaps` a blank between two inline tags has a line of its own."""
        found = []
        for place, (tag, text) in enumerate(self._nodes):
            if tag:
                found += text.split("\n")
                continue
            shown = _BLANKS.sub(" ", text)
            if place == 0 or self._nodes[place - 1][0] not in INLINE:
                shown = shown.removeprefix(" ")
            if place + 1 == len(self._nodes) or self._nodes[place + 1][0] not in INLINE:
                shown = shown.removesuffix(" ")
            if shown and (keep_gaps or shown != " "):
                found.append(shown)
        return found

    def _value(self, name: str, value: str) -> str:
        if self._is_fresh and name == "d" and len(value) > LONGEST_DRAWING:
            return "…"
        return _BLANKS.sub(" ", value).strip() if name in ("class", "d", "points") else value

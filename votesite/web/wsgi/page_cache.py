"""Pages that are the same bytes for everybody, kept in memory and answered in front of Flask.

A page is made by its view and kept with the question that tells whether it is still true: one row
of the database. While the answer stays the same the next reader gets the same bytes without Flask
being asked at all, which makes a campaign page cheaper than a bare Flask one. Whatever is not plain
(a query, another method, a foreign host, something due in the ledger) goes on to Flask.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, request
from werkzeug.http import parse_cookie

from votesite import clock
from votesite.domain.results import tallies
from votesite.extensions import site
from votesite.web.templating import LANGUAGES, MODES, variant
from votesite.web.wsgi.hosts import own_hosts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT_PAGES = 512
HTML = "text/html; charset=utf-8"
JSON = "application/json"

Stamp = Hashable
Question = Callable[[], Stamp | None]
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """Bytes, and what they were made for. `question` gives the present stamp, None for `ask`."""

    body: bytes
    content_type: str
    cache_control: str
    stamp: Stamp = None
    question: Question | None = None

    @cached_property
    def digest(self) -> str:
        """The hash that the ETag shows."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def squeezed(self) -> bytes:
        """The body for those who read gzip."""
        return gzip.compress(self.body, 6, mtime=0)

    def answer(self, accepts: str, known: str) -> tuple[int, Headers, bytes]:
        """Status, headers and body for a reader's `Accept-Encoding` and `If-None-Match`."""
        squeeze = "gzip" in accepts
        headers = [
            ("Cache-Control", self.cache_control),
            ("ETag", f'"{self.digest}{"-gz" if squeeze else ""}"'),
            ("Vary", "Accept-Encoding"),
        ]
        if self.digest in known:
            return 304, headers, b""
        body = self.squeezed if squeeze else self.body
        if squeeze:
            headers.append(("Content-Encoding", "gzip"))
        headers += [("Content-Type", self.content_type), ("Content-Length", str(len(body)))]
        return 200, headers, body


_NOTHING = Page(b"", HTML, "")


class SharedPages:
    """The pages of one process by path, language, mode and host, in front of the app."""

    def __init__(self, wsgi_app: WSGIApplication, hosts: frozenset[str]) -> None:
        self._wsgi_app = wsgi_app
        self._hosts = hosts
        self._kept: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self._lock = Lock()
        self._makers = [Lock() for _ in range(64)]

    def making(self, key: tuple[str, ...]) -> Lock:
        """Held by who makes a page: the others wait for it instead of making it too."""
        return self._makers[hash(key) % len(self._makers)]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = self._current(environ)
        if page is None:
            return self._wsgi_app(environ, start_response)
        status, headers, body = page.answer(
            environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_IF_NONE_MATCH", "")
        )
        start_response("304 NOT MODIFIED" if status == 304 else "200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def get(self, key: tuple[str, ...]) -> Page | None:
        """A kept page."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: tuple[str, ...], page: Page) -> None:
        """Keep a page; the oldest makes room."""
        with self._lock:
            self._kept[key] = page
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)

    def _current(self, environ: WSGIEnvironment) -> Page | None:
        """The page a plain request asks for, if it is kept and still true."""
        host = environ.get("HTTP_HOST", "").lower()
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or environ.get("QUERY_STRING")
            or host not in self._hosts
            or environ.get("RAW_URI", environ["PATH_INFO"]) != environ["PATH_INFO"]
        ):
            return None
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        page = self.get((path, *_variant_of(environ), host))
        try:
            is_true = page is not None and page.question and page.question() == page.stamp
        except Exception:  # the app will meet the same fault, and tells it
            return None
        return page if is_true else None


def init_app(app: Flask) -> None:
    """Stand in front of the app."""
    pages = SharedPages(app.wsgi_app, own_hosts(app.extensions["votesite"].settings))
    app.extensions["votesite.pages"] = pages
    app.wsgi_app = pages  # type: ignore[method-assign]


def campaign_question(slug: str, *, live: bool = False) -> Question:
    """What a campaign's page depends on: its version and the minute, with `live` every ballot.

    None while something is due in the ledger or the campaign is not public.
    """
    store = site().store

    def ask() -> Stamp | None:
        head = tallies.head_in(store, slug)
        now = clock.now()
        if head is None or not head.is_published:
            return None
        if head.due_at is not None and now.timestamp() >= head.due_at:
            return None
        figures = (head.ballots, head.voided, head.size) if live else ()
        return (head.version, *figures, clock.minute(now))

    return ask


def site_question() -> Question:
    """What the front page depends on: every campaign's version and the minute."""
    store = site().store

    def ask() -> Stamp | None:
        versions, due_at = tallies.read_versions(store)
        now = clock.now()
        if due_at is not None and now.timestamp() >= due_at:
            return None
        return (versions, clock.minute(now))

    return ask


def shared_page(
    question: Question,
    render: Callable[[], str | bytes],
    *,
    keep: bool = True,
    content_type: str = HTML,
    cache_control: str = "no-cache",
) -> Response:
    """A page that is the same bytes for everybody, made anew when `question` answers otherwise.

    With `keep` false (a search) it is made for this request alone.
    """
    pages: SharedPages = current_app.extensions["votesite.pages"]
    key = (request.path, *variant(), request.host)
    stamp = question()
    if not keep or stamp is None:
        found = _made(render, content_type, cache_control)
    else:
        with pages.making(key):
            found = pages.get(key) or _NOTHING
            if found.stamp != stamp:
                found = _made(render, content_type, cache_control, stamp, question)
                pages.keep(key, found)
    accepts = request.headers.get("Accept-Encoding", "")
    status, headers, body = found.answer(accepts, request.headers.get("If-None-Match", ""))
    response = Response(body, status, headers)
    if status == 304:
        response.headers.pop("Content-Type", None)
    return response


def _made(
    render: Callable[[], str | bytes],
    content_type: str,
    cache_control: str,
    stamp: Stamp = None,
    question: Question | None = None,
) -> Page:
    made = render()
    body = made.encode() if isinstance(made, str) else made
    return Page(body, content_type, cache_control, stamp, question)


def _variant_of(environ: dict[str, Any]) -> tuple[str, str]:
    """Language and mode as `templating.variant` reads them."""
    text = environ.get("HTTP_COOKIE")
    if not text or ("lang" not in text and "mode" not in text):
        return "zh-Hans", "standard"
    cookies = parse_cookie(text)
    language, mode = cookies.get("lang", ""), cookies.get("mode", "")
    return (
        language if language in LANGUAGES else "zh-Hans",
        mode if mode in MODES else "standard",
    )

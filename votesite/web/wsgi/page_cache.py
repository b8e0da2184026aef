"""Pages that are the same bytes for everybody, kept in memory and answered in front of Flask.

Each kept page has a validator, its question: a one-row query that says whether the page is still
current. While it is, readers get the same bytes without Flask, and a campaign page costs less than
a bare Flask one. Whatever is not plain (a query, another method, a foreign host, something due in
the ledger) goes on to Flask.
"""

from __future__ import annotations

import gzip
import hashlib
import time
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
# Tells a cache in front of the site which of the variants an answer is. What visitors write into
# cookies, Host and address has many spellings: only an answer that names its variant is to be kept.
VARIANT = "X-Variant"
HTML = "text/html; charset=utf-8"
JSON = "application/json"

Stamp = Hashable
Question = Callable[[], Stamp | None]
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """A rendered page. It is current while `question` returns the `stamp` it was rendered for.

    `variant` names its language and mode. Until `lasts_until` (monotonic seconds) it is current
    whatever has changed. Pages are shared by threads and never change; `digest` and `squeezed` may
    be computed twice.
    """

    body: bytes
    content_type: str
    cache_control: str
    variant: str = ""
    stamp: Stamp = None
    question: Question | None = None
    lasts_until: float = 0.0

    @property
    def is_young(self) -> bool:
        """Whether it is current without a question."""
        return time.monotonic() < self.lasts_until

    @cached_property
    def digest(self) -> str:
        """The hash that the ETag shows."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def squeezed(self) -> bytes:
        """The body for browsers that accept gzip."""
        return gzip.compress(self.body, 6, mtime=0)

    def answer(self, environ: WSGIEnvironment) -> tuple[int, Headers, bytes]:
        """Return status, headers and body for a request."""
        squeeze = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        headers = [
            ("Cache-Control", self.cache_control),
            ("ETag", f'"{self.digest}{"-gz" if squeeze else ""}"'),
            ("Vary", "Accept-Encoding"),
        ]
        if _is_plain(environ):
            headers.append((VARIANT, self.variant))
        if self.digest in environ.get("HTTP_IF_NONE_MATCH", ""):
            return 304, headers, b""
        body = self.squeezed if squeeze else self.body
        if squeeze:
            headers.append(("Content-Encoding", "gzip"))
        headers += [("Content-Type", self.content_type), ("Content-Length", str(len(body)))]
        return 200, headers, body


class SharedPages:
    """The pages of one process by path, language, mode and host, in front of the app.

    Worker threads share one instance. `_lock` guards `_kept` and is held for a look-up or an
    insertion only, never while a page renders. Rendering is serialised by page instead, by one of
    `_makers` chosen by the page's key: when a page that thousands ask for goes stale, one thread
    renders it and the rest wait for its bytes. Two pages may share a lock, which costs a wait and
    nothing else; no thread holds two of these locks, for a page never renders another.
    """

    def __init__(self, wsgi_app: WSGIApplication, hosts: frozenset[str]) -> None:
        self._wsgi_app = wsgi_app
        self._hosts = hosts
        self._kept: OrderedDict[tuple[str, ...], Page] = OrderedDict()
        self._lock = Lock()
        self._makers = [Lock() for _ in range(64)]  # a fixed number: keys come from visitors

    def making(self, key: tuple[str, ...]) -> Lock:
        """Return the lock to hold while the page of this key is rendered."""
        return self._makers[hash(key) % len(self._makers)]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = self._current(environ)
        if page is None:
            return self._wsgi_app(environ, start_response)
        status, headers, body = page.answer(environ)
        start_response("304 NOT MODIFIED" if status == 304 else "200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def get(self, key: tuple[str, ...]) -> Page | None:
        """Return a kept page, current or not, or None."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: tuple[str, ...], page: Page) -> None:
        """Keep a page, dropping the one that was rendered longest ago if there are too many."""
        with self._lock:
            self._kept[key] = page
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)

    def _current(self, environ: WSGIEnvironment) -> Page | None:
        """Return the page that a plain request asks for, if it is kept and current."""
        host = environ.get("HTTP_HOST", "")
        if (
            environ["REQUEST_METHOD"] not in ("GET", "HEAD")
            or host not in self._hosts
            or not _is_plain(environ)
        ):
            return None
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        page = self.get((path, *_variant_of(environ), host))
        if page is None or (page.content_type == HTML and _asks_for_json(environ)):
            return None
        if page.is_young:
            return page
        try:
            is_current = page.question and page.question() == page.stamp
        except Exception:  # the app meets the same fault and answers it with a page
            return None
        return page if is_current else None


def init_app(app: Flask) -> None:
    """Put the cache in front of the app."""
    pages = SharedPages(app.wsgi_app, own_hosts(app.extensions["votesite"].settings))
    app.extensions["votesite.pages"] = pages
    app.wsgi_app = pages  # type: ignore[method-assign]


def campaign_question(slug: str, *, live: bool = False) -> Question:
    """Return the question of a campaign's page: its version and the minute; `live`: every ballot.

    The question answers None, so that no page counts as current, while something is due in the
    ledger or the campaign is not public.
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
    """Return the question of the front page: every campaign's version and the minute."""
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
    lasting: float = 0.0,
    content_type: str = HTML,
    cache_control: str = "no-cache",
) -> Response:
    """Return a page that is the same bytes for everybody, rendered again once it is not current.

    Without `keep` (a search, say) it is rendered for this request alone. A page that changes with
    every ballot and is not cheap is rendered every `lasting` seconds at most.
    """

    def make(stamp: Stamp) -> Page:
        content = render()
        body = content.encode() if isinstance(content, str) else content
        until = time.monotonic() + lasting
        return Page(body, content_type, cache_control, " ".join(variant()), stamp, question, until)

    page = (_kept_page(question, make) if keep else None) or make(None)
    status, headers, body = page.answer(request.environ)
    response = Response(body, status, headers)
    if status == 304:
        response.headers.pop("Content-Type", None)
    return response


def _kept_page(question: Question, make: Callable[[Stamp], Page]) -> Page | None:
    """Return the page of this address, rendered unless it is current; None if none may be kept.

    The question is asked under the lock: whoever has waited finds what the other thread has made.
    """
    pages: SharedPages = current_app.extensions["votesite.pages"]
    key = (request.path, *variant(), request.host.lower())
    with pages.making(key):
        page = pages.get(key)
        if page is not None and page.is_young:
            return page
        stamp = question()  # before rendering: what changes meanwhile makes the page stale
        if stamp is not None and (page is None or page.stamp != stamp):
            page = make(stamp)
            pages.keep(key, page)
        return page if stamp is not None else None


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Whether host and address are spelled in the one way that the site itself spells them."""
    host, path = environ.get("HTTP_HOST", ""), environ["PATH_INFO"]
    is_written = environ.get("RAW_URI", path) == path and not environ.get("QUERY_STRING")
    return is_written and bool(host == host.lower())


def _asks_for_json(environ: WSGIEnvironment) -> bool:
    """Whether a program asks, to which some addresses answer in JSON."""
    return JSON in environ.get("HTTP_ACCEPT", "").lower()


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

"""How answers leave: security headers, problems, private pages, shared pages served from memory."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from votesite import clock
from votesite.config import Settings
from votesite.errors import (
    Busy,
    Closed,
    InvalidFields,
    MalformedRequest,
    NotFound,
    Refused,
    TooLarge,
    TooManyRequests,
    UnsupportedForm,
)
from votesite.extensions import db
from votesite.web import messages
from votesite.web.access import base_url, wants_json
from votesite.web.templating import variant

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CSP = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KEPT_PAGES = 512
REFUSED_BY_STATUS: dict[int, type[Refused]] = {
    400: MalformedRequest,
    404: NotFound,
    413: TooLarge,
    415: UnsupportedForm,
}


@dataclass(frozen=True)
class _Page:
    """A shared page in memory. `stamp`: the version and minute it was made for."""

    stamp: tuple[int, str]
    body: bytes
    squeezed: bytes
    etag: str


class _Secured:
    """Adds the headers that every answer has, unless the page has set its own.

    Below Flask, because eight calls on werkzeug's header lists cost a shared page a tenth of its
    time.
    """

    def __init__(self, wsgi_app: WSGIApplication, headers: dict[str, str]) -> None:
        self._wsgi_app = wsgi_app
        self._headers = [(name, value, name.lower()) for name, value in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *fault: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            own = [(name, value) for name, value, key in self._headers if key not in present]
            return start_response(status, headers + own, *fault)

        return self._wsgi_app(environ, start)


class _Pages:
    """Shared pages by key, the least used dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], _Page] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, ...]) -> _Page | None:
        with self._lock:
            page = self._kept.get(key)
            if page is not None:
                self._kept.move_to_end(key)
            return page

    def put(self, key: tuple[str, ...], page: _Page) -> None:
        with self._lock:
            self._kept[key] = page
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)


def init_app(app: Flask, settings: Settings) -> None:
    """Set headers on every answer and turn every refusal and fault into a page or a problem."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    app.extensions["votesite.pages"] = _Pages()

    app.wsgi_app = _Secured(app.wsgi_app, headers)  # type: ignore[method-assign]
    app.register_error_handler(Refused, problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(500, _fault)


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page for this visitor alone: never stored, with the token of his session."""
    body = render_template(template, csrf_token=generate_csrf(), **context)
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="text/html")


def public_page(
    key: tuple[str, ...], version: int, render: Callable[[], str], *, keep: bool = True
) -> Response:
    """A page that is the same bytes for everybody, made once per version and minute.

    `key` names page and campaign; language and mode are added here. With `keep` false (a search)
    the page is made for this request alone.
    """
    pages: _Pages = _app_pages()
    whole_key = (*key, *variant(), base_url())
    stamp = (version, clock.minute(clock.now()))
    found = pages.get(whole_key) if keep else None
    if found is None or found.stamp != stamp:
        body = render().encode()
        digest = hashlib.sha256(body).hexdigest()[:32]
        found = _Page(stamp, body, gzip.compress(body, 6, mtime=0), digest)
        if keep:
            pages.put(whole_key, found)
    return _shared(found, "text/html; charset=utf-8", "no-cache")


def public_json(value: Any, cache_control: str) -> Response:
    """Shared JSON with an ETag over its bytes."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(body).hexdigest()[:32]
    return _shared(_Page((0, ""), body, body, digest), "application/json", cache_control)


def private_json(value: Any, status: int = 200) -> Response:
    """JSON for this visitor alone."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="application/json")


def problem(refusal: Refused) -> Response:
    """A refusal in the form asked for: `application/problem+json`, or a page of that status."""
    db.session.rollback()
    g.refused = refusal.name
    headers = {"Cache-Control": "no-store"}
    if isinstance(refusal, (TooManyRequests, Busy)):
        headers["Retry-After"] = str(refusal.retry_after)
    if wants_json():
        body = json.dumps(_problem_fields(refusal), ensure_ascii=False)
        return Response(body, refusal.status, headers, content_type="application/problem+json")
    body = render_template(
        "public/problem.html",
        name=refusal.name,
        title=messages.title(refusal),
        sentence=messages.sentence(refusal),
        next_path=request.path if request.method == "GET" else None,
    )
    return Response(body, refusal.status, headers, mimetype="text/html")


def _problem_fields(refusal: Refused) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": f"/problems/{refusal.name}",
        "title": messages.title(refusal),
        "status": refusal.status,
        "detail": messages.sentence(refusal),
    }
    if isinstance(refusal, Closed):
        fields["next_at"] = clock.minute(refusal.next_at) if refusal.next_at else None
    if isinstance(refusal, InvalidFields):
        fields["fields"] = {name: messages.fault(found) for name, found in refusal.fields.items()}
    return fields


def _http_problem(error: HTTPException) -> Response | HTTPException:
    """werkzeug's own refusals in the house's words; redirects pass."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    known = REFUSED_BY_STATUS.get(error.code)
    refusal = known() if known else _by_status(error.code)
    response = problem(refusal)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    return response


def _by_status(status_code: int) -> Refused:
    """A refusal for a status that no rule of ours has."""

    class Unnamed(Refused):
        name = "method-not-allowed" if status_code == HTTPStatus.METHOD_NOT_ALLOWED else "refused"
        status = status_code

    return Unnamed()


def _fault(_error: Exception) -> Response:
    """A fault of ours: logged by Flask, told plainly."""

    class ServerFault(Refused):
        name = "server-fault"
        status = 500

    return problem(ServerFault())


def _app_pages() -> _Pages:

    found: _Pages = current_app.extensions["votesite.pages"]
    return found


def _shared(found: _Page, content_type: str, cache_control: str) -> Response:
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    squeeze = takes_gzip and found.squeezed is not found.body
    etag = f'"{found.etag}{"-gz" if squeeze else ""}"'
    headers = {"Cache-Control": cache_control, "ETag": etag, "Vary": "Accept-Encoding"}
    asked = request.headers.get("If-None-Match", "")
    if found.etag in asked:
        return Response(status=304, headers=headers)
    if squeeze:
        headers["Content-Encoding"] = "gzip"
    return Response(
        found.squeezed if squeeze else found.body, 200, headers, content_type=content_type
    )

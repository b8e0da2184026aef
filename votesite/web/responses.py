"""How answers leave: security headers, problems, pages and JSON for one visitor alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from votesite import clock
from votesite.config import Settings
from votesite.errors import (
    Busy,
    CheckRequired,
    Closed,
    InvalidFields,
    MalformedRequest,
    NotFound,
    Refused,
    TooLarge,
    TooManyRequests,
    UnsupportedForm,
)
from votesite.extensions import db, site
from votesite.web.access.visitors import wants_json
from votesite.web.wording import refusals

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
REFUSED_BY_STATUS: dict[int, type[Refused]] = {
    400: MalformedRequest,
    404: NotFound,
    413: TooLarge,
    415: UnsupportedForm,
}


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


def init_app(app: Flask, settings: Settings) -> None:
    """Set headers on every answer and turn every refusal and fault into a page or a problem."""
    headers = {**HEADERS, "Cache-Control": "no-store"}
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    app.wsgi_app = _Secured(app.wsgi_app, headers)  # type: ignore[method-assign]
    app.register_error_handler(Refused, problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(500, _fault)


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A page for this visitor alone: never stored, with the token of his session."""
    body = render_template(template, csrf_token=generate_csrf(), **context)
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="text/html")


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
        title=refusals.title(refusal),
        sentence=refusals.sentence(refusal),
        next_path=request.path if request.method == "GET" else None,
    )
    return Response(body, refusal.status, headers, mimetype="text/html")


def _problem_fields(refusal: Refused) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": f"/problems/{refusal.name}",
        "title": refusals.title(refusal),
        "status": refusal.status,
        "detail": refusals.sentence(refusal),
    }
    if isinstance(refusal, Closed):
        fields["next_at"] = clock.minute(refusal.next_at) if refusal.next_at else None
    if isinstance(refusal, CheckRequired):
        fields["check"] = refusal.offer
    if isinstance(refusal, InvalidFields):
        fields["fields"] = {name: refusals.fault(found) for name, found in refusal.fields.items()}
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


def _fault(error: Exception) -> Response:
    """A fault, logged by Flask and told plainly: of ours, or of a database that comes back."""
    if site().store.passes(getattr(error, "original_exception", None) or error):
        return problem(Busy(is_stuck=True))

    class ServerFault(Refused):
        name = "server-fault"
        status = 500

    return problem(ServerFault())

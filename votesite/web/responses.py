"""Responses for one visitor: pages, JSON, redirects, downloads and problems."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, send_file
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from votesite import clock
from votesite.domain import spreadsheets
from votesite.domain.media import pictures
from votesite.domain.spreadsheets import Row
from votesite.errors import (
    Busy,
    CheckRequired,
    Closed,
    InvalidFields,
    InvalidFile,
    MalformedRequest,
    NotFound,
    Refused,
    TooLarge,
    TooManyRequests,
    UnsupportedForm,
)
from votesite.extensions import db, site
from votesite.web.access.visitors import wants_json
from votesite.web.wording import award, refusals, settings

MAX_PATH = 512
AREAS = "votesite.areas"

Answer = Callable[[Refused], Response]
NO_AREAS: Mapping[str, Answer] = MappingProxyType({})

TABLE_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REFUSED_BY_STATUS: dict[int, type[Refused]] = {
    400: MalformedRequest,
    404: NotFound,
    413: TooLarge,
    415: UnsupportedForm,
}


def init_app(app: Flask, areas: Mapping[str, Answer] = NO_AREAS) -> None:
    """Turn every refusal and every fault into a page or a problem document.

    `areas` are beginnings of addresses below which others answer, whether there is a page or not.
    """
    app.extensions[AREAS] = areas
    app.register_error_handler(Refused, _answer)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(500, _fault)
    app.log_exception = partial(_log_fault, app)  # type: ignore[method-assign]


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page for this visitor alone: never stored, with the CSRF token of their session."""
    body = render_template(template, csrf_token=generate_csrf(), **context)
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="text/html")


def private_json(value: Any, status: int = 200) -> Response:
    """Return JSON for this visitor alone."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="application/json")


def private_picture(token: str) -> Response:
    """Return a picture in small, for this visitor alone; raises NotFound."""
    path = pictures.picture_path(token, "480", "jpeg") if token else None
    if path is None or not path.is_file():
        raise NotFound
    response = send_file(path, mimetype="image/jpeg", max_age=0, etag=False)
    response.headers["Cache-Control"] = "no-store"
    return response


def see_other(address: str) -> Response:
    """Send the browser on to `address` with a GET, as every successful form does."""
    response: Response = redirect(address, 303)  # type: ignore[assignment]
    return response


def local_path(text: str) -> str:
    """Return `text` if it is a path of this site, else `/`."""
    is_path = text.startswith("/") and text[1:2] not in ("/", "\\") and len(text) <= MAX_PATH
    return text if is_path and text.isascii() and text.isprintable() else "/"


def download(body: str | bytes, filename: str, content_type: str) -> Response:
    """Return a file to save, made for this visitor alone."""
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, content_type=content_type)


def table_download(sheets: Mapping[str, Sequence[Row]], kind: str, filename: str) -> Response:
    """Return tables to save as `filename.kind`: as xlsx all of them, as csv the first alone."""
    body: str | bytes
    if kind == "csv":
        body = spreadsheets.csv_text(next(iter(sheets.values())))
    else:
        body = spreadsheets.xlsx_bytes(sheets)
    return download(body, f"{filename}.{kind}", TABLE_TYPES[kind])


def problem(refusal: Refused) -> Response:
    """Return a refusal as `application/problem+json` where asked for, else as a page."""
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


def _answer(refusal: Refused) -> Response:
    """What the area of this address makes of a refusal, else the problem as anybody reads it."""
    areas: Mapping[str, Answer] = current_app.extensions[AREAS]
    answers = (answer for path, answer in areas.items() if request.path.startswith(path))
    return next(answers, problem)(refusal)


def _problem_fields(refusal: Refused) -> dict[str, object]:
    fields: dict[str, object] = {
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
        fields["fields"] = {name: settings.fault(fault) for name, fault in refusal.fields.items()}
    if isinstance(refusal, InvalidFile):
        fields["faults"] = [
            {"row": row, "column": column, "detail": award.file_fault(found)}
            for row, column, found in refusal.faults
        ]
    return fields


def _http_problem(error: HTTPException) -> Response | HTTPException:
    """Say werkzeug's own errors as the site says its refusals; let redirects pass."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    known = REFUSED_BY_STATUS.get(error.code)
    refusal = known() if known else _by_status(error.code)
    response = _answer(refusal)
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    return response


def _by_status(status_code: int) -> Refused:
    """Make a refusal for a status that no class in `errors` has."""

    class Unnamed(Refused):
        name = "method-not-allowed" if status_code == HTTPStatus.METHOD_NOT_ALLOWED else "refused"
        status = status_code

    return Unnamed()


def _log_fault(app: Flask, exc_info: Any) -> None:
    """Log a fault under the endpoint's name: the address is a visitor's, and may hold a code."""
    app.logger.error("fault in %s", request.endpoint, exc_info=exc_info)


def _fault(error: Exception) -> Response:
    """Turn an unhandled exception into a 500 page, or a 503 if the database is away for now."""
    if site().store.passes(getattr(error, "original_exception", None) or error):
        return _answer(Busy(is_stuck=True))

    class ServerFault(Refused):
        name = "server-fault"
        status = 500

    return _answer(ServerFault())

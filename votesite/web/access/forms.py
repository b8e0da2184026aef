"""Checks of posted forms: size, kind, origin, CSRF token, in the order of contract.md section 3."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from flask import g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from votesite.domain import texts
from votesite.errors import (
    ForeignOrigin,
    ForgedToken,
    MalformedFields,
    TooLarge,
    UnsupportedForm,
)
from votesite.extensions import csrf
from votesite.web.access import visitors

FORM_BYTES = 64 * 1024
FILES_BYTES = 20 * 1024 * 1024
MAX_FIELDS = 1000
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def accept_form(*, files: bool = False) -> None:
    """Check a form before anything else is done with a POST.

    Raises, in this order: TooLarge, UnsupportedForm, ForeignOrigin, ForgedToken.
    """
    limit = FILES_BYTES if files else FORM_BYTES
    if (request.content_length or 0) > limit:
        raise TooLarge
    if request.mimetype not in FORM_TYPES:
        raise UnsupportedForm
    g.malformed = _read_form(limit)
    refuse_foreign_origin()
    if not request.form.get("csrf_token"):  # protect() would also take a `…-csrf_token`
        raise ForgedToken
    try:
        csrf.protect()
    except CSRFError as error:
        raise ForgedToken from error


def refuse_foreign_origin() -> None:
    """Raise ForeignOrigin for a post from another site.

    Old WebViews send neither header; for them the token alone decides.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise ForeignOrigin
        return
    if origin != visitors.base_url():
        raise ForeignOrigin


def fields_are_malformed() -> bool:
    """Whether a field of the accepted form is not UTF-8 or holds control characters."""
    return bool(g.malformed)


def require_clean_fields() -> None:
    """Raise MalformedFields for a form that no browser sends."""
    if fields_are_malformed():
        raise MalformedFields


def read_body(limit: int) -> bytes:
    """Return the whole body; raises TooLarge above `limit`, ForgedToken if it cannot be read."""
    request.max_content_length = limit + 1  # a body in chunks ends at this length without a word
    try:
        body = request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLarge from error
    except OSError:
        raise
    except Exception as error:  # each server has its own fault for broken chunks
        raise ForgedToken from error
    if len(body) > limit:
        raise TooLarge
    return body


def _read_form(limit: int) -> bool:
    """Read the whole form within its limits; returns whether a field is malformed."""
    request.max_form_memory_size = limit
    if request.mimetype != FORM_TYPES[0]:
        fields = _form_fields(limit)
        return any(_stray(name) or _stray(value) for name, value in fields)
    raw = read_body(limit)
    if raw.count(b"&") >= MAX_FIELDS:
        raise TooLarge
    _form_fields(limit)
    try:
        return bool(_stray(unquote_to_bytes(raw).decode()))
    except UnicodeDecodeError:
        return True


def _form_fields(limit: int) -> Iterable[tuple[str, str]]:
    request.max_content_length = limit
    try:
        form = request.form
    except RequestEntityTooLarge as error:
        raise TooLarge from error
    except OSError:
        raise
    except Exception as error:  # as above, where the form is read in parts
        raise ForgedToken from error
    if None in form:  # a part without a name
        raise ForgedToken
    return form.items(multi=True)


def _stray(text: str) -> str:
    return texts.stray(text, also=texts.LOST)

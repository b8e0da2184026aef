"""Checks of posted forms: size, kind, origin, CSRF token, in the order of contract.md section 3."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, unquote_to_bytes

from flask import g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import RequestEntityTooLarge

from votesite.domain import texts
from votesite.domain.schemas import FORM_BYTES, MAX_FIELDS
from votesite.errors import (
    ForeignOrigin,
    ForgedToken,
    MalformedFields,
    StaleToken,
    TooLarge,
    UnsupportedForm,
)
from votesite.extensions import csrf
from votesite.web.access import visitors
from votesite.web.access.bodies import MULTIPART


@dataclass(frozen=True)
class Bounds:
    """How many bytes a form in parts may have, and how many of them outside of files."""

    whole: int
    text: int


FILES_BYTES = 20 * 1024 * 1024
SMALL = Bounds(FORM_BYTES, FORM_BYTES)
LONG_TEXTS = Bounds(2 * 1024 * 1024, 2 * 1024 * 1024)  # of staff
FILES = Bounds(FILES_BYTES, 256 * 1024)
STAFF_FILES = Bounds(FILES_BYTES, LONG_TEXTS.text)
MAX_MARKS = 60  # on one letter; composing them takes the square of their number
FORM_TYPES = ("application/x-www-form-urlencoded", MULTIPART)

_MARKS_IN_DISGUISE = "\u0f73\u0f75\u0f81"  # of class 0, yet two marks each when decomposed


def anybody() -> None:
    """Admit whoever posts."""


def accept_form(bounds: Bounds = SMALL, admit: Callable[[], None] = anybody) -> None:
    """Check a form before anything else is done with a POST.

    `admit` raises what else forbids the post and can be known without its body: before a large
    body is read, after a small one was accepted. Only a form in parts that tells its length may be
    large.

    Raises, in this order: TooLarge, UnsupportedForm, ForeignOrigin, ForgedToken, MalformedFields
    for what takes too long to compose.
    """
    limit = bounds.whole if request.mimetype == MULTIPART else FORM_BYTES
    if (request.content_length or 0) > limit:
        raise TooLarge
    if request.mimetype not in FORM_TYPES:
        raise UnsupportedForm
    if is_large():
        refuse_foreign_origin()
        admit()
    g.malformed = _read_form(limit if is_large() else FORM_BYTES, bounds.text)
    refuse_foreign_origin()
    _check_token()
    if g.overloaded:
        raise MalformedFields
    if not is_large():
        admit()


def _check_token() -> None:
    if not request.form.get("csrf_token"):  # protect() would also take a `…-csrf_token`
        raise ForgedToken
    try:
        csrf.protect()
    except CSRFError as error:
        raise StaleToken from error


def is_large() -> bool:
    """Whether the body is announced as larger than a form without files may be."""
    return (request.content_length or 0) > FORM_BYTES


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


def names_not_utf8() -> list[str]:
    """Names of fields that are not UTF-8: the parsed form shows only escapes in their place."""
    if not fields_are_malformed() or request.mimetype != FORM_TYPES[0]:
        return []
    names = []
    for pair in request.get_data().split(b"&"):
        name, _sign, value = pair.partition(b"=")
        try:
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            names.append(unquote(name.decode(errors="replace")))
    return names


def was_accepted() -> bool:
    """Whether this request's form has been read whole, and holds what a browser sends."""
    return g.get("malformed") is False


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


def _read_form(limit: int, text_limit: int) -> bool:
    """Read the whole form within its limits; returns whether a field is malformed."""
    request.max_form_memory_size = text_limit
    raw = b""
    if request.mimetype == FORM_TYPES[0]:
        raw = read_body(limit)
        if raw.count(b"&") >= MAX_FIELDS:
            raise TooLarge
    found = [text for field in _form_fields(limit) for text in field]
    g.overloaded = any(_has_too_many_marks(text) for text in found)
    try:
        found.append(unquote_to_bytes(raw).decode())
    except UnicodeDecodeError:
        return True
    return any(_stray(text) for text in found)


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


def _has_too_many_marks(text: str) -> bool:
    """Whether more combining marks stand in a row than any script has."""
    if text.isascii():
        return False
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) or char in _MARKS_IN_DISGUISE else 0
        if run > MAX_MARKS:
            return True
    return False

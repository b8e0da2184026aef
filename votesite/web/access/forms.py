"""Forms: size, kind, origin and CSRF token, refused in the order of contract.md section 3."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from flask import g, request
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import ValidationError

from votesite.errors import (
    ForeignOrigin,
    ForgedToken,
    MalformedFields,
    TooLarge,
    UnsupportedForm,
)
from votesite.web.access import visitors
from votesite.web.access.bodies import MULTIPART


@dataclass(frozen=True)
class Bounds:
    """How many bytes a form in parts may have, and how many of them outside of files."""

    whole: int
    text: int


FORM_BYTES = 64 * 1024
FILES_BYTES = 20 * 1024 * 1024
SMALL = Bounds(FORM_BYTES, FORM_BYTES)
LONG_TEXTS = Bounds(2 * 1024 * 1024, 2 * 1024 * 1024)  # of staff
FILES = Bounds(FILES_BYTES, 256 * 1024)
STAFF_FILES = Bounds(FILES_BYTES, LONG_TEXTS.text)
MAX_FIELDS = 1000
FORM_TYPES = ("application/x-www-form-urlencoded", MULTIPART)
MAX_MARKS = 60  # upon one letter; composing them takes the square of their number

# What no keyboard types; tabs and line ends are text.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_MARKS_IN_DISGUISE = "\u0f73\u0f75\u0f81"  # of class 0, and yet two marks each when decomposed


def accept_form(bounds: Bounds = SMALL, admit: Callable[[], None] | None = None) -> None:
    """Refuse, in order: too large, no form, foreign origin, forged token. First thing in a POST.

    `admit` raises what else forbids the post that can be known without its body: before a large
    body is read, after a small one was accepted. Only a form in parts that tells its length may be
    large.
    """
    limit = bounds.whole if request.mimetype == MULTIPART else FORM_BYTES
    if (request.content_length or 0) > limit:
        raise TooLarge
    if request.mimetype not in FORM_TYPES:
        raise UnsupportedForm
    is_announced = is_large()
    if is_announced:
        refuse_foreign_origin()
        if admit:
            admit()
    g.malformed = _read_form(limit if is_announced else FORM_BYTES, bounds.text)
    refuse_foreign_origin()
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise ForgedToken from error
    if g.overloaded:
        raise MalformedFields
    if admit and not is_announced:
        admit()


def is_large() -> bool:
    """Whether the body is said to be larger than forms without files are."""
    return (request.content_length or 0) > FORM_BYTES


def refuse_foreign_origin() -> None:
    """Old WebViews send neither header: then the token alone decides."""
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
    """Raise MalformedFields for a form no browser of ours would send."""
    if fields_are_malformed():
        raise MalformedFields


def read_body(limit: int) -> bytes:
    """The whole body; raises TooLarge above `limit`, and ForgedToken where it cannot be read."""
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
    """Read the whole form within its limits; whether a field is malformed."""
    request.max_form_memory_size = text_limit
    raw = b""
    if request.mimetype == FORM_TYPES[0]:
        raw = read_body(limit)
        if raw.count(b"&") >= MAX_FIELDS:
            raise TooLarge
    texts = [text for field in _form_fields(limit) for text in field]
    g.overloaded = any(_has_too_many_marks(text) for text in texts)
    try:
        texts.append(unquote_to_bytes(raw).decode())
    except UnicodeDecodeError:
        return True
    return any(_CONTROL.search(text) for text in texts)


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

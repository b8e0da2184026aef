"""Who and what may come in: hosts, forms, forgery, identity. Every refusal comes in contract order.

A POST view of a campaign begins with `campaign_or_404`, then `accept_form`, then the brakes, then
`require_voter`; the rules themselves refuse what comes after.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from flask import Flask, abort, g, request
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import ValidationError

from votesite import clock
from votesite.config import Settings
from votesite.domain import campaigns, results
from votesite.domain.results import Head
from votesite.errors import (
    ForeignOrigin,
    ForgedToken,
    MalformedFields,
    MalformedRequest,
    NotFound,
    NotIdentified,
    SnapshotUser,
    TooLarge,
    UnsupportedForm,
)
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.web import identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORM_BYTES = 64 * 1024
FILES_BYTES = 20 * 1024 * 1024
MAX_FIELDS = 1000
BEYOND = 10**15  # more than anything here is numbered to; databases can still compare it
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
ANY_HOST = ("/healthz", "/readyz")
FOREIGN = "votesite.foreign_host"


class _OwnHost:
    """Lets no foreign `Host` reach Flask: names that are none (`..`) would break its routing.

    The scheme is the base URL's, so that the routing's own redirects lead there too.
    """

    def __init__(self, wsgi_app: WSGIApplication, settings: Settings) -> None:
        self._wsgi_app = wsgi_app
        self._own, self._hosts = settings.host, own_hosts(settings)
        self._scheme = "https" if settings.is_https else "http"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").lower() not in self._hosts:
            environ[FOREIGN] = True
            environ["HTTP_HOST"] = self._own
        environ["wsgi.url_scheme"] = self._scheme
        return self._wsgi_app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Refuse foreign hosts before anything else; trust as many proxies as the settings say."""
    app.wsgi_app = _OwnHost(app.wsgi_app, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]

    @app.before_request
    def _own_host_only() -> None:
        if FOREIGN in request.environ and request.path not in ANY_HOST:
            abort(400)

    @app.before_request
    def _plain_paths_only() -> None:
        path = written_path(request.environ)
        if path and (path.startswith("//") or "%2f" in path.lower()):
            raise NotFound


def written_path(environ: WSGIEnvironment) -> str:
    """The path as the request line has it; servers decode it and drop slashes before we see it."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return str(target).partition("?")[0]


def own_hosts(settings: Settings) -> frozenset[str]:
    """The `Host` values that are this site's; the demo is at home on both loopback names."""
    default = "443" if settings.is_https else "80"
    named = {settings.host}
    if ":" not in settings.host.rpartition("]")[2]:
        named.add(f"{settings.host}:{default}")
    if settings.is_demo:
        port = settings.bind.rpartition(":")[2]
        named |= {f"{name}:{port}" for name in ("localhost", "127.0.0.1")}
    return frozenset(named)


def base_url() -> str:
    """The address this visitor knows the site by: the base URL, in demo the host in use."""
    settings = site().settings
    return f"http://{request.host}" if settings.is_demo else settings.base_url


def client_address() -> str:
    """The visitor's address; a forwarded one that is no address is ignored."""
    environ = request.environ
    found = _as_address(environ.get("REMOTE_ADDR") or "")
    if found is None:
        peer: dict[str, str] = environ.get("werkzeug.proxy_fix.orig", {})
        return peer.get("REMOTE_ADDR", "")
    return found


@lru_cache(4096)
def _as_address(text: str) -> str | None:
    """An address in its usual form; None for what is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def head_or_404(slug: str) -> Head:
    """The head of a published campaign, what is due written; raises NotFound, drafts alike."""
    head = results.head(slug)
    if head is None or not head.is_published:
        raise NotFound
    if results.settle_if_due(head):
        head = results.head(slug) or head
    return head


def campaign_or_404(slug: str) -> Campaign:
    """The published campaign, what is due in its ledger written; raises NotFound, drafts alike."""
    head_or_404(slug)
    found = campaigns.find(slug)
    if found is None:
        raise NotFound
    return found


def wants_json() -> bool:
    """Whether the visitor's program asked for JSON by name."""
    return "application/json" in request.headers.get("Accept", "").lower()


def accept_form(*, files: bool = False) -> None:
    """Refuse, in order: too large, no form, foreign origin, forged token. First thing in a POST."""
    limit = FILES_BYTES if files else FORM_BYTES
    if (request.content_length or 0) > limit:
        raise TooLarge
    if request.mimetype not in FORM_TYPES:
        raise UnsupportedForm
    g.malformed = _read_form(limit)
    refuse_foreign_origin()
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise ForgedToken from error


def refuse_foreign_origin() -> None:
    """Old WebViews send neither header: then the token alone decides."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise ForeignOrigin
        return
    if origin != base_url():
        raise ForeignOrigin


def fields_are_malformed() -> bool:
    """Whether a field of the accepted form is not UTF-8 or holds control characters."""
    return bool(g.malformed)


def require_clean_fields() -> None:
    """Raise MalformedFields for a form no browser of ours would send."""
    if fields_are_malformed():
        raise MalformedFields


def site_voter() -> bytes | None:
    """The identity in this session, or None."""
    return identity.site_voter()


def require_voter() -> bytes:
    """The identity, or the refusal that says how to get one."""
    if identity.is_snapshot():
        raise SnapshotUser
    voter = identity.site_voter()
    if voter is None:
        raise NotIdentified
    return voter


def whole_number(name: str, default: int | None = None) -> int:
    """A query parameter as whole number, at most BEYOND; raises MalformedRequest."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 100):
        raise MalformedRequest
    return min(int(text), BEYOND)


def candidate_number(text: str) -> int:
    """A candidate's number as the address writes it; raises NotFound for any other form."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and text[0] != "0"):
        raise NotFound
    return int(text)


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


def _read_form(limit: int) -> bool:
    """Read the whole form within its limits; whether a field is malformed."""
    request.max_form_memory_size = limit
    if request.mimetype != FORM_TYPES[0]:
        fields = _form_fields(limit)
        return any(_is_control(name) or _is_control(value) for name, value in fields)
    raw = read_body(limit)
    if raw.count(b"&") >= MAX_FIELDS:
        raise TooLarge
    _form_fields(limit)
    try:
        return _is_control(unquote_to_bytes(raw).decode())
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


def _is_control(text: str) -> bool:
    """Whether a text holds what no keyboard types; tabs and line ends are text."""
    if text.isprintable() and "\ufffd" not in text:
        return False
    return any(
        char == "\ufffd" or (unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\r\n")
        for char in text
    )


def moment() -> datetime:
    """The present moment, for pages."""
    return clock.now()


def minute_or_none(moment_or_none: datetime | None) -> str | None:
    """A moment as JSON answers write it."""
    return clock.minute(moment_or_none) if moment_or_none else None

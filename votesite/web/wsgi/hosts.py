"""The site's own host names: no foreign `Host` reaches Flask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

from votesite.config import Settings
from votesite.errors import NotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANY_HOST = ("/healthz", "/readyz")
FOREIGN = "votesite.foreign_host"


class OwnHost:
    """Replaces a foreign `Host` before Flask sees it, and sets the scheme of the base URL.

    A `Host` that is not a host name, such as `..`, would break werkzeug's routing. The routing's
    own redirects take the scheme from here. The request stays marked and is refused below.
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
    """Refuse foreign hosts and odd paths, and trust as many proxies as the settings say."""
    app.wsgi_app = OwnHost(app.wsgi_app, settings)  # type: ignore[method-assign]
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
    """The path as the request line has it, before the server decoded it and merged slashes."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    return str(target).partition("?")[0]


def own_hosts(settings: Settings) -> frozenset[str]:
    """The values of `Host` that name this site; the demo answers to both loopback names too."""
    default = "443" if settings.is_https else "80"
    named = {settings.host}
    if ":" not in settings.host.rpartition("]")[2]:
        named.add(f"{settings.host}:{default}")
    if settings.is_demo:
        port = settings.bind.rpartition(":")[2]
        named |= {f"{name}:{port}" for name in ("localhost", "127.0.0.1")}
    return frozenset(named)

"""What a request tells about its visitor: address, host in use, kind of answer wanted."""

import ipaddress
from functools import lru_cache

from flask import request

from votesite.extensions import site


def base_url() -> str:
    """The address at which this visitor sees the site: the base URL, in demo the host in use."""
    settings = site().settings
    return f"http://{request.host}" if settings.is_demo else settings.base_url


def client_address() -> str:
    """The visitor's IP address; a forwarded value that is not an address is ignored."""
    environ = request.environ
    address = _as_address(environ.get("REMOTE_ADDR") or "")
    if address is None:
        peer: dict[str, str] = environ.get("werkzeug.proxy_fix.orig", {})
        return peer.get("REMOTE_ADDR", "")
    return address


@lru_cache(4096)
def _as_address(text: str) -> str | None:
    """An address in its usual form, or None if the text is not one."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def wants_json() -> bool:
    """Whether the request asks for JSON by name, as programs do."""
    return "application/json" in request.headers.get("Accept", "").lower()

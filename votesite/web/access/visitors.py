"""What a request says about its visitor: address, the host in use, the answer asked for."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from flask import request

from votesite.extensions import site


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


def wants_json() -> bool:
    """Whether the visitor's program asked for JSON by name."""
    return "application/json" in request.headers.get("Accept", "").lower()

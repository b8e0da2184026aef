"""Which addresses count as one network: for rate limits, for signals, for the security log."""

import hashlib
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


@lru_cache(4096)
def subscriber(address: str) -> bytes:
    """What one subscriber has: an IPv4 address (4 bytes), or the /64 of an IPv6 address (8 bytes).

    Text that is no address stands for itself: its SHA-256.
    """
    parsed = _parsed(address)
    if parsed is None:
        return _digest(address)
    return parsed.packed if isinstance(parsed, IPv4Address) else parsed.packed[:8]


@lru_cache(4096)
def prefix(address: str) -> bytes:
    """The network around an address: its version, then /24 of IPv4 or /48 of IPv6.

    Text that is no address stands for itself: `?` and its SHA-256.
    """
    parsed = _parsed(address)
    if parsed is None:
        return b"?" + _digest(address)
    if isinstance(parsed, IPv4Address):
        return b"4" + parsed.packed[:3]
    return b"6" + parsed.packed[:6]


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 address that is written inside an IPv6 one is the IPv4 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()

"""Which addresses count as one network: for rate limits, for signals, for the security log."""

import hashlib
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address


@lru_cache(4096)
def subscriber(address: str) -> bytes:
    """Returns what one subscriber has: 4 bytes of IPv4, or the 8 bytes of an IPv6 address's /64.

    For text that is not an address, its SHA-256.
    """
    parsed = _parsed(address)
    if parsed is None:
        return _digest(address)
    return parsed.packed if isinstance(parsed, IPv4Address) else parsed.packed[:8]


@lru_cache(4096)
def prefix(address: str) -> bytes:
    """Returns the network around an address: its version, then /24 of IPv4 or /48 of IPv6.

    For text that is not an address, `?` and its SHA-256.
    """
    parsed = _parsed(address)
    if parsed is None:
        return b"?" + _digest(address)
    if isinstance(parsed, IPv4Address):
        return b"4" + parsed.packed[:3]
    return b"6" + parsed.packed[:6]


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Returns the address, None for other text; IPv4 written inside IPv6 is the IPv4 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()

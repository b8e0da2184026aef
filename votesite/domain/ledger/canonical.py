"""Canonical JSON (RFC 8785) and the commitments made of it."""

import hashlib
import json
from typing import Any

from votesite.keys import mac


def canonical(value: Any) -> bytes:
    """Returns the RFC 8785 serialisation of strings, integers, arrays and objects."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode()


def _sorted(value: Any) -> Any:
    """Objects with their keys in the order of UTF-16 code units."""
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in ordered}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


def commitment(opening_key: bytes, n: int, choices: bytes) -> str:
    """Returns `c` of ballot `n`: SHA-256(salt ‖ JCS(choices)) in hex (ledger.md section 3)."""
    salt = mac(opening_key, f"salt|{n}".encode())
    return hashlib.sha256(salt + choices).hexdigest()

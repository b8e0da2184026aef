"""Verifier keys, `NAME+hex(keyid)+base64(type ‖ public key)`, read strictly (ledger.md section 3).

The site takes in no other text than the one that every verifier reads alike: canonical base64, the
key's own id, a name in normal form C of characters that are seen.
"""

import base64
import binascii
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from votesite.domain.ledger import curve

ED25519, COSIGNATURE = 0x01, 0x04
CHECKED = (ED25519, COSIGNATURE)  # lines of other types are counted, not checked
MAX_NAME = 100
MAX_PUBLIC = 300

_LENGTHS = {ED25519: 32, COSIGNATURE: 32}


class BadVerifierKey(ValueError):
    """A text that is no verifier key; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class VerifierKey:
    """A key under its name: four bytes of id, the first byte of what is in base64, the rest."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @property
    def is_checked(self) -> bool:
        """Whether signatures under it can be checked, and count for a quorum."""
        return self.kind in CHECKED

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


def key_id_of(name: str, kind: int, public: bytes) -> bytes:
    """Returns the first four bytes of SHA-256(NAME ‖ "\\n" ‖ type ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse(text: str, *, max_name: int = MAX_NAME) -> VerifierKey:
    """Returns the key that a text is. Raises BadVerifierKey."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadVerifierKey("form")
    name, identifier, encoded = parts
    if not is_name(name, max_name):
        raise BadVerifierKey("name")
    kind, public = _decoded(encoded)
    if len(public) != _LENGTHS.get(kind, len(public)) or not 0 < len(public) <= MAX_PUBLIC:
        raise BadVerifierKey("length")
    if kind in CHECKED and not curve.is_public_key(public):
        raise BadVerifierKey("point")
    key_id = key_id_of(name, kind, public)
    if identifier != key_id.hex():
        raise BadVerifierKey("key-id")
    return VerifierKey(name, key_id, kind, public)


def is_name(name: str, most: int = MAX_NAME) -> bool:
    """Whether a text can name a signer: what is seen of it is all there is, no blank, no `+`."""
    return (
        0 < len(name) <= most
        and name.isprintable()  # no lone surrogate, no line end, nothing that shows nothing
        and " " not in name
        and "+" not in name
        and unicodedata.is_normalized("NFC", name)
    )


def names_twice(keys: Sequence[VerifierKey]) -> list[str]:
    """Returns the names that stand for more than one of some keys."""
    return [name for name, times in Counter(key.name for key in keys).items() if times > 1]


def _decoded(encoded: str) -> tuple[int, bytes]:
    """The type and the key that a text holds; no two texts hold the same."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadVerifierKey("base64") from None
    if not raw or base64.b64encode(raw).decode() != encoded:
        raise BadVerifierKey("base64")
    return raw[0], raw[1:]

"""Signed tree heads: C2SP signed-note, tlog-checkpoint, tlog-cosignature (ledger.md section 3).

A note is read once, strictly: what `parse` takes in has one spelling, which every verifier reads
alike. Nobody keeps the bytes that somebody posted; a line is written out from its parts.
"""

import base64
import binascii
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from votesite.domain.ledger import verifier_keys
from votesite.domain.ledger.curve import is_public_key
from votesite.domain.ledger.verifier_keys import COSIGNATURE, ED25519, VerifierKey

MAX_LINES = 256
KEY_ID_BYTES = 4
HASH_BYTES = 32
TIME_BYTES = 8  # at the front of a cosignature with a time
MAX_TIME = 1 << 63  # C2SP tlog-cosignature
MAX_SIZE_DIGITS = 15
MAX_ORIGIN = 400  # characters: a host's name, a port, a slug
FINGERPRINT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
FINGERPRINT_LENGTH = 25  # and one character that checks the others

_DASH = "— "


class BadNote(ValueError):
    """A text that is no signed checkpoint in its one spelling."""


class Signature(NamedTuple):
    """A signature line: whose, by which key, and what follows the key's id."""

    name: str
    key_id: bytes
    body: bytes

    def line(self) -> str:
        """Returns the line as notes show it, with its LF."""
        encoded = base64.b64encode(self.key_id + self.body).decode()
        return f"{_DASH}{self.name} {encoded}\n"

    def is_of(self, key: VerifierKey) -> bool:
        """Whether the line says that this key has signed."""
        return (self.name, self.key_id) == (key.name, key.key_id)


class Note(NamedTuple):
    """A checkpoint that was read: its three lines and its signature lines, none of them checked."""

    origin: str
    size: int
    root: bytes
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return checkpoint_text(self.origin, self.size, self.root)


class Signer:
    """A log's signing key under its name, the log's origin."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        self.key = VerifierKey(name, key_id(name, public), ED25519, public)

    def sign(self, text: str) -> str:
        """Returns one signature line over the text of a note."""
        body = self._key.sign(text.encode())
        return Signature(self.name, self.key.key_id, body).line()

    def verifier_key(self) -> str:
        """Returns `NAME+hex(keyid)+base64(0x01 ‖ public key)`, the form of C2SP signed-note."""
        return str(self.key)


def key_id(name: str, public: bytes) -> bytes:
    """Returns the first four bytes of SHA-256(NAME ‖ "\\n" ‖ 0x01 ‖ public key)."""
    return verifier_keys.key_id_of(name, ED25519, public)


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Returns the three signed lines of a checkpoint: origin, size, root in base64."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def checkpoint(origin: str, size: int, root: bytes, signers: list[Signer]) -> str:
    """Returns a whole note: text, empty line, one signature line a key."""
    text = checkpoint_text(origin, size, root)
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


def parse(note: str) -> Note:
    """Returns the checkpoint that a text is. Raises BadNote for any other spelling of it."""
    text, _, lines = note.partition("\n\n")
    parts = text.split("\n")
    if len(parts) != 3 or not lines.endswith("\n"):
        raise BadNote("form")
    origin, size, root = parts
    if not is_word(origin):
        raise BadNote("origin")
    hashed = _decoded(root)
    if len(hashed) != HASH_BYTES:
        raise BadNote("root")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_LINES:
        raise BadNote("lines")
    return Note(origin, _size(size), hashed, tuple(map(_signature, signatures)))


def is_signed(key: VerifierKey, note: Note, signature: Signature) -> bool:
    """Whether a line is a valid signature of a key; False for keys whose lines are not checked."""
    if not signature.is_of(key):
        return False
    if key.kind == ED25519:
        return _holds(key.public, note.text, signature.body)
    moment = signed_at(key, signature)
    if moment is None or moment >= MAX_TIME:
        return False
    text = f"cosignature/v1\ntime {moment}\n{note.text}"
    return _holds(key.public, text, signature.body[TIME_BYTES:])


def signed_at(key: VerifierKey, signature: Signature) -> int | None:
    """Returns the second since the epoch that a line bears; None for keys whose lines bear none."""
    return int.from_bytes(signature.body[:TIME_BYTES]) if key.kind == COSIGNATURE else None


def is_signed_by(note: str, verifier_key: str) -> bool:
    """Whether a note carries a line of that key, and no wrong one.

    Raises ValueError where note or key is malformed.
    """
    key = verifier_keys.parse(verifier_key, max_name=MAX_ORIGIN)
    read = parse(note)
    lines = [signature for signature in read.signatures if signature.is_of(key)]
    return bool(lines) and all(is_signed(key, read, signature) for signature in lines)


def fingerprint(note: str) -> str:
    """Returns the 26 characters that stand for a checkpoint on paper (ledger.md section 3)."""
    text = note.partition("\n\n")[0] + "\n"
    letters = _in_base_32(text, FINGERPRINT_LENGTH)
    return letters + _in_base_32(letters, 1)


def is_word(text: str) -> bool:
    """Whether a text can stand in a note's line between two blanks: nothing in it parts lines."""
    return bool(text) and text.isprintable() and " " not in text and "+" not in text


def _in_base_32(text: str, count: int) -> str:
    """The first 5 × `count` bits of a text's SHA-256, five a character."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest())
    return "".join(FINGERPRINT_ALPHABET[number >> (251 - 5 * at) & 31] for at in range(count))


def _signature(line: str) -> Signature:
    name, blank, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not blank or not is_word(name):
        raise BadNote("line")
    raw = _decoded(encoded)
    if len(raw) <= KEY_ID_BYTES:
        raise BadNote("line")
    return Signature(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _size(text: str) -> int:
    is_decimal = text.isascii() and text.isdigit() and len(text) <= MAX_SIZE_DIGITS
    if not is_decimal or (text.startswith("0") and text != "0"):
        raise BadNote("size")
    return int(text)


def _decoded(encoded: str) -> bytes:
    """The bytes that a text of base64 stands for; no two texts stand for the same."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise BadNote("base64")
    return raw


def _holds(public: bytes, text: str, signature: bytes) -> bool:
    """Whether an Ed25519 signature is valid, as RFC 8032 and every verifier have it."""
    if not is_public_key(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True

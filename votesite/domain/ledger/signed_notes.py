"""Signed tree heads: C2SP signed-note and tlog-checkpoint with Ed25519 (ledger.md section 3)."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"


class Signer:
    """A log's signing key under its name, the log's origin."""

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    def sign(self, text: str) -> str:
        """Returns one signature line over the text of a note."""
        signature = self._key.sign(text.encode())
        body = base64.b64encode(key_id(self.name, self._public) + signature).decode()
        return f"— {self.name} {body}\n"

    def verifier_key(self) -> str:
        """Returns `NAME+hex(keyid)+base64(0x01 ‖ public key)`, the form of C2SP signed-note."""
        identifier = key_id(self.name, self._public).hex()
        return f"{self.name}+{identifier}+{base64.b64encode(_ED25519 + self._public).decode()}"


def key_id(name: str, public: bytes) -> bytes:
    """Returns the first four bytes of SHA-256(NAME ‖ "\\n" ‖ 0x01 ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Returns the three signed lines of a checkpoint: origin, size, root in base64."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def checkpoint(origin: str, size: int, root: bytes, signers: list[Signer]) -> str:
    """Returns a whole note: text, empty line, one signature line a key."""
    text = checkpoint_text(origin, size, root)
    return text + "\n" + "".join(signer.sign(text) for signer in signers)


def is_signed_by(note: str, verifier_key: str) -> bool:
    """Whether a note carries a valid line of that key; raises ValueError for a malformed note."""
    name, identifier, encoded = verifier_key.split("+", 2)
    public = base64.b64decode(encoded)[1:]
    text, _, lines = note.partition("\n\n")
    for line in lines.splitlines():
        _, signer, body = line.split(" ")
        raw = base64.b64decode(body)
        if signer == name and raw[:4].hex() == identifier:
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{text}\n".encode())
            except InvalidSignature:
                return False
            return True
    return False

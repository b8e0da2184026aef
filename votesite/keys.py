"""Keys and ciphers: AES-256-GCM wrapping under the master key, sealed values, keyed hashes.

Everything here takes bytes and returns bytes; where wrapped keys are stored is not decided here.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class Unreadable(Exception):
    """A sealed value does not open: the key or the row is another, or bytes were changed."""


class Master:
    """The key-encryption key, 32 bytes. It only ever wraps other keys.

    While it is being replaced, `old` still opens what it has wrapped.
    """

    def __init__(self, key: bytes, old: bytes = b"") -> None:
        self._cipher = Sealer(key)
        self._old = Sealer(old) if old else None

    def wrap(self, key: bytes, context: str) -> bytes:
        """Returns a key encrypted for storage; `context` binds it to its row and purpose."""
        return self._cipher.seal(key, f"wrap|{context}".encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """Returns a stored key; raises Unreadable for another context or master key."""
        bound_to = f"wrap|{context}".encode()
        try:
            return self._cipher.open(wrapped, bound_to)
        except Unreadable:
            if self._old is None:
                raise
            return self._old.open(wrapped, bound_to)

    def is_current(self, wrapped: bytes, context: str) -> bool:
        """Whether a stored key is wrapped under the present master key already."""
        try:
            self._cipher.open(wrapped, f"wrap|{context}".encode())
        except Unreadable:
            return False
        return True


class Sealer:
    """AES-256-GCM with a random nonce: nonce ‖ ciphertext ‖ tag."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Returns `plain` encrypted; it opens only with the same `bound_to`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Returns the plain bytes; raises Unreadable."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error


class SM4Sealer:
    """SM4-GCM (GB/T 32907) in the same shape as Sealer; its key is derived with HMAC-SM3."""

    def __init__(self, key: bytes) -> None:
        digest = HMAC(key, hashes.SM3())
        digest.update(b"SM4-GCM")
        self._key = digest.finalize()[:16]

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Returns `plain` encrypted; it opens only with the same `bound_to`."""
        nonce = os.urandom(NONCE_BYTES)
        encryptor = Cipher(algorithms.SM4(self._key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(bound_to)
        return nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Returns the plain bytes; raises Unreadable."""
        nonce, body, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
        try:
            decryptor = Cipher(algorithms.SM4(self._key), modes.GCM(nonce, tag)).decryptor()
            decryptor.authenticate_additional_data(bound_to)
            return decryptor.update(body) + decryptor.finalize()
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error


def mac(key: bytes, message: bytes) -> bytes:
    """Returns HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, message, hashlib.sha256)

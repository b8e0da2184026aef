"""ECDSA signatures over P-256 and SHA-256, as browsers make them (WebCrypto), read strictly.

A public key is the base64 of the 65 bytes of an uncompressed point (SEC 1, section 2.3.3), a
signature that of the 64 bytes r ‖ s. No two texts stand for the same bytes.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

POINT_BYTES, SIGNATURE_BYTES = 65, 64


def decoded(text: str, length: int) -> bytes:
    """Returns the bytes of a canonical base64 text. Raises ValueError for any other text."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("base64") from None
    if len(raw) != length or base64.b64encode(raw).decode() != text:
        raise ValueError("length")
    return raw


def read_public(text: str) -> ec.EllipticCurvePublicKey:
    """Returns a public key. Raises ValueError for what is no point of the curve."""
    raw = decoded(text, POINT_BYTES)
    if raw[0] != 4:
        raise ValueError("compressed")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def holds(public: str, text: str, signature: str) -> bool:
    """Whether a signature over a text is one of this key's; False for anything malformed."""
    try:
        key, raw = read_public(public), decoded(signature, SIGNATURE_BYTES)
        r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        key.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True

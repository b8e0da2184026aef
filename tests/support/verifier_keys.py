"""Auditors' verifier keys as C2SP signed-note writes them, made without the site's own module."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def verifier_key(name, kind=1):
    """The key of that name: of type 1 or 4 one that can sign, of others some bytes."""
    seed = hashlib.sha256(name.encode()).digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    raw = bytes([kind]) + public
    digest = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    return f"{name}+{digest}+{base64.b64encode(raw).decode()}"

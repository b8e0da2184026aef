"""Auditors' verifier keys as C2SP signed-note writes them, made without the site's own module."""

import base64
import hashlib

PUBLIC = bytes(range(32))


def verifier_key(name="审计.example", kind=1, public=PUBLIC, *, key_id=None):
    raw = bytes([kind]) + public
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass") + b"\n" + raw).hexdigest()[:8]
    return f"{name}+{key_id or digest}+{base64.b64encode(raw).decode()}"

"""Signing keys for tests, as browsers make them, and campaigns whose decisions are signed."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.factories import NOON, at, make_campaign
from votesite.clock import minute
from votesite.domain.decisions import proposals, signatures
from votesite.domain.staff import signing_keys
from votesite.extensions import db, site, writing
from votesite.models.staff import SigningKey

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class BrowserKey:
    """A P-256 key pair, made from a name so that two runs have the same."""

    def __init__(self, name):
        secret = int.from_bytes(hashlib.sha256(name.encode()).digest()) % (ORDER - 1) + 1
        self.private = ec.derive_private_key(secret, ec.SECP256R1())
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.public = base64.b64encode(point).decode()

    def sign(self, text):
        """A signature as WebCrypto gives it: base64 of r ‖ s."""
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(SHA256())))
        return base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()

    def proof(self, staff_id):
        """What proves to the site that somebody's browser holds it."""
        host = site().settings.host
        return self.sign(signing_keys.proof_text(host, staff_id, self.public))


def give_key(staff, name=""):
    """Register a key for an account, as if it had been proved; returns it."""
    key = BrowserKey(name or staff.name)
    with writing():
        db.session.add(
            SigningKey(staff_id=staff.id, public=key.public, label="电脑", added_at=minute(NOON))
        )
    return key


def signed_campaign(**changes):
    """A campaign whose decisions are signed."""
    return make_campaign(signed=True, **changes)


def sign_as(made, staff, key, *, moment=NOON):
    """Sign a proposal with a key, at a moment."""
    text = signatures.statement(made)
    return proposals.sign(made.id, staff.id, key.sign(text), clock=at(moment))

"""The keys with which staff's browsers sign decisions: P-256, made in the browser and kept there.

The site has the public halves alone. What it serves is what makes and uses the keys all the same:
a server that sends other pages could misuse them (ledger.md section 1).
"""

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import select

from votesite.clock import Clock, minute, real
from votesite.domain import audit
from votesite.domain.staff import passwords, people
from votesite.domain.staff.attempts import Browser
from votesite.domain.texts import BadText, clean
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db, load, site, writing
from votesite.models.staff import SigningKey

MAX_KEYS = 4  # of one person, as the ledger's `signers` take them
MAX_LABEL = 40
POINT_BYTES, SIGNATURE_BYTES = 65, 64
UNCOMPRESSED = b"\x04"
_HALF = SIGNATURE_BYTES // 2


@dataclass(frozen=True)
class Offer:
    """What a browser sends: its public key, the proof that it holds the other half, its label."""

    public: str
    proof: str
    label: str


@dataclass(frozen=True)
class Credentials:
    """What somebody who is signed in types once more: their own name, password and code."""

    name: str
    password: str
    code: str


def register(
    staff_id: int, offer: Offer, credentials: Credentials, browser: Browser, *, clock: Clock = real
) -> SigningKey:
    """Take in a browser's key for an account.

    Raises InvalidFields for what is no key or not proved, for a key that was ever registered, for
    a fifth one, and for a wrong name, password or code; NotFound, TooManyRequests.
    """
    label = _checked(staff_id, offer)
    _require_again(staff_id, credentials, browser, clock)
    with writing():
        now = clock()
        if db.session.scalar(select(SigningKey.id).filter_by(public=offer.public)):
            raise InvalidFields({"key": Fault("key-known")})
        if len(keys_of(staff_id)) >= MAX_KEYS:
            raise InvalidFields({"key": Fault("too-many-keys", max=MAX_KEYS)})
        key = SigningKey(staff_id=staff_id, public=offer.public, label=label, added_at=minute(now))
        db.session.add(key)
        db.session.flush()
        audit.note(staff_id, "register-key", "staff_keys", key.id, ["public", "label"], now=now)
    return key


def remove(key_id: int, *, by: int, clock: Clock = real) -> None:
    """Take one's own key out of use for good. Raises NotFound, for those of others too.

    Ledgers that are open know it until a `signer` entry leaves it out.
    """
    with writing():
        now = clock()
        key = load(SigningKey, key_id)
        if key.staff_id != by or key.removed_at is not None:
            raise NotFound
        key.removed_at = minute(now)
        audit.note(by, "remove-key", "staff_keys", key.id, ["removed_at"], now=now)


def keys_of(staff_id: int) -> list[SigningKey]:
    """An account's keys that are in use, oldest first."""
    query = select(SigningKey).filter_by(staff_id=staff_id, removed_at=None)
    return list(db.session.scalars(query.order_by(SigningKey.id)))


def publics_of(staff_id: int) -> list[str]:
    """An account's public keys that are in use, in the order in which the ledger lists them."""
    return sorted(key.public for key in keys_of(staff_id))


def labels_of(staff_id: int) -> dict[str, str]:
    """What an account calls its browsers, by their public keys, removed ones included."""
    query = select(SigningKey).filter_by(staff_id=staff_id)
    return {key.public: key.label for key in db.session.scalars(query)}


def proof_text(host: str, staff_id: int, public: str) -> str:
    """The text that a browser signs to prove that it holds the key it registers."""
    return f"votesite-key/v1\n{host}\n{staff_id}\n{public}"


def is_public_key(text: str) -> bool:
    """Whether a text is base64 of an uncompressed point on P-256, in the one way to write it."""
    return _point(text) is not None


def verify(public: str, text: str, signature: str) -> bool:
    """Whether a signature, base64 of r ‖ s, over a text holds under a public key."""
    key, raw = _point(public), _bytes_of(signature, SIGNATURE_BYTES)
    if key is None or raw is None:
        return False
    r, s = (int.from_bytes(half) for half in (raw[:_HALF], raw[_HALF:]))
    try:
        key.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _checked(staff_id: int, offer: Offer) -> str:
    """The label of a sound offer as it is kept; raises InvalidFields."""
    if not is_public_key(offer.public):
        raise InvalidFields({"key": Fault("no-signing-key")})
    text = proof_text(site().settings.host, staff_id, offer.public)
    if not verify(offer.public, text, offer.proof):
        raise InvalidFields({"key": Fault("no-proof")})
    try:
        label = clean(offer.label, limit=MAX_LABEL)
    except BadText as bad:
        raise InvalidFields({"label": Fault("control-characters")}) from bad
    if not label:
        raise InvalidFields({"label": Fault("missing")})
    return label


def _require_again(staff_id: int, credentials: Credentials, browser: Browser, clock: Clock) -> None:
    """Raise InvalidFields unless name, password and code are this account's, TooManyRequests."""
    if people.login_name(credentials.name) != people.by_id(staff_id).name:
        raise InvalidFields({"name": Fault("own-name")})
    found = passwords.check_password(
        credentials.name, credentials.password, browser, code=credentials.code, clock=clock
    )
    if found is None:
        raise InvalidFields({"password": Fault("invalid")})


def _point(text: str) -> ec.EllipticCurvePublicKey | None:
    raw = _bytes_of(text, POINT_BYTES)
    if raw is None or not raw.startswith(UNCOMPRESSED):
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return None


def _bytes_of(text: str, length: int) -> bytes | None:
    """What a text is base64 of, if it is so many bytes and written in the one strict way."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    is_strict = base64.b64encode(raw).decode() == text
    return raw if is_strict and len(raw) == length else None

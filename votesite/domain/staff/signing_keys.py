"""The keys with which staff's browsers sign decisions: P-256, made in the browser and kept there.

The site has the public halves alone. What it serves is what makes and uses the keys all the same:
a server that sends other pages could misuse them (ledger.md section 1).
"""

from dataclasses import dataclass

from sqlalchemy import select

from votesite.clock import Clock, minute, real
from votesite.domain import audit
from votesite.domain.ledger import signatures
from votesite.domain.staff import passwords, people
from votesite.domain.staff.attempts import Browser
from votesite.domain.texts import BadText, clean, length_fault
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db, load, site, writing
from votesite.models.staff import SigningKey

MAX_KEYS = 4  # of one person, as the ledger's `signers` take them
MAX_LABEL = 40


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


def _checked(staff_id: int, offer: Offer) -> str:
    """The label of a sound offer as it is kept; raises InvalidFields."""
    try:
        signatures.read_public(offer.public)
        label = clean(offer.label)
    except ValueError as bad:
        raise InvalidFields({"key": Fault("no-signing-key")}) from bad
    except BadText as bad:
        raise InvalidFields({"label": Fault("control-characters")}) from bad
    text = proof_text(site().settings.host, staff_id, offer.public)
    if not signatures.holds(offer.public, text, offer.proof):
        raise InvalidFields({"key": Fault("no-proof")})
    if fault := length_fault(label, MAX_LABEL, least=1):
        raise InvalidFields({"label": fault})
    return label


def _require_again(staff_id: int, credentials: Credentials, browser: Browser, clock: Clock) -> None:
    """Raise InvalidFields unless name, password and code are this account's, TooManyRequests."""
    if people.login_name(credentials.name) != people.by_id(staff_id).name:
        raise InvalidFields({"name": Fault("own-name")})
    passwords.require_step_up(
        staff_id, credentials.password, credentials.code, browser, clock=clock
    )

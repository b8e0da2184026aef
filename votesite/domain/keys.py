"""The keys of the site and of campaigns: stored in the database, wrapped by the master key."""

import hashlib
from datetime import datetime
from functools import lru_cache
from secrets import token_bytes
from typing import NamedTuple

from votesite.clock import Clock, minute, now
from votesite.errors import Closed
from votesite.extensions import site
from votesite.keys import KEY_BYTES, Master, Sealer, SM4Sealer, Unreadable, mac
from votesite.store import Query, Statement, Transaction

SITE_PURPOSES = ("site-voter", "field", "trace")
CAMPAIGN_PURPOSES = ("pseudonym", "opening", "sheet", "choices", "signing")
_CIPHERS: dict[bytes, type[Sealer] | type[SM4Sealer]] = {b"a": Sealer, b"s": SM4Sealer}


class _KeyRow(NamedTuple):
    """A stored key."""

    id: int
    purpose: str
    wrapped: bytes


_FIND = Query(
    _KeyRow,
    "FROM wrapped_keys WHERE purpose = :purpose"
    " AND COALESCE(campaign_id, 0) = :campaign_id ORDER BY id DESC",
)
_ONE = Query(_KeyRow, "FROM wrapped_keys WHERE id = :id")
_SITE_PURPOSES = Statement("SELECT DISTINCT purpose FROM wrapped_keys WHERE campaign_id IS NULL")
_NEWEST_FIELD = Statement("SELECT MAX(id) FROM wrapped_keys WHERE purpose = 'field'")
_ADD = Statement(
    "INSERT INTO wrapped_keys (purpose, campaign_id, wrapped, created_at)"
    " VALUES (:purpose, :campaign_id, :wrapped, :created_at)"
)


class KeyMissing(Exception):
    """A key is not in the database: destroyed by `purge`, or never made."""


class PeopleForgotten(KeyMissing, Closed):
    """The pseudonym key is destroyed: nobody can be found any more, and nobody can take part."""


def site_voter_key() -> bytes:
    """Return the key that turns openids into site voter ids; never rotated. Raises KeyMissing."""
    return _site_key("site-voter")


def site_voter(openid: str) -> bytes:
    """Return the site voter id of a WeChat user: 32 bytes, from which no openid can be told."""
    return mac(site_voter_key(), f"{site().settings.wechat_app_id}|{openid}".encode())


def voter_check(key: bytes) -> str:
    """Returns what tells one site voter key from another, in hex: nobody gets the key from it."""
    return mac(key, b"identity check").hex()


def identity_sha256() -> str:
    """Returns what entry 0 commits to of AppID and site voter key (ledger.md section 2), in hex.

    Raises KeyMissing.
    """
    return identity_of(site().settings.wechat_app_id, voter_check(site_voter_key()))


def identity_of(app_id: str, check: str) -> str:
    """Returns the commitment to an AppID and the check of a site voter key."""
    return hashlib.sha256(f"{app_id}|{check}".encode()).hexdigest()


def trace_key() -> bytes:
    """Return the key that turns networks and browsers into traces. Raises KeyMissing."""
    return _site_key("trace")


def campaign_key(campaign_id: int, purpose: str) -> bytes:
    """Return a campaign's key: one of CAMPAIGN_PURPOSES; of signing the newest.

    The pseudonym key is never cached, so that its destruction takes effect in every worker at once.
    Raises KeyMissing.
    """
    if purpose == "pseudonym":
        return _load_campaign_key(site().master, campaign_id, purpose)
    return _campaign_key(site().master, site().settings.database_url, campaign_id, purpose)


def knows_people(campaign_id: int) -> bool:
    """Whether a person's rows in a campaign can still be found; not after `purge`."""
    with site().store.reading() as tx:
        return _FIND.one(tx, {"purpose": "pseudonym", "campaign_id": campaign_id}) is not None


def missing_site_keys(tx: Transaction) -> list[str]:
    """Returns the purposes of which this database has no key."""
    made = set(tx.column(_SITE_PURPOSES))
    return [purpose for purpose in SITE_PURPOSES if purpose not in made]


def make_site_keys(tx: Transaction, now: datetime) -> None:
    """Make the site's keys that are not there yet; for a site without any ledger, and no other."""
    for purpose in missing_site_keys(tx):
        add_key(tx, purpose, None, now)


def stored_voter_check(tx: Transaction) -> str:
    """Returns the check of the site voter key as it is stored now, whatever is in memory.

    Raises KeyMissing, Unreadable.
    """
    return voter_check(_load_site_key(tx, site().master, "site-voter"))


def new_campaign_keys(tx: Transaction, campaign_id: int, *, clock: Clock = now) -> None:
    """Make a campaign's keys in the transaction that creates it."""
    now = clock()
    for purpose in CAMPAIGN_PURPOSES:
        add_key(tx, purpose, campaign_id, now)


def add_key(tx: Transaction, purpose: str, campaign_id: int | None, now: datetime) -> None:
    """Make one more key, from then on the newest of its purpose, in this transaction."""
    _add(tx, site().master, purpose, campaign_id, now)


def seal_field(plain: str, bound_to: str) -> bytes:
    """Encrypt a text as `seal_bytes` does. Raises KeyMissing."""
    return seal_bytes(plain.encode(), bound_to)


def seal_bytes(plain: bytes, bound_to: str) -> bytes:
    """Encrypt a field with the newest field key; `bound_to` is `table|row|column`.

    The result begins with the cipher's letter and the key's id (4 bytes), so that older fields stay
    readable when keys and ciphers change. Raises KeyMissing.
    """
    prefix = field_prefix()
    key = _field_key(site().master, site().settings.database_url, int.from_bytes(prefix[1:]))
    return prefix + _CIPHERS[prefix[:1]](key).seal(plain, bound_to.encode())


def field_prefix() -> bytes:
    """Return how a field sealed now begins: the cipher's letter and the newest field key's id.

    The table is read each time, so that every worker uses a new key at once. Raises KeyMissing.
    """
    with site().store.reading() as tx:
        key_id = tx.value(_NEWEST_FIELD)
    if key_id is None:
        raise KeyMissing("field")
    letter = b"s" if site().settings.cipher == "sm" else b"a"
    return letter + int(key_id).to_bytes(4)


def open_field(sealed: bytes, bound_to: str) -> str:
    """Decrypt a text; raises Unreadable for changed bytes or another row's, KeyMissing."""
    return open_bytes(sealed, bound_to).decode()


def open_bytes(sealed: bytes, bound_to: str) -> bytes:
    """Decrypt a field; raises Unreadable for changed bytes or another row's, KeyMissing."""
    cipher = _CIPHERS.get(sealed[:1])
    if cipher is None:
        raise Unreadable
    key = _field_key(site().master, site().settings.database_url, int.from_bytes(sealed[1:5]))
    return cipher(key).open(sealed[5:], bound_to.encode())


def forget_cached() -> None:
    """Drop the keys cached in this process, after one was added or destroyed."""
    for function in (_campaign_key, _field_key, _cached_site_key):
        function.cache_clear()


def _site_key(purpose: str) -> bytes:
    return _cached_site_key(site().master, site().settings.database_url, purpose)


@lru_cache(maxsize=64)
def _cached_site_key(master: Master, _database: str, purpose: str) -> bytes:
    with site().store.reading() as tx:
        return _load_site_key(tx, master, purpose)


def _load_site_key(tx: Transaction, master: Master, purpose: str) -> bytes:
    """The site's key of a purpose. Never made here: another one would make everybody a stranger."""
    row = _FIND.one(tx, {"purpose": purpose, "campaign_id": 0})
    if row is None:
        raise KeyMissing(purpose)
    return master.unwrap(row.wrapped, f"{purpose}|0")


def _add(
    tx: Transaction, master: Master, purpose: str, campaign_id: int | None, now: datetime
) -> None:
    tx.run(
        _ADD,
        {
            "purpose": purpose,
            "campaign_id": campaign_id,
            "wrapped": master.wrap(token_bytes(KEY_BYTES), f"{purpose}|{campaign_id or 0}"),
            "created_at": minute(now),
        },
    )


@lru_cache(maxsize=1024)
def _campaign_key(master: Master, _database: str, campaign_id: int, purpose: str) -> bytes:
    return _load_campaign_key(master, campaign_id, purpose)


def _load_campaign_key(master: Master, campaign_id: int, purpose: str) -> bytes:
    with site().store.reading() as tx:
        row = _FIND.one(tx, {"purpose": purpose, "campaign_id": campaign_id})
    if row is None and purpose == "pseudonym":
        raise PeopleForgotten
    if row is None:
        raise KeyMissing(f"{purpose} of campaign {campaign_id}")
    return master.unwrap(row.wrapped, f"{purpose}|{campaign_id}")


@lru_cache(maxsize=64)
def _field_key(master: Master, _database: str, key_id: int) -> bytes:
    with site().store.reading() as tx:
        row = _ONE.one(tx, {"id": key_id})
    if row is None:
        raise KeyMissing(f"field key {key_id}")
    return master.unwrap(row.wrapped, f"{row.purpose}|0")

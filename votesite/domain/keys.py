"""The site's and the campaigns' keys: wrapped by the master key, kept in the database."""

from datetime import datetime
from functools import lru_cache
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from votesite.clock import Clock, minute, now
from votesite.errors import Closed
from votesite.extensions import site
from votesite.keys import KEY_BYTES, Master, Sealer, SM4Sealer, Unreadable
from votesite.store import Statement, Transaction

SITE_PURPOSES = ("site-voter", "field", "trace")
CAMPAIGN_PURPOSES = ("pseudonym", "opening", "choices", "signing")
_CIPHERS: dict[bytes, type[Sealer] | type[SM4Sealer]] = {b"a": Sealer, b"s": SM4Sealer}

_FIND = Statement(
    "SELECT id, wrapped FROM wrapped_keys WHERE purpose = :purpose"
    " AND COALESCE(campaign_id, 0) = :campaign_id ORDER BY id DESC"
)
_ONE = Statement("SELECT purpose, wrapped FROM wrapped_keys WHERE id = :id")
_NEWEST_FIELD = Statement("SELECT MAX(id) FROM wrapped_keys WHERE purpose = 'field'")
_ADD = Statement(
    "INSERT INTO wrapped_keys (purpose, campaign_id, wrapped, created_at)"
    " VALUES (:purpose, :campaign_id, :wrapped, :created_at)"
)


class KeyMissing(Exception):
    """A key is not in the database: destroyed by `purge`, or never made."""


class PeopleForgotten(KeyMissing, Closed):
    """The pseudonym key is destroyed: who took part can never be found again, nobody takes part."""


def site_voter_key() -> bytes:
    """The key that turns an openid into a site voter id; never rotated, made at first need."""
    return _site_key("site-voter")[1]


def trace_key() -> bytes:
    """The key that turns networks and browsers into traces; made at first need."""
    return _site_key("trace")[1]


def campaign_key(campaign_id: int, purpose: str) -> bytes:
    """A campaign's key: pseudonym, opening, choices or signing (the newest). Raises KeyMissing.

    The pseudonym key is not kept in memory here: its destruction holds at once in every worker.
    """
    if purpose == "pseudonym":
        return _load_campaign_key(site().master, campaign_id, purpose)
    return _campaign_key(site().master, site().settings.database_url, campaign_id, purpose)


def knows_people(campaign_id: int) -> bool:
    """Whether somebody's rows in a campaign can still be found: not after `purge`."""
    with site().store.reading() as tx:
        return tx.one(_FIND, {"purpose": "pseudonym", "campaign_id": campaign_id}) is not None


def new_campaign_keys(tx: Transaction, campaign_id: int, *, clock: Clock = now) -> None:
    """Make a campaign's four keys in the transaction that creates it."""
    for purpose in CAMPAIGN_PURPOSES:
        add_key(tx, purpose, campaign_id, clock())


def add_key(tx: Transaction, purpose: str, campaign_id: int | None, moment: datetime) -> None:
    """Make one more key, the newest of its purpose, in a transaction."""
    _add(tx, site().master, purpose, campaign_id, moment)


def seal_field(plain: str, bound_to: str) -> bytes:
    """Encrypt a stored field with the newest field key; `bound_to` is table|row|column.

    The result begins with the cipher's letter and the key's id, so that keys and ciphers may change
    while older fields stay readable.
    """
    prefix = field_prefix()
    key = _field_key(site().master, site().settings.database_url, int.from_bytes(prefix[1:]))
    return prefix + _CIPHERS[prefix[:1]](key).seal(plain.encode(), bound_to.encode())


def field_prefix() -> bytes:
    """How a field that is sealed now begins: the cipher's letter and the newest field key's id.

    The table is asked each time, so that a new key is used at once by every worker.
    """
    with site().store.reading() as tx:
        row = tx.one(_NEWEST_FIELD)
    key_id = row[0] if row and row[0] else _site_key("field")[0]
    letter = b"s" if site().settings.cipher == "sm" else b"a"
    return letter + int(key_id).to_bytes(4)


def open_field(sealed: bytes, bound_to: str) -> str:
    """Decrypt a stored field; raises keys.Unreadable for another row or changed bytes."""
    cipher = _CIPHERS.get(sealed[:1])
    if cipher is None:
        raise Unreadable
    key = _field_key(site().master, site().settings.database_url, int.from_bytes(sealed[1:5]))
    return cipher(key).open(sealed[5:], bound_to.encode()).decode()


def choices_sealer(campaign_id: int) -> AESGCM:
    """The cipher of a campaign's sealed choices and counts."""
    return AESGCM(campaign_key(campaign_id, "choices"))


def forget_cached() -> None:
    """Drop keys held in memory, after a key was added or destroyed."""
    for function in (_campaign_key, _field_key, _cached_site_key):
        function.cache_clear()


def _site_key(purpose: str) -> tuple[int, bytes]:
    return _cached_site_key(site().master, site().settings.database_url, purpose)


@lru_cache(maxsize=64)
def _cached_site_key(master: Master, _database: str, purpose: str) -> tuple[int, bytes]:
    with site().store.reading() as tx:
        row = tx.one(_FIND, {"purpose": purpose, "campaign_id": 0})
    if row is None:
        row = site().store.write(lambda tx: _first(tx, master, purpose))
    return row[0], master.unwrap(row[1], f"{purpose}|0")


def _first(tx: Transaction, master: Master, purpose: str) -> tuple[int, bytes]:
    """The site's key of a purpose, made under the write lock unless another worker was first."""
    values = {"purpose": purpose, "campaign_id": 0}
    row = tx.one(_FIND, values)
    if row is None:
        _add(tx, master, purpose, None, now())
        row = tx.one(_FIND, values)
    if row is None:
        raise KeyMissing(purpose)
    return row[0], row[1]


def _add(
    tx: Transaction, master: Master, purpose: str, campaign_id: int | None, moment: datetime
) -> None:
    tx.run(
        _ADD,
        {
            "purpose": purpose,
            "campaign_id": campaign_id,
            "wrapped": master.wrap(token_bytes(KEY_BYTES), f"{purpose}|{campaign_id or 0}"),
            "created_at": minute(moment),
        },
    )


@lru_cache(maxsize=1024)
def _campaign_key(master: Master, _database: str, campaign_id: int, purpose: str) -> bytes:
    return _load_campaign_key(master, campaign_id, purpose)


def _load_campaign_key(master: Master, campaign_id: int, purpose: str) -> bytes:
    with site().store.reading() as tx:
        row = tx.one(_FIND, {"purpose": purpose, "campaign_id": campaign_id})
    if row is None and purpose == "pseudonym":
        raise PeopleForgotten
    if row is None:
        raise KeyMissing(f"{purpose} of campaign {campaign_id}")
    return master.unwrap(row[1], f"{purpose}|{campaign_id}")


@lru_cache(maxsize=64)
def _field_key(master: Master, _database: str, key_id: int) -> bytes:
    with site().store.reading() as tx:
        row = tx.one(_ONE, {"id": key_id})
    if row is None:
        raise KeyMissing(f"field key {key_id}")
    return master.unwrap(row[1], f"{row[0]}|0")

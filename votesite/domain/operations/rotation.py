"""New keys for old ones while the site runs: field keys, the master key, signing keys.

The site voter key is never replaced: another one would give everybody a second vote. Nor are a
campaign's pseudonym, opening and choices keys, which its log rests on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, now
from votesite.domain import audit, keys
from votesite.domain.ledger import entries
from votesite.domain.ledger.log import open_log
from votesite.errors import Lapsed
from votesite.extensions import db, site, writing
from votesite.keys import Unreadable
from votesite.models.keys import WrappedKey
from votesite.store import Query, Statement, Transaction

BATCH = 200  # fields in one transaction, where they are texts
SETTLE = 15.0  # seconds: longer than a request may wait between sealing a field and writing it


_CODE = "(SELECT code FROM objections WHERE id = objection_id)"


class _SealedField(NamedTuple):
    """A field: its row's key, its bytes, and what they are bound to."""

    key: int | str
    sealed: bytes
    bound_to: str


class SealedColumn:
    """A column of sealed fields, and how its rows are read and written.

    `row` names a row in a field's binding, as SQL; `first` sorts before every value of `key`;
    `batch` fields are sealed again in one transaction.
    """

    def __init__(
        self, table: str, column: str, *, key: str, row: str, first: int | str, batch: int = BATCH
    ) -> None:
        self.table, self.column, self.batch = table, column, batch
        bound = f"'{table}|' || {row} || '|{column}'"
        filled = f"{column} IS NOT NULL AND length({column}) > 0"
        self.first = first
        self.page = Query(
            _SealedField,
            f"FROM {table} WHERE {filled} AND {key} > :after ORDER BY {key} LIMIT {batch}",
            expressions={"key": key, "sealed": column, "bound_to": bound},
        )
        self.update = Statement(
            f"UPDATE {table} SET {column} = :sealed WHERE {key} = :key"  # noqa: S608 -- ditto
        )
        self.prefixes = Statement(
            f"SELECT DISTINCT substr({column}, 2, 4) FROM {table} WHERE {filled}"  # noqa: S608
        )


SEALED = (
    SealedColumn("nominations", "contact", key="id", row="id", first=0),
    SealedColumn("wechat_tokens", "sealed", key="name", row="name", first=""),
    SealedColumn("staff_second_factors", "sealed", key="staff_id", row="staff_id", first=0),
    SealedColumn("decisions", "sealed", key="id", row="entry_id", first=0),
    SealedColumn("appeals", "text", key="id", row="campaign_id || '-' || n", first=0),
    SealedColumn("appeals", "reply", key="id", row="campaign_id || '-' || n", first=0),
    SealedColumn(
        "judges",
        "sealed",
        key="campaign_id * 1000 + number",
        row="campaign_id || '-' || number",
        first=0,
    ),
    SealedColumn("objections", "sealed", key="id", row="code", first=0),
    SealedColumn("objections", "declined", key="id", row="code", first=0),
    SealedColumn("objections", "reply", key="id", row="code", first=0),
    SealedColumn("objection_files", "sealed", key="objection_id", row=_CODE, first=0, batch=8),
    SealedColumn("hearings", "question", key="id", row="id", first=0),
    SealedColumn("hearings", "reply", key="id", row="id", first=0),
    SealedColumn("jobs", "input", key="id", row="id", first=0),
    SealedColumn("jobs", "output", key="id", row="id", first=0),
)

_FIELD_KEYS = Statement("SELECT id FROM wrapped_keys WHERE purpose = 'field' ORDER BY id")
_DROP_KEY = Statement("DELETE FROM wrapped_keys WHERE id = :id AND purpose = 'field'")


@dataclass(frozen=True)
class FieldRotation:
    """What was done: how many fields were sealed again, how many old keys removed."""

    fields: int
    removed: int


def rotate_fields(
    *, clock: Clock = now, settle: float = SETTLE, wait: Callable[[float], None] = time.sleep
) -> FieldRotation:
    """Make a new field key, seal every field again under it, remove the keys no longer in use.

    Workers use the new key from their next field on. What one of them has meanwhile sealed with the
    old key is sealed again after `settle` seconds, before the old key goes.
    """
    with writing() as tx:
        now = clock()
        keys.add_key(tx, "field", None, now)
        audit.note(None, "rotate-keys", "wrapped_keys", "field", now=now)
    renewed = sum(_renew(column) for column in SEALED)
    wait(settle)
    renewed += sum(_renew(column) for column in SEALED)
    removed = site().store.write(_remove_unused)
    keys.forget_cached()
    return FieldRotation(renewed, removed)


def rewrap(*, clock: Clock = now) -> int:
    """Wrap every key of the old master key under the present one; returns how many those were."""
    with writing():
        now = clock()
        rewrapped = 0
        for key in db.session.scalars(select(WrappedKey).order_by(WrappedKey.id)).all():
            context = f"{key.purpose}|{key.campaign_id or 0}"
            if not site().master.is_current(key.wrapped, context):
                plain = site().master.unwrap(key.wrapped, context)
                key.wrapped = site().master.wrap(plain, context)
                rewrapped += 1
        if rewrapped:
            audit.note(None, "rotate-keys", "wrapped_keys", "master", now=now)
    return rewrapped


def add_signing_key(campaign_id: int, *, clock: Clock = now) -> None:
    """Let a further key sign a campaign's checkpoints, from the next one on, beside the old.

    Raises Lapsed while another change of keys is under way.
    """
    with writing() as tx:
        now = clock()
        if len(_signing(campaign_id)) > 1:
            raise Lapsed
        keys.add_key(tx, "signing", campaign_id, now)
        open_log(tx, campaign_id).touch()
        audit.note(None, "rotate-keys", "wrapped_keys", "signing", (), campaign_id, now=now)


def retire_signing_key(campaign_id: int, *, clock: Clock = now) -> int:
    """Let the old signing key end at the last checkpoint, which both signed; returns its size.

    Raises Lapsed unless two keys sign and a checkpoint carries both: whoever knows only the old key
    must have had the chance to see that the new one follows it.
    """
    with writing() as tx:
        now = clock()
        signing = _signing(campaign_id)
        last = entries.latest_checkpoint(tx, campaign_id)
        if len(signing) < 2 or last is None or _signatures(last.note, tx, campaign_id) < 2:
            raise Lapsed
        for key in signing[:-1]:
            key.retired_at_size = last.size
        open_log(tx, campaign_id).touch()
        fields = ("retired_at_size",)
        audit.note(None, "retire-key", "wrapped_keys", "signing", fields, campaign_id, now=now)
    return last.size


def _signing(campaign_id: int) -> list[WrappedKey]:
    """Returns the keys that sign now, oldest first."""
    rows = select(WrappedKey).where(
        WrappedKey.campaign_id == campaign_id,
        WrappedKey.purpose == "signing",
        WrappedKey.retired_at_size.is_(None),
    )
    return list(db.session.scalars(rows.order_by(WrappedKey.id)))


def _signatures(note: str, tx: Transaction, campaign_id: int) -> int:
    """Returns how many of a note's lines are under the log's own name."""
    origin = entries.origin_of(tx, campaign_id)
    return sum(line.startswith(f"— {origin} ") for line in note.splitlines())


def _renew(column: SealedColumn) -> int:
    """Seal again, in batches, a column's fields that are not under the newest key and cipher.

    Returns how many those were.
    """
    renewed, after = 0, column.first
    while True:
        batch = site().store.write(partial(_renew_batch, column=column, after=after))
        renewed += batch.renewed
        if batch.last is None:
            return renewed
        after = batch.last


class _Batch(NamedTuple):
    """How many fields were sealed again, and the key to go on after; None at the end."""

    renewed: int
    last: int | str | None


def _renew_batch(tx: Transaction, column: SealedColumn, after: int | str) -> _Batch:
    prefix, renewed = keys.field_prefix(), 0
    fields = column.page.all(tx, {"after": after})
    for field in fields:
        sealed = bytes(field.sealed)
        if sealed[:5] != prefix and (again := _sealed_again(sealed, field.bound_to)):
            tx.run(column.update, {"key": field.key, "sealed": again})
            renewed += 1
    return _Batch(renewed, fields[-1].key if len(fields) == column.batch else None)


def _sealed_again(sealed: bytes, bound: str) -> bytes | None:
    """Returns the same content under the newest key; None for what no key opens, which stays."""
    try:
        return keys.seal_bytes(keys.open_bytes(sealed, bound), bound)
    except (Unreadable, keys.KeyMissing):
        return None


def _remove_unused(tx: Transaction) -> int:
    """Remove the field keys, except the newest, that no field begins with; returns how many."""
    used = {int.from_bytes(prefix) for column in SEALED for prefix in tx.column(column.prefixes)}
    *older, _newest = tx.column(_FIELD_KEYS)
    unused = [key_id for key_id in older if key_id not in used]
    for key_id in unused:
        tx.run(_DROP_KEY, {"id": key_id})
    return len(unused)

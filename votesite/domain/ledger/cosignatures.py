"""Auditors' keys and their signatures under the log's checkpoints (ledger.md section 3).

Whatever an auditor posts is read once, strictly. What is kept are the parts of lines that were
checked, never the bytes that came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import CST, Clock, minute, now
from votesite.domain import audit
from votesite.domain.ledger import entries, publication, signed_notes, verifier_keys
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.signed_notes import BadNote, Note, Signature
from votesite.domain.ledger.verifier_keys import BadVerifierKey, VerifierKey
from votesite.errors import Fault, InvalidFields, Lapsed, NotFound
from votesite.extensions import db, site, writing
from votesite.models.ledger import AuditorKey
from votesite.store import Query, Statement, Transaction

MAX_CLOCK_AHEAD = timedelta(minutes=5)  # of a cosigner's clock before the site's


class _KeyRow(NamedTuple):
    verifier_key: str
    staff_id: int | None


class _Signed(NamedTuple):
    """The newest size that a key has signed, and how many it has."""

    name: str
    key_id: bytes
    size: int
    sizes: int


class _Stored(NamedTuple):
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Cosigner:
    """An auditor's key as everybody may read it.

    `is_named`: by entry 0. `size` is the newest that it has signed, 0 without one, `sizes` how
    many; `at` when it says that it did, or None.
    """

    name: str
    is_named: bool
    size: int
    sizes: int
    at: datetime | None


@dataclass(frozen=True)
class Taken:
    """What became of a posted note: the names whose lines stand under `size`, the lines left."""

    size: int
    names: tuple[str, ...]
    left: int


_KEYS = Query(_KeyRow, "FROM auditor_keys WHERE campaign_id = :campaign_id ORDER BY id")
_SIGNED = Query(
    _Signed,
    "FROM cosignatures WHERE campaign_id = :campaign_id GROUP BY name, key_id",
    expressions={"size": "MAX(size)", "sizes": "COUNT(*)"},
)
_LINES = Query(
    _Stored, "FROM cosignatures WHERE campaign_id = :campaign_id AND size = :size ORDER BY name"
)
_ADD = Statement(
    "INSERT INTO cosignatures (campaign_id, size, name, key_id, signature)"
    " VALUES (:campaign_id, :size, :name, :key_id, :signature)"
)


def register_key(campaign_id: int, by: int, verifier_key: str, *, clock: Clock = now) -> None:
    """Publish the key with which an auditor will cosign.

    Raises Lapsed before entry 0, which names its auditors itself; InvalidFields for a text that is
    no key whose lines can be checked, and for a name that stands for another key or for the log.
    """
    key = _checked_key(verifier_key)
    with writing() as tx:
        now = clock()
        log = open_log(tx, campaign_id)
        if not log.size:
            raise Lapsed
        taken = {known.name for known in keys_in(tx, campaign_id)}
        if key.name in taken | {entries.origin_of(tx, campaign_id), log.terms.origin}:
            raise InvalidFields({"verifier_key": Fault("taken")})
        db.session.add(
            AuditorKey(
                campaign_id=campaign_id,
                staff_id=by,
                verifier_key=str(key),
                added_at=minute(now),
            )
        )
        log.touch()
        fields = ("verifier_key",)
        audit.note(by, "auditor-key", "auditor_keys", 0, fields, campaign_id, now=now)


def keys_of(campaign_id: int, staff_id: int) -> list[str]:
    """Returns the verifier keys that an auditor has registered, oldest first."""
    query = select(AuditorKey.verifier_key).filter_by(campaign_id=campaign_id, staff_id=staff_id)
    return list(db.session.scalars(query.order_by(AuditorKey.id)))


def keys_in(tx: Transaction, campaign_id: int) -> list[VerifierKey]:
    """Returns every key of `/auditors`, oldest first."""
    return [verifier_keys.parse(row.verifier_key) for row in _rows(tx, campaign_id)]


def is_cosigned(campaign_id: int, staff_id: int) -> bool:
    """Whether the newest checkpoint carries a line of this auditor."""
    own = [verifier_keys.parse(key) for key in keys_of(campaign_id, staff_id)]
    with site().store.snapshot() as tx:
        checkpoint = entries.latest_checkpoint(tx, campaign_id)
        size = checkpoint.size if checkpoint else 0
        lines = _LINES.all(tx, {"campaign_id": campaign_id, "size": size})
    return any((key.name, key.key_id) == (line.name, line.key_id) for key in own for line in lines)


def cosigners(campaign_id: int) -> list[Cosigner]:
    """Returns who may cosign, and what each has signed last."""
    with site().store.snapshot() as tx:
        signed = {(row.name, row.key_id): row for row in _SIGNED.all(tx, _of(campaign_id))}
        found = []
        for row in _rows(tx, campaign_id):
            key = verifier_keys.parse(row.verifier_key)
            last = signed.get((key.name, key.key_id), _Signed(key.name, key.key_id, 0, 0))
            at = _when(tx, campaign_id, key, last.size)
            found.append(Cosigner(key.name, row.staff_id is None, last.size, last.sizes, at))
    return found


def cosign(campaign_id: int, by: int, text: str, *, clock: Clock = now) -> Taken:
    """Put the lines of a posted note that are valid under a key of `/auditors` under its size.

    It does not matter who brings a line: the signature says whose it is. All others are left out,
    unknown ones and those whose type nobody checks here; so is a second one of a key and size.
    Raises Lapsed unless the note's text is that of a checkpoint of this log, InvalidFields where
    none of its lines is valid.
    """
    note = _read_note(text)
    with writing() as tx:
        now = clock()
        log = open_log(tx, campaign_id)
        _require_own(tx, campaign_id, note)
        valid = _valid_lines(note, keys_in(tx, campaign_id), now)
        if not valid:
            raise InvalidFields({"note": Fault("unsigned")})
        if _keep(tx, campaign_id, note.size, valid):
            log.touch()
            audit.note(by, "cosign", "checkpoints", note.size, ("note",), campaign_id, now=now)
    names = tuple(sorted({line.name for line in valid}))
    return Taken(note.size, names, _strange(note, valid))


def _checked_key(text: str) -> VerifierKey:
    """Returns a key whose lines can be checked by everybody; raises InvalidFields."""
    try:
        key = verifier_keys.parse(text)
    except BadVerifierKey:
        raise InvalidFields({"verifier_key": Fault("invalid")}) from None
    if not key.is_checked:
        raise InvalidFields({"verifier_key": Fault("invalid")})
    return key


def _read_note(text: str) -> Note:
    try:
        return signed_notes.parse(text)
    except BadNote:
        raise InvalidFields({"note": Fault("invalid")}) from None


def _require_own(tx: Transaction, campaign_id: int, note: Note) -> None:
    """Raise Lapsed unless this log has signed the very text of a note."""
    try:
        stored = signed_notes.parse(publication.note_of(tx, campaign_id, note.size))
    except NotFound:
        raise Lapsed from None
    if stored.text != note.text:
        raise Lapsed


def _valid_lines(note: Note, keys: Iterable[VerifierKey], now: datetime) -> list[Signature]:
    """Returns the lines that are valid under one of the keys, in the order of the note.

    Those in the log's own name are the log's, whatever key somebody has registered.
    """
    known = {(key.name, key.key_id): key for key in keys if key.name != note.origin}
    valid = []
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if (
            key
            and not _is_of_the_future(key, line, now)
            and signed_notes.is_signed(key, note, line)
        ):
            valid.append(line)
    return valid


def _keep(tx: Transaction, campaign_id: int, size: int, valid: list[Signature]) -> bool:
    """Keep the lines of keys that have not signed this size yet; whether there was one."""
    stored = {(line.name, line.key_id) for line in _lines(tx, campaign_id, size)}
    added = {line[:2]: line for line in valid if line[:2] not in stored}
    for (name, key_id), line in added.items():
        values = {"name": name, "key_id": key_id, "signature": line.body}
        tx.run(_ADD, {**_of(campaign_id), "size": size, **values})
    return bool(added)


def _is_of_the_future(key: VerifierKey, line: Signature, now: datetime) -> bool:
    moment = signed_notes.signed_at(key, line)
    return moment is not None and moment > (now + MAX_CLOCK_AHEAD).timestamp()


def _strange(note: Note, valid: list[Signature]) -> int:
    """Returns how many lines of a note were left out, those of the log itself aside."""
    others = [line for line in note.signatures if line.name != note.origin]
    return len(others) - len(valid)


def _when(tx: Transaction, campaign_id: int, key: VerifierKey, size: int) -> datetime | None:
    """Returns when a key says that it has signed a size; None without a line that says so."""
    if not size:
        return None
    for line in _LINES.all(tx, {**_of(campaign_id), "size": size}):
        signature = Signature(*line)
        if signature.is_of(key):
            moment = signed_notes.signed_at(key, signature)
            return None if moment is None else datetime.fromtimestamp(moment, CST)
    return None


def _rows(tx: Transaction, campaign_id: int) -> list[_KeyRow]:
    return _KEYS.all(tx, _of(campaign_id))


def _lines(tx: Transaction, campaign_id: int, size: int) -> list[_Stored]:
    return _LINES.all(tx, {**_of(campaign_id), "size": size})


def _of(campaign_id: int) -> dict[str, int]:
    return {"campaign_id": campaign_id}

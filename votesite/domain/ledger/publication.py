"""The ledger as the world reads it: keys, checkpoints, entries, proofs, cosignatures."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.ledger import entries, merkle, signed_notes
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.terms import read_terms, rules_version
from votesite.errors import Fault, InvalidFields, Lapsed, MalformedRequest, NotFound
from votesite.extensions import db, site, writing
from votesite.models.ledger import AuditorKey
from votesite.store import Statement, Transaction

MAX_ENTRIES = 1000
VERIFIER_KEY = re.compile(r"[^\s+]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}=?=?")

_SIZE = Statement("SELECT size FROM log_heads WHERE campaign_id = :campaign_id")
_LATEST = Statement(
    "SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id ORDER BY size DESC LIMIT 1"
)
_CHECKPOINTS = Statement(
    "SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id AND size > :above"
    " ORDER BY size LIMIT 500"
)
_CHECKPOINT = Statement(
    "SELECT note FROM checkpoints WHERE campaign_id = :campaign_id AND size = :size"
)
_SIGNED = Statement(
    "UPDATE checkpoints SET note = :note WHERE campaign_id = :campaign_id AND size = :size"
)
_KEYS = Statement(
    "SELECT wrapped, retired_at_size FROM wrapped_keys"
    " WHERE purpose = 'signing' AND campaign_id = :campaign_id ORDER BY id"
)
_AUDITORS = Statement(
    "SELECT verifier_key FROM auditor_keys WHERE campaign_id = :campaign_id ORDER BY id"
)
_LEAF = Statement("SELECT leaf FROM log_entries WHERE campaign_id = :campaign_id AND n = :n")
_SEALED = Statement(
    "SELECT n, sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n > :above"
    " ORDER BY n LIMIT 1000"
)
_RESULT = Statement(
    "SELECT e.body FROM log_heads h JOIN log_entries e"
    " ON e.campaign_id = h.campaign_id AND e.n = h.close_n WHERE h.campaign_id = :campaign_id"
)
_KINDS = Statement(
    "SELECT k, COUNT(*) FROM log_entries WHERE campaign_id = :campaign_id GROUP BY k"
)
_LAST = Statement(
    "SELECT n, k, body FROM log_entries WHERE campaign_id = :campaign_id"
    " ORDER BY n DESC LIMIT :most"
)
_SANCTIONS = Statement(
    "SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND k IN ('void', 'restore')"
    " ORDER BY n"
)


@dataclass(frozen=True)
class LedgerFigures:
    """What the page for people shows."""

    size: int
    kinds: dict[str, int]
    latest: list[tuple[int, str, str]]
    checkpoint_size: int
    checkpoint_root: str
    checkpoint_note: str
    voided_by_rule: dict[str, int]


def require_open(campaign_id: int) -> int:
    """The log's size; raises NotFound before entry 0."""
    with site().store.reading() as tx:
        row = tx.one(_SIZE, {"campaign_id": campaign_id})
    if row is None or not row[0]:
        raise NotFound
    return int(row[0])


def figures(campaign_id: int) -> LedgerFigures:
    """Entries by kind, the last nine, the newest checkpoint, what is void by rule."""
    values = {"campaign_id": campaign_id}
    with site().store.snapshot() as tx:
        row = tx.one(_SIZE, values)
        size, note = tx.one(_LATEST, values) or (0, "")
        last = tx.all(_LAST, {**values, "most": 9})
        return LedgerFigures(
            size=row[0] if row else 0,
            kinds=dict(tx.all(_KINDS, values)),
            latest=[(n, k, json.loads(body)["t"]) for n, k, body in reversed(last)],
            checkpoint_size=size,
            checkpoint_root=note.split("\n")[2] if note else "",
            checkpoint_note=note,
            voided_by_rule=_voided_by_rule(tx, campaign_id),
        )


def verifier_keys(tx: Transaction, campaign_id: int) -> str:
    """The log's keys, oldest first; a retired one with the size up to which it counts."""
    origin = entries.origin_of(tx, campaign_id)
    lines = []
    for wrapped, retired_at in tx.all(_KEYS, {"campaign_id": campaign_id}):
        seed = site().master.unwrap(wrapped, f"signing|{campaign_id}")
        key = signed_notes.Signer(origin, seed).verifier_key()
        lines.append(f"{key} {retired_at}\n" if retired_at is not None else f"{key}\n")
    return "".join(lines)


def auditor_keys(tx: Transaction, campaign_id: int) -> str:
    """The auditors' verifier keys, one a line."""
    rows = tx.all(_AUDITORS, {"campaign_id": campaign_id})
    return "".join(f"{row[0]}\n" for row in rows)


def latest_checkpoint(campaign_id: int) -> str:
    """The newest note."""
    with site().store.reading() as tx:
        row = tx.one(_LATEST, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound
    return str(row[1])


def checkpoint_notes(campaign_id: int) -> Iterator[tuple[int, str]]:
    """Every (size, note), oldest first."""
    above = -1
    while True:
        with site().store.reading() as tx:
            rows = tx.all(_CHECKPOINTS, {"campaign_id": campaign_id, "above": above})
        if not rows:
            return
        yield from rows
        above = rows[-1][0]


def entry_lines(campaign_id: int, first: int, end: int) -> Iterator[bytes]:
    """The bodies [first, end), each with its LF, read in pieces."""
    for begin in range(first, end, MAX_ENTRIES):
        with site().store.reading() as tx:
            rows = entries.bodies(tx, campaign_id, begin, min(begin + MAX_ENTRIES, end))
        yield b"".join(body + b"\n" for body in rows)


def inclusion_proof(campaign_id: int, n: int, size: int) -> dict[str, Any]:
    """`/proof`: any n < size <= the newest checkpoint's size; else MalformedRequest."""
    with site().store.snapshot() as tx:
        if not n < size <= _checkpoint_size(tx, campaign_id):
            raise MalformedRequest
        row = tx.one(_LEAF, {"campaign_id": campaign_id, "n": n})
        if row is None:
            raise NotFound
        path = merkle.inclusion(entries.subtrees(tx, campaign_id), n, size)
    return {"n": n, "size": size, "leaf": row[0].hex(), "path": [step.hex() for step in path]}


def consistency_proof(campaign_id: int, old: int, new: int) -> dict[str, Any]:
    """`/consistency`: any 0 <= old <= new <= size; else MalformedRequest."""
    with site().store.snapshot() as tx:
        if not old <= new <= _checkpoint_size(tx, campaign_id):
            raise MalformedRequest
        path = merkle.consistency(entries.subtrees(tx, campaign_id), old, new)
    return {"from": old, "to": new, "path": [step.hex() for step in path]}


def final_result(campaign_id: int) -> dict[str, Any]:
    """ballots, voided and votes of the last `close` or `recount`; raises NotFound before."""
    with site().store.reading() as tx:
        row = tx.one(_RESULT, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound
    entry = json.loads(row[0])
    return {key: entry[key] for key in ("ballots", "voided", "votes")}


def opened_choices(campaign_id: int) -> Iterator[tuple[int, str]]:
    """(n, JCS of the choices) of every ballot, ascending. For the archive and for auditors only."""
    with site().store.reading() as tx:
        terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    above = -1
    while True:
        with site().store.reading() as tx:
            rows = tx.all(_SEALED, {"campaign_id": campaign_id, "above": above})
        if not rows:
            return
        for n, sealed in rows:
            yield n, terms.sealer.open(sealed, f"{campaign_id}|{n}".encode()).decode()
        above = rows[-1][0]


def register_auditor_key(
    campaign_id: int, staff_id: int, verifier_key: str, *, clock: Clock = now
) -> None:
    """Publish the key with which an auditor will cosign; raises InvalidFields."""
    if not VERIFIER_KEY.fullmatch(verifier_key) or not _is_ed25519(verifier_key):
        raise InvalidFields({"verifier_key": Fault("invalid")})
    with writing() as tx:
        moment = clock()
        is_open = entries.size_of(tx, campaign_id) > 0
        origin = entries.origin_of(tx, campaign_id) if is_open else ""
        taken = auditor_keys(tx, campaign_id).splitlines()
        if verifier_key in taken or verifier_key.split("+")[0] == origin:
            raise InvalidFields({"verifier_key": Fault("taken")})
        db.session.add(
            AuditorKey(
                campaign_id=campaign_id,
                staff_id=staff_id,
                verifier_key=verifier_key,
                added_at=minute(moment),
            )
        )
        fields = ("verifier_key",)
        audit.note(staff_id, "auditor-key", "auditor_keys", 0, fields, campaign_id, now=moment)


def keys_of(campaign_id: int, staff_id: int) -> list[str]:
    """The verifier keys that an auditor has registered."""
    own = db.session.query(AuditorKey).filter_by(campaign_id=campaign_id, staff_id=staff_id)
    return [key.verifier_key for key in own.order_by(AuditorKey.id)]


def is_cosigned(campaign_id: int, staff_id: int) -> bool:
    """Whether the newest checkpoint carries a line of this auditor."""
    note = latest_checkpoint(campaign_id)
    return any(signed_notes.is_signed_by(note, key) for key in keys_of(campaign_id, staff_id))


def cosign(campaign_id: int, staff_id: int, note: str, *, clock: Clock = now) -> None:
    """Add an auditor's signature line to a stored checkpoint; raises InvalidFields.

    The note must be one of this log's, with a valid line under a key that this auditor registered.
    """
    text, _, lines = note.partition("\n\n")
    size = text.split("\n")[1:2]
    if not size or not size[0].isdecimal():
        raise InvalidFields({"note": Fault("invalid")})
    with writing() as tx:
        values = {"campaign_id": campaign_id, "size": int(size[0])}
        row = tx.one(_CHECKPOINT, values)
        if row is None or row[0].partition("\n\n")[0] != text:
            raise Lapsed
        line = _valid_line(text, lines, keys_of(campaign_id, staff_id))
        if line is None:
            raise InvalidFields({"note": Fault("invalid")})
        if line not in row[0]:
            tx.run(_SIGNED, {**values, "note": f"{row[0]}{line}\n"})
            open_log(tx, campaign_id).touch()
            place = values["size"]
            audit.note(staff_id, "cosign", "checkpoints", place, ["note"], campaign_id, now=clock())


def _valid_line(text: str, lines: str, verifier_keys: list[str]) -> str | None:
    for line in lines.split("\n"):
        for key in verifier_keys:
            if _is_signed(f"{text}\n\n{line}\n", key):
                return line
    return None


def _is_signed(note: str, verifier_key: str) -> bool:
    """Whether a note with one line is signed; whatever else that line may be counts as no."""
    try:
        return signed_notes.is_signed_by(note, verifier_key)
    except ValueError:
        return False


def _is_ed25519(verifier_key: str) -> bool:
    name, identifier, encoded = verifier_key.split("+", 2)
    try:
        public = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return (
        len(public) == 33
        and public[:1] == b"\x01"
        and signed_notes.key_id(name, public[1:]).hex() == identifier
    )


def _checkpoint_size(tx: Transaction, campaign_id: int) -> int:
    row = tx.one(_LATEST, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound
    return int(row[0])


def _voided_by_rule(tx: Transaction, campaign_id: int) -> dict[str, int]:
    """How many ballots are void now, by the rule of their last void."""
    rules: dict[int, str] = {}
    for (body,) in tx.all(_SANCTIONS, {"campaign_id": campaign_id}):
        entry = json.loads(body)
        if entry["k"] == "void":
            rules[entry["of"]] = entry["rule"]
        else:
            rules.pop(entry["of"], None)
    return {rule: list(rules.values()).count(rule) for rule in sorted(set(rules.values()))}

"""Auditors' keys and their signatures under the log's checkpoints (ledger.md section 3)."""

import base64
import binascii
import re

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.ledger import entries, publication, signed_notes
from votesite.domain.ledger.log import open_log
from votesite.errors import Fault, InvalidFields, Lapsed
from votesite.extensions import db, writing
from votesite.models.ledger import AuditorKey
from votesite.store import Statement, Transaction

VERIFIER_KEY = re.compile(r"[^\s+]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}=?=?")

_NOTE = Statement("SELECT note FROM checkpoints WHERE campaign_id = :campaign_id AND size = :size")
_REPLACE_NOTE = Statement(
    "UPDATE checkpoints SET note = :note WHERE campaign_id = :campaign_id AND size = :size"
)


def register_key(campaign_id: int, by: int, verifier_key: str, *, clock: Clock = now) -> None:
    """Publish the key with which an auditor will cosign.

    Raises InvalidFields for a key that is malformed, taken, or named like the log itself.
    """
    if not VERIFIER_KEY.fullmatch(verifier_key) or not _is_ed25519(verifier_key):
        raise InvalidFields({"verifier_key": Fault("invalid")})
    with writing() as tx:
        now = clock()
        taken = publication.auditor_keys(tx, campaign_id).splitlines()
        if verifier_key in taken or _name_of(verifier_key) in _names_of_log(tx, campaign_id):
            raise InvalidFields({"verifier_key": Fault("taken")})
        db.session.add(
            AuditorKey(
                campaign_id=campaign_id,
                staff_id=by,
                verifier_key=verifier_key,
                added_at=minute(now),
            )
        )
        fields = ("verifier_key",)
        audit.note(by, "auditor-key", "auditor_keys", 0, fields, campaign_id, now=now)


def keys_of(campaign_id: int, staff_id: int) -> list[str]:
    """Returns the verifier keys that an auditor has registered, oldest first."""
    query = select(AuditorKey.verifier_key).filter_by(campaign_id=campaign_id, staff_id=staff_id)
    return list(db.session.scalars(query.order_by(AuditorKey.id)))


def is_cosigned(campaign_id: int, staff_id: int) -> bool:
    """Whether the newest checkpoint carries a line of this auditor; raises NotFound without one."""
    note = publication.latest_checkpoint(campaign_id)
    return any(signed_notes.is_signed_by(note, key) for key in keys_of(campaign_id, staff_id))


def cosign(campaign_id: int, by: int, note: str, *, clock: Clock = now) -> None:
    """Add an auditor's signature line to a stored checkpoint.

    Raises Lapsed unless the note's text is that of a checkpoint of this log, InvalidFields unless
    one of its lines is valid under a key that this auditor has registered.
    """
    text, _, lines = note.partition("\n\n")
    size = text.split("\n")[1:2]
    if not size or not size[0].isdecimal():
        raise InvalidFields({"note": Fault("invalid")})
    with writing() as tx:
        now = clock()
        values = {"campaign_id": campaign_id, "size": int(size[0])}
        stored = tx.value(_NOTE, values)
        if stored is None or stored.partition("\n\n")[0] != text:
            raise Lapsed
        names = _names_of_log(tx, campaign_id)
        keys = [key for key in keys_of(campaign_id, by) if _name_of(key) not in names]
        line = _valid_line(text, lines, keys)
        if line is None:
            raise InvalidFields({"note": Fault("invalid")})
        if line not in stored:
            tx.run(_REPLACE_NOTE, {**values, "note": f"{stored}{line}\n"})
            open_log(tx, campaign_id).touch()
            audit.note(by, "cosign", "checkpoints", values["size"], ["note"], campaign_id, now=now)


def _name_of(verifier_key: str) -> str:
    return verifier_key.split("+")[0]


def _names_of_log(tx: Transaction, campaign_id: int) -> set[str]:
    """The name under which the log itself signs, and the one it would have if it began now."""
    log = open_log(tx, campaign_id)
    return {log.terms.origin} | ({entries.origin_of(tx, campaign_id)} if log.size else set())


def _valid_line(text: str, lines: str, verifier_keys: list[str]) -> str | None:
    for line in lines.split("\n"):
        for key in verifier_keys:
            if _is_signed(f"{text}\n\n{line}\n", key):
                return line
    return None


def _is_signed(note: str, verifier_key: str) -> bool:
    """Whether a note of one line is signed; a line of any other form is not a signature."""
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

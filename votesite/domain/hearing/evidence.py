"""Evidence: a file that comes with an objection. What it is, its content says and not its name.

It is kept as it came, since a judgement may rest on it, and only where a confined process could
read it to the end; it goes out to staff alone, as a file to save.
"""

import hashlib
from typing import NamedTuple

from votesite import confined
from votesite.domain import keys
from votesite.domain.hearing import pdf
from votesite.domain.media import encoding
from votesite.domain.media.kinds import kind_of
from votesite.errors import BadPicture, Fault, InvalidObjection
from votesite.models.hearing import Objection, ObjectionFile

MAX_BYTES = 10 * 1024 * 1024
SECONDS = 10.0
MEMORY = 200 << 20
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg"}
PDF = "application/pdf"
ENDS = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg"}

_CHECKING = confined.job("votesite.domain.hearing.pdf:check")
_FAULTS = {
    pdf.BROKEN: "file-damaged",
    pdf.ACTIVE: "file-active",
    pdf.LOCKED: "file-locked",
    pdf.ODD: "file-costly",
}


class Evidence(NamedTuple):
    """A file that was read: what it is, and its bytes."""

    media_type: str
    data: bytes


def fault_of(data: bytes) -> Fault | None:
    """What can be said against a file without reading it: its length, its kind."""
    if len(data) > MAX_BYTES:
        return Fault("file-too-large")
    return None if _type_of(data) else Fault("file-kind")


def read(data: bytes) -> Evidence:
    """Read a file to its end. Raises InvalidObjection, and Busy if too many wait.

    It takes a tenth of a second or more: do it before you hold the write lock.
    """
    fault = fault_of(data) or _fault_inside(data)
    if fault is not None:
        raise InvalidObjection({"file": fault})
    return Evidence(_type_of(data), data)


def seal(code: str, evidence: Evidence) -> ObjectionFile:
    """Returns the row that keeps the evidence of the objection with this code, sealed."""
    return ObjectionFile(
        media_type=evidence.media_type,
        sealed=keys.seal_bytes(evidence.data, _bound_to(code)),
        sha256=hashlib.sha256(evidence.data).hexdigest(),
    )


def opened(objection: Objection, row: ObjectionFile) -> Evidence:
    """Returns the evidence as it came. Raises Unreadable, KeyMissing."""
    return Evidence(row.media_type, keys.open_bytes(row.sealed, _bound_to(objection.code)))


def _type_of(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return PDF
    return PICTURES.get(kind_of(data) or "", "")


def _fault_inside(data: bytes) -> Fault | None:
    if not data.startswith(b"%PDF-"):
        return _fault_of_picture(data)
    try:
        said = confined.run(_CHECKING, data, seconds=SECONDS, memory=MEMORY)
    except confined.Failed as failed:
        return Fault("file-damaged" if failed.reason == "crash" else "file-costly")
    return None if said == pdf.GOOD else Fault(_FAULTS.get(said, "file-damaged"))


def _fault_of_picture(data: bytes) -> Fault | None:
    try:
        encoding.check(data)
    except BadPicture as refusal:
        return Fault("bad-picture", reason=refusal.reason, **refusal.detail)
    return None


def _bound_to(code: str) -> str:
    return f"objection_files|{code}|sealed"

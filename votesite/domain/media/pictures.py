"""Pictures and videos: taken apart, made anew, and kept under random names.

No byte of an uploaded picture is ever served: it is decoded in a confined process and encoded again
as WebP and JPEG in two widths, without metadata. Public files and private ones (a nomination's) lie
in folders of their own, so that serving the public ones takes no question to the database.
"""

import json
import os
import re
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, Literal

from votesite import confined
from votesite.domain.media.kinds import kind_of
from votesite.errors import BadPicture
from votesite.extensions import db, site
from votesite.models.candidates import Medium

Size = Literal["480", "1080"]
Kind = Literal["webp", "jpeg"]

PICTURE_BYTES = 20 * 1024 * 1024
SECONDS = 10.0  # of computing for one picture; the largest take about four
MEMORY = 480 << 20  # of addresses; the largest need 440
SIZES: tuple[Size, ...] = ("1080", "480")
SUFFIXES: Mapping[Kind, str] = {"webp": "webp", "jpeg": "jpg"}
NAME = re.compile(r"(?P<token>[0-9a-f]{32})(?:-(?:480|1080)\.(?:webp|jpg)|\.mp4)", re.ASCII)

_CHECKING = "votesite.domain.media.decoding:check"
_ENCODING = "votesite.domain.media.decoding:encode"
_FAULTS = ("not-a-picture", "too-many-pixels", "too-long", "too-narrow", "damaged")
_MEASURES = ("width", "height", "limit")
_FILE_ENDS = {f"-{size}.{end}" for size in SIZES for end in SUFFIXES.values()}


@dataclass(frozen=True)
class Encoded:
    """A picture made anew: its files by the end of their name, and the larger one's measures."""

    files: Mapping[str, bytes]
    width: int
    height: int


@dataclass(frozen=True)
class StoredFile:
    """Files that lie in their place under a token; their row is still to be added."""

    token: str
    kind: Literal["picture", "video"]
    width: int = 0
    height: int = 0
    public: bool = True


def refusal_of(data: bytes) -> BadPicture | None:
    """What can be said against a picture without decoding it: its length, its kind."""
    if len(data) > PICTURE_BYTES:
        return BadPicture("too-large")
    return None if kind_of(data) else BadPicture("not-a-picture")


def check(data: bytes) -> None:
    """Decode a picture from its first to its last byte, or raise BadPicture."""
    _decoded(_CHECKING, data)


def encode(data: bytes) -> Encoded:
    """Decode a picture and encode it anew, or raise BadPicture.

    It takes a tenth of a second or more: do it before the write lock is held.
    """
    told, content = _decoded(_ENCODING, data)
    try:
        return _unpacked(told, content)
    except (KeyError, TypeError, ValueError) as fault:  # as in _decoded
        raise BadPicture("damaged") from fault


def store_picture(
    campaign_id: int,
    data: bytes | Encoded,
    *,
    alt: str = "",
    public: bool = True,
    source_name: str = "",
) -> str:
    """Keep a picture and give its token; raises BadPicture.

    The row joins the session: call it inside `writing()`, with what `encode` gave where the lock
    should not wait for the decoding.
    """
    encoded = data if isinstance(data, Encoded) else encode(data)
    kept = write_picture(encoded, public=public)
    record(campaign_id, kept, alt=alt, source_name=source_name)
    return kept.token


def store_video(campaign_id: int, source: Path, *, alt: str = "", source_name: str = "") -> str:
    """Copy an mp4 as it is and give its token, inside `writing()`; raises BadPicture."""
    kept = write_video(source)
    record(campaign_id, kept, alt=alt, source_name=source_name)
    return kept.token


def write_picture(encoded: Encoded, *, public: bool = True) -> StoredFile:
    """Put a picture's files in their place, each complete or not at all."""
    token = token_hex(16)
    for suffix, content in encoded.files.items():
        _write(_folder(token, public=public) / f"{token}{suffix}", BytesIO(content))
    return StoredFile(token, "picture", encoded.width, encoded.height, public)


def write_video(source: Path) -> StoredFile:
    """Copy an mp4 to its place, or raise BadPicture for anything else."""
    token = token_hex(16)
    with source.open("rb") as stream:
        if not is_mp4(stream):
            raise BadPicture("not-a-video")
        stream.seek(0)
        _write(_folder(token, public=True) / f"{token}.mp4", stream)
    return StoredFile(token, "video")


def duplicate(kept: StoredFile) -> StoredFile:
    """The same file under a token of its own: each place that shows it can drop it alone."""
    token = token_hex(16)
    there = _folder(token, public=kept.public)
    there.mkdir(parents=True, exist_ok=True)
    for path in sorted(_folder(kept.token, public=kept.public).glob(f"{kept.token}*")):
        (there / path.name.replace(kept.token, token)).hardlink_to(path)
    return replace(kept, token=token)


def record(campaign_id: int, kept: StoredFile, *, alt: str = "", source_name: str = "") -> None:
    """Add the row of written files to the session, inside `writing()`."""
    db.session.add(
        Medium(
            token=kept.token,
            campaign_id=campaign_id,
            kind=kept.kind,
            width=kept.width,
            height=kept.height,
            alt=alt[:200],
            public=kept.public,
            source_name=source_name[-120:],
        )
    )


def picture_path(token: str, size: Size, kind: Kind) -> Path:
    """Where a picture's file lies, public or private."""
    name = f"{token}-{size}.{SUFFIXES[kind]}"
    public = _folder(token, public=True) / name
    return public if public.exists() else _folder(token, public=False) / name


def video_path(token: str) -> Path:
    """Where a video's file lies."""
    return _folder(token, public=True) / f"{token}.mp4"


def public_file(name: str) -> Path | None:
    """The file of an address below `/media/`, or None: unknown, private, or no name of ours."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    path = _folder(match["token"], public=True) / name
    return path if path.is_file() else None


def reveal(token: str) -> None:
    """Make a private picture public, inside `writing()`: its nomination became a candidate."""
    medium = db.session.get(Medium, token)
    if medium is None or medium.public:
        return
    medium.public = True
    here, there = _folder(token, public=False), _folder(token, public=True)
    there.mkdir(parents=True, exist_ok=True)
    for path in sorted(here.glob(f"{token}*")):
        path.replace(there / path.name)


def conceal(token: str) -> None:
    """Make a public picture private again, inside `writing()`: its acceptance was taken back."""
    medium = db.session.get(Medium, token)
    if medium is None or not medium.public:
        return
    medium.public = False
    here, there = _folder(token, public=True), _folder(token, public=False)
    there.mkdir(parents=True, exist_ok=True)
    for path in sorted(here.glob(f"{token}*")):
        path.replace(there / path.name)


def discard(token: str) -> None:
    """Forget a picture or video, inside `writing()`: its row and its files."""
    medium = db.session.get(Medium, token)
    if medium is not None:
        db.session.delete(medium)
    remove_files(token)


def remove_files(token: str) -> None:
    """Remove every file of a token."""
    for public in (True, False):
        for path in _folder(token, public=public).glob(f"{token}*"):
            path.unlink(missing_ok=True)


def is_mp4(stream: BinaryIO) -> bool:
    """Whether a file begins with an `ftyp` box, as an mp4 does."""
    head = stream.read(12)
    if len(head) < 12 or head[4:8] != b"ftyp":
        return False
    return 12 <= int.from_bytes(head[:4]) <= 4096


def _folder(token: str, *, public: bool) -> Path:
    return site().settings.instance / ("media" if public else "media-private") / token[:2]


def _write(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("wb") as target:
            shutil.copyfileobj(content, target, 1024 * 1024)
            target.flush()
            os.fsync(target.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _decoded(job: str, data: bytes) -> tuple[Mapping[str, Any], bytes]:
    """What the confined process says of a picture, and what it has made of it."""
    if refusal := refusal_of(data):
        raise refusal
    try:
        line, _, content = confined.run(job, data, seconds=SECONDS, memory=MEMORY).partition(b"\n")
    except confined.Failed as failed:
        raise BadPicture("damaged" if failed.reason == "crash" else "too-costly") from failed
    try:
        told: dict[str, Any] = dict(json.loads(line))
        fault = _refusal(told) if "fault" in told else None
    except (TypeError, ValueError) as nonsense:  # no decoder says this unless a file makes it
        raise BadPicture("damaged") from nonsense
    if fault:
        raise fault
    return told, content


def _refusal(told: Mapping[str, Any]) -> BadPicture:
    """What the confined process refuses, in one of the words that we know."""
    if told["fault"] not in _FAULTS:
        raise ValueError
    return BadPicture(told["fault"], **{name: int(told.get(name, 0)) for name in _MEASURES})


def _unpacked(told: Mapping[str, Any], content: bytes) -> Encoded:
    """The files that lie one behind the other, cut apart."""
    files, begin = {}, 0
    for end in sorted(_FILE_ENDS):
        length = int(told["files"][end])
        files[end] = content[begin : begin + length]
        begin += length
    if begin != len(content) or not all(files.values()):
        raise ValueError
    return Encoded(files=files, width=int(told["width"]), height=int(told["height"]))

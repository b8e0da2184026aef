"""Storing pictures and videos under random names, in one folder for public and one for private.

Private files belong to nominations. Since the folder tells which they are, serving a public file
needs no question to the database. A picture's files are named `<token>-<width>.<ending>`, a
video's `<token>.mp4`.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal

from votesite import files
from votesite.domain.media.encoding import Encoded, Size, encode
from votesite.errors import BadPicture
from votesite.extensions import db, site
from votesite.models.candidates import Medium

Kind = Literal["webp", "jpeg"]

SUFFIXES: Mapping[Kind, str] = {"webp": "webp", "jpeg": "jpg"}
MAX_ALT = 200
MAX_SOURCE_NAME = 120
NAME = re.compile(r"(?P<token>[0-9a-f]{32})(?:-(?:480|1080)\.(?:webp|jpg)|\.mp4)", re.ASCII)


@dataclass(frozen=True)
class StoredFile:
    """Files in their place under a token, which have no row yet; width and height in pixels."""

    token: str
    kind: Literal["picture", "video"]
    width: int = 0
    height: int = 0
    public: bool = True


def store_picture(
    campaign_id: int,
    data: bytes | Encoded,
    *,
    alt: str = "",
    public: bool = True,
    source_name: str = "",
) -> str:
    """Store a picture and return its token. Raises BadPicture.

    Call it inside `writing()`, because the row joins the session; pass an encoded picture, so that
    nobody waits for the lock while it is decoded.
    """
    encoded = data if isinstance(data, Encoded) else encode(data)
    stored = write_picture(encoded, public=public)
    record(campaign_id, stored, alt=alt, source_name=source_name)
    return stored.token


def write_picture(encoded: Encoded, *, public: bool = True) -> StoredFile:
    """Write a picture's files atomically."""
    token = token_hex(16)
    for suffix, content in encoded.files.items():
        _write(_folder(token, public=public) / f"{token}{suffix}", BytesIO(content))
    return StoredFile(token, "picture", encoded.width, encoded.height, public)


def write_video(source: Path) -> StoredFile:
    """Copy an mp4 to its place. Raises BadPicture for anything else."""
    token = token_hex(16)
    with source.open("rb") as stream:
        if not is_mp4(stream):
            raise BadPicture("not-a-video")
        stream.seek(0)
        _write(_folder(token, public=True) / f"{token}.mp4", stream)
    return StoredFile(token, "video")


def duplicate(stored: StoredFile) -> StoredFile:
    """Link stored files under a new token, so that each user of them can delete its own."""
    token = token_hex(16)
    target = _folder(token, public=stored.public)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(_folder(stored.token, public=stored.public).glob(f"{stored.token}*")):
        (target / path.name.replace(stored.token, token)).hardlink_to(path)
    return replace(stored, token=token)


def record(campaign_id: int, stored: StoredFile, *, alt: str = "", source_name: str = "") -> None:
    """Add the row of stored files to the session; call it inside `writing()`."""
    db.session.add(
        Medium(
            token=stored.token,
            campaign_id=campaign_id,
            kind=stored.kind,
            width=stored.width,
            height=stored.height,
            alt=alt[:MAX_ALT],
            public=stored.public,
            source_name=source_name[-MAX_SOURCE_NAME:],
        )
    )


def picture_path(token: str, size: Size, kind: Kind) -> Path:
    """The path of a picture's file, public or private."""
    name = f"{token}-{size}.{SUFFIXES[kind]}"
    public = _folder(token, public=True) / name
    return public if public.exists() else _folder(token, public=False) / name


def video_path(token: str) -> Path:
    """The path of a video's file."""
    return _folder(token, public=True) / f"{token}.mp4"


def public_file(name: str) -> Path | None:
    """The file of an address below `/media/`; None if it is unknown, private or badly named."""
    match = NAME.fullmatch(name)
    if match is None:
        return None
    path = _folder(match["token"], public=True) / name
    return path if path.is_file() else None


def reveal(token: str) -> None:
    """Make a private picture public, because its nomination became a candidate.

    Call it inside `writing()`.
    """
    _move(token, public=True)


def conceal(token: str) -> None:
    """Make a public picture private again, because the acceptance was taken back.

    Call it inside `writing()`.
    """
    _move(token, public=False)


def discard(token: str) -> None:
    """Delete the row and the files of a picture or video; call it inside `writing()`."""
    medium = db.session.get(Medium, token)
    if medium is not None:
        db.session.delete(medium)
    remove_files(token)


def remove_files(token: str) -> None:
    """Delete every file of a token."""
    for public in (True, False):
        for path in _folder(token, public=public).glob(f"{token}*"):
            path.unlink(missing_ok=True)


def is_mp4(stream: BinaryIO) -> bool:
    """Whether a file begins with an `ftyp` box, as an mp4 does."""
    head = stream.read(12)
    if len(head) < 12 or head[4:8] != b"ftyp":
        return False
    return 12 <= int.from_bytes(head[:4]) <= 4096


def _move(token: str, *, public: bool) -> None:
    medium = db.session.get(Medium, token)
    if medium is None or medium.public == public:
        return
    medium.public = public
    source, target = _folder(token, public=not public), _folder(token, public=public)
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob(f"{token}*")):
        path.replace(target / path.name)


def _folder(token: str, *, public: bool) -> Path:
    return site().settings.instance / ("media" if public else "media-private") / token[:2]


def _write(path: Path, content: BinaryIO) -> None:
    with files.written(path) as target:
        shutil.copyfileobj(content, target, 1024 * 1024)

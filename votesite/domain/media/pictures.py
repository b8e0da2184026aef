"""Pictures and videos: taken apart, made anew, and kept under random names.

No byte of an uploaded picture is ever served: it is decoded under a pixel limit and encoded again
as WebP and JPEG in two widths, without metadata. Public files and private ones (a nomination's) lie
in folders of their own, so that serving the public ones takes no question to the database.
"""

import os
import re
import shutil
import struct
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal

from PIL import Image

from votesite.errors import BadPicture
from votesite.extensions import db, site
from votesite.models.candidates import Medium

Size = Literal["480", "1080"]
Kind = Literal["webp", "jpeg"]

PICTURE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
SIZES: tuple[Size, ...] = ("1080", "480")
SUFFIXES: Mapping[Kind, str] = {"webp": "webp", "jpeg": "jpg"}
TALLEST = 8  # a picture is at most this many times as high as it is wide, or it gets narrower
NAME = re.compile(r"(?P<token>[0-9a-f]{32})(?:-(?:480|1080)\.(?:webp|jpg)|\.mp4)", re.ASCII)

_BAND_ROWS = 64
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_decoding = threading.Lock()  # one large picture in memory at a time, however many are uploaded

# Pillow's own limit lies higher and only warns at first; ours is checked before any decoding.
Image.MAX_IMAGE_PIXELS = None


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


def check(data: bytes) -> None:
    """Decode a picture from its first to its last byte, or raise BadPicture."""
    with _decoding:
        _read(data)


def encode(data: bytes) -> Encoded:
    """Decode a picture and encode it anew, or raise BadPicture.

    It takes a tenth of a second or more: do it before the write lock is held.
    """
    with _decoding:
        picture = _read(data)
    files: dict[str, bytes] = {}
    width, height = picture.size
    for size in SIZES:
        picture = _fit(picture, int(size))
        files[f"-{size}.webp"] = _saved(picture, "WEBP", quality=80, method=4)
        files[f"-{size}.jpg"] = _saved(
            _on_white(picture), "JPEG", quality=82, optimize=True, progressive=True
        )
    return Encoded(files=files, width=width, height=height)


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


def _read(data: bytes) -> Image.Image:
    """The picture upright, at most 1080 wide, RGB or RGBA, without metadata."""
    if len(data) > PICTURE_BYTES:
        raise BadPicture("too-large")
    kind = _kind(data)
    try:
        with _without_warnings(), Image.open(BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture("too-many-pixels")
            return _shrunk(image)
    except BadPicture:
        raise
    except Exception as error:  # decoders raise whatever a hostile file makes them stumble over
        raise BadPicture("damaged") from error


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the decoder's remarks about odd files out of the log; only one thread is here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _kind(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        if _webp_pixels(data) > MAX_PIXELS:
            raise BadPicture("too-many-pixels")  # its decoder takes the memory when it is opened
        return "WEBP"
    raise BadPicture("not-a-picture")


def _webp_pixels(data: bytes) -> int:
    """How many pixels a WebP's first chunk announces; 0 where it announces nothing."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return 0
    if chunk == b"VP8X":
        width, height = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:10], "little")
        return (width + 1) * (height + 1)
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return int(width & 0x3FFF) * int(height & 0x3FFF)
    return 0


def _shrunk(image: Image.Image) -> Image.Image:
    turn = _UPRIGHT.get(_orientation(image))
    lies = turn is not None and turn in (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )
    upright = (image.height, image.width) if lies else image.size
    wanted = _fitting(upright, int(SIZES[0]))
    target = (wanted[1], wanted[0]) if lies else wanted
    image.draft(None, (target[0] * 3 // 2, target[1] * 3 // 2))
    image.load()
    small = _reduced(image, target)
    small = small.resize(target, Image.Resampling.LANCZOS) if small.size != target else small
    small = small.transpose(turn) if turn is not None else small
    small.info.clear()  # profiles and comments would be written again
    return small


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block is no reason to refuse the picture
        return 1


def _reduced(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """RGB or RGBA, by whole factors down to not less than one and a half times the target.

    Band by band, so that no second copy of a large picture is in memory.
    """
    mode = "RGBA" if image.has_transparency_data else "RGB"
    width, height = image.size
    factor = max(1, min(width * 2 // (target[0] * 3), height * 2 // (target[1] * 3)))
    if factor == 1 and image.mode == mode:
        return image
    small = Image.new(mode, (-(-width // factor), -(-height // factor)))
    step = factor * _BAND_ROWS
    for top in range(0, height, step):
        band = _eight_bits(image.crop((0, top, width, min(top + step, height))))
        small.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return small


def _eight_bits(band: Image.Image) -> Image.Image:
    if not band.mode.startswith("I"):
        return band
    return band.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _fitting(size: tuple[int, int], width: int) -> tuple[int, int]:
    """The measures of a picture at most `width` wide and of a sane height; never enlarged."""
    ratio = min(1.0, width / size[0], width * TALLEST / size[1])
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _fit(picture: Image.Image, width: int) -> Image.Image:
    size = _fitting(picture.size, width)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _saved(picture: Image.Image, kind: str, **options: int | bool) -> bytes:
    target = BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()

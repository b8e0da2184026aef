"""Encoding pictures: decoded under a pixel limit and written again as WebP and JPEG.

No byte of an uploaded picture is ever served. What is served has two widths and no metadata.
"""

import struct
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image

from votesite.errors import BadPicture

Size = Literal["480", "1080"]

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_RATIO = 8  # height to width; a picture that is taller becomes narrower
SIZES: tuple[Size, ...] = ("1080", "480")  # widths in pixels

_BAND_ROWS = 64
_ORIENTATION = 0x0112  # EXIF tag
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

# Pillow's own limit is higher and only warns at first; ours is checked before any decoding.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Encoded:
    """An encoded picture: its files by the end of their names, and the pixels of the larger one."""

    files: Mapping[str, bytes]
    width: int
    height: int


def check(data: bytes) -> None:
    """Decode a picture completely. Raises BadPicture."""
    with _decoding:
        _read(data)


def encode(data: bytes) -> Encoded:
    """Decode a picture and encode it again. Raises BadPicture.

    It takes a tenth of a second or more: do it before you hold the write lock.
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


def _read(data: bytes) -> Image.Image:
    """The picture upright, at most 1080 pixels wide, RGB or RGBA, without metadata."""
    if len(data) > MAX_BYTES:
        raise BadPicture("too-large")
    kind = _kind(data)
    try:
        with _without_warnings(), Image.open(BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture("too-many-pixels")
            return _shrunk(image)
    except BadPicture:
        raise
    except Exception as error:  # decoders may raise anything for a hostile file
        raise BadPicture("damaged") from error


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the decoder's warnings out of the log.

    `catch_warnings` changes the whole process; `_decoding` sees to it that one thread is here.
    """
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
            raise BadPicture("too-many-pixels")  # its decoder takes the memory on opening
        return "WEBP"
    raise BadPicture("not-a-picture")


def _webp_pixels(data: bytes) -> int:
    """How many pixels a WebP's first chunk announces (RFC 9649); 0 if it announces none."""
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
    is_sideways = turn is not None and turn in (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )
    upright = (image.height, image.width) if is_sideways else image.size
    wanted = _fitting(upright, int(SIZES[0]))
    target = (wanted[1], wanted[0]) if is_sideways else wanted
    image.draft(None, (target[0] * 3 // 2, target[1] * 3 // 2))
    image.load()
    small = _reduced(image, target)
    small = small.resize(target, Image.Resampling.LANCZOS) if small.size != target else small
    small = small.transpose(turn) if turn is not None else small
    small.info.clear()  # colour profiles and comments would be written again
    return small


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block is no reason to refuse a picture
        return 1


def _reduced(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """The picture in RGB or RGBA, reduced by a whole factor to at least 1.5 times the target.

    It is done band by band, so that there is no second copy of a large picture in memory.
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
    """The size of a picture at most `width` wide and MAX_RATIO times as high; never enlarged."""
    ratio = min(1.0, width / size[0], width * MAX_RATIO / size[1])
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

"""Decoding pictures: what `encoding` lets the confined process do, and nothing else imports.

What is announced is checked before anything is decoded: kind, pixels, sides, shape. Then the
picture is made smaller on each axis by its own factor, so that its shape costs nothing.

An answer is one line of JSON, {"fault": reason} or {"width", "height", "files": {end: length}},
and the files one behind the other in the order of their ends.
"""

import json
import struct
import warnings
from io import BytesIO

from PIL import Image, ImageCms

from votesite.domain.media.kinds import kind_of

MAX_PIXELS = 40_000_000
MAX_JPEG_PIXELS = 120_000_000  # of a baseline JPEG, which is decoded at a fraction of its size
MAX_WEBP_PIXELS = 24_000_000  # each lies in memory four times while it is decoded
LONGEST_SIDE = 16_384
NARROWEST = 50  # times as long as wide, either way
MAX_RATIO = 8  # height to width; a picture that is taller becomes narrower
WIDTHS = (1080, 480)

_BAND_ROWS = 64
_ORIENTATION = 0x0112
_SRGB = ImageCms.createProfile("sRGB")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow's own limit lies higher and only warns at first; ours is checked before any decoding.
Image.MAX_IMAGE_PIXELS = None
warnings.simplefilter("ignore")  # a decoder's remarks about odd files


class Unfit(Exception):
    """A picture that is not taken; the answer says why."""

    def __init__(self, reason: str, **measures: int) -> None:
        super().__init__(reason)
        self.answer = {"fault": reason, **measures}


def check(data: bytes) -> bytes:
    """The job that decodes a picture from its first to its last byte."""
    try:
        _read(data)
    except Unfit as unfit:
        return json.dumps(unfit.answer).encode()
    return b"{}"


def encode(data: bytes) -> bytes:
    """The job that decodes a picture and encodes it anew."""
    try:
        picture = _read(data)
    except Unfit as unfit:
        return json.dumps(unfit.answer).encode()
    width, height = picture.size
    files: dict[str, bytes] = {}
    for size in WIDTHS:
        picture = _fit(picture, size)
        files[f"-{size}.webp"] = _saved(picture, "WEBP", quality=80, method=4)
        files[f"-{size}.jpg"] = _saved(
            _on_white(picture), "JPEG", quality=82, optimize=True, progressive=True
        )
    lengths = {end: len(files[end]) for end in sorted(files)}
    told = json.dumps({"width": width, "height": height, "files": lengths}).encode()
    return told + b"\n" + b"".join(files[end] for end in sorted(files))


def _read(data: bytes) -> Image.Image:
    """The picture upright, at most 1080 wide, sRGB with or without alpha, without metadata."""
    kind = kind_of(data)
    if kind is None:
        raise Unfit("not-a-picture")
    measures = _webp_measures(data) if kind == "WEBP" else None
    if measures:  # its decoder takes the memory when it is opened
        _check_measures(*measures, MAX_WEBP_PIXELS)
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            _check_measures(*image.size, _most_pixels(image))
            return _shrunk(image)
    except (Unfit, MemoryError):
        raise
    except Exception as error:  # decoders raise whatever a hostile file makes them stumble over
        raise Unfit("damaged") from error


def _webp_measures(data: bytes) -> tuple[int, int] | None:
    """Width and height that a WebP's first chunk announces; None where it announces nothing."""
    chunk, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if chunk == b"VP8X":
        width, height = int.from_bytes(body[4:7], "little"), int.from_bytes(body[7:10], "little")
        return width + 1, height + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _most_pixels(image: Image.Image) -> int:
    """How many pixels are taken: more where a smaller picture comes straight from the decoder."""
    if image.format == "WEBP":
        return MAX_WEBP_PIXELS
    is_baseline = image.format in ("JPEG", "MPO") and "progressive" not in image.info
    return MAX_JPEG_PIXELS if is_baseline else MAX_PIXELS


def _check_measures(width: int, height: int, most_pixels: int) -> None:
    if width * height > most_pixels:
        raise Unfit("too-many-pixels", width=width, height=height, limit=most_pixels)
    if max(width, height) > LONGEST_SIDE:
        raise Unfit("too-long", width=width, height=height, limit=LONGEST_SIDE)
    if max(width, height) > NARROWEST * min(width, height):
        raise Unfit("too-narrow", width=width, height=height, limit=NARROWEST)


def _shrunk(image: Image.Image) -> Image.Image:
    turn = _UPRIGHT.get(_orientation(image))
    is_sideways = turn is not None and turn in (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )
    upright = (image.height, image.width) if is_sideways else image.size
    wanted = _fitting(upright, WIDTHS[0])
    target = (wanted[1], wanted[0]) if is_sideways else wanted
    image.draft(None, (target[0] * 3 // 2, target[1] * 3 // 2))
    image.load()
    profile = image.info.get("icc_profile")
    small = _reduced(image, target)
    small = small.resize(target, Image.Resampling.LANCZOS) if small.size != target else small
    small = _in_srgb(small, profile)
    small = small.transpose(turn) if turn is not None else small
    small.info.clear()  # profiles and comments would be written again
    return small


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block is no reason to refuse the picture
        return 1


def _reduced(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """RGB, RGBA, CMYK or grey, each axis by a whole factor to at least 1.5 times the target.

    Band by band, so that no second copy of a large picture is in memory.
    """
    mode = _plain_mode(image)
    width, height = image.size
    across, down = max(1, width * 2 // (target[0] * 3)), max(1, height * 2 // (target[1] * 3))
    if across == down == 1 and image.mode == mode:
        return image
    small = Image.new(mode, (-(-width // across), -(-height // down)))
    step = down * _BAND_ROWS
    for top in range(0, height, step):
        band = _eight_bits(image.crop((0, top, width, min(top + step, height))))
        small.paste(band.convert(mode).reduce((across, down)), (0, top // down))
    return small


def _plain_mode(image: Image.Image) -> str:
    """The mode in which a picture is made smaller; one that its colour profile may be for."""
    if image.has_transparency_data:
        return "RGBA"
    if image.mode == "CMYK":
        return "CMYK"
    return "L" if image.mode in ("1", "L") or image.mode.startswith("I") else "RGB"


def _eight_bits(band: Image.Image) -> Image.Image:
    if not band.mode.startswith("I"):
        return band
    return band.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA, its colours as they were meant; a profile that cannot be read counts as none."""
    if picture.mode == "RGBA":
        colours = _in_srgb(picture.convert("RGB"), profile)
        colours.putalpha(picture.getchannel("A"))
        return colours
    if profile:
        try:
            return _converted(picture, profile)
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass
    return picture.convert("RGB")


def _converted(picture: Image.Image, profile: bytes) -> Image.Image:
    meant = ImageCms.ImageCmsProfile(BytesIO(profile))
    change = ImageCms.buildTransform(meant, _SRGB, picture.mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    converted: Image.Image = change.apply(picture)
    return converted


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

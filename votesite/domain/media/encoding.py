"""Encoding pictures: decoded in a confined process and written again as WebP and JPEG.

No byte of an uploaded picture is ever served. What is served has two widths and no metadata.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from votesite import confined
from votesite.domain.media.kinds import kind_of
from votesite.errors import BadPicture

Size = Literal["480", "1080"]

MAX_BYTES = 20 * 1024 * 1024
SIZES: tuple[Size, ...] = ("1080", "480")  # widths in pixels
SECONDS = 10.0  # of computing for one picture; the largest take about four
MEMORY = 480 << 20  # bytes of addresses; the largest need 440 million

_CHECKING = confined.job("votesite.domain.media.decoding:check")
_ENCODING = confined.job("votesite.domain.media.decoding:encode")
_FAULTS = ("not-a-picture", "too-many-pixels", "too-long", "too-narrow", "damaged")
_MEASURES = ("width", "height", "limit")
_ENDS = sorted(f"-{size}.{end}" for size in SIZES for end in ("webp", "jpg"))


@dataclass(frozen=True)
class Encoded:
    """An encoded picture: its files by the end of their names, and the pixels of the larger one."""

    files: Mapping[str, bytes]
    width: int
    height: int


def refusal_of(data: bytes) -> BadPicture | None:
    """What can be said against a picture without decoding it: its length, its kind."""
    if len(data) > MAX_BYTES:
        return BadPicture("too-large")
    return None if kind_of(data) else BadPicture("not-a-picture")


def check(data: bytes) -> None:
    """Decode a picture completely. Raises BadPicture, and Busy if too many wait."""
    _decoded(_CHECKING, data)


def encode(data: bytes) -> Encoded:
    """Decode a picture and encode it again. Raises BadPicture, and Busy if too many wait.

    It takes a tenth of a second or more: do it before you hold the write lock.
    """
    told, content = _decoded(_ENCODING, data)
    try:
        return _unpacked(told, content)
    except (KeyError, TypeError, ValueError) as nonsense:  # as in _decoded
        raise BadPicture("damaged") from nonsense


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
        fault = _fault(told) if "fault" in told else None
    except (TypeError, ValueError) as nonsense:  # no decoder says this unless a file makes it
        raise BadPicture("damaged") from nonsense
    if fault:
        raise fault
    return told, content


def _fault(told: Mapping[str, Any]) -> BadPicture:
    """What the confined process refuses, in one of the words that we know."""
    if told["fault"] not in _FAULTS:
        raise ValueError
    return BadPicture(told["fault"], **{name: int(told.get(name, 0)) for name in _MEASURES})


def _unpacked(told: Mapping[str, Any], content: bytes) -> Encoded:
    """The files that lie one behind the other, cut apart."""
    files, begin = {}, 0
    for end in _ENDS:
        length = int(told["files"][end])
        files[end] = content[begin : begin + length]
        begin += length
    if begin != len(content) or not all(files.values()):
        raise ValueError
    return Encoded(files=files, width=int(told["width"]), height=int(told["height"]))

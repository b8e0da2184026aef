"""Colour profiles (ICC), written by hand: what cameras and printers put into their pictures."""

import struct

D50 = (0.9642, 1.0, 0.8249)
DISPLAY_P3 = (
    (0.51512, 0.24120, -0.00105),
    (0.29198, 0.69225, 0.04189),
    (0.15710, 0.06657, 0.78407),
)
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
_FROM_D50 = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)


def of_primaries(primaries, gamma: float) -> bytes:
    """A profile for RGB: what each of the three lights is, and their common curve."""
    tags = {b"wtpt": _xyz(*D50)}
    for name, light in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags |= {name + b"XYZ": _xyz(*light), name + b"TRC": _curve(gamma)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def of_greys(gamma: float) -> bytes:
    """A profile for grey."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": _xyz(*D50), b"kTRC": _curve(gamma)})


def of_inks(lightness: int, a: int, b: int) -> bytes:
    """A profile for CMYK in which every mixture without black is one colour of Lab."""
    colour = bytes([round(lightness * 2.55), a + 128, b + 128])
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity
    table += bytes(range(256)) * 4 + (colour + bytes([0, 128, 128])) * 8 + bytes(range(256)) * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": _xyz(*D50), b"A2B0": table})


def as_srgb(colour, primaries, gamma: float) -> tuple[int, ...]:
    """What a colour under such a profile is in sRGB, computed anew."""
    lights = [(value / 255) ** gamma for value in colour]
    xyz = [
        sum(light * primary[axis] for light, primary in zip(lights, primaries, strict=True))
        for axis in range(3)
    ]
    linear = [sum(part * value for part, value in zip(row, xyz, strict=True)) for row in _FROM_D50]
    return tuple(encoded(min(max(value, 0.0), 1.0)) for value in linear)


def encoded(light: float) -> int:
    """A light from 0 to 1 as a byte of sRGB."""
    value = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(value * 255)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", place + len(body), len(data))
        body += padded
    length = 128 + len(table) + len(body)
    head = struct.pack(">I4sI", length, b"lcms", 0x02100000) + kind + space + connection
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", *(round(value * 65536) for value in D50))
    return head + bytes(128 - len(head)) + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))

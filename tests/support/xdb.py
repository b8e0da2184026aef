"""Maps of addresses in ip2region's xdb format, version 3: small ones, for tests.

Header of 256 bytes, 256 × 256 pairs of pointers by the first two bytes of an address, the regions'
names, then one row a segment: first and last address, length and place of its name.
"""

import struct
from ipaddress import ip_address


def write_map(path, segments):
    """`segments`: (first address, last address, region), ascending, none over two first bytes."""
    version = ip_address(segments[0][0]).version
    names, rows, vectors = b"", [], {}
    begin = 256 + 256 * 256 * 8
    for first, last, region in segments:
        name = region.encode()
        rows.append((_packed(first), _packed(last), len(name), begin + len(names)))
        names += name
    index, row_size = begin + len(names), 14 if version == 4 else 38
    body = b""
    for number, (first, last, length, pointer) in enumerate(rows):
        key = ip_address(segments[number][0]).packed[:2]
        at = index + number * row_size
        vectors.setdefault(key, [at, at])[1] = at
        body += first + last + struct.pack("<HI", length, pointer)
    header = struct.pack("<HHIIIHH", 3, 1, 0, index, index + len(body) - row_size, version, 4)
    table = bytearray(256 * 256 * 8)
    for key, (first_at, last_at) in vectors.items():
        struct.pack_into("<II", table, (key[0] * 256 + key[1]) * 8, first_at, last_at)
    path.write_bytes(header.ljust(256, b"\0") + table + names + body)


def _packed(text):
    """IPv4 lies in the file with its lowest byte first, IPv6 with its highest."""
    address = ip_address(text)
    return address.packed[::-1] if address.version == 4 else address.packed

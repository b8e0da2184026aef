"""PDF files of strangers: what `evidence` lets the confined process look for, in bounds.

No library reads the file: what matters is what it may make a reader do. Names are looked for in the
file as it stands and in everything that is compressed in it, however they are written.
"""

import re
import zlib
from collections.abc import Iterator

GOOD, BROKEN, ACTIVE, LOCKED, ODD = b"good", b"broken", b"active", b"locked", b"odd"
MOST_READ = 300 << 20  # bytes of a file and of everything that is compressed in it, together
_CHUNK = 64 << 10
_OVERLAP = 64  # so that a name in two chunks is found; longer than any of them, escaped
_TAIL = 2048

_HEADER = re.compile(rb"%PDF-[12]\.\d")
_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF")
_TABLE = re.compile(rb"\s*(xref\b|\d{1,10}\s+\d{1,5}\s+obj\b)")
_PAGES = re.compile(rb"/Type\s*/Pages?\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|XFA)\b"
)
_LOCKED = re.compile(rb"/Encrypt\b")


def check(data: bytes) -> bytes:
    """The job that looks at a PDF: one of the words above."""
    end = _END.findall(data[-_TAIL:])
    if not _HEADER.match(data) or not end or not _TABLE.match(data, int(end[-1])):
        return BROKEN
    has_pages, left = False, MOST_READ
    for cost, part in _parts(data):
        left -= cost
        if left < 0:
            return ODD
        plain = _ESCAPE.sub(lambda hexed: bytes([int(hexed[1], 16)]), part)
        if _LOCKED.search(plain):
            return LOCKED
        if _ACTIVE.search(plain):
            return ACTIVE
        has_pages = has_pages or _PAGES.search(plain) is not None
    return GOOD if has_pages else BROKEN


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The file in pieces that overlap, then what its streams hold; each with what it cost."""
    for start in range(0, len(data), _CHUNK):
        yield _CHUNK, data[max(0, start - _OVERLAP) : start + _CHUNK]
    for found in _STREAM.finditer(data):
        yield from _inflated(data, found.end())


def _inflated(data: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """What a compressed stream holds, in pieces that overlap; nothing of one that is not."""
    inflater, before, at = zlib.decompressobj(), b"", start
    fed = data[at : at + _CHUNK]
    while fed and not inflater.eof:
        at += len(fed)
        try:
            piece = inflater.decompress(fed, _CHUNK)
        except zlib.error:
            return
        at -= len(inflater.unconsumed_tail)
        yield max(len(piece), len(fed) - len(inflater.unconsumed_tail)), before + piece
        before = piece[-_OVERLAP:]
        fed = data[at : at + _CHUNK]

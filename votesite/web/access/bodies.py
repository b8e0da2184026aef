"""Reading bodies: a form in parts within bounds of text, files, parts and headers.

werkzeug bounds each text by itself and the whole; here all texts together are bounded, so that what
a worker holds of a body is known whatever shape it has. Files go to disk beyond half a megabyte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

if TYPE_CHECKING:
    from werkzeug.formparser import TStreamFactory

MULTIPART = "multipart/form-data"
MAX_FILES = 32

_CHUNK_BYTES = 64 * 1024
_HELD_BYTES = (
    2 * _CHUNK_BYTES
)  # what may lie unread: the headers of one part, words before the first
_CHARSETS = ("ascii", "us-ascii", "utf-8", "iso-8859-1")

Read = tuple[MultiDict[str, str], MultiDict[str, FileStorage]]


class _Parts:
    """One form in parts while it is read."""

    def __init__(self, text_bytes: int, total: int | None, streams: TStreamFactory) -> None:
        self._left = text_bytes
        self._total = total
        self._streams = streams
        self._part: Field | File | None = None
        self._text = bytearray()
        self._stream: IO[bytes] | None = None
        self._begun: list[IO[bytes]] = []
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, FileStorage]] = []

    def take(self, event: Event) -> None:
        """Take the next piece of the form; raises RequestEntityTooLarge."""
        if isinstance(event, Field | File):
            self._part = event
            self._spend(len(event.name or ""))
            self._stream = self._begin(event) if isinstance(event, File) else None
        elif isinstance(event, Data) and self._part is not None:
            if self._stream is None:
                self._spend(len(event.data))
                self._text += event.data
            else:
                self._stream.write(event.data)
            if not event.more_data:
                self._end(self._part)

    def drop(self) -> None:
        """Close what was begun."""
        for stream in self._begun:
            stream.close()

    def _begin(self, part: File) -> IO[bytes]:
        if len(self._begun) >= MAX_FILES:
            raise RequestEntityTooLarge
        kind = part.headers.get("content-type")
        self._begun.append(self._streams(self._total, kind, part.filename))
        return self._begun[-1]

    def _end(self, part: Field | File) -> None:
        if self._stream is None:
            self.fields.append((part.name, self._text.decode(_charset(part), "replace")))
            self._text.clear()
        else:
            self._stream.seek(0)
            name, headers = part.name, part.headers
            filename = part.filename if isinstance(part, File) else None
            self.files.append((name, FileStorage(self._stream, filename, name, headers=headers)))

    def _spend(self, length: int) -> None:
        self._left -= length
        if self._left < 0:
            raise RequestEntityTooLarge


class _BoundedParser(FormDataParser):
    """Reads forms in parts by _Parts; `max_form_memory_size` bounds all texts together."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """The form and its files; both empty where it cannot be read as one."""
        if mimetype != MULTIPART:
            return super().parse(stream, mimetype, content_length, options)
        parts = _Parts(self.max_form_memory_size or 0, content_length, self.stream_factory)
        try:
            for event in _events(stream, options or {}, self.max_form_parts):
                parts.take(event)
        except ValueError:  # as werkzeug does: what is no form is an empty one
            parts.drop()
            return stream, self.cls(), self.cls()
        except BaseException:
            parts.drop()
            raise
        return stream, self.cls(parts.fields), self.cls(parts.files)


class BoundedRequest(Request):
    """A request whose form in parts is read within bounds."""

    form_data_parser_class = _BoundedParser


def _events(
    stream: IO[bytes], options: Mapping[str, str], max_parts: int | None
) -> Iterator[Event]:
    boundary = options.get("boundary", "").encode("ascii")
    if not boundary:
        raise ValueError
    decoder = MultipartDecoder(boundary, _HELD_BYTES, max_parts=max_parts)
    data: bytes | None = b""
    while data is not None:
        data = stream.read(_CHUNK_BYTES) or None
        decoder.receive_data(data)
        event = decoder.next_event()
        while not isinstance(event, Epilogue | NeedData):
            yield event
            event = decoder.next_event()


def _charset(part: Field | File) -> str:
    """The charset that a text part names, of those that werkzeug knows; UTF-8 otherwise."""
    options = parse_options_header(part.headers.get("content-type"))[1]
    named = options.get("charset", "").lower()
    return named if named in _CHARSETS else "utf-8"

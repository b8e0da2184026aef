"""What was typed at the desk when the session was over: kept over the sign-in, never carried out.

The sign-in page carries the fields along, and after the sign-in they are shown with a button that
sends them where they were to go. Passwords, names beside them and files are not kept.
"""

import re
from typing import NamedTuple

from flask import Response, request

from votesite.web.responses import page

NEVER = frozenset({"csrf_token", "code", "colleague", "new", "old", "password"})
ADMIN_PATH = re.compile(r"/admin(/[A-Za-z0-9_/-]*)?")
_MARKS = "seen"  # what a form was made of: nobody has typed it
_PREFIX, _ADDRESS, _FILES = "kept-", "kept_address", "kept_files"


class Kept(NamedTuple):
    """Fields of a form, where it was to go, and whether files that are gone came with it."""

    address: str
    fields: list[tuple[str, str]]
    had_files: bool = False

    @property
    def texts(self) -> list[str]:
        """What somebody has written in it, to be recognised; an ASCII word is too little."""
        written = (text for name, text in self.fields if name != _MARKS)
        return [text for text in written if not text.isascii() or len(text.split()) > 1]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """The hidden fields with which the sign-in page carries it along."""
        files = [(_FILES, "1")] if self.had_files else []
        fields = [(f"{_PREFIX}{name}", text) for name, text in self.fields]
        return [(_ADDRESS, self.address), *files, *fields]


def posted() -> Kept | None:
    """What this request's form would lose; None if nothing was filled in."""
    fields = [(name, text) for name, text in request.form.items(multi=True) if name not in NEVER]
    had_files = any(upload.filename for upload in request.files.values())
    is_filled_in = any(text for _name, text in fields)
    return Kept(request.path, fields, had_files) if is_filled_in else None


def carried() -> Kept | None:
    """What this sign-in form carries along, or None."""
    address = request.form.get(_ADDRESS, "")
    if not ADMIN_PATH.fullmatch(address):
        return None
    fields = [
        (name.removeprefix(_PREFIX), text)
        for name, text in request.form.items(multi=True)
        if name.startswith(_PREFIX)
    ]
    return Kept(address, fields, _FILES in request.form)


def sign_in_page(
    status: int, kept: Kept | None, *, error: str = "", next_path: str = ""
) -> Response:
    """The sign-in form, with what it carries along."""
    return page(
        "admin/site/sign_in.html",
        status,
        error=error,
        name=request.form.get("name", "")[:40] if kept is None or error else "",
        next=next_path,
        kept=kept,
    )


def kept_page(status: int, kept: Kept) -> Response:
    """What was typed, and the button that sends it."""
    return page("admin/kept.html", status, kept=kept)

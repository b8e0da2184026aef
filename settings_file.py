"""Reads `.env`, the settings beside the program; what is wrong with the file is said in a sentence.

Apart from the site, because whatever starts it needs the settings first: `gunicorn.conf.py`, the
`flask` command that `make install` writes, and `wsgi.py`.
"""

import os
import pwd
import sys
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

ENV = Path(__file__).with_name(".env")
SKIP = "FLASK_SKIP_DOTENV"  # the variable by which Flask is told to read no file


class Unreadable(Exception):
    """The file cannot be read; the sentence says why, and what to do."""


def load() -> None:
    """Put the settings of the file into the environment, where they are not there yet.

    Not for the demo, which stands on its own beside a site that is being set up. Ends the process
    with exit code 1 and a sentence if there is a file that cannot be read.
    """
    if os.environ.get(SKIP, "").lower() not in ("", "0", "false", "no"):
        return
    try:
        values = {} if os.environ.get("VOTESITE_MODE") == "demo" else read(ENV)
    except Unreadable as fault:
        sys.stderr.write(f"Error: {fault}\n")
        raise SystemExit(1) from None
    os.environ.update({key: text for key, text in values.items() if key not in os.environ})


def read(path: Path) -> dict[str, str]:
    """The settings in a file, none where there is no file. Raises Unreadable."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise Unreadable(f"Line {line} of {path} is not UTF-8: save the file as UTF-8.") from None
    except OSError as fault:
        raise Unreadable(_refused(path, fault)) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Unreadable(
            f"Line {line} of {path} holds a NUL, which no text has: save the file as UTF-8, or"
            " write it anew from .env.example."
        )
    for found in parse_stream(StringIO(text)):
        if found.error:
            raise Unreadable(
                f"Line {found.original.line} of {path} is no setting: write NAME=value, with a"
                " quotation mark at both ends or at none."
            )
    values = dotenv_values(stream=StringIO(text))
    return {key: value for key, value in values.items() if key and value is not None}


def _refused(path: Path, fault: OSError) -> str:
    number = os.geteuid()
    try:
        user = pwd.getpwuid(number).pw_name
    except KeyError:
        user = str(number)
    why = (fault.strerror or "refused").lower()
    return (
        f"{path} cannot be read by the user {user} ({why}): run this as the site's own user, and"
        " give the file its group and mode 640 (docs/deploy.md, section 2)."
    )

"""What the machine refused, in one sentence: files, rights, the database. No traceback helps there.

`wsgi.py` asks for it, at the start and for every command.
"""

import errno
import os
import pwd
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sqlalchemy.exc import DBAPIError

from votesite import config
from votesite.errors import Busy

NO_TABLE = ("no such table", "no such column", "has no column", "does not exist")
UPGRADE = "run `flask --app wsgi db upgrade`"
AS_SITE = "run this as the site's own user, or give it the right (docs/deploy.md, section 4)"
BUSY = (
    "The database takes no writes now: is the disk full, the file not for this user to write, or"
    " another command at work?"
)
OF_SERVER = ("psycopg.OperationalError", "psycopg.errors.UndefinedTable")


def sentence(fault: BaseException) -> str:
    """Returns what is to be repaired, or nothing if the fault is not the machine's."""
    for one in _chain(fault):
        if isinstance(one, Busy):
            return BUSY
        if _is_of_database(one):
            return _of_database(one)
        if isinstance(one, OSError) and one.errno == errno.ENOSPC:
            return "No space is left on the disk."
        if isinstance(one, OSError) and one.filename is not None:
            return _of_file(one)
    return ""


def of_root() -> str:
    """Returns why root must not start anything here: the site could not use what root writes."""
    folder = config.instance_in_environment()
    if os.geteuid() != 0 or not folder.is_dir() or folder.stat().st_uid == 0:
        return ""
    owner = _user(folder.stat().st_uid)
    return f"{folder} belongs to the user {owner}: put `runuser -u {owner} --` before the command."


def tell_in_a_sentence() -> None:
    """From now on, end this process with a sentence where the machine refused something."""
    shown = sys.excepthook

    def tell(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        words = sentence(fault)
        if words:
            sys.stderr.write(f"Error: {words}\n")
        else:
            shown(kind, fault, trace)

    sys.excepthook = tell


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """A fault, what the driver said, and what it followed from."""
    one: BaseException | None = fault
    while one is not None:
        yield one
        if isinstance(one, DBAPIError) and one.orig is not None:
            yield one.orig
        one = one.__cause__


def _is_of_database(fault: BaseException) -> bool:
    """Whether a database could not be used as it is; mistakes of ours are other kinds."""
    if isinstance(fault, sqlite3.OperationalError) or type(fault) is sqlite3.DatabaseError:
        return True
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(fault).__mro__}
    return not kinds.isdisjoint(OF_SERVER)


def _of_database(fault: BaseException) -> str:
    said = (str(fault).splitlines() or [""])[0].strip()
    if any(words in said for words in NO_TABLE):
        return f"The database lacks tables of this version: {UPGRADE}."
    where = config.database_in_environment(of_file=isinstance(fault, sqlite3.Error))
    return f"The database {where} cannot be used by the user {_user()} ({said}): {AS_SITE}."


def _of_file(fault: OSError) -> str:
    name = os.fsdecode(fault.filename)
    path = Path(name).absolute() if os.sep in name else Path(name)  # a program has no folder
    if fault.errno in (errno.EACCES, errno.EPERM):
        return f"{path} may not be {_wanted(path)} by the user {_user()}: {AS_SITE}."
    return f"{path} cannot be used by the user {_user()}: {(fault.strerror or 'refused').lower()}."


def _wanted(path: Path) -> str:
    """What a refused opening was for."""
    with suppress(OSError):
        if not path.exists():
            return "made"
    return "written" if os.access(path, os.R_OK) else "read"


def _user(number: int | None = None) -> str:
    """The name of a user, of this process's own without a number."""
    number = os.geteuid() if number is None else number
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return str(number)

"""What stands in logs: what went wrong and where, no word of a visitor, nobody beside a ballot.

A fault's own message may hold the words of whoever caused it: a database names the values it
refused, a parser the text it could not read. So a fault is told by its type and the lines of code
it passed, whichever logger reports it.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterator
from traceback import walk_tb
from types import TracebackType
from typing import Any

# Beside the public log, the times of these requests would lead from an address to a ballot or to
# who objects. The links of staff and of nominated bodies open what they are for to whoever has one.
JOINING = re.compile(r"/c/[^/]+/(?:ballot|receipts|me|objections)(?:/|$)|/my/|/admin/join/|/d/")
# What the server adds to its sentence: address and text of a request.
_OF_A_REQUEST = re.compile(r" from ip=| %s")

_usual_record = logging.getLogRecordFactory()


def init() -> None:
    """Hold every logger of this process to it, the server's too, and faults that nobody catches."""
    logging.setLogRecordFactory(_record)
    logging.getLogger("gunicorn.access").addFilter(_keeps_apart)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _on_fault
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _on_fault_of_a_thread


def told(fault: BaseException) -> str:
    """Returns a fault and what caused it, each by its type and the lines of code it passed."""
    lines = []
    for each in _chain(fault):
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}{_code_of(each)}")
        for frame, line in walk_tb(each.__traceback__):
            lines.append(f"  {frame.f_code.co_filename}:{line} {frame.f_code.co_name}")
    return "\n".join(lines)


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)


def _code_of(fault: BaseException) -> str:
    """What the system or the database calls it, where that is one of a fixed list of names.

    A fault may be one that cannot even be looked at; telling it must not become the next fault.
    """
    try:
        cause = getattr(fault, "orig", fault)
        code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    except Exception:  # what its own properties raise
        return ""
    if isinstance(fault, OSError):
        code = fault.strerror
    return f" ({code})" if code else ""


def _record(  # noqa: PLR0913 -- as logging calls it
    name: str,
    level: int,
    path: str,
    line: int,
    msg: object,
    args: Any,
    exc_info: Any,
    *more: Any,
    **named: Any,
) -> logging.LogRecord:
    fault = exc_info[1] if exc_info else None
    if name == "gunicorn.error" and (fault or str(msg).startswith("Invalid request")):
        msg, args = _OF_A_REQUEST.split(str(msg))[0], ()
    record = _usual_record(name, level, path, line, msg, args, None, *more, **named)
    if fault is not None:
        record.exc_text = told(fault)
    return record


def _keeps_apart(record: logging.LogRecord) -> bool:
    """Whether a line of the access log tells neither whose ballot is which nor a staff link."""
    path = record.args.get("U") if isinstance(record.args, dict) else None
    return not (path and JOINING.match(path))


def _on_fault(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """Tell a fault that ends the process; whole only to a person who sits before it."""
    if sys.stderr.isatty():
        sys.__excepthook__(kind, fault, trace)
    else:
        sys.stderr.write(f"{told(fault)}\n")


def _on_fault_of_a_thread(event: threading.ExceptHookArgs) -> None:
    if event.exc_value is not None:
        logging.getLogger(__name__).critical("a thread has ended", exc_info=event.exc_value)

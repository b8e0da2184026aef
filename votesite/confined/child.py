"""The confined process: reads a job and its data, answers, and waits for the next.

Run as a file, by exec. It imports the module of a job and nothing else of the site: `votesite` is
here an empty package, so that neither settings nor database come along.
"""

import importlib
import json
import math
import resource
import signal
import socket
import sys
import types
from pathlib import Path
from typing import BinaryIO

DONE, OUT_OF_MEMORY, FAULT = b"d", b"m", b"f"


def main() -> None:
    """Work until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    package = types.ModuleType("votesite")
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules["votesite"] = package
    with socket.socket(fileno=0) as parent, parent.makefile("rb") as orders:
        while line := orders.readline():
            state, answer = _answer(json.loads(line), orders)
            parent.sendall(state + len(answer).to_bytes(8))
            parent.sendall(answer)


def _answer(order: dict[str, str | int | float], orders: BinaryIO) -> tuple[bytes, bytes]:
    """What came of a job: its answer, or what kind of fault ended it."""
    try:
        module, _, name = str(order["job"]).partition(":")
        work = getattr(importlib.import_module(module), name)
        data = orders.read(int(order["length"]))
        _confine(int(order["memory"]), float(order["seconds"]))
        return DONE, work(data)
    except MemoryError:
        return OUT_OF_MEMORY, b"MemoryError"
    except Exception as fault:  # which one is for the log; its words may be the file's
        return FAULT, type(fault).__name__.encode()


def _confine(memory: int, seconds: float) -> None:
    """Bound the addresses of this process, and the computing of this job: to a second more."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(spent.ru_utime + spent.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()

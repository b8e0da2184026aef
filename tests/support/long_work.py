"""Kinds of long work for tests, and the site that knows them: `tests.support.long_work:app`.

Importing this registers the kinds; `app` is made when it is first asked for, as gunicorn and the
flask command do.
"""

import time
from pathlib import Path

from flask import Flask

from votesite import create_app
from votesite.domain.jobs.kinds import Made, Task, kind
from votesite.errors import Fault, InvalidFields

ENTRY = "tests.support.long_work:app"
TRACES = "traces"  # the question's field that names a folder: who worked when


@kind("test-sum")
def add_up(task: Task) -> Made:
    """Add the numbers of the question, step by step."""
    numbers = task.question["numbers"]
    for done, _ in enumerate(numbers):
        task.step(done, len(numbers))
    total = sum(numbers)
    return Made({"total": total}, f"{total}\n".encode(), "sum.csv")


@kind("test-echo")
def echo(task: Task) -> Made:
    """Give the file back."""
    return Made(output=task.input, filename="same.bin")


@kind("test-slow")
def be_slow(task: Task) -> Made:
    """Compute for some seconds, and leave a line when it begins and when it ends."""
    seconds, folder = task.question["seconds"], task.question[TRACES]
    _trace(folder, task.id, "begins")
    until, steps = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        steps = sum(range(20_000)) % 7 + steps
        left = max(until - time.monotonic(), 0)
        task.step(int(100 * (1 - left / seconds)), 100)
    _trace(folder, task.id, "ends")
    return Made({"steps": steps})


@kind("test-file")
def be_slow_and_make_a_file(task: Task) -> Made:
    """Take its time, as above, and make a file."""
    be_slow(task)
    return Made(output=b"1\n", filename="done.csv")


@kind("test-greedy", memory=1536 << 20)
def be_greedy(_task: Task) -> Made:
    """Hold more than it may."""
    held = [bytearray(64 << 20) for _ in range(64)]
    return Made({"held": len(held)})


@kind("test-endless", seconds=1)
def never_end(_task: Task) -> Made:
    """Compute for ever."""
    while True:
        pass


@kind("test-refused")
def refuse(_task: Task) -> Made:
    """Find a fault in what it was given."""
    raise InvalidFields({"table": Fault("unknown-number", no=7)})


@kind("test-broken")
def break_down(_task: Task) -> Made:
    """Break down as no work should."""
    raise RuntimeError("张桂兰")


def __getattr__(name: str) -> Flask:
    if name == "app":
        return create_app()
    raise AttributeError(name)


def _trace(folder: str, job_id: int, what: str) -> None:
    with Path(folder, "trace").open("a", encoding="utf-8") as file:
        file.write(f"{job_id} {what}\n")

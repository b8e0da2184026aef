"""The confined process: bounded in memory and time, replaced after every fault, one a worker."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from votesite import confined
from votesite.errors import Busy

PYTHON = "builtins:eval"  # any expression: what a decoder that was taken over could run
HERE = b"str(__import__('os').getpid()).encode()"


@pytest.fixture(autouse=True)
def any_expression_is_a_job(monkeypatch):
    monkeypatch.setattr(confined, "JOBS", confined.JOBS | {PYTHON})


def evaluate(expression: bytes, *, seconds=10.0, memory=confined.MEMORY) -> bytes:
    return confined.run(PYTHON, expression, seconds=seconds, memory=memory)


def fault_of(expression: bytes, **limits) -> str:
    with pytest.raises(confined.Failed) as failed:
        evaluate(expression, **limits)
    return failed.value.reason


def is_alive(process: bytes) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def test_work_is_done_by_one_other_process():
    first, second = evaluate(HERE), evaluate(HERE)

    assert first == second != str(os.getpid()).encode()
    assert evaluate(b"b'a' * 5_000_000") == b"a" * 5_000_000


def test_large_data_goes_there_and_large_answers_come_back():
    data = b"b'" + b"a" * 20_000_000 + b"'"

    assert evaluate(data) == b"a" * 20_000_000


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (b"str(len(bytes(800 << 20))).encode()", "memory"),
        (b"__import__('time').sleep(60)", "time"),
        (b"sum(iter(int, 1))", "time"),
        (b"__import__('os').abort()", "crash"),
        (b"__import__('os')._exit(0)", "crash"),
        (b"__import__('os').kill(__import__('os').getpid(), 9)", "crash"),
        (b"__import__('os').close(0)", "crash"),
        (b"1 / 0", "crash"),
        (b"'text'", "crash"),
        (b"__import__('os').write(0, b'd' + bytes(7))", "crash"),
        (b"__import__('os').write(0, b'd' + bytes([255] * 8))", "memory"),
    ],
)
def test_fault_has_its_reason_and_the_next_work_is_done(expression, reason):
    before = evaluate(HERE)
    began = time.monotonic()

    assert fault_of(expression, seconds=1.0 if reason == "time" else 10.0) == reason
    assert time.monotonic() - began < 20
    assert evaluate(b"b'well'") == b"well"
    assert evaluate(HERE) != before
    assert not is_alive(before)


def test_memory_is_bounded_by_what_was_asked_for():
    length = b"str(len(bytes(%d << 20))).encode()"

    assert fault_of(length % 200, memory=150 << 20) == "memory"
    assert evaluate(length % 200, memory=300 << 20) == str(200 << 20).encode()


def test_answer_without_bounds_is_not_taken():
    too_long = b"bytes(%d)" % (confined.ANSWER_BYTES + 1)

    assert fault_of(too_long) == "memory"


def test_process_that_died_meanwhile_is_replaced():
    first = evaluate(HERE)
    os.kill(int(first), signal.SIGKILL)
    while is_running(first):
        time.sleep(0.01)

    assert evaluate(HERE) not in (first, b"")


def is_running(process: bytes) -> bool:
    state = Path(f"/proc/{int(process)}/stat").read_text().rpartition(")")[2].split()[0]
    return state not in "ZX"


def test_process_is_replaced_after_its_share(monkeypatch):
    monkeypatch.setattr(confined, "JOBS_A_CHILD", 3)
    confined._pool.end()

    processes = [evaluate(HERE) for _ in range(6)]

    assert len(set(processes[:3])) == len(set(processes[3:])) == 1
    assert processes[0] != processes[3]


def test_process_knows_nothing_of_the_site(monkeypatch):
    monkeypatch.setenv("VOTESITE_MASTER_KEY", "canary")
    confined._pool.end()
    names = b"','.join(sorted(__import__('os').environ)).encode()"
    modules = b"','.join(__import__('sys').modules).encode()"
    group = b"str(__import__('os').getpgrp()).encode()"

    assert "VOTESITE_MASTER_KEY" not in evaluate(names).decode().split(",")
    assert "flask" not in evaluate(modules).decode().split(",")
    assert int(evaluate(group)) == os.getpgrp()


def test_work_that_no_parent_ends_is_ended_by_the_kernel():
    limits = (
        b"repr(__import__('resource').getrlimit(__import__('resource').RLIMIT_CPU)[0]).encode()"
    )

    assert 3 <= int(evaluate(limits, seconds=3)) < 3 + 20


def test_other_jobs_are_refused():
    with pytest.raises(ValueError, match="os:system"):
        confined.run("os:system", b"true", seconds=1)


def test_many_at_once_wait_and_one_too_many_is_asked_to_come_back():
    slow = b"__import__('time').sleep(0.3) or b'done'"
    gate = threading.Barrier(confined.AT_ONCE + 2)

    def ask(_number):
        gate.wait()
        try:
            return evaluate(slow)
        except Busy:
            return b"busy"

    with ThreadPoolExecutor(confined.AT_ONCE + 2) as threads:
        answers = list(threads.map(ask, range(confined.AT_ONCE + 2)))

    assert sorted(answers) == [b"busy"] * 2 + [b"done"] * confined.AT_ONCE


def test_turn_that_does_not_come_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(confined, "PATIENCE", 0.2)
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(evaluate, b"__import__('time').sleep(2) or b'done'")
        time.sleep(0.5)
        with pytest.raises(Busy):
            evaluate(HERE)
        assert working.result() == b"done"


def asked_in_a_fork() -> bytes:
    """Which process works for a fork of this one."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            signal.alarm(20)
            os.write(writer, evaluate(HERE))
            confined._pool.end()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        answer = told.read()
    os.waitpid(process, 0)
    return answer


def test_forked_process_has_a_child_of_its_own_even_while_ours_works():
    ours = evaluate(HERE)
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(evaluate, b"__import__('time').sleep(3) or b'done'")
        time.sleep(0.3)
        theirs = asked_in_a_fork()
        assert working.result() == b"done"

    assert theirs not in (ours, b"")
    assert evaluate(HERE) == ours


PROGRAM = """
import os, sys
from votesite import confined
confined.JOBS |= {"builtins:eval"}
sys.stdout.write(confined.run("builtins:eval", b"str(__import__('os').getpid()).encode()",
                              seconds=20).decode())
sys.stdout.flush()
"""


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)"])
def test_child_ends_with_its_parent_however_that_ends(ending):
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM + ending],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.stderr == ""
    for _ in range(200):
        if not is_alive(told.stdout.encode()):
            break
        time.sleep(0.02)
    assert not is_alive(told.stdout.encode())

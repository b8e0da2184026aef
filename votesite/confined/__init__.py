"""Work on files of strangers in a process of its own, whose memory and time are bounded.

Decoders of pictures and spreadsheets take what a file makes them take. Here a file costs its worker
nothing: a child process decodes it under a limit of memory and before a deadline, is killed when
it oversteps either, and is replaced at the next file. Each worker, and each command, has one
child, started with the first file by exec, so that no lock of the worker's threads comes along. It
stays in its parent's process group and ends when its parent does.

The child gets none of the site's settings, and of its answer nothing is trusted but its length:
whoever asked reads it as data.
"""

import atexit
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from votesite.errors import Busy

JOBS: set[str] = set()
MEMORY = 700 << 20
ANSWER_BYTES = 96 << 20
JOBS_A_CHILD = 200  # then it is replaced, whatever its decoders have left behind in it
AT_ONCE = 8  # one works, the others wait; whoever would be the next is asked to come back
PATIENCE = 20.0  # seconds of waiting for a turn
SLACK = 3  # times as long as it may compute a job may last, on a machine that is busy

log = logging.getLogger(__name__)

_PROGRAM = Path(__file__).with_name("child.py")
_REASONS = {b"m": "memory", b"f": "crash"}


class Failed(Exception):
    """The work was not finished; `reason` is one of time, memory, crash."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Child:
    """A process that does one job after the other, and the socket it is spoken to by."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 -- our own program
                [sys.executable, "-I", "-X", "utf8", str(_PROGRAM)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
            )
        self._done = 0

    @property
    def is_usable(self) -> bool:
        """Whether it lives and has not done its share."""
        return self._done < JOBS_A_CHILD and self._process.poll() is None

    def run(self, job: str, data: bytes, seconds: float, memory: int) -> bytes:
        """What the job makes of the data; raises Failed."""
        self._done += 1
        until = time.monotonic() + seconds * SLACK
        order = {"job": job, "seconds": seconds, "memory": memory, "length": len(data)}
        try:
            self._send(json.dumps(order).encode() + b"\n", until)
            self._send(data, until)
            state = self._receive(1, until)
            length = int.from_bytes(self._receive(8, until))
            answer = self._receive(length, until) if length <= ANSWER_BYTES else None
        except TimeoutError as late:
            raise Failed("time") from late
        except OSError as gone:
            self._process.kill()
            ended = self._process.wait()
            log.warning("%s: its confined process has ended: %s", job, ended)
            raise Failed("time" if ended == -signal.SIGXCPU else "crash") from gone
        if answer is None:
            raise Failed("memory")
        if state in _REASONS:
            log.warning("%s: not finished in its confined process: %s", job, _name(answer))
            raise Failed(_REASONS[state])
        return answer

    def end(self) -> None:
        """Kill it."""
        self.forget()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Let it be another process's: speak to it no more."""
        self._socket.close()

    def _send(self, data: bytes, until: float) -> None:
        self._socket.settimeout(_left(until))
        self._socket.sendall(data)

    def _receive(self, length: int, until: float) -> bytes:
        answer = bytearray()
        while len(answer) < length:
            self._socket.settimeout(_left(until))
            part = self._socket.recv(min(length - len(answer), 1 << 20))
            if not part:
                raise ConnectionResetError
            answer += part
        return bytes(answer)


class _Pool:
    """The one child of this process; whoever asks waits for a turn."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.Semaphore(AT_ONCE)
        self._child: _Child | None = None

    def run(self, job: str, data: bytes, seconds: float, memory: int) -> bytes:
        """What the job makes of the data; raises Failed and Busy."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turn.acquire(timeout=PATIENCE):
                raise Busy
            try:
                return self._run(job, data, seconds, memory)
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _run(self, job: str, data: bytes, seconds: float, memory: int) -> bytes:
        if self._child is not None and not self._child.is_usable:
            self.end()
        if self._child is None:
            self._child = _Child()
        try:
            return self._child.run(job, data, seconds, memory)
        except BaseException:  # whatever it was, the next file begins with a fresh process
            self.end()
            raise

    def end(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def forget(self) -> None:
        """In a forked process: the child is the parent's."""
        if self._child is not None:
            self._child.forget()


def job(place: str) -> str:
    """Let a function of bytes, "module:function", be a job; returns its place."""
    JOBS.add(place)
    return place


def run(job: str, data: bytes, *, seconds: float, memory: int = MEMORY) -> bytes:
    """What a job, one of JOBS, makes of `data` in a confined process.

    `memory` bounds the addresses of the process, which are more than what it fills; `seconds` what
    it may compute, and with SLACK how long it may last. Raises Failed when the job oversteps
    either or breaks down, Busy when too many wait for a turn, ValueError for a job that is not in
    JOBS.
    """
    if job not in JOBS:
        raise ValueError(job)
    return _pool.run(job, data, seconds, memory)


def _name(answer: bytes) -> str:
    """The type of a fault, or nothing where the process writes what no type is called."""
    name = answer[:60].decode("ascii", "replace")
    return name if name.isidentifier() else ""


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _begin_anew() -> None:
    """After a fork: neither the parent's child nor its locks are ours."""
    global _pool
    _pool.forget()
    _pool = _Pool()


_pool = _Pool()
os.register_at_fork(after_in_child=_begin_anew)
atexit.register(lambda: _pool.end())

"""Doing the long work that waits: oldest first, each within its bounds, whatever comes of it.

Only the process that holds the lock works. A piece that it finds begun was another process's, which
is gone: that piece has failed, and says so.
"""

import logging
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import keys
from votesite.domain.jobs import asking, starting
from votesite.domain.jobs.kinds import KINDS, SLACK, Kind, Made, Task
from votesite.errors import Fault, InvalidFields, Refused
from votesite.extensions import db, writing
from votesite.models.jobs import Job

GRACE = 5  # seconds of computing between the sign to stop and the end of the process

log = logging.getLogger(__name__)


class _OutOfTime(BaseException):
    """The work has computed, or lasted, longer than its kind may; no kind catches it by chance."""


def run_waiting(*, clock: Clock = now) -> int:
    """Do what waits; returns how many pieces were done or have failed.

    Returns 0 at once where another process is at work. Raises Busy.
    """
    with starting.turn() as is_ours:
        if not is_ours:
            return 0
        asking.forget_old(clock=clock)
        ended = _end_the_dead(clock)
        while (job_id := _begin_next()) is not None:
            _do(job_id, clock)
            ended += 1
        return ended


def _end_the_dead(clock: Clock) -> int:
    """Mark as failed what a process had begun that is gone."""
    begun = select(Job).where(Job.state == "running")
    if not db.session.scalar(begun.limit(1)):
        return 0
    with writing():
        now = clock()
        dead = db.session.scalars(begun).all()
        for job in dead:
            _end(job, "failed", Made({"reason": "ended"}), minute(now))
    return len(dead)


def _begin_next() -> int | None:
    """The number of the oldest piece that waits, now this process's."""
    waiting = select(Job).where(Job.state == "waiting").order_by(Job.id).limit(1)
    if db.session.scalar(waiting) is None:
        return None
    with writing():
        job = db.session.scalar(waiting)
        if job is None:
            return None
        job.state, job.pid = "running", os.getpid()
        return job.id


def _do(job_id: int, clock: Clock) -> None:
    """Work at one piece, and write down what came of it."""
    job = db.session.get_one(Job, job_id)
    name = job.kind
    state, made = "failed", Made({"reason": "unknown"})
    kind = KINDS.get(name)
    if kind is not None:
        state, made = _outcome(name, kind, _task(job))
    with writing():
        now = clock()
        _end(db.session.get_one(Job, job_id), state, made, minute(now))


def _task(job: Job) -> Task:
    data = keys.open_bytes(job.input, asking.bound(job.id, "input")) if job.input else None
    return Task(job.id, job.campaign_id, job.asked_by, dict(job.question), data)


def _outcome(name: str, kind: Kind, task: Task) -> tuple[str, Made]:
    """The state after the work, and what it made; of a failure the reason."""
    try:
        with _bounded(kind):
            return "done", kind.work(task)
    except _OutOfTime:
        reason = {"reason": "time"}
    except MemoryError:
        reason = {"reason": "memory"}
    except InvalidFields as refusal:
        return "failed", Made({"reason": refusal.name, "faults": _faults(refusal.fields)})
    except Refused as refusal:
        reason = {"reason": refusal.name}
    except Exception:
        log.exception("%s: the work failed", name)
        reason = {"reason": "fault"}
    finally:
        db.session.rollback()
    log.warning("%s: not finished: %s", name, reason["reason"])
    return "failed", Made(reason)


def _faults(fields: dict[str, Fault]) -> dict[str, Any]:
    return {name: [fault.code, fault.detail] for name, fault in fields.items()}


def _end(job: Job, state: str, made: Made, at: str) -> None:
    """Write down in this transaction that a piece of work has ended, and how."""
    job.state, job.ended_at, job.answer = state, at, made.answer
    job.pid = job.input = None
    if made.output is not None:
        job.filename = made.filename
        job.output = keys.seal_bytes(made.output, asking.bound(job.id, "output"))


@contextmanager
def _bounded(kind: Kind) -> Iterator[None]:
    """Bound what is done within: the addresses that it may add, the computing, the time.

    What does not listen to the first sign is ended by the kernel, with its process.
    """
    spent = resource.getrusage(resource.RUSAGE_SELF)
    computed = int(spent.ru_utime + spent.ru_stime) + kind.seconds + GRACE
    held = _addresses() + kind.memory
    limits = {resource.RLIMIT_AS: held, resource.RLIMIT_CPU: computed}
    before = {bound: resource.getrlimit(bound) for bound in limits}
    handlers = {each: signal.signal(each, _stop) for each in (signal.SIGPROF, signal.SIGALRM)}
    for bound, most in limits.items():
        _lower(bound, most, *before[bound])
    signal.setitimer(signal.ITIMER_PROF, kind.seconds)
    signal.setitimer(signal.ITIMER_REAL, kind.seconds * SLACK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for bound, pair in before.items():
            resource.setrlimit(bound, pair)
        for each, handler in handlers.items():
            signal.signal(each, handler)


def _addresses() -> int:
    """The bytes of addresses that this process has already (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _lower(bound: int, most: int, soft: int, hard: int) -> None:
    """Lower a limit to `most`, where it is not lower already."""
    known = [each for each in (most, soft, hard) if each != resource.RLIM_INFINITY]
    resource.setrlimit(bound, (min(known), hard))


def _stop(_signal: int, _frame: object) -> None:
    raise _OutOfTime

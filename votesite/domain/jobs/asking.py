"""Asking for long work, and what its page reads: how far it is, and the file that came of it."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from votesite.clock import Clock, minute, now
from votesite.domain import keys
from votesite.domain.jobs import starting
from votesite.domain.jobs.kinds import KINDS
from votesite.errors import NotFound, TooManyRequests
from votesite.extensions import db, load_in, writing
from votesite.models.jobs import UNFINISHED, Job

FILES_KEPT = timedelta(days=1)
ROWS_KEPT = timedelta(days=30)
MAX_WAITING = 10  # pieces of work that one person may have asked for and not got yet


def ask(
    campaign_id: int,
    by: int,
    kind: str,
    question: dict[str, Any],
    input: bytes | None = None,
    *,
    clock: Clock = now,
) -> Job:
    """Ask for long work, and start a process that does it.

    Who asks the same again, without a file, gets the piece that is not finished yet. Raises
    TooManyRequests where this person waits for MAX_WAITING pieces, ValueError for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    with writing():
        now = clock()
        waiting = _unfinished(by)
        same = (job for job in waiting if _is_same(job, campaign_id, kind, question))
        job = None if input else next(same, None)
        if job is None:
            if len(waiting) >= MAX_WAITING:
                raise TooManyRequests
            job = _add(campaign_id, by, kind, question, input, now)
    starting.start()
    return job


def find(campaign_id: int, job_id: int) -> Job:
    """A piece of work of this campaign; raises NotFound.

    One that nobody works at, because the machine or its process was stopped, is started again.
    """
    job = load_in(Job, job_id, campaign_id)
    if job.is_unfinished:
        starting.start()
    return job


def output_of(job: Job) -> bytes:
    """The file that came of it; raises NotFound where there is none, or none any more."""
    if job.output is None:
        raise NotFound
    return keys.open_bytes(job.output, bound(job.id, "output"))


def bound(job_id: int, column: str) -> str:
    """What a file of a piece of work is bound to, so that it cannot stand in another's place."""
    return f"jobs|{job_id}|{column}"


def forget_old(*, clock: Clock = now) -> int:
    """Delete files a day after their work ended, and rows after thirty; returns how many files."""
    now = clock()
    if not _has_old(now):
        return 0
    with writing():
        dropped = db.session.scalars(
            update(Job).where(*_old_files(now)).values(output=None).returning(Job.id)
        ).all()
        for job in db.session.scalars(select(Job).where(*_old_rows(now))).all():
            db.session.delete(job)
    return len(dropped)


def _unfinished(by: int) -> list[Job]:
    rows = select(Job).where(Job.asked_by == by, Job.state.in_(UNFINISHED)).order_by(Job.id)
    return list(db.session.scalars(rows))


def _is_same(job: Job, campaign_id: int, kind: str, question: dict[str, Any]) -> bool:
    asked = json.dumps(question, sort_keys=True)
    return (job.campaign_id, job.kind, json.dumps(job.question, sort_keys=True)) == (
        campaign_id,
        kind,
        asked,
    )


def _add(
    campaign_id: int,
    by: int,
    kind: str,
    question: dict[str, Any],
    data: bytes | None,
    now: datetime,
) -> Job:
    job = Job(
        campaign_id=campaign_id, kind=kind, asked_by=by, asked_at=minute(now), question=question
    )
    db.session.add(job)
    db.session.flush()
    if data is not None:
        job.input = keys.seal_bytes(data, bound(job.id, "input"))
    return job


def _old_files(now: datetime) -> tuple[Any, ...]:
    return (Job.output.is_not(None), Job.ended_at < minute(now - FILES_KEPT))


def _old_rows(now: datetime) -> tuple[Any, ...]:
    return (Job.ended_at < minute(now - ROWS_KEPT),)


def _has_old(now: datetime) -> bool:
    asked = (_old_files(now), _old_rows(now))
    return any(db.session.scalar(select(Job.id).where(*each).limit(1)) for each in asked)

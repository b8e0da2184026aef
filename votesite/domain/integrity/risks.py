"""Which networks and browsers have to do a proof of work: those that a case is mostly about."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from votesite.clock import minute_number, minutes_in
from votesite.domain.integrity.evidence import MIN_YARDSTICK
from votesite.domain.integrity.profiles import Trace
from votesite.domain.integrity.signals import Finding
from votesite.extensions import db
from votesite.models.integrity import Case, Risk

ASKED_FOR = timedelta(hours=24)  # after a case's newest ballot
MIN_IN_CASE = 10  # ballots of a network or browser in a case


def ask_of(case: Case, finding: Finding, traces: Collection[Trace]) -> None:
    """Ask sources for checks if a case has at least half of their ballots of a day.

    So an office's address or a common phone, from which others vote as well, is never asked, and
    nobody is while there are too few other ballots to say what is usual. `traces` are all recent
    ones. Part of filing a case; the caller commits.
    """
    in_case = frozenset(finding.ballots)
    if sum(trace.n not in in_case for trace in traces) < MIN_YARDSTICK:
        return
    day = range(finding.to_minute - minutes_in(ASKED_FOR), finding.to_minute + 1)
    recent = [trace for trace in traces if trace.minute in day]
    total = Counter(mark for trace in recent for mark in (trace.source, trace.agent))
    cased = Counter(
        mark for trace in recent if trace.n in in_case for mark in (trace.source, trace.agent)
    )
    until = finding.to_minute + minutes_in(ASKED_FOR)
    for mark, count in cased.items():
        if count >= MIN_IN_CASE and 2 * count >= total[mark]:
            values = {"campaign_id": case.campaign_id, "mark": mark, "case_id": case.id}
            db.session.merge(Risk(**values, until=until))


def stop_asking(case: Case) -> None:
    """End the checks that a case asked for; part of its release, the caller commits."""
    db.session.execute(delete(Risk).where(Risk.case_id == case.id))


def asked(case: Case, *, now: datetime) -> int:
    """How many networks and browsers have to do checks because of a case."""
    query = select(Risk.mark).where(Risk.case_id == case.id, Risk.until > minute_number(now))
    return len(db.session.scalars(query).all())

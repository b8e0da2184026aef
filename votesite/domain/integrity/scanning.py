"""Scanning: looking through the traces of ballots and filing what the signals find as cases.

It is off the ballot's path: the admin area asks for it, at most once a minute, and so does a
command for a timer. Choices are opened in memory for it and never leave it unsealed.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import CST, Clock, minute, minute_number, now
from votesite.domain import keys
from votesite.domain.integrity import cases, risks, signals
from votesite.domain.integrity.profiles import Trace
from votesite.domain.integrity.signals import Finding
from votesite.domain.ledger import entries
from votesite.domain.ledger.terms import VotingTerms, read_terms, rules_version
from votesite.extensions import db, site, writing
from votesite.keys import mac
from votesite.models.integrity import Case, CaseBallot, Scan
from votesite.store import Query, Statement, Transaction

SCAN_INTERVAL = timedelta(minutes=1)
LOOKS_BACK = timedelta(hours=24)
BASELINE = timedelta(days=8)
MAX_BALLOTS = 30_000  # newest ballots that are opened at once
JOIN_WINDOW = timedelta(hours=24)
MIN_SHARED = 0.3  # share of a finding's ballots that makes it belong to the case that has them
MARK_BYTES = 16


class _TraceRow(NamedTuple):
    """A trace with what its ballot chose, still sealed."""

    n: int
    minute: int
    source: bytes
    agent: bytes
    outside: bool | None
    sealed: bytes


_NEWEST = Query(
    _TraceRow,
    "FROM ballot_traces t"
    " JOIN sealed_choices s ON s.campaign_id = t.campaign_id AND s.n = t.n"
    " WHERE t.campaign_id = :campaign_id AND t.minute >= :after ORDER BY t.n DESC LIMIT :most",
    expressions={"n": "t.n"},
)
_SUSPECTS = Statement(
    "SELECT b.n FROM integrity_ballots b JOIN integrity_cases c ON c.id = b.case_id"
    " WHERE b.campaign_id = :campaign_id AND c.state <> 'released'"
)
_RUNNING = Statement(
    "SELECT h.campaign_id FROM log_heads h LEFT JOIN integrity_scans s"
    " ON s.campaign_id = h.campaign_id WHERE h.size > COALESCE(s.size, 0)"
)


def scan_if_due(campaign_id: int, *, clock: Clock = now) -> bool:
    """Scan a campaign unless that was done within the last minute or it has no new ballots.

    Returns whether it was scanned.
    """
    now = clock()
    done = db.session.get(Scan, campaign_id)
    if done is not None and 0 <= now.timestamp() - done.at < SCAN_INTERVAL.total_seconds():
        return False
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
    if not size or (done is not None and done.size == size):
        return False
    scan(campaign_id, clock=clock)
    return True


def scan_all(*, clock: Clock = now) -> int:
    """Scan every campaign that has new entries. Returns how many ballots joined cases."""
    with site().store.reading() as tx:
        waiting = [campaign_id for (campaign_id,) in tx.all(_RUNNING)]
    return sum(scan(campaign_id, clock=clock) for campaign_id in waiting)


def scan(campaign_id: int, *, clock: Clock = now) -> int:
    """Open cases for what the signals find, or add to them. Returns how many ballots joined.

    Reading and judging take up to half a second, so they come before the write lock.
    """
    now = clock()
    with site().store.snapshot() as tx:
        size = entries.size_of(tx, campaign_id)
        traces = _traces(tx, campaign_id, now)
        suspects = frozenset(n for (n,) in tx.all(_SUSPECTS, {"campaign_id": campaign_id}))
    findings = signals.evaluate(traces, minute_number(now - LOOKS_BACK), suspects)
    by_number = {trace.n: trace for trace in traces}
    with writing():
        filed = _filed(campaign_id)
        joined = sum(_file(campaign_id, finding, by_number, filed, now) for finding in findings)
        db.session.merge(Scan(campaign_id=campaign_id, at=int(now.timestamp()), size=size))
    return joined


def _traces(tx: Transaction, campaign_id: int, now: datetime) -> list[Trace]:
    """The newest traces with their choices, opened here and kept nowhere; ascending by time."""
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    after = minute_number(now - BASELINE)
    values = {"campaign_id": campaign_id, "after": after, "most": MAX_BALLOTS}
    traces = [_trace(terms, row) for row in _NEWEST.all(tx, values)]
    return sorted(traces, key=lambda trace: (trace.minute, trace.n))


def _trace(terms: VotingTerms, row: _TraceRow) -> Trace:
    picks = json.loads(terms.open_choices(row.n, row.sealed))
    source, agent = bytes(row.source), bytes(row.agent)
    return Trace(row.n, row.minute, source, agent, tuple(picks), row.outside)


def _filed(campaign_id: int) -> dict[int, int]:
    """The ballots that are in cases already: the case's id by ledger number."""
    query = select(CaseBallot.n, CaseBallot.case_id).where(CaseBallot.campaign_id == campaign_id)
    return dict(db.session.execute(query).all())


def _file(
    campaign_id: int,
    finding: Finding,
    traces: Mapping[int, Trace],
    filed: dict[int, int],
    now: datetime,
) -> int:
    """Add a finding to the case it belongs to, or open one; how many ballots are new in it."""
    new = [n for n in finding.ballots if n not in filed]
    case = _case_for(campaign_id, finding, filed, now)
    if not new or (case is not None and case.state == "released"):
        return 0
    if case is None or case.state != "open":
        if len(new) < signals.MIN_BALLOTS // 2:
            return 0
        case = _open_case(campaign_id, finding, now)
    db.session.add_all(CaseBallot(campaign_id=campaign_id, n=n, case_id=case.id) for n in new)
    filed.update(dict.fromkeys(new, case.id))
    minutes = [traces[n].minute for n in new]
    case.ballots += len(new)
    case.from_t = min(case.from_t, _minute_text(min(minutes)))
    case.to_t = max(case.to_t, _minute_text(max(minutes)))
    case.sealed = cases.seal_details(case, finding)
    risks.ask_of(case, finding, traces.values())
    return len(new)


def _case_for(
    campaign_id: int, finding: Finding, filed: Mapping[int, int], now: datetime
) -> Case | None:
    """The case that has a good part of these ballots already, or a recent one of the same mark."""
    shared = Counter(filed[n] for n in finding.ballots if n in filed).most_common(1)
    if shared and shared[0][1] >= MIN_SHARED * len(finding.ballots):
        return db.session.get(Case, shared[0][0])
    recent = select(Case).where(
        Case.campaign_id == campaign_id,
        Case.mark == _mark(campaign_id, finding),
        Case.state.in_(("open", "released")),
        Case.to_t >= minute(now - JOIN_WINDOW),
    )
    return db.session.scalar(recent.order_by(Case.id.desc()).limit(1))


def _open_case(campaign_id: int, finding: Finding, now: datetime) -> Case:
    case = Case(
        campaign_id=campaign_id,
        kind=finding.kind,
        mark=_mark(campaign_id, finding),
        ballots=0,
        sealed=b"",
        opened_at=minute(now),
        from_t=_minute_text(finding.from_minute),
        to_t=_minute_text(finding.to_minute),
    )
    db.session.add(case)
    db.session.flush()
    return case


def _mark(campaign_id: int, finding: Finding) -> bytes:
    """The keyed hash of what a finding's ballots have in common."""
    label = f"case|{campaign_id}|{finding.kind}|".encode()
    return mac(keys.trace_key(), label + finding.key)[:MARK_BYTES]


def _minute_text(minutes: int) -> str:
    return minute(datetime.fromtimestamp(60 * minutes, CST))

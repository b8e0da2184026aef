"""Cases: what the signals found and what reviewers make of it. A hold is a mark inside the desk.

Looking through the traces is off the ballot's path: the desk asks for it, at most once a minute,
and so does a command for a timer. Choices are opened in memory for it and never leave it unsealed.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from votesite import clock as times
from votesite.clock import Clock, minute, minute_number
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals
from votesite.domain.integrity import risks, signals
from votesite.domain.integrity.signals import Evidence, Finding, Trace
from votesite.domain.ledger import entries
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.terms import VotingTerms, read_terms, rules_version
from votesite.domain.staff import roles
from votesite.errors import Fault, Forbidden, InvalidFields, Lapsed, NotFound
from votesite.extensions import db, site, writing
from votesite.keys import Sealer, mac
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.integrity import Case, CaseBallot, Scan
from votesite.store import Statement, Transaction

SCAN_INTERVAL = timedelta(minutes=1)
LOOKS_BACK = timedelta(hours=24)
BASELINE = timedelta(days=8)
MAX_BALLOTS = 30_000  # newest ballots that are opened at once
JOIN_WINDOW = timedelta(hours=24)
HANDLERS = frozenset({"owner", "reviewer"})
MAX_NOTE = 500

_NEWEST = Statement(
    "SELECT t.n, t.minute, t.source, t.agent, t.outside, s.sealed FROM ballot_traces t"
    " JOIN sealed_choices s ON s.campaign_id = t.campaign_id AND s.n = t.n"
    " WHERE t.campaign_id = :campaign_id AND t.minute >= :after ORDER BY t.n DESC LIMIT :most"
)
_SUSPECTS = Statement(
    "SELECT b.n, c.id, c.state FROM integrity_ballots b JOIN integrity_cases c ON c.id = b.case_id"
    " WHERE b.campaign_id = :campaign_id"
)
_RUNNING = Statement(
    "SELECT h.campaign_id FROM log_heads h LEFT JOIN integrity_scans s"
    " ON s.campaign_id = h.campaign_id WHERE h.size > COALESCE(s.size, 0)"
)


@dataclass(frozen=True)
class Details:
    """What a case says of its ballots together: never of a single one."""

    evidence: tuple[Evidence, ...]
    candidate: int
    candidate_share: int
    sources: int
    agents: int
    today: tuple[int, ...]
    usual: tuple[float, ...]


def scan_if_due(campaign_id: int, *, clock: Clock = times.now) -> bool:
    """Look through the newest traces unless that was done within the minute or none has come."""
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


def scan_all(*, clock: Clock = times.now) -> int:
    """Look through every campaign that has new entries; how many ballots joined cases."""
    with site().store.reading() as tx:
        waiting = [row[0] for row in tx.all(_RUNNING)]
    return sum(scan(campaign_id, clock=clock) for campaign_id in waiting)


def scan(campaign_id: int, *, clock: Clock = times.now) -> int:
    """Open cases for what the signals find, or add to them; how many ballots joined."""
    now = clock()
    with site().store.snapshot() as tx:
        size = entries.size_of(tx, campaign_id)
        traces = _traces(tx, campaign_id, now)
        cased = {n: (case, state) for n, case, state in tx.all(_SUSPECTS, _of(campaign_id))}
    suspects = frozenset(n for n, (_, state) in cased.items() if state != "released")
    since = minute_number(now - LOOKS_BACK)
    found = signals.evaluate(traces, since, suspects)
    by_number = {trace.n: trace for trace in traces}
    keys.trace_key()  # made before the write lock is held, where it is new
    with writing():
        query = select(CaseBallot.n, CaseBallot.case_id)
        rows = db.session.execute(query.where(CaseBallot.campaign_id == campaign_id))
        taken: dict[int, int] = dict(rows.all())
        joined = sum(_file(campaign_id, finding, by_number, taken, now) for finding in found)
        db.session.merge(Scan(campaign_id=campaign_id, at=int(now.timestamp()), size=size))
    return joined


def cases_of(campaign_id: int, state: str | None = None) -> list[Case]:
    """The cases of a campaign, the newest first."""
    query = select(Case).where(Case.campaign_id == campaign_id).order_by(Case.id.desc())
    if state is not None:
        query = query.where(Case.state == state)
    return list(db.session.scalars(query))


def by_state(campaign_id: int) -> dict[str, int]:
    """How many cases are in each state."""
    query = (
        select(Case.state, func.count()).where(Case.campaign_id == campaign_id).group_by(Case.state)
    )
    return dict(db.session.execute(query).all())


def waiting(campaign_id: int) -> int:
    """How many cases nobody has dealt with."""
    return by_state(campaign_id).get("open", 0)


def find(campaign_id: int, case_id: int) -> Case:
    """A case of a campaign; raises NotFound, for those of others too."""
    found = db.session.get(Case, case_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound
    return found


def details(case: Case) -> Details:
    """What was sealed of a case."""
    sealer = Sealer(keys.campaign_key(case.campaign_id, "choices"))
    told: dict[str, Any] = json.loads(sealer.open(case.sealed, _bound_to(case)))
    evidence = tuple(Evidence(piece["code"], piece["figures"]) for piece in told.pop("evidence"))
    today, usual = tuple(told.pop("today")), tuple(told.pop("usual"))
    return Details(evidence=evidence, today=today, usual=usual, **told)


def numbers(case_id: int) -> list[int]:
    """The ledger numbers of a case's ballots."""
    query = select(CaseBallot.n).where(CaseBallot.case_id == case_id).order_by(CaseBallot.n)
    return list(db.session.scalars(query))


def proposal(case: Case, *, now: datetime) -> Decision | None:
    """The proposal to void its ballots that waits for a second person, or None."""
    for waiting in proposals.waiting(case.campaign_id, now=now):
        if waiting.kind == "void" and waiting.payload["void"]["case"] == case.id:
            return waiting
    return None


def hold(case_id: int, staff_id: int, rule: str, *, clock: Clock = times.now) -> None:
    """Put a case's ballots under review by a published rule; their list is fixed from now on.

    They count everywhere until they are voided. Raises InvalidFields, Forbidden, Lapsed.
    """
    with writing() as tx:
        now = clock()
        case = _waiting_case(case_id, staff_id, ("open", "released"))
        campaign = _campaign(case.campaign_id)
        if rule not in {known["id"] for known in campaign.void_rules}:
            raise InvalidFields({"rule": Fault("missing")})
        _handle(case, "held", staff_id, now)
        case.rule = rule
        _note(case, "hold", staff_id, ["state", "rule"], now)
        open_log(tx, case.campaign_id).touch()


def release(case_id: int, staff_id: int, note: str, *, clock: Clock = times.now) -> None:
    """Find nothing wrong with a case's ballots, and say why."""
    note = note.strip()
    if not note or len(note) > MAX_NOTE:
        code = Fault("too-long", max=MAX_NOTE, n=len(note) - MAX_NOTE) if note else Fault("missing")
        raise InvalidFields({"note": code})
    with writing() as tx:
        now = clock()
        case = _waiting_case(case_id, staff_id, ("open", "held"))
        if proposal(case, now=now) is not None:
            raise Lapsed
        _handle(case, "released", staff_id, now)
        case.note = note
        risks.stop_asking(case)
        _note(case, "release", staff_id, ["state", "note"], now)
        open_log(tx, case.campaign_id).touch()


def propose_void(
    case_id: int, staff_id: int, rule: str, why: str, *, clock: Clock = times.now
) -> Decision:
    """Propose to void a case's ballots: holds them if they are not, then asks for a second person.

    Raises what `hold` and `decisions.propose` raise.
    """
    case = db.session.get(Case, case_id)
    if case is None:
        raise NotFound
    lacking = {"why": why.strip(), "rule": rule}
    faults = {name: Fault("missing") for name, said in lacking.items() if not said}
    if faults:
        raise InvalidFields(faults)
    if case.state == "open":
        hold(case_id, staff_id, rule, clock=clock)
    change = Change("void", {"case": case_id, "rule": rule})
    return proposals.propose(case.campaign_id, staff_id, change, why, clock=clock)


def held_by_rule(campaign_id: int) -> dict[str, int]:
    """How many ballots are under review, by rule: what the public may know of holds."""
    query = (
        select(Case.rule, func.sum(Case.ballots))
        .where(Case.campaign_id == campaign_id, Case.state == "held")
        .group_by(Case.rule)
        .order_by(Case.rule)
    )
    return {rule: int(count) for rule, count in db.session.execute(query)}


def _traces(tx: Transaction, campaign_id: int, now: datetime) -> list[Trace]:
    """The newest traces with their choices, opened here and nowhere kept; ascending by time."""
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    after = minute_number(now - BASELINE)
    rows = tx.all(_NEWEST, {"campaign_id": campaign_id, "after": after, "most": MAX_BALLOTS})
    opened = [
        Trace(n, at, bytes(source), bytes(agent), _picks(terms, campaign_id, n, sealed), outside)
        for n, at, source, agent, outside, sealed in rows
    ]
    return sorted(opened, key=lambda trace: (trace.minute, trace.n))


def _picks(terms: VotingTerms, campaign_id: int, n: int, sealed: bytes) -> tuple[int, ...]:
    return tuple(json.loads(terms.sealer.open(sealed, f"{campaign_id}|{n}".encode())))


def _file(
    campaign_id: int,
    finding: Finding,
    traces: dict[int, Trace],
    taken: dict[int, int],
    now: datetime,
) -> int:
    """Add a finding to the case it belongs to, or open one; how many ballots are new in it."""
    new = [n for n in finding.ballots if n not in taken]
    mark = mac(keys.trace_key(), f"case|{campaign_id}|{finding.kind}|".encode() + finding.key)[:16]
    case = _case_for(campaign_id, finding, taken, mark, now)
    if not new or (case is not None and case.state == "released"):
        return 0
    if case is None or case.state != "open":
        if len(new) < signals.MIN_BALLOTS // 2:
            return 0
        case = _open_case(campaign_id, finding, mark, now)
    db.session.add_all(CaseBallot(campaign_id=campaign_id, n=n, case_id=case.id) for n in new)
    taken.update(dict.fromkeys(new, case.id))
    case.ballots += len(new)
    minutes = [traces[n].minute for n in new]
    case.from_t = min(case.from_t, _minute_text(min(minutes)))
    case.to_t = max(case.to_t, _minute_text(max(minutes)))
    case.sealed = _sealed(case, finding)
    risks.ask_of(case, finding, traces.values())
    return len(new)


def _case_for(
    campaign_id: int, finding: Finding, taken: dict[int, int], mark: bytes, now: datetime
) -> Case | None:
    """The case that has a good part of these ballots, or a recent one of the same mark."""
    shared = Counter(taken[n] for n in finding.ballots if n in taken).most_common(1)
    if shared and shared[0][1] >= 0.3 * len(finding.ballots):
        return db.session.get(Case, shared[0][0])
    recent = select(Case).where(
        Case.campaign_id == campaign_id,
        Case.mark == mark,
        Case.state.in_(("open", "released")),
        Case.to_t >= minute(now - JOIN_WINDOW),
    )
    return db.session.scalar(recent.order_by(Case.id.desc()).limit(1))


def _open_case(campaign_id: int, finding: Finding, mark: bytes, now: datetime) -> Case:
    made = Case(
        campaign_id=campaign_id,
        kind=finding.kind,
        mark=mark,
        ballots=0,
        sealed=b"",
        opened_at=minute(now),
        from_t=_minute_text(finding.from_minute),
        to_t=_minute_text(finding.to_minute),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _sealed(case: Case, finding: Finding) -> bytes:
    told = Details(
        evidence=finding.evidence,
        candidate=finding.candidate,
        candidate_share=finding.candidate_share,
        sources=finding.sources,
        agents=finding.agents,
        today=finding.today,
        usual=finding.usual,
    )
    plain = json.dumps(asdict(told)).encode()
    sealer = Sealer(keys.campaign_key(case.campaign_id, "choices"))
    return sealer.seal(plain, _bound_to(case))


def _waiting_case(case_id: int, staff_id: int, states: tuple[str, ...]) -> Case:
    case = db.session.get(Case, case_id)
    if case is None:
        raise NotFound
    if not roles.has_role(staff_id, case.campaign_id, HANDLERS):
        raise Forbidden
    if case.state not in states:
        raise Lapsed
    return case


def _handle(case: Case, state: str, staff_id: int, now: datetime) -> None:
    case.state, case.handled_by, case.handled_at = state, staff_id, minute(now)


def _note(case: Case, action: str, staff_id: int, fields: list[str], now: datetime) -> None:
    audit.note(staff_id, action, "integrity_cases", case.id, fields, case.campaign_id, now=now)


def _campaign(campaign_id: int) -> Campaign:
    found = db.session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound
    return found


def _of(campaign_id: int) -> dict[str, int]:
    return {"campaign_id": campaign_id}


def _bound_to(case: Case) -> bytes:
    return f"{case.campaign_id}|case|{case.id}".encode()


def _minute_text(minutes: int) -> str:
    return minute(datetime.fromtimestamp(60 * minutes, times.CST))

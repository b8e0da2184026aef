"""Cases: suspicious ballots, and what reviewers make of them.

Holding a case only marks it: its ballots count everywhere until they are voided.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals, voids
from votesite.domain.integrity import risks
from votesite.domain.integrity.evidence import TECHNICAL, Evidence
from votesite.domain.integrity.signals import CHOICE_KINDS, Finding
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.log import open_log
from votesite.domain.results.guard import Guard, guard, voters_of
from votesite.domain.staff.roles import require_role
from votesite.domain.texts import required
from votesite.errors import Fault, InvalidFields, Lapsed
from votesite.extensions import db, load, load_in, site, writing
from votesite.keys import Sealer
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.integrity import Case, CaseBallot

HANDLERS = frozenset({"owner", "reviewer"})
MAX_NOTE = 500
DETAILS_BLOCK = 4096  # bytes, of which the details of nearly every case fill one


@dataclass(frozen=True)
class Details:
    """What a case says about all of its ballots together, never about a single one.

    The fields mean what they mean in a `Finding`. What may not be told now is 0 or empty: the
    candidate, and of ballots put together by what they chose all that counts them.
    """

    evidence: tuple[Evidence, ...]
    candidate: int
    candidate_share: int
    sources: int
    agents: int
    today: tuple[int, ...]
    usual: tuple[float, ...]


@dataclass(frozen=True)
class Part:
    """What a void of a case's ballots would hold: `ballots` at once, of `left` that count.

    `shown` says that too few voters would share the difference that becomes public.
    """

    ballots: int
    left: int
    shown: Fault | None


def cases_of(campaign_id: int, state: str | None = None) -> list[Case]:
    """The cases of a campaign, newest first; with `state` only those in it."""
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
    """How many cases nobody has dealt with yet."""
    return by_state(campaign_id).get("open", 0)


def find(campaign_id: int, case_id: int) -> Case:
    """Return a case of this campaign; raises NotFound, for those of others too."""
    return load_in(Case, case_id, campaign_id)


def details(case: Case) -> Details:
    """Open what is sealed in a case, as far as it may be told now."""
    return _told(case, guard(case.campaign_id))


def with_details(campaign_id: int) -> list[tuple[Case, Details]]:
    """The cases of a campaign, newest first, each with what may be told of it now."""
    present = guard(campaign_id)
    return [(case, _told(case, present)) for case in cases_of(campaign_id)]


def next_part(case: Case) -> Part:
    """What the next void of this case would hold."""
    with site().store.snapshot() as tx:
        counted = voids.counted_of(tx, case)
        of = counted[: voids.MAX_BALLOTS]
        shown = voids.shown_by_voiding(tx, case.campaign_id, of) if of else None
    return Part(len(of), len(counted), shown)


def _told(case: Case, present: Guard) -> Details:
    found = _opened(case)
    if present.tells_of_each:
        return found
    if not _may_name(case, found, present):
        found = replace(found, candidate=0, candidate_share=0)
    if present.holds_back:
        return _without_choices(found, case.kind)
    return _without_counts(found) if case.kind in CHOICE_KINDS else found


def _may_name(case: Case, found: Details, present: Guard) -> bool:
    if not present.tells_of_sets:
        return False
    with site().store.snapshot() as tx:
        voters = voters_of(tx, case.campaign_id, numbers(case.id), present.min_batch)
    return present.may_name(naming=found.candidate_share, ballots=100, voters=voters)


def _without_choices(found: Details, kind: str) -> Details:
    """What is left of a case while figures wait: only what is technical, and no share."""
    if kind in CHOICE_KINDS:
        told = tuple(piece for piece in found.evidence if piece.code in TECHNICAL)
        return replace(found, evidence=told, today=(), usual=())
    told = tuple(piece for piece in found.evidence if piece.code != "choice")
    return replace(found, evidence=told)


def _without_counts(found: Details) -> Details:
    """Without what counts all ballots that chose something, hour by hour or in all.

    Of ballots that were put together by what they chose, even how many came at what hour says how
    many chose it: that is finer than any figure that is published.
    """
    told = tuple(piece for piece in found.evidence if piece.code != "burst")
    return replace(found, evidence=told, today=(), usual=())


def _opened(case: Case) -> Details:
    sealer = Sealer(keys.campaign_key(case.campaign_id, "choices"))
    stored: dict[str, Any] = json.loads(sealer.open(case.sealed, _bound_to(case)))
    evidence = tuple(Evidence(piece["code"], piece["figures"]) for piece in stored.pop("evidence"))
    today, usual = tuple(stored.pop("today")), tuple(stored.pop("usual"))
    return Details(evidence=evidence, today=today, usual=usual, **stored)


def seal_details(case: Case, finding: Finding) -> bytes:
    """Seal what a finding says, for the case it is filed in."""
    content = Details(
        evidence=finding.evidence,
        candidate=finding.candidate,
        candidate_share=finding.candidate_share,
        sources=finding.sources,
        agents=finding.agents,
        today=finding.today,
        usual=finding.usual,
    )
    sealer = Sealer(keys.campaign_key(case.campaign_id, "choices"))
    told = json.dumps(asdict(content)).encode()
    blocks = -(-len(told) // DETAILS_BLOCK)  # their length would tell how much there is to say
    return sealer.seal(told.ljust(blocks * DETAILS_BLOCK), _bound_to(case))


def numbers(case_id: int) -> list[int]:
    """The ledger numbers of a case's ballots, in order."""
    query = select(CaseBallot.n).where(CaseBallot.case_id == case_id).order_by(CaseBallot.n)
    return list(db.session.scalars(query))


def proposal(case: Case, *, now: datetime) -> Decision | None:
    """The proposal to void a case's ballots that waits for a second person, or None."""
    for decision in proposals.waiting(case.campaign_id, now=now):
        if decision.kind == "void" and decision.payload["void"]["case"] == case.id:
            return decision
    return None


def hold(case_id: int, by: int, rule: str, *, clock: Clock = now) -> None:
    """Put a case's ballots under review by a published void rule; no ballot joins it any more.

    Raises NotFound, Forbidden, Lapsed if the case is held or voided, and InvalidFields for a rule
    that the campaign does not have.
    """
    with writing() as tx:
        now = clock()
        case = _case_in(case_id, by, ("open", "released"))
        campaign = load(Campaign, case.campaign_id)
        if rule not in {void_rule["id"] for void_rule in campaign.void_rules}:
            raise InvalidFields({"rule": Fault("missing")})
        _handle(case, "held", by, now)
        case.rule = rule
        _note(by, "hold", case, ["state", "rule"], now)
        open_log(tx, case.campaign_id).touch()


def release(case_id: int, by: int, note: str, *, clock: Clock = now) -> None:
    """Find nothing wrong with a case's ballots; `note` says why.

    Raises InvalidFields for an empty or overlong note, NotFound, Forbidden, and Lapsed if the case
    is released or voided already or its void has been proposed.
    """
    note = required("note", note, MAX_NOTE)
    with writing() as tx:
        now = clock()
        case = _case_in(case_id, by, ("open", "held"))
        if proposal(case, now=now) is not None:
            raise Lapsed
        _handle(case, "released", by, now)
        case.note = note
        risks.stop_asking(case)
        _note(by, "release", case, ["state", "note"], now)
        open_log(tx, case.campaign_id).touch()


def propose_void(case_id: int, by: int, rule: str, why: str, *, clock: Clock = now) -> Decision:
    """Propose to void a case's ballots, and hold them first if they are not held yet.

    `why` becomes public. Returns the proposal, which waits for a second person. Raises
    InvalidFields for a missing rule or reason, and what `hold` and `proposals.propose` raise.
    """
    case = load(Case, case_id)
    required = {"why": why.strip(), "rule": rule}
    faults = {field: Fault("missing") for field, value in required.items() if not value}
    if faults:
        raise InvalidFields(faults)
    if case.state == "open":
        hold(case_id, by, rule, clock=clock)
    change = Change("void", {"case": case_id, "rule": rule})
    return proposals.propose(case.campaign_id, by, change, why, clock=clock)


def held_by_rule(campaign_id: int) -> dict[str, int]:
    """How many ballots are under review, by rule: all that the public may know of holds."""
    query = (
        select(Case.rule, func.sum(Case.ballots))
        .where(Case.campaign_id == campaign_id, Case.state == "held")
        .group_by(Case.rule)
        .order_by(Case.rule)
    )
    return {rule: int(count) for rule, count in db.session.execute(query)}


def _case_in(case_id: int, by: int, states: Sequence[str]) -> Case:
    """A case in one of these states; raises NotFound, Forbidden, Lapsed."""
    case = load(Case, case_id)
    require_role(by, case.campaign_id, HANDLERS)
    if case.state not in states:
        raise Lapsed
    return case


def _handle(case: Case, state: str, by: int, now: datetime) -> None:
    case.state, case.handled_by, case.handled_at = state, by, minute(now)


def _note(by: int, action: str, case: Case, fields: Sequence[str], now: datetime) -> None:
    """Add the audit log's line about a case."""
    audit.note(by, action, "integrity_cases", case.id, fields, case.campaign_id, now=now)


def _bound_to(case: Case) -> bytes:
    return f"{case.campaign_id}|case|{case.id}".encode()

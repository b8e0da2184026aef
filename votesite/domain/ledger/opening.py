"""Entry 0, which fixes what the ledger is about (ledger.md section 2), and incidents.

An incident may have to write entry 0 again: a restore can lose it.
"""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from votesite.clock import minute
from votesite.domain import keys
from votesite.domain.award import award_of
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.electorate import electorate_of
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.signers import signers_to_be
from votesite.domain.ledger.terms import parsed_json
from votesite.errors import Lapsed
from votesite.extensions import site
from votesite.models.campaigns import Audit, Category, Criterion, Electorate, Weights
from votesite.store import Query, Statement, Transaction

CANDIDATES = "candidates"  # the name of the table to which entry 0 commits


class _Settings(NamedTuple):
    """What of a campaign stands in entry 0 alone."""

    weights: Weights
    criteria: list[Criterion]
    categories: list[Category]
    electorate: Electorate
    audit: Audit
    signed: bool


class _Candidate(NamedTuple):
    no: int
    name: str
    category: str
    region: str


_SETTINGS = Query(_Settings, "FROM campaigns WHERE id = :campaign_id")
_CANDIDATES = Query(_Candidate, "FROM candidates WHERE campaign_id = :campaign_id ORDER BY no")
_ADD_AUDITOR = Statement(
    "INSERT INTO auditor_keys (campaign_id, staff_id, verifier_key, added_at)"
    " VALUES (:campaign_id, NULL, :verifier_key, :added_at)"
)


def write_open(log: Log, now: datetime) -> None:
    """Write entry 0, which freezes rules, names and dates; does nothing if it exists."""
    if log.size:
        return
    settings = _settings(log.tx, log.campaign_id)
    listed = candidates(log.tx, log.campaign_id)
    log.append("open", _fields(log, settings, listed, log.head.minute_of(now)), now)
    log.add_table(0, CANDIDATES, listed)
    for key in settings.audit["auditors"]:
        values = {"campaign_id": log.campaign_id, "verifier_key": key, "added_at": log.head.t}
        log.tx.run(_ADD_AUDITOR, values)
    log.add_checkpoint()
    log.touch()


def append_incident(tx: Transaction, campaign_id: int, what: str, now: datetime) -> int:
    """Record a restore, a clock fault or an outage; returns the entry's number.

    Voting that was halted because the log is not the published one goes on from here. Where a
    restore has lost even entry 0, it is written again. Raises Lapsed before entry 0.
    """
    log = open_log(tx, campaign_id)
    if not log.size and not log.terms.is_halted:
        raise Lapsed
    write_open(log, now)
    n = log.append("incident", {"what": what}, now)
    log.note_incident()
    log.touch(rules=True)
    return n


def candidates(tx: Transaction, campaign_id: int) -> list[dict[str, Any]]:
    """Returns the candidates as entry 0 commits to them, ascending by number."""
    return [row._asdict() for row in _CANDIDATES.all(tx, {"campaign_id": campaign_id})]


def award_to_be(tx: Transaction, campaign_id: int) -> dict[str, Any]:
    """Returns `award` as entry 0 would hold it now."""
    named = {each["category"] for each in candidates(tx, campaign_id)}
    return _award(_settings(tx, campaign_id), named)


def _fields(
    log: Log, settings: _Settings, listed: list[dict[str, Any]], t: str
) -> dict[str, object]:
    terms = log.terms
    return {
        "version": 2,
        "site": site().settings.host,
        "campaign": terms.slug,
        "title": terms.title,
        "from": minute(terms.opens),
        "to": minute(terms.closes),
        "rules": terms.rules.as_entry(),
        "award": _award(settings, {each["category"] for each in listed}),
        "electorate": _electorate(log, settings.electorate),
        "signed": int(settings.signed),
        "signers": signers_to_be(log.tx, log.campaign_id, t).as_opening(),
        "auditors": settings.audit["auditors"],
        "quorum": settings.audit["quorum"],
        "identity_sha256": keys.identity_sha256(),
        "candidates_sha256": hashlib.sha256(canonical(listed)).hexdigest(),
        "void_rules": [{"id": rule["id"], "text": rule["text"]} for rule in terms.void_rules],
        "opening_key_sha256": hashlib.sha256(terms.opening_key).hexdigest(),
        "sheet_key_sha256": _hashed_key(log.campaign_id, "sheet"),
        "notice_sha256": hashlib.sha256(terms.notice_text.encode()).hexdigest(),
    }


def _award(settings: _Settings, named: set[str]) -> dict[str, Any]:
    """Returns `award`, with the honours of those categories alone that have candidates."""
    award = award_of(settings)
    award["seats"] = [[name, seats] for name, seats in award["seats"] if name in named]
    return award


def _electorate(log: Log, stated: Electorate) -> dict[str, object]:
    is_listed = log.terms.rules.eligibility == "roster"
    size, sha256 = electorate_of(log.tx, log.campaign_id) if is_listed else (0, "")
    return {"size": size, "sha256": sha256, **stated}


def _settings(tx: Transaction, campaign_id: int) -> _Settings:
    row = tx.one(_SETTINGS.statement, {"campaign_id": campaign_id})
    if row is None:
        raise Lapsed
    return _Settings(*map(parsed_json, row))


def _hashed_key(campaign_id: int, purpose: str) -> str:
    return hashlib.sha256(keys.campaign_key(campaign_id, purpose)).hexdigest()

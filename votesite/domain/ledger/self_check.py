"""The site checks its own ledger: the published checks of ledger.md, run on the database itself."""

import json
from typing import Any

from votesite.clock import Clock, minute, now
from votesite.domain.ledger import entries, steps
from votesite.domain.ledger.acts import ADD_ACT
from votesite.domain.ledger.comparison import ACTS, NODES, Comparison
from votesite.domain.ledger.honour_comparison import rebuild_honours
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.recount import Recount
from votesite.domain.ledger.terms import forget_terms
from votesite.errors import Lapsed
from votesite.extensions import site
from votesite.store import Statement, Transaction

_SAVE_FAULT = Statement(
    "UPDATE log_heads SET fault = :fault, checked_at = :checked_at WHERE campaign_id = :campaign_id"
)
_FORGET_SANCTIONS = Statement("DELETE FROM sanctions WHERE campaign_id = :campaign_id")
_PROJECT = Statement(
    "UPDATE log_heads SET size = :size, t = :t, frontier = :frontier, ballots = :ballots,"
    " voided = :voided, voters = :voters, period = :period, period_voters = :period_voters,"
    " step = :step, tally_n = :tally_n, tally_t = :tally_t, close_n = :close_n, counts = :counts,"
    " version = version + 1 WHERE campaign_id = :campaign_id"
)
_FORGET_PUBLISHED = Statement("DELETE FROM published_votes WHERE campaign_id = :campaign_id")
_PUBLISH = Statement(
    "INSERT INTO published_votes (campaign_id, votes) VALUES (:campaign_id, :votes)"
)


def verify(campaign_id: int) -> int | None:
    """Returns the lowest number of a check that fails for a campaign's log and what hangs on it.

    None where all agrees. Reads one state of the database, whatever is written meanwhile; a million
    ballots take a minute. Raises NotFound.
    """
    with site().store.snapshot() as tx:
        recount = Recount(tx, campaign_id)
        recount.read()
        if recount.log.opening:
            Comparison(recount).compare()
        return min(recount.log.faults, default=None)


def check(campaign_id: int, *, clock: Clock = now) -> int | None:
    """Verify a ledger and save the outcome: a fault stops publication and is shown to everybody.

    Returns what `verify` returns.
    """
    failed = verify(campaign_id)
    checked_at = minute(clock())
    site().store.write(lambda tx: _save(tx, campaign_id, failed, checked_at))
    return failed


def _save(tx: Transaction, campaign_id: int, failed: int | None, checked_at: str) -> None:
    log = open_log(tx, campaign_id)
    values = {"campaign_id": campaign_id, "fault": failed, "checked_at": checked_at}
    tx.run(_SAVE_FAULT, values)
    if failed != log.head.fault:
        log.touch()
        log.set_due(0)


def rebuild(campaign_id: int) -> None:
    """Derive again what follows from entries and what is sealed: counts, frontier, lost hashes.

    Also the links of judges, objections and the campaign to entries, and a ranking that was lost.

    Raises Lapsed where the entries themselves cannot be counted: then only a backup helps.
    """
    site().store.write(lambda tx: _rebuild(tx, campaign_id))
    forget_terms(campaign_id)


def _rebuild(tx: Transaction, campaign_id: int) -> None:
    recount = Recount(tx, campaign_id)
    recount.read()
    log = recount.log
    if not log.opening or log.faults.keys() & {3, 4, 13, 21}:
        raise Lapsed
    stored = {(row.level, row.tile) for row in NODES.all(tx, recount.values)}
    lost = [
        {**recount.values, "level": level, "position": position, "hash": digest}
        for (level, position), digest in sorted(recount.nodes.items())
        if (level, position) not in stored
    ]
    tx.many(entries.ADD_NODE, lost)
    listed = {row[0] for row in tx.all(ACTS, recount.values)}
    acts = [{**recount.values, "n": n, "k": k} for n, k in recount.acts if n not in listed]
    tx.many(ADD_ACT, acts)
    tx.run(_FORGET_SANCTIONS, recount.values)
    sanctions = [{**recount.values, **one._asdict()} for one in recount.sanctions.values()]
    tx.many(entries.ADD_SANCTION, sanctions)
    tx.run(_FORGET_PUBLISHED, recount.values)
    if published := recount.published():
        tx.run(_PUBLISH, {**recount.values, "votes": json.dumps(published)})
    rebuild_honours(tx, recount)
    tally = recount.last.get("tally", {"n": None, "t": ""})
    least = recount.terms.rules.min_batch
    projected = {
        "size": log.size,
        "t": log.t,
        "frontier": recount.frontier.packed(),
        "ballots": log.ballots,
        "voided": len(log.void),
        "voters": log.voters,
        **_of_period(log),
        "step": steps.counted(tx, campaign_id, tally["n"], least),
        "tally_n": tally["n"],
        "tally_t": tally["t"],
        "close_n": recount.last.get("counted", {"n": None})["n"],
        "counts": recount.counts().sealed(),
    }
    tx.run(_PROJECT, {**recount.values, **projected})


def _of_period(log: Any) -> dict[str, str | int]:
    """The period that pseudonyms are made for at the end of a log, and how many it has so far."""
    if not log.ballots:
        return {"period": "", "period_voters": 0}
    if log.rules["repeat"] == "never":
        return {"period": "all", "period_voters": log.voters}
    return {"period": log.period, "period_voters": len(log.used)}

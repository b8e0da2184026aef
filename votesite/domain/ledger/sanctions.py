"""Voids, restores and the recount that follows them: entries that change what counts."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from votesite.domain.ledger import entries
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.texts import composed
from votesite.errors import Busy, Lapsed, NotFound, SecondPersonNeeded
from votesite.extensions import site
from votesite.store import Query, Statement, Transaction


class _Sanction(NamedTuple):
    """A `void` or `restore` entry: its kind and number."""

    k: str
    n: int


_LAST_SANCTION = Query(
    _Sanction,
    "FROM sanctions WHERE campaign_id = :campaign_id AND of = :n ORDER BY n DESC LIMIT 1",
)
_SEALED_BALLOT = Statement(
    "SELECT sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n = :n"
)


def is_voided(tx: Transaction, campaign_id: int, n: int) -> bool:
    """Whether ballot `n` is void at the log's end."""
    last = _LAST_SANCTION.one(tx, {"campaign_id": campaign_id, "n": n})
    return last is not None and last.k == "void"


def void_of(campaign_id: int, n: int) -> Entry | None:
    """Returns the entry by which ballot `n` is void now; None while it counts."""
    with site().store.snapshot() as tx:
        last = _LAST_SANCTION.one(tx, {"campaign_id": campaign_id, "n": n})
        if last is None or last.k != "void":
            return None
        return entries.read_entry(tx, campaign_id, last.n)


def append_void(  # noqa: PLR0913 -- the entry's fields
    tx: Transaction,
    campaign_id: int,
    of: int,
    *,
    rule: str,
    why: str,
    by: Sequence[int],
    now: datetime,
) -> list[int]:
    """Append a `void` entry: ballot `of` no longer counts.

    Returns the candidates that the ballot named. Raises NotFound unless `of` is a ballot and `rule`
    a published rule, Lapsed if the ballot is void already, SecondPersonNeeded unless `by` are two
    people, Busy while the clock is behind.
    """
    log = _log_for_sanction(tx, campaign_id, of, now)
    if rule not in {known["id"] for known in entries.read_entry(tx, campaign_id, 0)["void_rules"]}:
        raise NotFound
    if is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "rule": rule, "why": composed(why), "by": _two(by)}
    return _sanction(log, tx, "void", fields, now)


def append_restore(
    tx: Transaction, campaign_id: int, of: int, *, why: str, by: Sequence[int], now: datetime
) -> list[int]:
    """Append a `restore` entry: ballot `of` counts again.

    Returns the candidates that the ballot named. Raises Lapsed if it is not void, and otherwise
    what `append_void` raises.
    """
    log = _log_for_sanction(tx, campaign_id, of, now)
    if not is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "why": composed(why), "by": _two(by)}
    return _sanction(log, tx, "restore", fields, now)


def append_recount(tx: Transaction, campaign_id: int, now: datetime) -> None:
    """Publish the result as voids and restores have left it; before `close` there is none."""
    log = open_log(tx, campaign_id)
    log.touch()
    if log.head.close_n is None:
        return
    votes = log.counts.gross_and_net()
    fields = {"ballots": log.head.ballots, "voided": log.head.voided, "votes": votes}
    log.head.close_n = log.append("recount", fields, now)
    log.add_checkpoint()


def _log_for_sanction(tx: Transaction, campaign_id: int, of: int, now: datetime) -> Log:
    log = open_log(tx, campaign_id)
    if log.head.is_clock_behind(now):
        raise Busy
    if not 0 < of < log.size or entries.read_entry(tx, campaign_id, of)["k"] != "vote":
        raise NotFound
    return log


def _sanction(log: Log, tx: Transaction, k: str, fields: Entry, now: datetime) -> list[int]:
    """Append the entry and take the ballot's picks out of the net counts, or put them back."""
    of = fields["of"]
    values = {"campaign_id": log.campaign_id, "n": of}
    sealed = tx.value(_SEALED_BALLOT, values)
    if sealed is None:
        raise NotFound
    picks: list[int] = json.loads(log.terms.open_choices(of, sealed))
    step = -1 if k == "void" else 1
    n = log.append(k, fields, now)
    tx.run(entries.ADD_SANCTION, {"campaign_id": log.campaign_id, "n": n, "k": k, "of": of})
    log.counts.add(picks, gross=0, net=step)
    log.head.voided -= step
    return picks


def _two(by: Sequence[int]) -> list[int]:
    """Returns the staff numbers of a sanction; raises SecondPersonNeeded unless they are two."""
    if len(set(by)) != 2:
        raise SecondPersonNeeded
    return list(by)

"""Voids, restores and the recount that follows them: entries that change what counts."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from votesite.domain.ledger import entries
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.texts import composed
from votesite.errors import Busy, Lapsed, NotFound, SecondPersonNeeded
from votesite.extensions import site
from votesite.store import Statement, Transaction

_LAST_SANCTION = Statement(
    "SELECT k, n FROM sanctions WHERE campaign_id = :campaign_id AND of = :n"
    " ORDER BY n DESC LIMIT 1"
)
_ADD_SANCTION = Statement(
    "INSERT INTO sanctions (campaign_id, n, k, of) VALUES (:campaign_id, :n, :k, :of)"
)
_SEALED_BALLOT = Statement(
    "SELECT sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n = :n"
)


def is_voided(tx: Transaction, campaign_id: int, n: int) -> bool:
    """Whether ballot `n` is void at the log's end."""
    row = tx.one(_LAST_SANCTION, {"campaign_id": campaign_id, "n": n})
    return row is not None and row[0] == "void"


def void_of(campaign_id: int, n: int) -> dict[str, Any] | None:
    """The entry by which ballot `n` is void now; None while it counts."""
    with site().store.snapshot() as tx:
        row = tx.one(_LAST_SANCTION, {"campaign_id": campaign_id, "n": n})
        return entries.read_entry(tx, campaign_id, row[1]) if row and row[0] == "void" else None


def append_void(  # noqa: PLR0913 -- the entry's fields
    tx: Transaction,
    campaign_id: int,
    of: int,
    *,
    rule: str,
    why: str,
    by: Sequence[int],
    moment: datetime,
) -> list[int]:
    """Append a `void` entry: ballot `of` counts no more. Returns whom the ballot had named.

    Raises NotFound for what is no ballot or no published rule, Lapsed for a ballot void already.
    """
    log = _log_for_sanction(tx, campaign_id, of, moment)
    if rule not in {known["id"] for known in entries.read_entry(tx, campaign_id, 0)["void_rules"]}:
        raise NotFound
    if is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "rule": rule, "why": composed(why), "by": _two(by)}
    return _sanction(log, tx, "void", fields, moment)


def append_restore(
    tx: Transaction, campaign_id: int, of: int, *, why: str, by: Sequence[int], moment: datetime
) -> list[int]:
    """Append a `restore` entry: ballot `of` counts again; Lapsed for one that is not void."""
    log = _log_for_sanction(tx, campaign_id, of, moment)
    if not is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "why": composed(why), "by": _two(by)}
    return _sanction(log, tx, "restore", fields, moment)


def append_recount(tx: Transaction, campaign_id: int, moment: datetime) -> None:
    """After `close`: publish the result as voids and restores have left it; before it: nothing."""
    log = open_log(tx, campaign_id)
    log.touch()
    if log.head.close_n is None:
        return
    votes = log.counts.gross_and_net()
    fields = {"ballots": log.head.ballots, "voided": log.head.voided, "votes": votes}
    log.head.close_n = log.append("recount", fields, moment)
    log.add_checkpoint()


def _log_for_sanction(tx: Transaction, campaign_id: int, of: int, moment: datetime) -> Log:
    log = open_log(tx, campaign_id)
    if log.head.is_clock_behind(moment):
        raise Busy
    if not 0 < of < log.size or entries.read_entry(tx, campaign_id, of)["k"] != "vote":
        raise NotFound
    return log


def _sanction(
    log: Log, tx: Transaction, k: str, fields: dict[str, Any], moment: datetime
) -> list[int]:
    """Append the entry and take the ballot's picks out of the net counts, or put them back."""
    of = fields["of"]
    values = {"campaign_id": log.campaign_id, "n": of}
    row = tx.one(_SEALED_BALLOT, values)
    if row is None:
        raise NotFound
    opened = log.terms.sealer.open(row[0], f"{log.campaign_id}|{of}".encode())
    picks: list[int] = json.loads(opened)
    step = -1 if k == "void" else 1
    n = log.append(k, fields, moment)
    tx.run(_ADD_SANCTION, {"campaign_id": log.campaign_id, "n": n, "k": k, "of": of})
    log.counts.add(picks, gross=0, net=step)
    log.head.voided -= step
    return picks


def _two(by: Sequence[int]) -> list[int]:
    """The staff numbers of a sanction: two different ones."""
    if len(set(by)) != 2:
        raise SecondPersonNeeded
    return list(by)

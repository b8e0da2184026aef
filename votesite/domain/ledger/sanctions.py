"""Voids and restores: entries that change which ballots count."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from votesite.domain.ledger import entries, steps
from votesite.domain.ledger.acts import is_final
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.two_person import append_decided
from votesite.domain.texts import composed
from votesite.errors import Busy, Frozen, Lapsed, NotFound
from votesite.extensions import site
from votesite.store import Query, Statement, Transaction

MAX_BALLOTS = 5000  # in one entry


class _Sanction(NamedTuple):
    """What an entry did to a ballot, and the rule of the void."""

    k: str
    n: int
    rule: str


_LAST_SANCTION = Query(
    _Sanction,
    "FROM sanctions WHERE campaign_id = :campaign_id AND of = :of ORDER BY n DESC LIMIT 1",
)
_SEALED_BALLOT = Statement(
    "SELECT sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n = :n"
)


def is_voided(tx: Transaction, campaign_id: int, n: int) -> bool:
    """Whether ballot `n` is void at the log's end."""
    return _void_in_force(tx, campaign_id, n) is not None


def void_of(campaign_id: int, n: int) -> Entry | None:
    """Returns the entry by which ballot `n` is void now; None while it counts."""
    with site().store.snapshot() as tx:
        return void_in(tx, campaign_id, n)


def void_in(tx: Transaction, campaign_id: int, n: int) -> Entry | None:
    """The same, inside a transaction."""
    void = _void_in_force(tx, campaign_id, n)
    return None if void is None else entries.read_entry(tx, campaign_id, void.n)


def append_void(  # noqa: PLR0913 -- the entry's fields
    tx: Transaction,
    campaign_id: int,
    of: Sequence[int],
    *,
    rule: str,
    why: str,
    decided: Decided,
    now: datetime,
) -> list[list[int]]:
    """Append a `void` entry: the ballots `of`, at most 5,000, no longer count.

    Returns what each of them chose, ascending by number. Raises NotFound unless they are ballots
    and `rule` a published rule, Lapsed if one is void already, Busy while the clock is behind,
    Frozen after `final`, and what `two_person.append_decided` raises.
    """
    log = _log_for_sanction(tx, campaign_id, now)
    ballots = _ballots(log, of)
    if rule not in {known["id"] for known in entries.read_entry(tx, campaign_id, 0)["void_rules"]}:
        raise NotFound
    if any(is_voided(tx, campaign_id, n) for n in ballots):
        raise Lapsed
    fields = {"of": list(ballots), "rule": rule, "why": composed(why)}
    n = append_decided(log, "void", fields, decided, now)
    return _project(log, n, "void", dict.fromkeys(ballots, rule), ballots, now)


def append_restore(
    tx: Transaction,
    campaign_id: int,
    of: Sequence[int],
    *,
    why: str,
    decided: Decided,
    now: datetime,
) -> list[list[int]]:
    """Append a `restore` entry: the ballots `of` count again.

    Returns what each of them chose, ascending by number. Raises Lapsed if one is not void, and
    otherwise what `append_void` raises.
    """
    log = _log_for_sanction(tx, campaign_id, now)
    ballots = _ballots(log, of)
    rules = {}
    for ballot in ballots:
        void = _void_in_force(tx, campaign_id, ballot)
        if void is None:
            raise Lapsed
        rules[ballot] = void.rule
    fields = {"of": list(ballots), "why": composed(why)}
    n = append_decided(log, "restore", fields, decided, now)
    return _project(log, n, "restore", rules, ballots, now)


def _void_in_force(tx: Transaction, campaign_id: int, n: int) -> _Sanction | None:
    last = _LAST_SANCTION.one(tx, {"campaign_id": campaign_id, "of": n})
    return last if last is not None and last.k == "void" else None


def _log_for_sanction(tx: Transaction, campaign_id: int, now: datetime) -> Log:
    log = open_log(tx, campaign_id)
    if log.head.is_clock_behind(now):
        raise Busy
    if not log.size:
        raise NotFound
    if is_final(tx, campaign_id):
        raise Frozen
    return log


def _ballots(log: Log, of: Sequence[int]) -> dict[int, bytes]:
    """Returns the sealed choices of ballots, ascending; raises NotFound where one is none."""
    numbers = sorted(set(of))
    if not 1 <= len(numbers) <= MAX_BALLOTS:
        raise NotFound
    found = {}
    for n in numbers:
        sealed = log.tx.value(_SEALED_BALLOT, {"campaign_id": log.campaign_id, "n": n})
        if sealed is None:
            raise NotFound
        found[n] = bytes(sealed)
    return found


def _project(
    log: Log, n: int, k: str, rules: dict[int, str], ballots: dict[int, bytes], now: datetime
) -> list[list[int]]:
    """Take the ballots' picks out of the net counts, or put them back; returns the picks."""
    step = -1 if k == "void" else 1
    chosen: list[list[int]] = []
    for of, sealed in ballots.items():
        picks = json.loads(log.terms.open_choices(of, sealed))
        row = {"campaign_id": log.campaign_id, "of": of, "n": n, "k": k, "rule": rules[of]}
        log.tx.run(entries.ADD_SANCTION, row)
        log.counts.add(picks, gross=0, net=step)
        chosen.append(picks)
    log.head.voided -= step * len(ballots)
    if log.head.close_n is None:
        steps.count_again(log)
    elif log.head.sanctioned_at is None:
        log.head.sanctioned_at = int(now.timestamp())
    log.touch(rules=True)
    return chosen

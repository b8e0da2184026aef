"""Entries that two people decide: changes of the rules, of who signs (ledger.md section 2).

Voids and restores, which two people decide too, are in `sanctions`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from votesite.clock import parse_minute
from votesite.domain.ledger import entries
from votesite.domain.ledger.acts import acts, is_final
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import UNSIGNED, Decided, statement
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.ledger.signers import MAX_KEYS, Signers, signers_of
from votesite.errors import Busy, Frozen, InvalidSignature, Lapsed, SecondPersonNeeded
from votesite.store import Transaction

MIN_SIGNERS = 2


def append_decided(
    log: Log, k: str, fields: Mapping[str, Any], decided: Decided, now: datetime
) -> int:
    """Append an entry that two people decided, where entry 0 stands; returns its number.

    Raises SecondPersonNeeded for one person twice, Lapsed where one of them may not sign at this
    place or the id is used, InvalidSignature for signatures that do not hold here.
    """
    first, second = decided.by
    if first == second:
        raise SecondPersonNeeded
    t = log.head.minute_of(now)
    signers = signers_of(log.tx, log.campaign_id)
    if not (signers.may_sign(first, t) and signers.may_sign(second, t)):
        raise Lapsed
    if any(entry.get("id") == decided.id for entry in acts(log.tx, log.campaign_id)):
        raise Lapsed
    _require_signatures(log, signers, k, fields, decided, t)
    return log.append(k, {**fields, **decided.as_fields()}, now)


def append_rule(
    tx: Transaction,
    campaign_id: int,
    change: Change,
    *,
    why: str,
    decided: Decided,
    now: datetime,
) -> int:
    """Append a `rule` entry with a change of the rules in force.

    Writes entry 0 first if it is missing. The caller projects the change onto the campaign's rows
    in the same transaction. Returns the entry's number. Raises Busy while the clock is behind,
    Frozen after `close` (a candidate can be withdrawn until `final`), Lapsed for a change that no
    longer makes sense, and what `append_decided` raises.
    """
    log = open_log(tx, campaign_id)
    if log.head.close_n is not None and change.kind != "withdraw":
        raise Frozen
    if is_final(tx, campaign_id):
        raise Frozen
    if log.head.is_clock_behind(now):
        raise Busy
    if not _is_possible(log, change, now):
        raise Lapsed
    write_open(log, now)
    n = append_decided(log, "rule", {"set": change.as_entry(), "why": why}, decided, now)
    log.touch(rules=True)
    return n


def append_signer(  # noqa: PLR0913 -- the entry's fields
    tx: Transaction,
    campaign_id: int,
    staff: int,
    keys: list[str],
    *,
    why: str,
    decided: Decided,
    now: datetime,
) -> int:
    """Append a `signer` entry: `staff` signs with these keys, new ones from 24 hours later on.

    Writes entry 0 first if it is missing. Raises Busy, Lapsed for keys that cannot stand here, and
    what `append_decided` raises.
    """
    log = _opened(tx, campaign_id, now)
    is_signed = _is_signed(log)
    if not (1 <= len(set(keys)) <= MAX_KEYS if is_signed else not keys):
        raise Lapsed
    if not signers_of(tx, campaign_id).takes(staff, keys):
        raise Lapsed
    fields = {"staff": staff, "keys": sorted(set(keys)), "why": why}
    return _touched(log, append_decided(log, "signer", fields, decided, now))


def append_drop(
    tx: Transaction, campaign_id: int, staff: int, *, why: str, decided: Decided, now: datetime
) -> int:
    """Append a `drop` entry: `staff` no longer signs.

    Raises Busy, Lapsed unless `staff` is a signer and two are left, and what `append_decided`
    raises.
    """
    log = _opened(tx, campaign_id, now)
    numbers = signers_of(tx, campaign_id).numbers
    if staff not in numbers or len(numbers) <= MIN_SIGNERS:
        raise Lapsed
    fields = {"staff": staff, "why": why}
    return _touched(log, append_decided(log, "drop", fields, decided, now))


def _opened(tx: Transaction, campaign_id: int, now: datetime) -> Log:
    log = open_log(tx, campaign_id)
    if log.head.is_clock_behind(now):
        raise Busy
    write_open(log, now)
    return log


def _touched(log: Log, n: int) -> int:
    log.touch()
    return n


def _is_signed(log: Log) -> bool:
    return bool(entries.read_entry(log.tx, log.campaign_id, 0)["signed"])


def _require_signatures(
    log: Log, signers: Signers, k: str, fields: Mapping[str, Any], decided: Decided, t: str
) -> None:
    if not _is_signed(log):
        if decided.sigs != UNSIGNED:
            raise InvalidSignature
        return
    text = statement(entries.origin_of(log.tx, log.campaign_id), k, fields, decided.id)
    for staff, signature in zip(decided.by, decided.sigs, strict=True):
        if not signers.holds(staff, t, text, signature):
            raise InvalidSignature


def _is_possible(log: Log, change: Change, now: datetime) -> bool:
    """Whether a change is possible in the state now in force (ledger.md section 2)."""
    terms, value = log.terms, change.value
    if change.kind == "to":
        return parse_minute(value) > terms.opens and bool(value >= log.head.minute_of(now))
    if change.kind == "roster":
        return terms.rules.eligibility == "roster"
    return {
        "withdraw": value in terms.positions and value not in terms.withdrawn,
        "reinstate": value in terms.withdrawn,
        "pause": not terms.paused,
        "resume": bool(terms.paused),
    }[change.kind]

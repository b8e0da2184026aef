"""Entries from expert review to the final list (ledger.md section 2a), each where it may stand.

All but sheets and objections are decided by two people. The callers bring the rows that pages read
to what an entry says, in the same transaction.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from votesite.clock import minute, parse_minute
from votesite.domain import keys
from votesite.domain.ledger import publication
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.ledger.two_person import append_decided
from votesite.errors import Busy, Frozen, Lapsed
from votesite.keys import Sealer
from votesite.store import Statement, Transaction

PAPER_GRACE = timedelta(hours=24)  # after a notice: objections on paper can still be entered
KEYS = ("satisfaction", "objective", "lot")
MAX_ANSWERED = 500
WITH_CHECKPOINT = frozenset({"panel", "data", "ranking", "notice", "answer", "final", "revoke"})
_BEFORE_CLOSE = frozenset({"judge", "dismiss", "panel", "data"})  # these may write entry 0

_ADD_SHEET = Statement(
    "INSERT INTO sealed_sheets (campaign_id, n, judge, sealed, beside)"
    " VALUES (:campaign_id, :n, :judge, :sealed, :beside)"
)


def append_honour(  # noqa: PLR0913 -- the entry and its tables
    tx: Transaction,
    campaign_id: int,
    k: str,
    fields: Mapping[str, Any],
    *,
    decided: Decided,
    now: datetime,
    tables: Mapping[str, object] | None = None,
) -> int:
    """Append an entry of section 2a that two people decided; returns its number.

    `tables` are kept beside it by name: what its hashes are of. Writes entry 0 first where it may
    be missing. Raises Busy while the clock is behind, Frozen after `final`, Lapsed where the entry
    may not stand, and what `append_decided` raises.
    """
    log = open_log(tx, campaign_id)
    if log.head.is_clock_behind(now):
        raise Busy
    if not log.size and k in _BEFORE_CLOSE:
        write_open(log, now)
    state = proceedings(tx, campaign_id)
    if (state.final is not None) != (k == "revoke"):
        raise Frozen
    if not log.size or not _MAY_STAND[k](log, state, fields, log.head.minute_of(now)):
        raise Lapsed
    n = append_decided(log, k, fields, decided, now)
    for name, table in (tables or {}).items():
        log.add_table(n, name, table)
    if k in WITH_CHECKPOINT:
        log.add_checkpoint()
    log.touch(rules=True)
    return n


def append_sheet(
    log: Log, judge: int, sheet: list[list[Any]], beside: Mapping[str, Any], now: datetime
) -> int:
    """Append a judge's sheet and keep it sealed; returns the entry's number.

    `beside` are reason and notes, which never enter the log. Raises Busy, Frozen once the panel is
    closed, Lapsed for somebody who is no judge or a sheet of another form.
    """
    if log.head.is_clock_behind(now):
        raise Busy
    state = proceedings(log.tx, log.campaign_id)
    if state.panel is not None or state.final is not None:
        raise Frozen
    if judge not in state.judges or judge in state.dismissed:
        raise Lapsed
    if not _has_form(log, state, judge, sheet):
        raise Lapsed
    n, body = log.size, canonical(sheet)
    c = hashlib.sha256(sheet_salt(log.campaign_id, n) + body).hexdigest()
    log.append("sheet", {"judge": judge, "c": c}, now)
    row = {
        "campaign_id": log.campaign_id,
        "n": n,
        "judge": judge,
        "sealed": _sealer(log.campaign_id).seal(body, _bound_to(log.campaign_id, n, "sheet")),
        "beside": _sealer(log.campaign_id).seal(
            json.dumps(beside, ensure_ascii=False).encode(),
            _bound_to(log.campaign_id, n, "beside"),
        ),
    }
    log.tx.run(_ADD_SHEET, row)
    log.touch()
    return n


def append_objection(log: Log, c: str, now: datetime) -> int:
    """Append an objection by its commitment; returns the entry's number.

    Raises Busy, Frozen after `final`, Lapsed unless a notice runs or ended less than 24 hours ago.
    """
    if log.head.is_clock_behind(now):
        raise Busy
    state = proceedings(log.tx, log.campaign_id)
    if state.final is not None:
        raise Frozen
    t = log.head.minute_of(now)
    if not any(notice["from"] <= t < final_from(notice) for notice in state.notices):
        raise Lapsed
    n = log.append("objection", {"c": c}, now)
    log.touch()
    return n


def final_from(notice: Entry) -> str:
    """Returns the minute from which on a list can become final: 24 hours after its notice."""
    return minute(parse_minute(notice["to"]) + PAPER_GRACE)


def sheet_salt(campaign_id: int, n: int) -> bytes:
    """Returns the salt of the sheet of entry `n`."""
    key = keys.campaign_key(campaign_id, "sheet")
    return hmac.digest(key, f"sheet|{n}".encode(), "sha256")


def open_sheet(campaign_id: int, n: int, sealed: bytes) -> list[list[Any]]:
    """Returns the sheet of entry `n`; raises Unreadable, KeyMissing."""
    body = _sealer(campaign_id).open(sealed, _bound_to(campaign_id, n, "sheet"))
    sheet: list[list[Any]] = json.loads(body)
    return sheet


def open_beside(campaign_id: int, n: int, sealed: bytes) -> dict[str, Any]:
    """Returns reason and notes of the sheet of entry `n`; raises Unreadable, KeyMissing."""
    beside: dict[str, Any] = json.loads(
        _sealer(campaign_id).open(sealed, _bound_to(campaign_id, n, "beside"))
    )
    return beside


def _sealer(campaign_id: int) -> Sealer:
    return Sealer(keys.campaign_key(campaign_id, "choices"))


def _bound_to(campaign_id: int, n: int, what: str) -> bytes:
    return f"{campaign_id}|{what}|{n}".encode()


def _has_form(log: Log, state: Proceedings, judge: int, sheet: Sequence[list[Any]]) -> bool:
    """Whether a sheet has all present candidates of each of the judge's categories, or none."""
    scored = {no for no, _ in sheet}
    expected = set()
    for category in state.categories_of(judge):
        present = {
            no
            for no, _, of in log.terms.candidates
            if of == category and no not in log.terms.withdrawn
        }
        if present & scored:
            expected |= present
    width = len(state.award["criteria"])
    return (
        [no for no, _ in sheet] == sorted(expected)
        and scored == expected
        and all(
            len(scores) == width and all(0 <= score <= 1000 for score in scores)
            for _, scores in sheet
        )
    )


def _may_judge(_log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    named = [name for name, _ in state.award["seats"]]
    return (
        state.award["expert"] > 0
        and state.panel is None
        and fields["judge"] not in state.judges
        and set(fields["categories"]) <= set(named)
    )


def _may_dismiss(_log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    return fields["judge"] in state.judges and fields["judge"] not in state.dismissed


def _may_panel(_log: Log, state: Proceedings, _fields: Mapping[str, Any], _t: str) -> bool:
    return state.award["expert"] > 0 and state.panel is None


def _may_data(log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    if fields["key"] != "lot":
        return fields["key"] in KEYS
    is_asked = state.award["ties"][-1:] == ["lot"]
    return is_asked and log.head.close_n is not None and "lot" not in state.data


def _may_rank(log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    award = state.award
    needed = [key for key in ("satisfaction", "objective") if award[key]]
    needed += ["lot"] if award["ties"][-1:] == ["lot"] else []
    return (
        log.head.close_n is not None
        and not state.is_sanctioned
        and (state.panel is not None or not award["expert"])
        and all(key in state.data for key in needed)
        and bool(fields["why"] or not state.rankings)
    )


def _may_notice(_log: Log, state: Proceedings, fields: Mapping[str, Any], t: str) -> bool:
    ranking, before = state.ranking, state.notice
    return (
        ranking is not None
        and fields["ranking"] == ranking["n"]
        and (before is None or before["ranking"] < ranking["n"])
        and state.is_ranking_current
        and t <= fields["from"] < fields["to"]
        and len(fields["days"]) >= state.award["notice_days"]
    )


def _may_answer(_log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    of = fields["of"]
    return (
        1 <= len(of) <= MAX_ANSWERED
        and set(of) <= set(state.unanswered)
        and (fields["effect"] == "none" or fields["outcome"] == "upheld")
        and len(fields["c"]) == len(of)
    )


def _may_final(_log: Log, state: Proceedings, fields: Mapping[str, Any], t: str) -> bool:
    ranking, notice = state.ranking, state.notice
    return (
        ranking is not None
        and notice is not None
        and (fields["ranking"], fields["notice"]) == (ranking["n"], notice["n"])
        and notice["ranking"] == ranking["n"]
        and t >= final_from(notice)
        and not state.unanswered
        and not state.owes_ranking
        and state.is_ranking_current
    )


def _may_revoke(log: Log, state: Proceedings, fields: Mapping[str, Any], _t: str) -> bool:
    if state.final is None:
        return False
    table = publication.table(log.tx, log.campaign_id, state.final["ranking"], "ranking")
    awarded = {row[0] for row in json.loads(table) if row[2]}
    return fields["no"] in awarded - set(state.revoked)


_MAY_STAND = {
    "judge": _may_judge,
    "dismiss": _may_dismiss,
    "panel": _may_panel,
    "data": _may_data,
    "ranking": _may_rank,
    "notice": _may_notice,
    "answer": _may_answer,
    "final": _may_final,
    "revoke": _may_revoke,
}

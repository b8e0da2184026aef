"""What proposals fix from expert review to the final list (ledger.md section 2a).

What may not be read before its time lies sealed in the proposal: a judge's name, a table of
figures, the reply to an objection.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import minute, parse_minute
from votesite.domain.award import FULL_POINTS
from votesite.domain.decisions import honours
from votesite.domain.decisions.draft import Draft, Fixed
from votesite.domain.hearing import calendar
from votesite.domain.hearing.sealing import open_words
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.honours import KEYS, MAX_ANSWERED, final_from
from votesite.domain.ledger.judges import Identity
from votesite.domain.ledger.opening import candidates
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import rank
from votesite.domain.staff import people
from votesite.domain.texts import length_fault, tidy
from votesite.errors import Fault, InvalidFields, UnknownYear
from votesite.extensions import db
from votesite.models.hearing import OUTCOMES
from votesite.models.scoring import Judge
from votesite.store import Transaction

MAX_NAME = 60
MAX_SOURCE = 500
MAX_REPLY = 2000
MAX_JUDGE = 999
MAX_LOT = 200
JUDGES = frozenset({"judge"})


def _fix_judge(tx: Transaction, draft: Draft) -> Fixed:
    value = draft.change.value
    state = proceedings(tx, draft.campaign.id)
    number, name, unit = value["judge"], tidy(value["name"]), tidy(value["unit"])
    named = [one for one, _ in state.award["seats"]]
    account = people.by_name(people.login_name(value["staff"]))
    faults = {
        "judge": _number_fault(number, state),
        "staff": _judge_fault(draft, account.id if account else None),
        "name": length_fault(name, MAX_NAME, least=1),
        "unit": length_fault(unit, MAX_NAME, least=1),
        "categories": None if set(value["categories"]) <= set(named) else Fault("unknown-choice"),
        "kind": Fault("panel-closed") if state.panel else None,
    }
    _raise(faults)
    categories = [one for one in named if one in value["categories"]]
    identity = Identity(name, unit, secrets.token_hex(32))
    fields = {"judge": number, "categories": categories, "who": identity.who()}
    staff = account.id if account else 0  # none was refused above
    sealed = {**identity._asdict(), "staff": staff}
    shown = {"judge": number, "categories": categories, "staff": staff}
    return _fixed(draft, shown, fields, sealed)


def _number_fault(number: int, state: Proceedings) -> Fault | None:
    if not 1 <= number <= MAX_JUDGE:
        return Fault("invalid")
    return Fault("taken") if number in state.judges else None


def _judge_fault(draft: Draft, staff_id: int | None) -> Fault | None:
    """Why an account cannot become a judge here: it needs the role, which excludes all others."""
    if staff_id is None:
        return Fault("unknown-choice")
    if not people.by_id(staff_id).roles_in(draft.campaign.id, draft.now) & JUDGES:
        return Fault("no-judge")
    query = select(Judge).filter_by(campaign_id=draft.campaign.id, staff_id=staff_id)
    return Fault("judge-already") if db.session.scalar(query) else None


def _fix_dismiss(tx: Transaction, draft: Draft) -> Fixed:
    state, number = proceedings(tx, draft.campaign.id), draft.change.value["judge"]
    if number not in state.judges or number in state.dismissed:
        raise InvalidFields({"judge": Fault("unknown-choice")})
    honours.refuse_unscored(tx, draft.campaign.id, state, without=number)
    return _fixed(draft, {"judge": number}, {"judge": number, "why": draft.why})


def _fix_panel(tx: Transaction, draft: Draft) -> Fixed:
    state = proceedings(tx, draft.campaign.id)
    if state.panel is not None:
        raise InvalidFields({"kind": Fault("panel-closed")})
    honours.refuse_unscored(tx, draft.campaign.id, state, is_closing=True)
    return _fixed(draft, {}, {})


def _fix_data(tx: Transaction, draft: Draft) -> Fixed:
    value = draft.change.value
    key, source = value["key"], tidy(value["source"])
    state = proceedings(tx, draft.campaign.id)
    _raise(
        {
            "key": _key_fault(key, state),
            "source": length_fault(source, MAX_SOURCE, least=1),
        }
    )
    table, answers = value["table"], value.get("answers")
    _raise({"table" if key != "lot" else "value": _table_fault(tx, draft, key, table, state.award)})
    fields = {
        "key": key,
        "sha256": hashlib.sha256(canonical(table)).hexdigest(),
        "answers_sha256": "" if answers is None else hashlib.sha256(canonical(answers)).hexdigest(),
        "source": source,
    }
    shown = {"key": key, "rows": 0 if key == "lot" else len(table), "source": source}
    return _fixed(draft, shown, fields, {"table": table, "answers": answers})


def _key_fault(key: str, state: Proceedings) -> Fault | None:
    if key not in KEYS:
        return Fault("unknown-choice")
    if key != "lot":
        return None if state.award[key] else Fault("not-used")
    if state.award["ties"][-1:] != ["lot"]:
        return Fault("not-used")
    if state.counted_n is None:
        return Fault("not-closed")
    return Fault("drawn-already") if "lot" in state.data else None


def _table_fault(
    tx: Transaction, draft: Draft, key: str, table: Any, award: Mapping[str, Any]
) -> Fault | None:
    """Why a table, or a drawn value, cannot stand as ledger.md section 2a has it."""
    if key == "lot":
        is_drawn = isinstance(table, str) and 1 <= len(table) <= MAX_LOT
        is_ascii = is_drawn and all(" " <= char <= "~" for char in table)
        return None if is_ascii else Fault("not-ascii")
    full = FULL_POINTS * 10 ** award["decimals"]
    known = {each["no"] for each in candidates(tx, draft.campaign.id)}
    if not isinstance(table, list) or not all(_is_row(row, full) for row in table):
        return Fault("invalid")
    numbers = [row[0] for row in table]
    if numbers != sorted(set(numbers)) or not set(numbers) <= known or not numbers:
        return Fault("invalid")
    return None


def _is_row(row: Any, full: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 2
        and all(type(cell) is int for cell in row)
        and 0 <= row[1] <= full
    )


def _fix_ranking(tx: Transaction, draft: Draft) -> Fixed:
    state = proceedings(tx, draft.campaign.id)
    if found := inputs.reasons(tx, draft.campaign.id):
        raise InvalidFields({"kind": Fault(found[0])})
    if state.rankings and not draft.why:
        raise InvalidFields({"why": Fault("missing")})
    table = rank(inputs.gather(tx, draft.campaign.id)).rows
    fields = {"sha256": hashlib.sha256(canonical(table)).hexdigest(), "why": draft.why}
    return _fixed(draft, {}, fields, {"table": table})


def _fix_notice(tx: Transaction, draft: Draft) -> Fixed:
    value, state = draft.change.value, proceedings(tx, draft.campaign.id)
    if state.ranking is None or not state.is_ranking_current:
        raise InvalidFields({"kind": Fault("no-ranking")})
    if state.notice is not None and state.notice["ranking"] == state.ranking["n"]:
        raise InvalidFields({"kind": Fault("noticed-already")})
    begins, ends = _window(value)
    if begins < parse_minute(minute(draft.now)):
        raise InvalidFields({"from": Fault("in-the-past")})
    if ends <= begins:
        raise InvalidFields({"to": Fault("before-begin")})
    off, on = _days("off", value["off"]), _days("on", value["on"])
    try:
        days = calendar.working_days(begins, ends, off=off, on=on).days
    except UnknownYear as unknown:
        raise InvalidFields({"to": Fault("no-calendar", year=unknown.year)}) from unknown
    least = state.award["notice_days"]
    if len(days) < least:
        raise InvalidFields({"to": Fault("too-few-days", days=len(days), least=least)})
    window = {"from": minute(begins), "to": minute(ends)}
    corrections = {"off": [f"{day}" for day in off], "on": [f"{day}" for day in on]}
    fields = {"ranking": state.ranking["n"], **window, "days": [f"{day}" for day in days]}
    return _fixed(draft, {**window, **corrections}, fields)


def _days(field: str, typed: Sequence[str]) -> list[date]:
    """Days as they were typed, ascending; raises InvalidFields."""
    try:
        return sorted({date.fromisoformat(each) for each in typed})
    except ValueError as bad:
        raise InvalidFields({field: Fault("invalid")}) from bad


def _window(value: Mapping[str, str]) -> tuple[datetime, datetime]:
    """[from, to) of a notice as it was typed; raises InvalidFields for what is no minute."""
    edges = {field: _minute_of(value[field]) for field in ("from", "to")}
    _raise({field: None if edge else Fault("invalid") for field, edge in edges.items()})
    return parse_minute(value["from"]), parse_minute(value["to"])


def _fix_answer(tx: Transaction, draft: Draft) -> Fixed:
    value, state = draft.change.value, proceedings(tx, draft.campaign.id)
    of, reply = sorted(set(value["objections"])), tidy(value["reply"])
    outcome, effect = value["outcome"], value["effect"]
    is_listed = 1 <= len(of) <= MAX_ANSWERED and set(of) <= set(state.unanswered)
    is_possible = effect == "none" or (effect == "new_ranking" and outcome == "upheld")
    _raise(
        {
            "objection": None if is_listed else Fault("unknown-choice"),
            "outcome": None if outcome in OUTCOMES else Fault("unknown-choice"),
            "effect": None if is_possible else Fault("unknown-choice"),
            "reply": length_fault(reply, MAX_REPLY, least=1),
        }
    )
    rows = honours.objections_numbered(draft.campaign.id, of)
    salts = [open_words(row).salt for row in rows]
    said = canonical([reply])
    c = [hashlib.sha256(bytes.fromhex(salt) + said).hexdigest() for salt in salts]
    fields = {"of": of, "outcome": outcome, "effect": effect, "c": c}
    shown = {"objections": of, "outcome": outcome, "effect": effect}
    return _fixed(draft, shown, fields, {"reply": reply})


def _fix_final(tx: Transaction, draft: Draft) -> Fixed:
    state = proceedings(tx, draft.campaign.id)
    code = _final_fault(state, minute(draft.now))
    if not code and honours.has_open_appeals(draft.campaign.id):
        code = "open-appeals"
    if code:
        raise InvalidFields({"kind": Fault(code)})
    ranking, notice = state.rankings[-1], state.notices[-1]
    return _fixed(draft, {}, {"ranking": ranking["n"], "notice": notice["n"]})


def _final_fault(state: Proceedings, t: str) -> str:
    """Why a list cannot be final now, as a code; empty where it can."""
    if state.final is not None:
        return "final"
    if state.notice is None or state.ranking is None:
        return "no-notice"
    if state.unanswered:
        return "open-objections"
    if state.owes_ranking or not state.is_ranking_current:
        return "needs-ranking"
    if state.notice["ranking"] != state.ranking["n"]:
        return "needs-notice"
    return "notice-runs" if t < final_from(state.notice) else ""


def _fix_revoke(tx: Transaction, draft: Draft) -> Fixed:
    no = draft.change.value["no"]
    state = proceedings(tx, draft.campaign.id)
    if state.final is None:
        raise InvalidFields({"kind": Fault("not-final")})
    if no not in inputs.honoured(tx, draft.campaign.id, state):
        raise InvalidFields({"no": Fault("unknown-choice")})
    return _fixed(draft, {"no": no}, {"no": no, "why": draft.why})


def _fixed(
    draft: Draft,
    shown: dict[str, Any],
    fields: dict[str, Any],
    sealed: Mapping[str, Any] | None = None,
) -> Fixed:
    """A proposal's change as staff read it, its entry's fields, and what is sealed in it."""
    kept = honours.seal(sealed, draft.entry_id) if sealed else None
    return Fixed(Change(draft.change.kind, shown), fields, kept)


def _minute_of(text: str) -> datetime | None:
    try:
        return parse_minute(text)
    except ValueError:
        return None


def _raise(faults: Mapping[str, Fault | None]) -> None:
    found = {field: fault for field, fault in faults.items() if fault is not None}
    if found:
        raise InvalidFields(found)


FIX: Mapping[str, Callable[[Transaction, Draft], Fixed]] = {
    "judge": _fix_judge,
    "dismiss": _fix_dismiss,
    "panel": _fix_panel,
    "data": _fix_data,
    "ranking": _fix_ranking,
    "notice": _fix_notice,
    "answer": _fix_answer,
    "final": _fix_final,
    "revoke": _fix_revoke,
}

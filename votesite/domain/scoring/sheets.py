"""Score sheets: what a judge has typed, read as scores, and handing them in as an entry."""

import re
import unicodedata
from collections.abc import Mapping
from secrets import token_bytes
from typing import Any, NamedTuple

from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.ledger import receipts
from votesite.domain.ledger.honours import append_sheet, open_sheet
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.receipts import Proof
from votesite.domain.scoring import drafts
from votesite.domain.scoring.drafts import Draft, Post, score_field
from votesite.domain.scoring.judges import Task, open_task
from votesite.errors import Fault, InvalidSheet, NotFound
from votesite.extensions import load, site, writing
from votesite.models.campaigns import Campaign
from votesite.store import Query, Statement

FULL = 1000  # tenths of a point
_SCORE = re.compile(r"([-−]?)(\d+)(?:\.(\d*))?", re.ASCII)

_ADD_RECEIPT = Statement(
    "INSERT INTO receipts (campaign_id, code, n) VALUES (:campaign_id, :code, :n)"
)
_CODE = Statement("SELECT code FROM receipts WHERE campaign_id = :campaign_id AND n = :n")


class _Sealed(NamedTuple):
    judge: int
    sealed: bytes


_SHEET = Query(_Sealed, "FROM sealed_sheets WHERE campaign_id = :campaign_id AND n = :n")

Scores = list[list[Any]]  # [no, scores], as ledger.md section 2a has a sheet


class Reading(NamedTuple):
    """A draft read: the sheet, what is missing or wrong by field, withdrawn candidates left out."""

    sheet: Scores
    faults: dict[str, Fault]
    left_out: list[int]


class HandedIn(NamedTuple):
    """A sheet that was handed in: its entry, its receipt's code, withdrawn ones left out."""

    n: int
    code: str
    left_out: list[int]


class Sheet(NamedTuple):
    """A sheet that was handed in, opened, with its place in the signed log."""

    judge: int
    scores: Mapping[int, list[int]]
    code: str
    proof: Proof


def typed_score(text: str) -> int | Fault:
    """The tenths of a point that somebody typed, 0 to 1,000; full width and blanks do not matter.

    A Fault: score-missing, score-words, score-range or score-decimals.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).replace("。", ".")
    if not plain:
        return Fault("score-missing")
    match = _SCORE.fullmatch(plain)
    if match is None:
        return Fault("score-words")
    sign, points, decimals = match[1], match[2], match[3] or ""
    if len(decimals) > 1:
        return Fault("score-decimals")
    if sign or len(points) > len(str(FULL)):
        return Fault("score-range")
    score = int(points) * 10 + int(decimals or 0)
    return score if score <= FULL else Fault("score-range")


def read(task: Task, draft: Draft) -> Reading:
    """Read a draft as the sheet that would be handed in."""
    sheet, faults, left_out = [], {}, []
    for category, candidates in task.candidates.items():
        if category in draft.recused:
            if not draft.recused[category]:
                faults["reason"] = Fault("reason-missing", name=category)
            continue
        for candidate in candidates:
            typed = {key: draft.score(candidate.no, key) for key in task.keys}
            if candidate.is_withdrawn:
                left_out += [candidate.no] if any(typed.values()) else []
                continue
            read_ones = {key: typed_score(text) for key, text in typed.items()}
            faults |= {
                score_field(candidate.no, key): found
                for key, found in read_ones.items()
                if isinstance(found, Fault)
            }
            sheet.append([candidate.no, list(read_ones.values())])
    return Reading(sorted(sheet), faults, sorted(left_out))


def faults_as_typed(task: Task, draft: Draft) -> dict[str, Fault]:
    """What is wrong with the scores that are typed, by field; what is still empty is no fault."""
    found = read(task, draft).faults.items()
    return {name: fault for name, fault in found if not fault.code.endswith("-missing")}


def scored(task: Task, draft: Draft, category: str) -> int:
    """How many present candidates of a category have all their scores."""
    return sum(
        all(isinstance(typed_score(draft.score(one.no, key)), int) for key in task.keys)
        for one in task.present(category)
    )


def hand_in(campaign_id: int, post: Post, *, by: int, clock: Clock = now) -> HandedIn:
    """Hand in what is saved and posted: entry, sealed sheet and receipt, all or nothing.

    The draft is kept in any case, so that nothing typed is lost. Raises InvalidSheet until the
    sheet is whole, and what `drafts.save` raises.
    """
    with writing() as tx:
        now = clock()
        task = open_task(tx, load(Campaign, campaign_id), by)
        draft = drafts.merged(task, drafts.draft_of(task.judge), post)
        drafts.keep(task.judge, draft, now)
        reading = read(task, draft)
        if not reading.faults:
            notes = {str(one.no): draft.note(one.no) for one in task.everybody}
            beside = {
                "recused": dict(draft.recused),
                "notes": {no: note for no, note in notes.items() if note},
            }
            log = open_log(tx, campaign_id)
            n = append_sheet(log, task.judge.number, reading.sheet, beside, now)
            code = receipts.new_receipt_code(token_bytes(10))
            tx.run(_ADD_RECEIPT, {"campaign_id": campaign_id, "code": code, "n": n})
            audit.note(by, "hand-in", "sealed_sheets", n, campaign_id=campaign_id, now=now)
    if reading.faults:
        raise InvalidSheet(reading.faults)
    return HandedIn(n, code, reading.left_out)


def handed_in(campaign_id: int, n: int) -> Sheet:
    """The sheet of entry `n`, opened: for its judge, and for staff once the panel is closed.

    Raises NotFound where entry `n` is no sheet.
    """
    values = {"campaign_id": campaign_id, "n": n}
    with site().store.snapshot() as tx:
        row = _SHEET.one(tx, values)
        code = tx.value(_CODE, values)
    if row is None or code is None:
        raise NotFound
    scores = dict(open_sheet(campaign_id, n, row.sealed))
    return Sheet(row.judge, scores, code, receipts.prove(campaign_id, code))


def points(tenths: int) -> str:
    """A score as people write it: 90, 95.5."""
    whole, tenth = divmod(tenths, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)

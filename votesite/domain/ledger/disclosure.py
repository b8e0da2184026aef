"""What of judges, figures and rankings everybody may read, and from when on (ledger.md section 4).

Each function raises NotFound before its time, and alike where there is nothing to read.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from votesite.domain import keys
from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.acts import acts
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.honours import open_sheet
from votesite.domain.ledger.judges import open_identity
from votesite.errors import NotFound
from votesite.store import Query, Transaction


class _Sheet(NamedTuple):
    n: int
    judge: int
    sealed: bytes


class _Judge(NamedTuple):
    number: int
    sealed: bytes


_KINDS = ("close", "judge", "dismiss", "sheet", "data", "ranking", "notice", "final")
_SHEETS = Query(_Sheet, "FROM sealed_sheets WHERE campaign_id = :campaign_id ORDER BY n")
_JUDGES = Query(_Judge, "FROM judges WHERE campaign_id = :campaign_id ORDER BY number")


@dataclass
class Disclosed:
    """What the entries of a log let everybody read.

    `data` and `answers` are the numbers of those `data` entries whose tables are public, `rankings`
    those of the rankings up to the last one that a notice names, `counted` those of the sheets that
    counted in any ranking. `shows_sheets` and `shows_panel` say whether everybody may read sheets
    and the judges' names, `has_rankings` whether a ranking stands, read by everybody or not.
    """

    data: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    rankings: list[int] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    judges: list[Entry] = field(default_factory=list)
    shows_sheets: bool = False
    shows_panel: bool = False
    has_rankings: bool = False


def disclosed(tx: Transaction, campaign_id: int, *, for_auditor: bool = False) -> Disclosed:
    """Returns what everybody may read now; or an auditor, who gets answers and sheets too.

    An auditor has the sheets from the first ranking on. Raises NotFound before entry 0.
    """
    opening = entries.read_entry(tx, campaign_id, 0)
    award, is_public = opening["award"], opening["rules"]["recount"] == "public"
    found = acts(tx, campaign_id, _KINDS)
    of_kind = {k: [each for each in found if each["k"] == k] for k in _KINDS}
    if not of_kind["close"]:
        return Disclosed()
    ranked = [each["n"] for each in of_kind["ranking"]]
    last = max((each["ranking"] for each in of_kind["notice"]), default=-1)
    has_experts = award["expert"] > 0
    is_shown = award["sheets"] == "public" and last >= 0
    return Disclosed(
        data=[each["n"] for each in of_kind["data"]],
        answers=[
            each["n"]
            for each in of_kind["data"]
            if each["answers_sha256"] and (is_public or for_auditor)
        ],
        rankings=[n for n in ranked if n <= last],
        counted=_counted(found),
        judges=of_kind["judge"],
        shows_sheets=has_experts and (is_shown or (for_auditor and bool(ranked))),
        shows_panel=has_experts and award["panel"] == "named" and bool(of_kind["final"]),
        has_rankings=bool(ranked),
    )


def data(tx: Transaction, campaign_id: int, n: int) -> bytes:
    """Returns the table of the `data` entry `n`, its JCS bytes, after close."""
    if n not in disclosed(tx, campaign_id).data:
        raise NotFound
    return publication.table(tx, campaign_id, n, "data")


def answers(tx: Transaction, campaign_id: int, n: int) -> bytes:
    """Returns the answers from which the table of `n` follows, where everybody may recount."""
    if n not in disclosed(tx, campaign_id).answers:
        raise NotFound
    return publication.table(tx, campaign_id, n, "answers")


def ranking(tx: Transaction, campaign_id: int, n: int | None = None) -> Entry:
    """Returns {"n", "rows"} of the last ranking that a notice names, or of one up to it."""
    shown = disclosed(tx, campaign_id).rankings
    at = shown[-1] if shown and n is None else n
    if at not in shown:
        raise NotFound
    return {"n": at, "rows": json.loads(publication.table(tx, campaign_id, at, "ranking"))}


def public_sheets(tx: Transaction, campaign_id: int) -> Iterator[bytes]:
    """Returns the lines of `sheets.jsonl` where everybody may read them."""
    shown = disclosed(tx, campaign_id)
    if not shown.shows_sheets:
        raise NotFound
    return sheet_lines(tx, campaign_id, shown.counted)


def sheet_lines(tx: Transaction, campaign_id: int, counted: Sequence[int]) -> Iterator[bytes]:
    """Yields {"n","judge","sheet"} of the sheets of these numbers, one a line, ascending.

    For archive and auditors, and for everybody through `public_sheets`.
    """
    for n, judge, sealed in _SHEETS.all(tx, {"campaign_id": campaign_id}):
        if n in counted:
            sheet = open_sheet(campaign_id, n, sealed)
            yield _compact({"n": n, "judge": judge, "sheet": sheet}) + b"\n"


def sheet_key(campaign_id: int) -> bytes:
    """Returns the key that opens every sheet as the archive's file has it: 64 hex and an LF."""
    return f"{keys.campaign_key(campaign_id, 'sheet').hex()}\n".encode()


def panel(tx: Transaction, campaign_id: int) -> bytes:
    """Returns the names of all judges who were appointed, after `final` where they are named."""
    shown = disclosed(tx, campaign_id)
    if not shown.shows_panel:
        raise NotFound
    sealed = dict(_JUDGES.all(tx, {"campaign_id": campaign_id}))
    named = []
    for entry in shown.judges:
        number = entry["judge"]
        if number in sealed:
            who = open_identity(campaign_id, number, sealed[number])
            named.append({"n": entry["n"], "judge": number, **who._asdict()})
    return _compact(named)


def _counted(found: Sequence[Entry]) -> list[int]:
    """Returns the numbers of the sheets that counted in a ranking, ascending.

    Those are at each ranking the last sheet of every judge who is not dismissed.
    """
    counted: set[int] = set()
    last: dict[int, int] = {}
    for entry in found:
        if entry["k"] == "sheet":
            last[entry["judge"]] = entry["n"]
        elif entry["k"] == "dismiss":
            last.pop(entry["judge"], None)
        elif entry["k"] == "ranking":
            counted |= set(last.values())
    return sorted(counted)


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

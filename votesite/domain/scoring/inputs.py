"""What a ranking written now would be made of: votes, counting sheets, tables; and what is missing.

Nothing is opened before its time: no count before `close`, no sheet before `panel`.
"""

import json
from typing import Any, NamedTuple

from votesite.domain.ledger import publication
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.honours import open_sheet
from votesite.domain.ledger.opening import candidates
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.ledger.terms import read_terms, rules_version
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.errors import Lapsed
from votesite.store import Query, Transaction


class _SealedSheet(NamedTuple):
    n: int
    judge: int
    sealed: bytes


_SHEETS = Query(_SealedSheet, "FROM sealed_sheets WHERE campaign_id = :campaign_id ORDER BY n")
TABLES = ("satisfaction", "objective")


def gather(tx: Transaction, campaign_id: int) -> Inputs:
    """Returns what a ranking would be made of at the log's end. Raises Lapsed before `close`.

    Without a panel there are no sheets in it.
    """
    head = read_head(tx, campaign_id)
    if head.close_n is None:
        raise Lapsed
    state = proceedings(tx, campaign_id)
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    listed = candidates(tx, campaign_id)
    present = [each for each in listed if each["no"] not in terms.withdrawn]
    counted = counting_sheets(tx, campaign_id, state) if state.panel is not None else {}
    tables = {key: dict(table_of(tx, campaign_id, state, key)) for key in TABLES}
    return Inputs(
        award=state.award,
        candidates=[Candidate(each["no"], each["category"], each["region"]) for each in present],
        votes={row[0]: row[1] for row in Counts(terms, head.counts).net()},
        sheets=list(counted.values()),
        satisfaction=tables["satisfaction"],
        objective=tables["objective"],
        lot=_lot(tx, campaign_id, state),
    )


def reasons(tx: Transaction, campaign_id: int) -> list[str]:
    """Returns why no ranking can be written now, as codes; [] where one can.

    not-closed, no-panel, no-satisfaction, no-objective, no-lot, missing-scores, final.
    """
    state = proceedings(tx, campaign_id)
    award = state.award
    found = [f"no-{key}" for key in TABLES if award[key] and key not in state.data]
    if award["expert"] and state.panel is None:
        found.insert(0, "no-panel")
    if award["ties"][-1:] == ["lot"] and "lot" not in state.data:
        found.append("no-lot")
    if state.counted_n is None:
        return ["not-closed", *found]
    if state.final is not None:
        return ["final"]
    if not found and award["missing"] == "refuse" and rank(gather(tx, campaign_id)).missing:
        found.append("missing-scores")
    return found


def counting_sheets(
    tx: Transaction, campaign_id: int, state: Proceedings
) -> dict[int, list[list[Any]]]:
    """Returns the counting sheets by judge, opened: for what happens once the panel is closed."""
    wanted = {entry["n"]: judge for judge, entry in state.sheets.items()}
    return {
        wanted[row.n]: open_sheet(campaign_id, row.n, row.sealed)
        for row in _SHEETS.all(tx, {"campaign_id": campaign_id})
        if row.n in wanted
    }


def unscored(tx: Transaction, campaign_id: int, *, without: int | None = None) -> list[int]:
    """Returns the present candidates whom no counting sheet scores, ascending.

    `without` is a judge whose sheet is left out: one about to be dismissed.
    """
    state = proceedings(tx, campaign_id)
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    sheets = counting_sheets(tx, campaign_id, state)
    scored = {no for judge, sheet in sheets.items() if judge != without for no, _ in sheet}
    present = {no for no, _, _ in terms.candidates} - terms.withdrawn
    return sorted(present - scored)


def honoured(tx: Transaction, campaign_id: int, state: Proceedings) -> list[int]:
    """Returns who holds an honour of the final ranking that nobody has revoked; none before."""
    if state.final is None:
        return []
    table = json.loads(publication.table(tx, campaign_id, state.final["ranking"], "ranking"))
    return [row[0] for row in table if row[2] and row[0] not in state.revoked]


def table_of(
    tx: Transaction, campaign_id: int, state: Proceedings, key: str
) -> list[tuple[int, int]]:
    """Returns the rows [no, points] of the last table of a key; none without one."""
    if key not in state.data:
        return []
    body = publication.table(tx, campaign_id, state.data[key]["n"], "data")
    return [(no, points) for no, points in json.loads(body)]


def _lot(tx: Transaction, campaign_id: int, state: Proceedings) -> str:
    if "lot" not in state.data:
        return ""
    drawn: str = json.loads(publication.table(tx, campaign_id, state.data["lot"]["n"], "data"))
    return drawn

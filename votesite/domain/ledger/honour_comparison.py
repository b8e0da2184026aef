"""What hangs on the way from votes to honours, held against the entries: rows, tables, columns."""

import json
from typing import NamedTuple

from votesite.domain import keys
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.log import ADD_TABLE
from votesite.domain.ledger.recount import Recount
from votesite.domain.ledger.terms import parsed_json
from votesite.store import Query, Statement, Transaction


class Columns(NamedTuple):
    """What a campaign's row repeats of its entries, so that pages need not look for them."""

    ranking_n: int | None = None
    notice_n: int | None = None
    noticed_from: str = ""
    notice_from: str = ""
    notice_to: str = ""
    final_n: int | None = None


class _Judge(NamedTuple):
    number: int
    categories: str
    n: int
    dismissed_n: int | None


class _Objection(NamedTuple):
    n: int
    outcome: str
    answer_n: int | None


_JUDGES = Query(_Judge, "FROM judges WHERE campaign_id = :campaign_id ORDER BY n")
_SHEETS = Statement(
    "SELECT n, judge FROM sealed_sheets WHERE campaign_id = :campaign_id ORDER BY n"
)
_TABLES = Statement("SELECT n, name FROM log_tables WHERE campaign_id = :campaign_id ORDER BY n")
_OBJECTIONS = Query(
    _Objection,
    "FROM objections WHERE campaign_id = :campaign_id AND n IS NOT NULL ORDER BY n",
)
_COLUMNS = Query(Columns, "FROM campaigns WHERE id = :campaign_id")
_PROJECT = Statement(
    "UPDATE campaigns SET ranking_n = :ranking_n, notice_n = :notice_n,"
    " noticed_from = :noticed_from, notice_from = :notice_from, notice_to = :notice_to,"
    " final_n = :final_n WHERE id = :campaign_id"
)
_LINK_JUDGE = Statement(
    "UPDATE judges SET categories = :categories, n = :n, dismissed_n = :dismissed_n"
    " WHERE campaign_id = :campaign_id AND number = :number"
)
_UNLINK_OBJECTIONS = Statement(
    "UPDATE objections SET answer_n = NULL, outcome = ''"
    " WHERE campaign_id = :campaign_id AND n IS NOT NULL"
)
_LINK_OBJECTION = Statement(
    "UPDATE objections SET answer_n = :answer_n, outcome = :outcome"
    " WHERE campaign_id = :campaign_id AND n = :n"
)
_CHECK_OF_TABLE = {"candidates": 21, "votes": 16, "data": 21, "answers": 21, "ranking": 22}


def compare_honours(recount: Recount) -> None:
    """Compare judges, sheets, tables, objections and columns; faults go into the recount's log."""
    _compare_judges(recount)
    _compare_sheets(recount)
    _compare_tables(recount)
    _compare_objections(recount)
    _compare_columns(recount)


def columns_of(recount: Recount) -> Columns:
    """Returns the columns as the entries have them."""
    notices, last = recount.log.proceedings.notices, recount.last
    return Columns(
        ranking_n=_number(last.get("ranking")),
        notice_n=_number(last.get("notice")),
        noticed_from=notices[0]["from"] if notices else "",
        notice_from=notices[-1]["from"] if notices else "",
        notice_to=notices[-1]["to"] if notices else "",
        final_n=_number(last.get("final")),
    )


def rebuild_honours(tx: Transaction, recount: Recount) -> None:
    """Write again what follows from the entries: columns, what judges and objections are linked to.

    A lost ranking is made again from what it follows from. What was sealed and is lost stays lost.
    """
    tx.run(_PROJECT, {**recount.values, **columns_of(recount)._asdict()})
    judges = [
        {
            **recount.values,
            "number": number,
            "categories": json.dumps(entry["categories"], ensure_ascii=False),
            "n": entry["n"],
            "dismissed_n": recount.dismissed.get(number),
        }
        for number, entry in recount.log.proceedings.judges.items()
    ]
    tx.many(_LINK_JUDGE, judges)
    answered = recount.log.proceedings.answered
    objections = [
        {**recount.values, "n": n, "answer_n": answer["n"], "outcome": answer["outcome"]}
        for n, (answer, _) in answered.items()
    ]
    tx.run(_UNLINK_OBJECTIONS, recount.values)
    tx.many(_LINK_OBJECTION, objections)
    lost = [n for n, name in recount.lost_tables if name == "ranking" and n in recount.log.tables]
    for n in lost:
        rows = canonical([list(row) for row in recount.log.tables[n]])
        tx.run(ADD_TABLE, {**recount.values, "n": n, "name": "ranking", "body": rows})


def _compare_judges(recount: Recount) -> None:
    expected = [
        (each["judge"], each["categories"], each["n"], recount.dismissed.get(each["judge"]))
        for each in recount.log.proceedings.judges.values()
    ]
    stored = [
        (row.number, parsed_json(row.categories), row.n, row.dismissed_n)
        for row in _JUDGES.all(recount.tx, recount.values)
    ]
    recount.log.expect(19, stored == expected)


def _compare_sheets(recount: Recount) -> None:
    """Every sheet that was ever handed in lies sealed under its judge, and opens."""
    handed_in = recount.log.proceedings.handed_in
    expected = [(n, each.entry["judge"]) for n, each in sorted(handed_in.items())]
    stored = [tuple(row) for row in recount.tx.all(_SHEETS, recount.values)]
    recount.log.expect(20, stored == expected and recount.sheets.keys() == handed_in.keys())


def _compare_tables(recount: Recount) -> None:
    """A table lies beside each entry that commits to one, and beside no other."""
    state = recount.log.proceedings
    expected = {(0, "candidates")} | {(n, "votes") for n in recount.log.results}
    expected |= {(n, "data") for n in state.figures}
    expected |= {(n, "answers") for n, each in state.figures.items() if each["answers_sha256"]}
    expected |= {(each.entry["n"], "ranking") for each in state.rankings}
    stored = {tuple(row) for row in recount.tx.all(_TABLES, recount.values)}
    for _, name in expected ^ stored:
        recount.log.expect(_CHECK_OF_TABLE.get(name, 21), False)


def _compare_objections(recount: Recount) -> None:
    """Each objection has its record with its answer; after the purge none need be left."""
    state = recount.log.proceedings
    answered = {n: answer for n, (answer, _) in state.answered.items()}
    stored = _OBJECTIONS.all(recount.tx, recount.values)
    numbers = {row.n for row in stored}
    is_whole = numbers == state.objections or not keys.knows_people(recount.campaign_id)
    recount.log.expect(23, is_whole and numbers <= state.objections)
    for row in stored:
        answer = answered.get(row.n, {"n": None, "outcome": ""})
        recount.log.expect(23, (row.answer_n, row.outcome) == (answer["n"], answer["outcome"]))


def _compare_columns(recount: Recount) -> None:
    stored, expected = _COLUMNS.one(recount.tx, recount.values), columns_of(recount)
    recount.log.expect(22, stored is not None and stored.ranking_n == expected.ranking_n)
    recount.log.expect(23, stored is not None and stored[1:] == expected[1:])


def _number(entry: Entry | None) -> int | None:
    return None if entry is None else int(entry["n"])

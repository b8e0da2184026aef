"""Order of knowledge: what was fixed before anybody knew figures, and what changed an honour late.

As ledger.md section 2a asks of a verifier: read from acts, the first published figure and the
tables of the rankings that are public.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.acts import acts
from votesite.domain.ledger.disclosure import disclosed
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.head import read_head
from votesite.store import Statement, Transaction

_PLACED = ("judge", "sheet", "panel", "dismiss", "data", "withdraw", "void", "restore")
_NEXT_TALLY = Statement(
    "SELECT body FROM log_entries"
    " WHERE campaign_id = :campaign_id AND k = 'tally' AND n > :above ORDER BY n LIMIT 1"
)


class Placed(NamedTuple):
    """An entry and what was known when it was written.

    `k` is its kind, or the change of a `rule`. `after_panel` is None where there is no panel to
    come before.
    """

    entry: Entry
    k: str
    after_figures: bool
    after_panel: bool | None


class Late(NamedTuple):
    """An entry after the count that lies between two rankings with other honours.

    `before` and `after` are these rankings' numbers; `gained` and `lost` say whose honour changed.
    Entries between the same two rankings share the difference.
    """

    entry: Entry
    k: str
    before: int
    after: int
    gained: tuple[int, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Knowledge:
    """The order of knowledge: every input in its place, and the late ones that changed an honour.

    `figures_n` is the first published figure's entry, `panel_n` that of the panel's close, where
    there are experts; `is_ranked` says whether a ranking is public.
    """

    placed: Sequence[Placed]
    late: Sequence[Late]
    figures_n: int | None
    panel_n: int | None
    has_experts: bool
    is_ranked: bool


def knowledge(tx: Transaction, campaign_id: int) -> Knowledge:
    """Returns the order of knowledge, as far as the public rankings show what changed."""
    found = acts(tx, campaign_id)
    close_n = _first(found, "close")
    figures_n, panel_n = _first_figure(tx, campaign_id, close_n), _first(found, "panel")
    has_experts = entries.read_entry(tx, campaign_id, 0)["award"]["expert"] > 0
    tables = {
        n: publication.table(tx, campaign_id, n, "ranking")
        for n in disclosed(tx, campaign_id).rankings
    }
    awarded = {n: {row[0] for row in json.loads(rows) if row[2]} for n, rows in tables.items()}
    return Knowledge(
        placed=placed(found, figures_n, panel_n, has_experts=has_experts),
        late=late_changes(found, close_n, awarded),
        figures_n=figures_n,
        panel_n=panel_n,
        has_experts=has_experts,
        is_ranked=bool(tables),
    )


def placed(
    found: Sequence[Entry], figures_n: int | None, panel_n: int | None, *, has_experts: bool
) -> list[Placed]:
    """Returns the inputs among the acts, in order, each with what was known at its place."""
    counting = _counting_sheets(found)
    return [
        Placed(
            entry,
            kind_of(entry),
            _is_after(entry, figures_n),
            _is_after(entry, panel_n) if has_experts else None,
        )
        for entry in found
        if kind_of(entry) in _PLACED and (entry["k"] != "sheet" or entry["n"] in counting)
    ]


def late_changes(
    found: Sequence[Entry], close_n: int | None, tables: Mapping[int, set[int]]
) -> list[Late]:
    """Returns the acts after the count between two public rankings whose honours differ.

    `tables` has who is awarded in each ranking, by its number.
    """
    if close_n is None:
        return []
    differing = [
        (before, after, tables[after] - tables[before], tables[before] - tables[after])
        for before, after in pairwise(sorted(tables))
        if tables[before] != tables[after]
    ]
    late = [entry for entry in _changing(found) if entry["n"] > close_n]
    return [
        Late(entry, kind_of(entry), before, after, tuple(sorted(gained)), tuple(sorted(lost)))
        for entry in late
        for before, after, gained, lost in differing
        if before < entry["n"] <= after
    ]


def kind_of(entry: Entry) -> str:
    """Returns an entry's kind; of a `rule` what it changes."""
    return next(iter(entry["set"])) if entry["k"] == "rule" else str(entry["k"])


def _changing(found: Iterable[Entry]) -> list[Entry]:
    """Returns the acts that can change an honour: those that replace or take away, in order."""
    changing, keys, is_ranked = [], set(), False
    for entry in found:
        k = kind_of(entry)
        if (
            k in ("void", "restore", "withdraw", "dismiss")
            or (k == "data" and entry["key"] in keys)
            or (k == "ranking" and is_ranked)
        ):
            changing.append(entry)
        keys |= {entry["key"]} if k == "data" else set()
        is_ranked = is_ranked or k == "ranking"
    return changing


def _counting_sheets(found: Iterable[Entry]) -> set[int]:
    """Returns the numbers of the last sheet of every judge who is not dismissed."""
    last: dict[int, int] = {}
    for entry in found:
        if entry["k"] == "sheet":
            last[entry["judge"]] = entry["n"]
        elif entry["k"] == "dismiss":
            last.pop(entry["judge"], None)
    return set(last.values())


def _is_after(entry: Entry, n: int | None) -> bool:
    return n is not None and bool(entry["n"] > n)


def _first(found: Iterable[Entry], k: str) -> int | None:
    return next((int(each["n"]) for each in found if each["k"] == k), None)


def _first_figure(tx: Transaction, campaign_id: int, close_n: int | None) -> int | None:
    """Returns the first tally that has rows, or `close` where none comes before it."""
    if read_head(tx, campaign_id).tally_n is None:
        return close_n
    above = 0
    while body := tx.value(_NEXT_TALLY, {"campaign_id": campaign_id, "above": above}):
        tally = json.loads(body)
        if tally["votes"]:
            return int(tally["n"])
        above = tally["n"]
    return close_n

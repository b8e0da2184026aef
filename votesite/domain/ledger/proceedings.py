"""How far a campaign has come from votes to honours, as its log says (ledger.md section 2a)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from votesite.domain.ledger import entries
from votesite.domain.ledger.acts import act_numbers, acts
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.opening import award_to_be
from votesite.store import Transaction

_READ = (
    "rule",
    "close",
    "recount",
    "judge",
    "dismiss",
    "sheet",
    "panel",
    "data",
    "ranking",
    "notice",
    "objection",
    "answer",
    "final",
    "revoke",
)
_LISTS = {
    "ranking": "rankings",
    "notice": "notices",
    "objection": "objections",
    "answer": "answers",
}


@dataclass
class Proceedings:
    """What the entries of a log say of judges, figures, rankings, notices, objections, honours.

    `award` is entry 0's, or what entry 0 would say. `counted_n` is the last `close` or `recount`,
    `is_sanctioned` whether voids or restores came after it. `judges` and `dismissed` are entries by
    the judge's number, `sheets` the last sheet of every judge who is not dismissed, `data` the last
    entry of each key. `changed_n` is the last entry that makes an earlier ranking stale.
    """

    award: dict[str, Any]
    counted_n: int | None = None
    is_sanctioned: bool = False
    judges: dict[int, Entry] = field(default_factory=dict)
    dismissed: dict[int, Entry] = field(default_factory=dict)
    sheets: dict[int, Entry] = field(default_factory=dict)
    panel: Entry | None = None
    data: dict[str, Entry] = field(default_factory=dict)
    rankings: list[Entry] = field(default_factory=list)
    notices: list[Entry] = field(default_factory=list)
    objections: list[Entry] = field(default_factory=list)
    answers: list[Entry] = field(default_factory=list)
    final: Entry | None = None
    revoked: list[int] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    changed_n: int = -1

    @property
    def ranking(self) -> Entry | None:
        """The last ranking."""
        return self.rankings[-1] if self.rankings else None

    @property
    def notice(self) -> Entry | None:
        """The last notice."""
        return self.notices[-1] if self.notices else None

    @property
    def answered(self) -> dict[int, Entry]:
        """The answer of every objection that has one, by the objection's number."""
        return {of: answer for answer in self.answers for of in answer["of"]}

    @property
    def unanswered(self) -> list[int]:
        """The numbers of the objections that wait for an answer, ascending."""
        answered = self.answered
        return [one["n"] for one in self.objections if one["n"] not in answered]

    @property
    def is_ranking_current(self) -> bool:
        """Whether nothing that decides about it has changed since the last ranking."""
        return self.ranking is not None and self.ranking["n"] > self.changed_n

    @property
    def owes_ranking(self) -> bool:
        """Whether an upheld objection asks for a ranking that has not been made yet."""
        last = -1 if self.ranking is None else self.ranking["n"]
        return any(each["effect"] == "new_ranking" and each["n"] > last for each in self.answers)

    def categories_of(self, judge: int) -> list[str]:
        """The categories that a judge scores: those of the appointment, or all."""
        named: Sequence[str] = self.judges[judge]["categories"]
        return list(named) or [name for name, _ in self.award["seats"]]

    def _take(self, entry: Entry) -> None:
        k, n = entry["k"], entry["n"]
        if k in _LISTS:
            getattr(self, _LISTS[k]).append(entry)
        elif k in ("close", "recount"):
            self.counted_n = n
        elif k == "rule":
            self._take_rule(entry["set"])
        elif k in ("panel", "final"):
            setattr(self, k, entry)
        elif k == "data":
            self.data[entry["key"]] = entry
        elif k == "revoke":
            self.revoked.append(entry["no"])
        else:
            self._take_judge(k, entry)
        if k in ("recount", "dismiss", "data") or (k == "rule" and "withdraw" in entry["set"]):
            self.changed_n = n

    def _take_rule(self, change: dict[str, Any]) -> None:
        if "withdraw" in change:
            self.withdrawn.add(change["withdraw"])
        elif "reinstate" in change:
            self.withdrawn.discard(change["reinstate"])

    def _take_judge(self, k: str, entry: Entry) -> None:
        judge = entry["judge"]
        {"judge": self.judges, "dismiss": self.dismissed, "sheet": self.sheets}[k][judge] = entry
        if k == "dismiss":
            self.sheets.pop(judge, None)


def proceedings(tx: Transaction, campaign_id: int) -> Proceedings:
    """Returns how far a campaign has come; before entry 0 nothing but the award to be."""
    if not entries.size_of(tx, campaign_id):
        return Proceedings(award_to_be(tx, campaign_id))
    state = Proceedings(entries.read_entry(tx, campaign_id, 0)["award"])
    for entry in acts(tx, campaign_id, _READ):
        state._take(entry)
    last = max(act_numbers(tx, campaign_id, ("void", "restore")), default=-1)
    state.is_sanctioned = state.counted_n is not None and last > state.counted_n
    state.changed_n = max(state.changed_n, last)
    return state

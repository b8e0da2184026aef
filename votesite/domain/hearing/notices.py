"""The public notice: whose honours it announces, for how long, and how far it has come.

What stands in it follows from the ledger: the ranking that its entry names, its days, and the
objections since. A second notice replaces the first, and the page tells both.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from votesite.clock import at, minute, parse_minute
from votesite.domain.hearing import calendar
from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.honours import final_from
from votesite.domain.ledger.opening import candidates
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.results.guard import guard_in
from votesite.errors import NotFound
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign
from votesite.models.hearing import Corrections, NoticePaper
from votesite.store import Transaction

COMPONENTS = ("public", "expert", "satisfaction", "objective")


class Honour(NamedTuple):
    """Somebody who is to be honoured. Scores are points, -1 where one is missing or not asked."""

    no: int
    name: str
    category: str
    is_withdrawn: bool
    rank: int
    total: int
    scores: dict[str, int]


@dataclass(frozen=True)
class Notice:
    """One public notice, [begins, ends); `honours` ascending by number.

    `is_confirmed` is whether each of its days was counted by a confirmed table of holidays or is a
    correction. `why` is why its ranking was made, empty for the first one. `sha256` is that of its
    printed form, empty until that has been made.
    """

    n: int
    ranking_n: int
    begins: datetime
    ends: datetime
    days: list[date]
    is_confirmed: bool
    why: str
    honours: list[Honour]
    sha256: str

    def is_running(self, now: datetime) -> bool:
        """Whether everybody may object to it now."""
        return self.begins <= now < self.ends

    @property
    def final_from(self) -> datetime:
        """From when on the list may become final: until then objections on paper come in."""
        return parse_minute(final_from({"to": minute(self.ends)}))


@dataclass(frozen=True)
class Course:
    """The notices of a campaign and what became of them.

    `current` is the last one that has begun, `coming` one that will replace it or that is the
    first. `former` are those that were replaced, oldest first. `shows_scores` is whether everybody
    may see figures. The numbers of objections are those of all notices.
    """

    award: Mapping[str, Any]
    former: list[Notice]
    current: Notice | None
    coming: Notice | None
    is_counted: bool
    shows_scores: bool
    open_objections: int
    answered_objections: int
    owes_ranking: bool
    is_final: bool
    revoked: list[int]


class Proposed(NamedTuple):
    """What the form for a notice proposes: its span, its working days, and how many it needs."""

    begins: datetime
    ends: datetime
    days: list[date]
    is_confirmed: bool
    least: int


def is_expected(campaign: Campaign) -> bool:
    """Whether the result of this campaign is announced by a public notice before it is final."""
    return campaign.standing.by_entries


def course(campaign: Campaign, now: datetime) -> Course:
    """Returns how far the public notice of a campaign has come.

    Raises NotFound where votes alone decide and no notice is to come.
    """
    if not is_expected(campaign):
        raise NotFound
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign.id)
        guard = guard_in(tx, campaign.id)
        notices = [_notice(tx, campaign.id, state, entry) for entry in state.notices]
    begun = [each for each in notices if each.begins <= now]
    return Course(
        award=state.award,
        former=begun[:-1],
        current=begun[-1] if begun else None,
        coming=notices[-1] if len(begun) < len(notices) else None,
        is_counted=guard.is_counted,
        shows_scores=guard.shows_figures,
        open_objections=len(state.unanswered),
        answered_objections=len(state.answered),
        owes_ranking=state.owes_ranking,
        is_final=state.final is not None,
        revoked=state.revoked,
    )


def notice_of(campaign_id: int, n: int) -> Notice:
    """Returns the notice of entry `n`; raises NotFound."""
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        for entry in state.notices:
            if entry["n"] == n:
                return _notice(tx, campaign_id, state, entry)
    raise NotFound


def finalised_at(campaign: Campaign) -> datetime | None:
    """Returns when the list of honours became final; None while it is not."""
    if campaign.final_n is None:
        return None
    with site().store.reading() as tx:
        return parse_minute(entries.read_entry(tx, campaign.id, campaign.final_n)["t"])


def proposed(campaign: Campaign, now: datetime) -> Proposed:
    """Returns the shortest notice that could begin on the next working day.

    Raises UnknownYear.
    """
    with site().store.snapshot() as tx:
        least = proceedings(tx, campaign.id).award["notice_days"]
    begins = at(calendar.next_working_day(now), calendar.NOTICE_BEGINS)
    ends = calendar.notice_end(begins, least)
    days = calendar.working_days(begins, ends)
    return Proposed(begins, ends, days.days, days.confirmed, least)


def _notice(tx: Transaction, campaign_id: int, state: Proceedings, entry: Entry) -> Notice:
    paper = db.session.get(NoticePaper, (campaign_id, entry["n"]))
    ranking = next(each for each in state.rankings if each["n"] == entry["ranking"])
    begins, ends = parse_minute(entry["from"]), parse_minute(entry["to"])
    return Notice(
        n=entry["n"],
        ranking_n=entry["ranking"],
        begins=begins,
        ends=ends,
        days=[date.fromisoformat(day) for day in entry["days"]],
        is_confirmed=_is_confirmed(campaign_id, entry["n"], begins, ends),
        why=ranking["why"],
        honours=_honours(tx, campaign_id, state, entry["ranking"]),
        sha256=paper.sha256 if paper else "",
    )


def _is_confirmed(campaign_id: int, n: int, begins: datetime, ends: datetime) -> bool:
    row = db.session.get(Corrections, (campaign_id, n))
    known = row.corrections if row else {"off": [], "on": []}
    off, on = ([date.fromisoformat(day) for day in known[key]] for key in ("off", "on"))
    return calendar.working_days(begins, ends, off=off, on=on).confirmed


def _honours(tx: Transaction, campaign_id: int, state: Proceedings, ranking_n: int) -> list[Honour]:
    listed = {each["no"]: each for each in candidates(tx, campaign_id)}
    table = json.loads(publication.table(tx, campaign_id, ranking_n, "ranking"))
    return [
        Honour(
            no=no,
            name=listed[no]["name"],
            category=listed[no]["category"],
            is_withdrawn=no in state.withdrawn,
            rank=rank,
            total=total,
            scores=dict(zip(COMPONENTS, scores, strict=True)),
        )
        for no, rank, awarded, total, *scores in table
        if awarded
    ]

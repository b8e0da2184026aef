"""Judges: which account scores which categories, and who has handed in; never what they wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from votesite.domain.award import award_of
from votesite.domain.candidates import listing
from votesite.domain.ledger.judges import Identity, open_identity
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.errors import Closed, Forbidden
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.scoring import Judge
from votesite.store import Transaction

TRIMMED_FROM = 5  # sheets that score a category: from so many on, highest and lowest are left out
ADVISED = TRIMMED_FROM + 1  # judges a category where scores are trimmed: one may have to recuse


@dataclass(frozen=True)
class Task:
    """What a judge has to score: categories in their order, each with its candidates by number.

    Withdrawn candidates are among them. `is_open` holds until the panel is closed; `sheet_n` is the
    entry of the last sheet that was handed in.
    """

    campaign: Campaign
    judge: Judge
    candidates: Mapping[str, Sequence[Candidate]]
    is_open: bool
    sheet_n: int | None

    @property
    def keys(self) -> list[str]:
        """The criteria's keys, in the order of a sheet's scores."""
        return [criterion["key"] for criterion in award_of(self.campaign)["criteria"]]

    @property
    def everybody(self) -> list[Candidate]:
        """All candidates of the judge's categories."""
        return [one for listed in self.candidates.values() for one in listed]

    def present(self, category: str) -> list[Candidate]:
        """The candidates of a category that have not withdrawn."""
        return [one for one in self.candidates[category] if not one.is_withdrawn]


class Member(NamedTuple):
    """A judge as staff see them; `sheet_n` is the entry of the sheet that counts, None without."""

    judge: Judge
    identity: Identity
    categories: list[str]
    sheet_n: int | None


class Coverage(NamedTuple):
    """How many judges a category has: appointed ones, and those who have handed in."""

    category: str
    appointed: int
    handed_in: int


def find(campaign_id: int, staff_id: int) -> Judge | None:
    """The judge that an account is in a campaign, dismissed ones too; None before appointment."""
    return db.session.scalar(select(Judge).filter_by(campaign_id=campaign_id, staff_id=staff_id))


def task_of(campaign: Campaign, staff_id: int) -> Task:
    """What an account has to score. Raises Forbidden for who is not, or no longer, a judge."""
    with site().store.snapshot() as tx:
        return task_in(tx, campaign, staff_id)


def open_task(tx: Transaction, campaign: Campaign, staff_id: int) -> Task:
    """Like `task_of`, in a transaction. Raises Closed once the panel is closed."""
    task = task_in(tx, campaign, staff_id)
    if not task.is_open:
        raise Closed
    return task


def task_in(tx: Transaction, campaign: Campaign, staff_id: int) -> Task:
    """Like `task_of`, in a transaction."""
    judge = find(campaign.id, staff_id)
    if judge is None or judge.dismissed_n is not None:
        raise Forbidden
    state = proceedings(tx, campaign.id)
    listed = listing.candidates_of(campaign.id)
    by_category = {
        name: [one for one in listed if one.category == name]
        for name in categories_of(campaign, judge)
    }
    sheet = state.sheets.get(judge.number)
    is_open = state.panel is None and state.final is None
    return Task(campaign, judge, by_category, is_open, sheet["n"] if sheet else None)


def categories_of(campaign: Campaign, judge: Judge) -> list[str]:
    """The categories that a judge scores, in the campaign's order."""
    named = campaign.category_names
    return [name for name in named if not judge.categories or name in judge.categories]


def identity_of(judge: Judge) -> Identity:
    """Who a judge is: name, unit, and the salt of the commitment to them."""
    return open_identity(judge.campaign_id, judge.number, judge.sealed)


def judges_of(campaign_id: int) -> list[Judge]:
    """Every judge of a campaign, dismissed ones too, in the order of their numbers."""
    query = select(Judge).filter_by(campaign_id=campaign_id).order_by(Judge.number)
    return list(db.session.scalars(query))


def sitting(campaign_id: int) -> list[Judge]:
    """The judges of a campaign who are not dismissed."""
    return [judge for judge in judges_of(campaign_id) if judge.dismissed_n is None]


def state_of(campaign_id: int) -> Proceedings:
    """How far a campaign has come by its ledger."""
    with site().store.snapshot() as tx:
        return proceedings(tx, campaign_id)


def members(campaign: Campaign, state: Proceedings) -> list[Member]:
    """Every judge with name, unit, categories, and whether a sheet is handed in."""
    return [
        Member(
            judge,
            identity_of(judge),
            categories_of(campaign, judge),
            state.sheets[judge.number]["n"] if judge.number in state.sheets else None,
        )
        for judge in judges_of(campaign.id)
    ]


def coverage(campaign: Campaign, panel: Sequence[Member]) -> list[Coverage]:
    """How many judges each category has."""
    rows = []
    for name in campaign.category_names:
        inside = [one for one in panel if name in one.categories and one.judge.dismissed_n is None]
        handed_in = sum(one.sheet_n is not None for one in inside)
        rows.append(Coverage(name, len(inside), handed_in))
    return rows

"""What the site stores about one person: shown, exported, withdrawn from, deleted.

Everything is found from the person's own session: the voter key leads to their rows, and no row
leads back to them. Ballots are found by their pseudonyms and stay counted whatever is deleted.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, keys
from votesite.domain.campaigns import listing
from votesite.domain.hearing import objections
from votesite.domain.hearing.sealing import open_reply, open_words
from votesite.domain.integrity import appeals
from votesite.domain.ledger import sanctions
from votesite.domain.nominations import nominating
from votesite.domain.surveys import answering
from votesite.domain.voting import consents, voters
from votesite.domain.voting.own import OwnReceipt, allowance, ballots_of, receipts_of
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.hearing import Objection
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.surveys import Survey, SurveyAnswer
from votesite.store import Statement, Transaction

_DROP_MISSES = Statement(
    "DELETE FROM roster_misses WHERE campaign_id = :campaign_id AND voter = :voter"
)
_RECEIPTS = Statement("SELECT COUNT(*) FROM receipts WHERE campaign_id = :campaign_id AND n = :n")
_DROP_RECEIPT = Statement("DELETE FROM receipts WHERE campaign_id = :campaign_id AND n = :n")
_DROP_TOKEN = Statement("DELETE FROM vote_tokens WHERE campaign_id = :campaign_id AND n = :n")


@dataclass(frozen=True)
class CampaignData:
    """What the site stores about a person in one campaign.

    `receipts` are newest first, `voided` the ledger numbers of those that do not count now.
    `consents` are (version of the notice, day), `remaining` the ballots left in this period.
    """

    campaign: Campaign
    receipts: list[OwnReceipt]
    voided: frozenset[int]
    consents: list[tuple[str, str]]
    nominations: list[Nomination]
    answers: list[tuple[Survey, SurveyAnswer]]
    appeals: list[Appeal]
    objections: list[Objection]
    is_invited: bool
    remaining: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        lists = (self.receipts, self.consents, self.nominations, self.answers, self.appeals)
        return not any(lists) and not self.objections and not self.is_invited


def held(site_voter: bytes, *, clock: Clock = now) -> list[CampaignData]:
    """Everything that belongs to a person, by campaign, the newest campaign first."""
    nominated, answered = nominating.mine(site_voter), answering.mine(site_voter)
    parts = []
    for campaign, voter in _taking_part(site_voter):
        receipts = receipts_of(campaign.id, voter)[::-1]
        numbers = [receipt.n for receipt in receipts]
        part = CampaignData(
            campaign=campaign,
            receipts=receipts,
            voided=_voided(campaign.id, numbers),
            consents=consents_of(campaign.id, voter),
            nominations=[row for where, row in nominated if where.id == campaign.id],
            answers=[(survey, row) for where, survey, row in answered if where.id == campaign.id],
            appeals=_appeals(campaign.id, numbers),
            objections=objections.mine(campaign.id, voter),
            is_invited=_is_invited(campaign.id, voter),
            remaining=allowance(campaign.id, site_voter, clock=clock).remaining or 0,
        )
        if not part.is_empty:
            parts.append(part)
    return parts


def forgotten() -> list[Campaign]:
    """The campaigns in which nobody can find a person any more."""
    return [campaign for campaign in listing.published() if not keys.knows_people(campaign.id)]


def consents_of(campaign_id: int, voter: bytes) -> list[tuple[str, str]]:
    """(version of the notice, day) of a voter key's consents, oldest first."""
    with site().store.reading() as tx:
        return [(version, day) for version, day in consents.given(tx, campaign_id, voter)]


def exported(site_voter: bytes, *, clock: Clock = now) -> dict[str, object]:
    """Everything that belongs to a person, for a file: as stored, with what was sealed opened."""
    return {
        "exported_at": minute(clock()),
        "campaigns": [_exported(part) for part in held(site_voter, clock=clock)],
        "forgotten": [campaign.slug for campaign in forgotten()],
    }


def withdraw_consent(campaign_id: int, site_voter: bytes, *, clock: Clock = now) -> int:
    """Withdraw every consent in one campaign; ballots stay counted.

    Returns how many consents there were. Raises PeopleForgotten after the purge.
    """
    voter = voters.voter_key(campaign_id, site_voter)
    with writing() as tx:
        now = clock()
        dropped = consents.withdraw(tx, campaign_id, voter)
        _note({"consents": dropped}, "withdraw-consent", campaign_id, now)
    return dropped


def delete(site_voter: bytes, *, clock: Clock = now) -> Counter[str]:
    """Delete everything that belongs to a person at once; returns the number of rows by table.

    What remains: the ballots in the public log, the slots that prevent a second vote, objections
    with their author's mark until `purge`, and what nobody can link to the person: anonymous
    answers and accepted nominations without nominator.
    """
    removed: Counter[str] = Counter(
        nominations=nominating.withdraw_undecided(site_voter),
        survey_answers=answering.delete_mine(site_voter),
    )
    with writing() as tx:
        now = clock()
        for campaign, voter in _taking_part(site_voter):
            removed["consents"] += consents.withdraw(tx, campaign.id, voter)
            tx.run(_DROP_MISSES, {"campaign_id": campaign.id, "voter": voter})
            numbers = ballots_of(campaign.id, voter)
            removed["receipts"] += _drop_receipts(tx, campaign.id, numbers)
            removed["appeals"] += _drop_appeals(campaign.id, numbers)
        _note(removed, "delete-own", None, now)
    return removed


def _voided(campaign_id: int, numbers: list[int]) -> frozenset[int]:
    with site().store.snapshot() as tx:
        return frozenset(n for n in numbers if sanctions.is_voided(tx, campaign_id, n))


def _taking_part(site_voter: bytes) -> list[tuple[Campaign, bytes]]:
    """Every campaign that still knows people, with the person's voter key in it."""
    return [
        (campaign, voters.voter_key(campaign.id, site_voter))
        for campaign in listing.published()
        if keys.knows_people(campaign.id)
    ]


def _is_invited(campaign_id: int, voter: bytes) -> bool:
    with site().store.reading() as tx:
        return voters.check_roster(tx, campaign_id, voter)


def _appeals(campaign_id: int, numbers: list[int]) -> list[Appeal]:
    rows = select(Appeal).where(Appeal.campaign_id == campaign_id, Appeal.n.in_(numbers))
    return list(db.session.scalars(rows.order_by(Appeal.id)))


def _exported(part: CampaignData) -> dict[str, object]:
    return {
        "slug": part.campaign.slug,
        "title": part.campaign.title,
        "consents": [{"version": version, "day": day} for version, day in part.consents],
        "ballots": [
            {"n": receipt.n, "t": receipt.t, "receipt": receipt.code} for receipt in part.receipts
        ],
        "invited": part.is_invited,
        "nominations": [_nomination(row) for row in part.nominations],
        "answers": [
            {"survey": survey.title, "day": answer.answered_on, "answers": answer.answers}
            for survey, answer in part.answers
        ],
        "appeals": [
            {
                "n": appeal.n,
                "t": appeal.made_at,
                "state": appeal.state,
                "text": appeals.text_of(appeal),
                "reply": appeals.reply_of(appeal),
            }
            for appeal in part.appeals
        ],
        "objections": [_objection(row) for row in part.objections],
    }


def _objection(row: Objection) -> dict[str, object]:
    words = open_words(row)
    return {
        "code": row.code,
        "n": row.n,
        "t": row.made_at,
        "kind": row.kind,
        "name": words.name,
        "contact": words.contact,
        "facts": words.facts,
        "salt": words.salt,
        "state": row.state,
        "outcome": row.outcome,
        "reply": open_reply(row),
    }


def _nomination(nomination: Nomination) -> dict[str, object]:
    return {
        "id": nomination.id,
        "submitted_at": nomination.submitted_at,
        "name": nomination.name,
        "category": nomination.category,
        "region": nomination.region,
        "reason": nomination.reason,
        "criteria": nomination.criteria,
        "evidence": nomination.evidence,
        "contact": nominating.contact_of(nomination),
        "has_picture": bool(nomination.picture),
        "status": nomination.status,
        "reply": nomination.reply,
    }


def _drop_receipts(tx: Transaction, campaign_id: int, numbers: list[int]) -> int:
    dropped = 0
    for n in numbers:
        values = {"campaign_id": campaign_id, "n": n}
        row = tx.one(_RECEIPTS, values)
        dropped += row[0] if row else 0
        tx.run(_DROP_RECEIPT, values)
        tx.run(_DROP_TOKEN, values)
    return dropped


def _drop_appeals(campaign_id: int, numbers: list[int]) -> int:
    """Delete undecided appeals; of decided ones erase the words and leave the decision."""
    rows = _appeals(campaign_id, numbers)
    for appeal in rows:
        if appeal.state == "open":
            db.session.delete(appeal)
        else:
            appeals.erase_words(appeal)
    return len(rows)


def _note(removed: dict[str, int], action: str, campaign_id: int | None, now: datetime) -> None:
    """Write into the audit log how many rows of which tables, and nothing about whose."""
    for table, count in removed.items():
        if count:
            audit.note(None, action, table, f"{count} rows", campaign_id=campaign_id, now=now)

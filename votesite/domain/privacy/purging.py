"""Purging: 90 days after a campaign ends, everything that identifies a person is destroyed.

It ends with the final list, or by its schedule where votes alone decide; a year after the schedule
it counts as over in any case. Destroyed are the pseudonym key, every contact, who nominated and
answered, and what is sealed of objections. The public log, the slots, the opening key, the sheet
key and the signing keys stay, so that count and ranking can be checked at any time.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from sqlalchemy import delete, func, select, update

from votesite.clock import Clock, now, parse_minute
from votesite.domain import audit, keys
from votesite.domain.campaigns import listing, publishing
from votesite.domain.hearing import answering
from votesite.domain.integrity import traces
from votesite.domain.jobs import asking
from votesite.domain.ledger import entries
from votesite.domain.results import tallies
from votesite.domain.staff import security_log
from votesite.domain.voting import checks
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.hearing import Hearing, Objection, ObjectionFile
from votesite.models.keys import WrappedKey
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.surveys import Survey, SurveyAnswer
from votesite.models.voting import Consent, RosterCode, RosterMiss

KEPT_AFTER_END = timedelta(days=90)
AT_THE_LATEST = timedelta(days=365)  # after the schedule, whatever is still open
NOT_OVER, NOT_COUNTED, APPEALS_OPEN, OBJECTIONS_OPEN, DUE, DONE = (
    "not-over",
    "not-counted",
    "appeals-open",
    "objections-open",
    "due",
    "done",
)


@dataclass(frozen=True)
class PurgeState:
    """A campaign, and whether it can be purged now: one of the codes above."""

    campaign: Campaign
    code: str


def states(now: datetime) -> list[PurgeState]:
    """The state of every published campaign."""
    return [PurgeState(campaign, _code(campaign, now)) for campaign in listing.published()]


def due(now: datetime) -> list[Campaign]:
    """The campaigns that are to be purged now."""
    return [state.campaign for state in states(now) if state.code == DUE]


def purge(*, clock: Clock = now) -> dict[str, Counter[str]]:
    """Purge every campaign that is due, and delete what security keeps for 180 days only.

    Returns the number of rows, by slug and then by table. Raises Busy.
    """
    forgotten = {}
    for campaign_id, slug in [(campaign.id, campaign.slug) for campaign in due(clock())]:
        counts = _forget_people(campaign_id, clock)
        if counts is not None:
            forgotten[slug] = counts
    traces.forget_old(clock())
    checks.forget_old(clock())
    security_log.forget_old(clock())
    asking.forget_old(clock=clock)
    keys.forget_cached()
    empty_write_ahead_log()
    return forgotten


def empty_write_ahead_log() -> None:
    """Empty SQLite's write-ahead log, in which deleted rows would remain readable for a while."""
    db.session.rollback()
    site().store.empty_write_ahead_log(is_patient=True)


def _code(campaign: Campaign, now: datetime) -> str:
    if not keys.knows_people(campaign.id):
        return DONE
    is_overdue = now >= campaign.final_at + AT_THE_LATEST
    ended = _ended(campaign)
    if not is_overdue and (ended is None or now < ended + KEPT_AFTER_END):
        return NOT_OVER
    head = tallies.head(campaign.slug)
    if head is None or head.close_n is None:
        return NOT_COUNTED
    if is_overdue:
        return DUE
    if _open_appeals(campaign.id):
        return APPEALS_OPEN
    is_open = answering.waiting(campaign.id, now=now).open
    return OBJECTIONS_OPEN if is_open else DUE


def _ended(campaign: Campaign) -> datetime | None:
    """When its list became final, or where votes alone decide when its schedule ends; or None."""
    if not campaign.standing.by_entries:
        return campaign.final_at
    if campaign.final_n is None:
        return None
    with site().store.reading() as tx:
        final = entries.read_entry(tx, campaign.id, campaign.final_n)
    return parse_minute(final["t"])


def _open_appeals(campaign_id: int) -> int:
    waiting = select(func.count()).where(Appeal.campaign_id == campaign_id, Appeal.state == "open")
    return db.session.scalar(waiting) or 0


def _forget_people(campaign_id: int, clock: Clock) -> Counter[str] | None:
    """Purge one campaign in one transaction; None if it is not due any more."""
    with writing() as tx:
        now = clock()
        campaign = db.session.get(Campaign, campaign_id)
        if campaign is None or _code(campaign, now) != DUE:
            return None
        forgotten = Counter(
            nominations=_forget_nominators(campaign_id),
            consents=_drop(Consent, campaign_id),
            roster_misses=_drop(RosterMiss, campaign_id),
            roster_codes=_blind_roster(campaign_id),
            survey_answers=_forget_answerers(campaign_id),
            objections=_destroy_objections(campaign_id),
            wrapped_keys=_destroy_key(campaign_id),
        )
        for table, count in forgotten.items():
            if count:
                audit.note(None, "purge", table, f"{count} rows", (), campaign_id, now=now)
        publishing.touch(tx, campaign_id, rules=True)
    return forgotten


def _forget_nominators(campaign_id: int) -> int:
    rows = db.session.scalars(select(Nomination).where(Nomination.campaign_id == campaign_id)).all()
    forgotten = 0
    for nomination in rows:
        forgotten += nomination.nominator is not None or nomination.contact is not None
        nomination.nominator = nomination.slot = nomination.contact = None
    return forgotten


def _drop(table: type[Consent | RosterMiss], campaign_id: int) -> int:
    count = db.session.scalar(select(func.count()).where(table.campaign_id == campaign_id)) or 0
    db.session.execute(delete(table).where(table.campaign_id == campaign_id))
    return count


def _blind_roster(campaign_id: int) -> int:
    """Used codes stay used; by whom is replaced by chance."""
    rows = select(RosterCode).where(
        RosterCode.campaign_id == campaign_id, RosterCode.voter.is_not(None)
    )
    codes = db.session.scalars(rows).all()
    for code in codes:
        code.voter = token_bytes(32)
    return len(codes)


def _forget_answerers(campaign_id: int) -> int:
    surveys = select(Survey.id).where(Survey.campaign_id == campaign_id)
    signed = (SurveyAnswer.survey_id.in_(surveys), SurveyAnswer.voter.is_not(None))
    count = db.session.scalar(select(func.count()).where(*signed)) or 0
    db.session.execute(update(SurveyAnswer).where(*signed).values(voter=None))
    return count


def _destroy_objections(campaign_id: int) -> int:
    """Entry, outcome and dates stay; words, names, contacts, files, replies and hearings go."""
    rows = db.session.scalars(select(Objection).where(Objection.campaign_id == campaign_id)).all()
    ids = [row.id for row in rows]
    db.session.execute(delete(ObjectionFile).where(ObjectionFile.objection_id.in_(ids)))
    db.session.execute(
        update(Hearing).where(Hearing.objection_id.in_(ids)).values(question=b"", reply=None)
    )
    for row in rows:
        row.voter = row.form_mark = row.reply = row.declined = None
        row.sealed = b""
    return len(rows)


def _destroy_key(campaign_id: int) -> int:
    """Delete the pseudonym key, overwritten first so that no page of the file keeps it."""
    rows = select(WrappedKey).where(
        WrappedKey.campaign_id == campaign_id, WrappedKey.purpose == "pseudonym"
    )
    wrapped = db.session.scalars(rows).all()
    for key in wrapped:
        key.wrapped = token_bytes(len(key.wrapped))
    db.session.flush()
    for key in wrapped:
        db.session.delete(key)
    return len(wrapped)

"""Anonymous answers on their way from the post to the table of answers: sealed, then moved in lots.

An answer written together with the mark of who gave it could be told by whoever has a copy of the
write-ahead log. So it waits here, sealed and as long as any other, until ten are moved together:
shuffled, under new ids, with nothing that says which came with which mark.
"""

import json
from datetime import datetime
from random import SystemRandom
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, day, now
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.terms import VotingTerms
from votesite.extensions import db, load, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.surveys import Answers, Survey, SurveyAnswer
from votesite.store import Query, Statement, Transaction

LOT = 10
LEAST = 4  # of which whoever waits for an hour may be one
SHORTEST = (
    8192  # bytes of an answer before it is sealed; a longer one is twice as long, or four times
)


class _Waiting(NamedTuple):
    id: str
    sealed: bytes


_WAITING = Query(_Waiting, "FROM survey_pool WHERE survey_id = :survey_id ORDER BY id")
_ADD = Statement(
    "INSERT INTO survey_pool (id, survey_id, sealed) VALUES (:id, :survey_id, :sealed)"
)
_EMPTY = Statement("DELETE FROM survey_pool WHERE survey_id = :survey_id")
_COUNT = Statement("SELECT COUNT(*) FROM survey_pool WHERE survey_id = :survey_id")


def put(
    tx: Transaction, terms: VotingTerms, survey_id: int, answers: Answers, now: datetime
) -> str:
    """Let an answer wait, sealed; moves the lot that it completes. Returns its id until then."""
    waiting_id = token_hex(16)
    plain = json.dumps({"answers": answers, "day": day(now).isoformat()}, ensure_ascii=False)
    sealed = terms.sealer.seal(_padded(plain.encode()), _bound_to(terms, waiting_id))
    tx.run(_ADD, {"id": waiting_id, "survey_id": survey_id, "sealed": sealed})
    if how_many(tx, survey_id) >= LOT:
        _move(tx, terms, survey_id)
        tx.after_commit(site().store.empty_write_ahead_log)
    return waiting_id


def how_many(tx: Transaction, survey_id: int) -> int:
    """Returns how many answers of a questionnaire wait."""
    return int(tx.value(_COUNT, {"survey_id": survey_id}))


def mix(*, least: int = LOT, clock: Clock = now) -> int:
    """Move what waits where that is `least` or more, or the questionnaire is over.

    Returns how many answers were moved. Nothing of them remains in the write-ahead log.
    """
    surveys = db.session.scalars(select(Survey.id).where(Survey.anonymous)).all()
    moved = sum(_mix(survey_id, least, clock) for survey_id in surveys)
    site().store.empty_write_ahead_log()
    return moved


def _mix(survey_id: int, least: int, clock: Clock) -> int:
    with site().store.reading() as tx:
        if not how_many(tx, survey_id):
            return 0
    with writing() as tx:
        now = clock()
        survey = load(Survey, survey_id)
        campaign = load(Campaign, survey.campaign_id)
        log = open_log(tx, campaign.id)  # from here on nobody answers
        waiting = how_many(tx, survey_id)
        if waiting < least and not _is_over(survey, campaign, now):
            return 0
        _move(tx, log.terms, survey_id)
    return waiting


def _is_over(survey: Survey, campaign: Campaign, now: datetime) -> bool:
    """Whether nobody can answer it any more."""
    windows = [campaign.window(phase) for phase in survey.phases]
    return all(window[1] <= now for window in windows if window)


def _move(tx: Transaction, terms: VotingTerms, survey_id: int) -> None:
    """Write what waits into the table of answers, in an order that says nothing."""
    waiting = _WAITING.all(tx, {"survey_id": survey_id})
    SystemRandom().shuffle(waiting)
    for row in waiting:
        opened = json.loads(terms.sealer.open(row.sealed, _bound_to(terms, row.id)))
        answer = SurveyAnswer(
            id=token_hex(16),
            survey_id=survey_id,
            voter=None,
            answers=opened["answers"],
            answered_on=opened["day"],
        )
        db.session.add(answer)
    db.session.flush()
    tx.run(_EMPTY, {"survey_id": survey_id})


def _padded(plain: bytes) -> bytes:
    """Returns JSON with blanks after it, so that its length says next to nothing."""
    length = SHORTEST
    while length < len(plain):
        length *= 2
    return plain.ljust(length)


def _bound_to(terms: VotingTerms, waiting_id: str) -> bytes:
    return f"{terms.campaign_id}|survey|{waiting_id}".encode()

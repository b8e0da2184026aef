"""Anonymous answers are moved in lots, and a copy of the files does not say whose is which."""

import sqlite3
import struct
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.ballots import cast_ballot
from tests.support.factories import CLOSES, NOON, at, make_campaign, voter
from tests.support.people import lively_campaign
from tests.support.surveys import RATED, answered, make_survey
from votesite import clock
from votesite.domain.surveys import answering, figures, listing, pool
from votesite.domain.surveys.answering import SurveyPost
from votesite.domain.voting import voters
from votesite.extensions import db, site, writing
from votesite.models.surveys import SurveyAnswer, WaitingAnswer
from votesite.models.voting import Consent

OPEN = {"id": "say", "type": "text", "text": "意见", "required": True}
AFTER = at(CLOSES + timedelta(hours=1))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def counts():
    db.session.rollback()
    return count(SurveyAnswer), count(WaitingAnswer)


@pytest.fixture
def survey(app):
    return make_survey(make_campaign(), anonymous=True)


def test_answers_wait_until_ten_are_moved_together(survey):
    seen = []
    for who in range(1, 22):
        answered(survey, who)
        seen.append(counts())

    assert seen[:9] == [(0, waiting) for waiting in range(1, 10)]
    assert seen[9:12] == [(10, 0), (10, 1), (10, 2)]
    assert seen[-1] == (20, 1)
    assert listing.how_many(survey.id) == 21


@pytest.mark.parametrize(("waiting", "moved"), [(0, 0), (3, 0), (4, 4), (9, 9)])
def test_four_or_more_are_moved_when_the_hour_has_passed(survey, waiting, moved):
    for who in range(waiting):
        answered(survey, who)

    assert pool.mix(least=pool.LEAST, clock=at(NOON)) == moved
    assert counts() == (moved, waiting - moved)


def test_every_answer_is_there_once_the_questionnaire_is_over(survey):
    answered(survey, 1, rate="5")
    answered(survey, 2, rate="3")
    before = figures.figures(survey)[0].answered

    assert pool.mix(clock=AFTER) == 2

    found = figures.figures(survey)[0]
    assert (before, found.answered) == (0, 2)
    assert found.series[0].counts == {"5": 1, "3": 1}
    assert {row.answered_on for row in db.session.scalars(select(SurveyAnswer))} == {"2026-11-20"}


def test_what_waits_is_sealed_and_of_one_length(app):
    survey = make_survey(make_campaign(), OPEN, anonymous=True)
    for who, words in enumerate(["好", "慢" * 2000, "窗口的人很耐心"]):
        answered(survey, who, say=words)

    waiting = db.session.scalars(select(WaitingAnswer.sealed)).all()
    assert len({len(sealed) for sealed in waiting}) == 1
    assert not any("耐心".encode() in sealed for sealed in waiting)


def test_questionnaire_whose_answers_wait_stays(app):
    campaign = make_campaign()
    answered(make_survey(campaign, anonymous=True))

    with writing():
        listing.store_from_folder(campaign, [])

    assert [found.key for found in listing.surveys_of(campaign.id)] == ["feedback"]


def test_command_moves_what_waits(app, survey):
    for who in range(5):
        answered(survey, who)

    none = app.test_cli_runner().invoke(args=["mix-answers"])
    done = app.test_cli_runner().invoke(args=["mix-answers", "--least", "4"])

    assert (none.output, done.output) == ("0 answers moved\n", "5 answers moved\n")


class Copy:
    """A thief's copy of database and write-ahead log, looked at commit by commit, without a key."""

    def __init__(self, folder, work):
        self._base = (folder / "votesite.db").read_bytes()
        self._log = (folder / "votesite.db-wal").read_bytes()
        self._work = work

    def states(self):
        """The database after each commit."""
        size = struct.unpack(">I", self._log[8:12])[0]
        pages = {
            number: self._base[number * size : (number + 1) * size]
            for number in range(len(self._base) // size)
        }
        at, salts = 32, self._log[16:24]
        while at + 24 + size <= len(self._log) and self._log[at + 8 : at + 16] == salts:
            page, commit = struct.unpack(">II", self._log[at : at + 8])
            pages[page - 1] = self._log[at + 24 : at + 24 + size]
            at += 24 + size
            if commit:
                whole = bytearray(b"".join(pages.get(n, bytes(size)) for n in range(commit)))
                whole[18] = whole[19] = 1  # no write-ahead log of its own
                self._work.write_bytes(whole)
                yield sqlite3.connect(self._work)

    def pairs(self, one, other):
        """Rows of two questions that came into the database in the same commit, alone."""
        seen, found = (set(), set()), []
        for state in self.states():
            rows = [set(state.execute(question).fetchall()) for question in (one, other)]
            state.close()
            fresh = [now - before for now, before in zip(rows, seen, strict=True)]
            if all(len(new) == 1 for new in fresh):
                found.append(tuple(new.pop()[0] for new in fresh))
            seen = rows
        return found


def keep_the_log():
    """Let no commit fold the write-ahead log: the thief finds all of it."""
    site().store.empty_write_ahead_log()
    return sqlite3.connect(db.engine.url.database, isolation_level=None)


@pytest.mark.sqlite
def test_copy_of_the_files_joins_no_consent_to_a_ballot_or_an_answer(app, tmp_path):
    campaign = lively_campaign()
    secret = listing.find(campaign.id, "secret")
    now = clock.now()
    reader = keep_the_log()
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM log_entries").fetchall()
    for who in range(24):
        cast_ballot(campaign, who, 1 + who % 6, when=now)
        post = SurveyPost(secret.id, voter(who), {"answers.say": [f"第{who}位"]}, consents=True)
        answering.answer(post, clock=at(now))
    keys = {voters.voter_key(campaign.id, voter(who)) for who in range(24)}
    copy = Copy(tmp_path, tmp_path / "copied")

    joined = copy.pairs("SELECT voter FROM consents", "SELECT n FROM vote_slots")
    answers = copy.pairs("SELECT mark FROM survey_marks", "SELECT id FROM survey_answers")
    sealed = copy.pairs("SELECT mark FROM survey_marks", "SELECT id FROM survey_pool")
    reader.close()

    assert len(joined) == 24  # the looking finds what is written together
    assert not keys & {mark for mark, _ in joined}
    assert not keys & set(db.session.scalars(select(Consent.voter)))
    assert answers == []
    assert len(sealed) >= 20
    assert counts() == (20, 4)


@pytest.mark.sqlite
def test_lot_of_answers_leaves_nothing_in_the_write_ahead_log(survey, tmp_path):
    for who in range(10):
        answered(survey, who, rate="5")

    assert counts() == (10, 0)
    assert (tmp_path / "votesite.db-wal").stat().st_size == 0
    assert RATED["id"].encode() in (tmp_path / "votesite.db").read_bytes()

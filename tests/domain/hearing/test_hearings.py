"""Hearing the body concerned: its own questions only, one reply, nothing of who objected."""

import pytest

from tests.support.noticed import GOOD, noticed, object_to
from tests.support.stored import rows
from votesite import clock
from votesite.domain.hearing import concerns, hearings, links
from votesite.errors import Forbidden, InvalidFields, InvalidObjection, Lapsed, NotFound
from votesite.models.hearing import Hearing, Objection

QUESTION = "第三季度的办件量是怎么统计的？"


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def asked(honours):
    object_to(honours.campaign)
    return rows(Objection)[-1]


def ask(honours, asked, no=3, question=QUESTION, *, by=None):
    hearings.ask(honours.campaign.id, asked.id, no, question, by=by or honours.owner)


def token_for(honours, no):
    return links.make(honours.campaign.id, [no], by=honours.owner)[0].token


def test_question_and_reply_are_sealed_and_open_for_both_sides(honours, asked):
    ask(honours, asked)
    hearing = rows(Hearing)[0].id

    hearings.reply(token_for(honours, 3), hearing, "按窗口系统导出。\r\n没有重复。")

    row = rows(Hearing)[0]
    (heard,) = hearings.of_objection(asked.id)
    assert (heard.question, heard.reply) == (QUESTION, "按窗口系统导出。\n没有重复。")
    assert QUESTION.encode() not in bytes(row.question)
    assert hearings.of_candidate(honours.campaign.id, 3) == [heard]
    assert hearings.of_candidate(honours.campaign.id, 4) == []
    told = f"{heard.question}{heard.reply}"
    assert GOOD["name"] not in told
    assert GOOD["facts"] not in told


def test_reply_is_given_once_by_the_body_that_was_asked(honours, asked):
    ask(honours, asked)
    hearing, own = rows(Hearing)[0].id, token_for(honours, 3)

    with pytest.raises(NotFound):
        hearings.reply(token_for(honours, 4), hearing, "不是我")
    with pytest.raises(NotFound):
        hearings.reply("A" * 22, hearing, "不是我")
    hearings.reply(own, hearing, "是这样")
    with pytest.raises(Lapsed):
        hearings.reply(own, hearing, "改一下")


def test_link_of_another_campaign_does_not_reply(honours, asked):
    other = noticed(slug="another-2026")
    ask(honours, asked)

    with pytest.raises(NotFound):
        hearings.reply(token_for(other, 3), rows(Hearing)[0].id, "不是我")


@pytest.mark.parametrize("text", ["", " \n ", "长" * 4001])
def test_empty_or_endless_replies_are_refused(honours, asked, text):
    ask(honours, asked)

    with pytest.raises(InvalidObjection):
        hearings.reply(token_for(honours, 3), rows(Hearing)[0].id, text)
    assert rows(Hearing)[0].reply is None


def test_nobody_is_asked_or_replies_once_it_is_answered(honours, asked):
    ask(honours, asked)
    value = {"objections": [asked.n], "outcome": "dismissed", "effect": "none", "reply": "否"}
    honours.decide("answer", value, moment=clock.now())

    with pytest.raises(Lapsed):
        ask(honours, asked)
    with pytest.raises(Lapsed):
        hearings.reply(token_for(honours, 3), rows(Hearing)[0].id, "晚了")


def test_unknown_body_empty_question_and_concerned_staff_are_refused(honours, asked):
    with pytest.raises(InvalidFields):
        ask(honours, asked, no=99)
    with pytest.raises(InvalidFields):
        ask(honours, asked, question=" ")
    concerns.note(honours.campaign.id, asked.id, honours.editor, "有关", by=honours.owner)
    with pytest.raises(Forbidden):
        ask(honours, asked, by=honours.editor)
    assert rows(Hearing) == []

"""What people object stays sealed, each under its own code."""

import pytest

from tests.support.factories import make_campaign
from votesite.domain.hearing.sealing import (
    Words,
    open_reply,
    open_words,
    seal_reply,
    seal_words,
)
from votesite.keys import Unreadable
from votesite.models.hearing import Objection

WORDS = Words("李某", "0800-1", "材料与事实不符。", "5a" * 32)


def test_words_and_reply_open_under_their_own_code_alone(app):
    make_campaign()
    row = Objection(code="A", sealed=seal_words("A", WORDS), reply=seal_reply("A", "已核实"))

    assert open_words(row) == WORDS
    assert open_reply(row) == "已核实"
    assert "李某".encode() not in row.sealed
    for other in (
        Objection(code="B", sealed=row.sealed, reply=row.reply),
        Objection(code="A", sealed=row.reply, reply=row.sealed),
    ):
        with pytest.raises(Unreadable):
            open_words(other)
        with pytest.raises(Unreadable):
            open_reply(other)


def test_no_reply_is_an_empty_one(app):
    assert open_reply(Objection(code="A", sealed=b"")) == ""

"""Whose ballot figures may show is said as it is: by policy, by step, and by who recounts."""

import pytest

from tests.support.factories import make_campaign
from votesite.web.wording import rules

HIDDEN = "投票期间不公布票数，看不出。"
EACH = "每来一张新选票，票数就可能更新：谁盯着看，就看得出它选了谁。"
MIXED = "投票期间，每次公布至少合并 20 位投票人的新选票，分不开是谁的。"
OTHERS = "防不住的是：谁自己掌握其中 19 个账号，减去自己的，就看得出剩下那个人选了谁。"
LAST = "计票时，上次公布以后才来的选票不论多少都算进去：只有几张的，看得出它们合起来选了谁。"
OPENED = "计票以后全部选票内容公开，凭回执码看得出那张选票选了谁。回执码不要给别人。"


FEW = "计票以后的作废和恢复，合在一起重新公布：改动的选票不多时，可能看得出选了谁。"


def changed(least):
    return (
        f"计票以后的作废和恢复，合在一起重新公布。改动的选票来自不足 {least} 位投票人的，"
        "可能看得出其中的票选了谁；单独恢复一张，要投票人事先同意。"
    )


@pytest.mark.parametrize(
    ("policy", "least", "recount", "expected"),
    [
        ("live", 20, "auditors", [MIXED, OTHERS, LAST, changed(20)]),
        ("daily 18:00", 20, "auditors", [MIXED, OTHERS, LAST, changed(20)]),
        ("live", 1, "auditors", [EACH, LAST, FEW]),
        ("hidden", 20, "auditors", [HIDDEN, LAST, changed(20)]),
        ("hidden", 1, "auditors", [HIDDEN, LAST, FEW]),
        ("live", 20, "public", [MIXED, OTHERS, OPENED]),
        ("live", 1, "public", [EACH, OPENED]),
        ("hidden", 20, "public", [HIDDEN, OPENED]),
    ],
)
def test_the_pages_say_whose_ballot_the_figures_may_show(app, policy, least, recount, expected):
    campaign = make_campaign(results=policy, min_batch=least, recount=recount)

    with app.test_request_context():
        assert rules.neighbour_sentences(campaign) == expected

"""What waits for one person's confirmation, over all campaigns."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import make_staff
from votesite.domain.decisions import inbox, proposals
from votesite.domain.ledger.changes import Change

WINDOW = {"opens": NOON - timedelta(days=1), "closes": NOON + timedelta(days=9)}


@pytest.fixture
def campaigns(app):
    return make_campaign(**WINDOW), make_campaign(slug="other", **WINDOW)


def test_own_inbox_holds_what_others_propose_where_one_may_confirm(campaigns):
    first, second = campaigns
    editor = make_staff("editor", "editor").id
    sun = make_staff("sun", "supervisor", campaign=first).id
    here, there = (
        proposals.propose(one.id, editor, Change("pause", ""), "检修", clock=at(NOON)).id
        for one in (first, second)
    )

    waiting = {
        who: [one.id for one in inbox.waiting_for(number, now=NOON)]
        for who, number in (
            ("editor", editor),
            ("sun", sun),
            ("owner", make_staff("root", "owner").id),
            ("auditor", make_staff("shen", "auditor").id),
        )
    }

    assert waiting == {"editor": [], "sun": [here], "owner": [here, there], "auditor": []}


def test_what_is_confirmed_or_lapsed_waits_no_more(campaigns):
    second = campaigns[1]
    editor, root = make_staff("editor", "editor").id, make_staff("root", "owner").id
    for one in campaigns:
        proposals.propose(one.id, editor, Change("pause", ""), "检修", clock=at(NOON))
    done, _ = inbox.waiting_for(root, now=NOON)

    proposals.confirm(done.id, root, clock=at(NOON))

    assert [one.campaign_id for one in inbox.waiting_for(root, now=NOON)] == [second.id]
    assert inbox.waiting_for(root, now=NOON + timedelta(hours=24) + timedelta(minutes=1)) == []

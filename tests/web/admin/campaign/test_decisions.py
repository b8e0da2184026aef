"""Decisions at the desk: proposed, confirmed on one screen or two, incidents."""

from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, post_form
from votesite import clock
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.decisions import proposals
from votesite.domain.ledger import entries
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.extensions import db, site

OWN = "/admin/c/xiangzhen-2026"


def test_pause_takes_effect_on_the_same_screen_with_a_colleague(app, campaign, editor):
    answer = post_form(
        editor,
        f"{OWN}/decisions/new",
        kind="pause",
        why="系统升级",
        colleague="zheng",
        password=PASSWORD,
    )

    db.session.refresh(campaign)
    assert (answer.status_code, campaign.paused) == (303, "系统升级")
    (line, *_) = audit.entries([campaign.id])
    assert (line.action, line.staff_id) == ("confirm-pause", people.by_name("zheng").id)
    assert line.fields == f"state on-screen-of:{people.by_name('zhou').id}"


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("zheng", "wrong", 422), ("nobody", "wrong", 422), ("zhou", PASSWORD, 422)],
)
def test_pause_stays_a_proposal_without_a_true_second_person(
    app, campaign, editor, name, password, status
):
    answer = post_form(
        editor,
        f"{OWN}/decisions/new",
        kind="pause",
        why="系统升级",
        colleague=name,
        password=password,
    )

    db.session.refresh(campaign)
    assert (answer.status_code, campaign.paused) == (status, "")
    assert len(proposals.waiting(campaign.id, now=clock.now())) == 1


def test_back_off_holds_on_the_shared_screen_too(app, campaign, editor, monkeypatch):
    now = clock.now().timestamp()
    monkeypatch.setattr(clock.time, "time", lambda: now)  # or a slow machine sits the wait out
    made = proposals.propose(campaign.id, people.by_name("zhou").id, Change("pause", ""), "升级")
    path = f"{OWN}/decisions/{made.id}/confirm-here"
    for _ in range(4):
        post_form(editor, path, colleague="zheng", password="wrong")

    answer = post_form(editor, path, colleague="zheng", password=PASSWORD)

    assert answer.status_code == 429
    assert proposals.find(made.id).state == "proposed"


def test_reason_is_asked_for_with_the_form_filled_again(app, campaign, editor):
    later = minute(clock.now() + timedelta(days=12))[:16]

    answer = post_form(editor, f"{OWN}/decisions/new", kind="to", to=later, why=" ")

    assert answer.status_code == 422
    assert f'value="{later}"' in answer.text
    assert "所有人永远看得到" in answer.text


def test_later_end_is_proposed_in_local_time(app, campaign, editor):
    later = clock.now() + timedelta(days=12)

    answer = post_form(editor, f"{OWN}/decisions/new", kind="to", to=minute(later)[:16], why="延期")

    (made,) = proposals.waiting(campaign.id, now=clock.now())
    assert answer.status_code == 303
    assert made.payload == {"to": minute(later)}


def test_decision_of_another_campaign_does_not_exist_here(app, campaign, draft, editor):
    made = proposals.propose(campaign.id, people.by_name("zhou").id, Change("pause", ""), "升级")

    assert editor.get(f"/admin/c/draft-2026/decisions/{made.id}").status_code == 404


def test_withdrawal_that_empties_the_ballot_is_warned_of(app, editor):
    now = clock.now()
    make_campaign(
        slug="small",
        candidates=3,
        picks=[3, 3],
        opens=now - timedelta(1),
        closes=now + timedelta(1),
    )

    page = editor.get("/admin/c/small/decisions/new?kind=withdraw")

    assert "选票将无法投出" in page.text


def test_incident_is_written_into_the_ledger_by_one_person(app, campaign, editor):
    before = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")
    proposals.open_ledger(campaign.id, people.by_name("zhou").id)
    empty = post_form(editor, f"{OWN}/incident", what=" ")
    done = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")

    assert [answer.status_code for answer in (before, empty, done)] == [409, 422, 303]
    with site().store.snapshot() as tx:
        entry = entries.read_entry(tx, campaign.id, 1)
    assert (entry["k"], entry["what"]) == ("incident", "中断 10 分钟")

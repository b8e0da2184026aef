"""Decisions at the desk: proposed, confirmed on one screen or two, incidents."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, post_form, token_of
from votesite import clock
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.decisions import proposals
from votesite.domain.ledger import entries
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.extensions import db, site
from votesite.models.decisions import Decision

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
    assert db.session.get(Decision, made.id).state == "proposed"


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


def test_incident_is_proposed_by_one_and_written_into_the_ledger_by_another(app, campaign, editor):
    before = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")
    proposals.open_ledger(campaign.id, people.by_name("zhou").id)
    empty = post_form(editor, f"{OWN}/incident", what=" ")
    alone = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")
    size = _size(campaign)
    waiting = editor.get(alone.headers["Location"])
    colleague = {"colleague": "zheng", "password": PASSWORD}
    done = post_form(editor, f"{OWN}/incident", what="中断 20 分钟", **colleague)

    assert [answer.status_code for answer in (before, empty, alone, done)] == [422, 422, 303, 303]
    assert "账本还没有开启" in before.text
    assert (size, _size(campaign)) == (1, 2)
    assert "这段话写入公开账本" in waiting.text
    with site().store.snapshot() as tx:
        entry = entries.read_entry(tx, campaign.id, 1)
    assert {**entry, "t": ""} == {"k": "incident", "n": 1, "t": "", "what": "中断 20 分钟"}


def _size(campaign):
    with site().store.snapshot() as tx:
        return entries.size_of(tx, campaign.id)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "to", "to": "2020-01-01T00:00"}, "截止时间要晚于投票开始的时间"),
        ({"kind": "to", "to": "PAST"}, "截止时间不能早于现在"),
        ({"kind": "to", "to": "SAME"}, "这就是现在的截止时间"),
        ({"kind": "to", "to": "tomorrow"}, "这一项填得不对"),
        ({"kind": "to"}, "这一项填得不对"),
        ({"kind": "resume"}, "投票没有暂停，不用恢复"),
        ({"kind": "withdraw", "no": "99"}, "请从列出的选项里选"),
        ({"kind": "withdraw"}, "请从列出的选项里选"),
        ({"kind": "reinstate", "no": "1"}, "请从列出的选项里选"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value.values()),
)
def test_impossible_value_comes_back_on_its_form_with_what_was_typed(
    app, campaign, editor, fields, said
):
    moments = {
        "PAST": minute(clock.now() - timedelta(hours=1))[:16],
        "SAME": campaign.schedule["voting"][1][:16],
    }
    typed = {name: moments.get(value, value) for name, value in fields.items()}

    answer = post_form(editor, f"{OWN}/decisions/new", why="应群众要求", colleague="zheng", **typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert ">\n应群众要求</textarea>" in answer.text
    assert 'value="zheng"' in answer.text
    assert f'value="{typed.get("to", "")}"' in answer.text
    assert proposals.of_campaign(campaign.id) == []


def test_proposal_that_has_lapsed_is_told_on_the_desk_with_the_way_back(app, campaign, editor):
    made = proposals.propose(campaign.id, people.by_name("zheng").id, Change("pause", ""), "升级")
    proposals.take_back(made.id, people.by_name("zheng").id)
    page = f"{OWN}/decisions/{made.id}"
    token = token_of(editor, "/admin/me")

    answer = editor.post(
        f"{page}/confirm",
        data={"csrf_token": token},
        headers={"Referer": f"http://localhost:8000{page}"},
    )
    elsewhere = editor.get(
        "/admin/c/nowhere/", headers={"Referer": "https://elsewhere.example/admin/"}
    )

    assert (answer.status_code, elsewhere.status_code) == (409, 404)
    assert f'href="{page}"' in answer.text
    assert "desk-nav" in answer.text
    assert 'class="desk-title">' in answer.text
    assert "elsewhere.example" not in elsewhere.text


def test_refusal_to_a_program_stays_a_problem_document(app, campaign, editor):
    answer = editor.get("/admin/c/nowhere/", headers={"Accept": "application/json"})

    assert answer.content_type == "application/problem+json"
    assert app.test_client().get("/admin/c/nowhere/").status_code == 303


def test_second_proposal_of_the_same_is_told_and_filled_in(app, campaign, editor):
    fields = {"kind": "pause", "why": "系统升级"}
    post_form(editor, f"{OWN}/decisions/new", **fields)

    answer = post_form(editor, f"{OWN}/decisions/new", **fields)

    assert answer.status_code == 422
    assert "已经有一份同样的提议在等确认，不用再提。" in answer.text
    assert "系统升级</textarea>" in answer.text
    assert len(proposals.waiting(campaign.id, now=clock.now())) == 1


@pytest.mark.parametrize("kind", ["withdraw", "reinstate"])
def test_no_candidate_is_chosen_beforehand(app, campaign, editor, kind):
    form = editor.get(f"{OWN}/decisions/new?kind={kind}").text
    named = editor.get(f"{OWN}/decisions/new?kind=withdraw&no=2").text
    refused = post_form(editor, f"{OWN}/decisions/new", kind=kind, no="", why="重复登记")

    choices = re.search(r'<select id="f-no".*?</select>', form, re.S)[0]
    assert '<option value="">请选择</option>' in choices
    assert " selected" not in choices
    assert '<option value="2" selected>' in named
    assert refused.status_code == 422
    assert "重复登记" in refused.text

"""The page of long work: who sees it, what it says, and that it asks again by itself."""

import pytest

from tests.support import long_work
from tests.support.factories import make_campaign
from tests.support.staffing import browser_of, make_staff
from votesite.domain.jobs import asking, running
from votesite.extensions import db, writing
from votesite.models.jobs import Job

ENTRY = long_work.ENTRY  # importing the module has registered its kinds
JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(app):
    return make_campaign(slug="own")


@pytest.fixture
def ask(app, campaign):
    by = make_staff("reviewer", "reviewer").id
    return lambda kind, **question: asking.ask(campaign.id, by, kind, question).id


def page(client, job_id, **headers):
    return client.get(f"/admin/c/own/jobs/{job_id}", headers=headers)


def told(client, job_id):
    return page(client, job_id, **JSON).get_json()


def test_waiting_work_is_shown_and_asks_again_without_script(app, ask):
    job_id, client = ask("test-sum", numbers=[1]), browser_of(app, "reviewer")

    html = page(client, job_id).get_data(as_text=True)

    assert "排队中" in html
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in html
    assert f'data-job="/admin/c/own/jobs/{job_id}"' in html


def test_progress_is_told_to_people_and_programs(app, ask):
    job_id, client = ask("test-sum", numbers=[1]), browser_of(app, "reviewer")
    with writing():
        job = db.session.get(Job, job_id)
        job.state, job.done, job.total = "running", 3, 8

    assert "正在做：3 / 8" in page(client, job_id).get_data(as_text=True)
    assert told(client, job_id) == {
        "id": job_id,
        "kind": "test-sum",
        "state": "running",
        "done": 3,
        "total": 8,
        "says": "正在做：3 / 8",
        "reason": None,
        "file": None,
        "next": None,
    }


def test_file_is_offered_and_saved_under_its_name(app, ask):
    job_id, client = ask("test-sum", numbers=[40, 2]), browser_of(app, "reviewer")
    running.run_waiting()

    answer = client.get(told(client, job_id)["file"])

    assert answer.get_data() == b"42\n"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sum.csv"'
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Cache-Control"] == "no-store"
    html = page(client, job_id).get_data(as_text=True)
    assert "refresh" not in html
    assert "文件保留一天" in html


def test_file_that_is_gone_is_not_offered(app, ask):
    job_id, client = ask("test-sum", numbers=[1]), browser_of(app, "reviewer")
    running.run_waiting()
    with writing():
        db.session.get(Job, job_id).output = None

    assert told(client, job_id)["file"] is None
    assert "文件只保留一天，已经删除" in page(client, job_id).get_data(as_text=True)
    assert client.get(f"/admin/c/own/jobs/{job_id}/file").status_code == 404


@pytest.mark.parametrize(
    ("kind", "reason", "says"),
    [
        ("test-endless", "time", "做了太久"),
        ("test-greedy", "memory", "内存不够"),
        ("test-broken", "fault", "出了意外"),
        ("test-refused", "invalid-fields", "里面有不对的地方"),
    ],
)
def test_failed_work_says_why(app, ask, kind, reason, says):
    job_id, client = ask(kind), browser_of(app, "reviewer")
    running.run_waiting()

    assert (told(client, job_id)["state"], told(client, job_id)["reason"]) == ("failed", reason)
    assert says in page(client, job_id).get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "where", "status"),
    [
        ("editor", "own", 200),
        ("owner", "own", 200),
        ("reviewer", "own", 403),
        ("supervisor", "own", 403),
        ("auditor", "own", 403),
        ("judge", "own", 403),
        ("editor", "other", 404),
    ],
)
def test_others_see_it_by_their_role(app, ask, campaign, role, where, status):
    job_id = ask("test-sum", numbers=[1])
    running.run_waiting()
    place = campaign if where == "own" else make_campaign(slug="other")
    make_staff("somebody", role, campaign=place)
    client = browser_of(app, "somebody")

    assert page(client, job_id).status_code == status
    assert client.get(f"/admin/c/own/jobs/{job_id}/file").status_code == status


def test_address_of_another_campaign_leads_to_nothing(app, ask):
    make_campaign(slug="other")
    job_id = ask("test-sum", numbers=[1])
    make_staff("editor", "editor")

    assert browser_of(app, "editor").get(f"/admin/c/other/jobs/{job_id}").status_code == 404

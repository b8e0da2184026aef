"""Work is done in the order of asking, within its bounds, and says what came of it."""

import logging
import resource
import signal

import pytest

from tests.support import long_work
from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from votesite.domain.jobs import asking, running, starting
from votesite.domain.jobs.kinds import KINDS, Task
from votesite.extensions import db, site, writing
from votesite.models.jobs import Job

ENTRY = long_work.ENTRY  # importing the module has registered its kinds


@pytest.fixture
def ask(app):
    campaign_id, by = make_campaign().id, make_staff("editor", "editor").id

    def ask(kind, data=None, **question):
        return asking.ask(campaign_id, by, kind, question, data).id

    return ask


def ended(job_id):
    running.run_waiting()
    db.session.expire_all()
    return db.session.get(Job, job_id)


def test_work_is_done_and_answers(ask):
    job = ended(ask("test-sum", numbers=[1, 2, 39]))

    assert (job.state, job.answer, asking.output_of(job)) == ("done", {"total": 42}, b"42\n")
    assert job.pid is None
    assert job.ended_at is not None


def test_oldest_comes_first(ask, tmp_path):
    waiting = [ask("test-slow", seconds=0, traces=str(tmp_path), nth=nth) for nth in range(3)]

    assert running.run_waiting() == 3
    lines = (tmp_path / "trace").read_text().splitlines()
    assert lines == [f"{job} {what}" for job in waiting for what in ("begins", "ends")]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("test-greedy", "memory"), ("test-endless", "time"), ("test-broken", "fault")],
)
def test_what_oversteps_or_breaks_down_fails_and_the_next_is_done(ask, kind, reason):
    broken, next_one = ask(kind), ask("test-sum", numbers=[1])

    job = ended(broken)

    assert (job.state, job.answer, job.output) == ("failed", {"reason": reason}, None)
    assert db.session.get(Job, next_one).state == "done"


def test_a_refusal_is_told_with_its_fields(ask):
    job = ended(ask("test-refused"))

    assert job.state == "failed"
    assert job.answer == {
        "reason": "invalid-fields",
        "faults": {"table": ["unknown-number", {"no": 7}]},
    }


def test_kind_that_this_version_has_not_fails(ask, monkeypatch):
    job_id = ask("test-sum", numbers=[1])
    monkeypatch.delitem(KINDS, "test-sum")

    assert ended(job_id).answer == {"reason": "unknown"}


def test_work_leaves_no_bound_behind(ask):
    before = [resource.getrlimit(each) for each in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]
    ended(ask("test-sum", numbers=[1]))

    after = [resource.getrlimit(each) for each in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]

    assert after == before
    assert [signal.getitimer(each) for each in (signal.ITIMER_PROF, signal.ITIMER_REAL)] == [
        (0.0, 0.0)
    ] * 2


def test_what_a_process_left_begun_has_failed_and_says_so(ask):
    job_id = ask("test-sum", numbers=[1])
    with writing():
        job = db.session.get(Job, job_id)
        job.state, job.pid = "running", 999_999

    job = ended(job_id)

    assert (job.state, job.answer) == ("failed", {"reason": "ended"})


def test_nothing_is_done_while_another_process_works(ask):
    job_id = ask("test-sum", numbers=[1])
    with starting.turn() as is_ours:
        assert is_ours
        assert starting.is_at_work()

        assert running.run_waiting() == 0

    assert not starting.is_at_work()
    assert ended(job_id).state == "done"


def test_nothing_is_done_while_another_machine_on_the_database_works(ask, request):
    """On SQLite there is one machine alone, and the lock of its folder decides."""
    job_id = ask("test-sum", numbers=[1])
    with site().store.lone() as is_ours:
        assert is_ours
        done = running.run_waiting()

    assert done == (0 if request.config.getoption("--postgresql") else 1)
    assert ended(job_id).state == "done"


def test_steps_are_written_once_a_second_and_at_the_end(ask):
    job_id = ask("test-sum", numbers=[1])
    task = Task(job_id, 1, 1, {}, None)

    def told(done):
        task.step(done, 10)
        db.session.rollback()
        return db.session.get(Job, job_id).done

    assert [told(done) for done in (1, 2, 3, 10)] == [1, 1, 1, 10]


def test_log_names_the_kind_and_no_words_of_the_work(ask, caplog):
    with caplog.at_level(logging.WARNING):
        ended(ask("test-endless"))

    assert [record.getMessage() for record in caplog.records] == [
        "test-endless: not finished: time"
    ]

"""What one asks for, gets once, and can fetch for a day."""

from datetime import timedelta

import pytest

from tests.support import long_work
from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from tests.support.stored import rows
from votesite import clock
from votesite.clock import minute
from votesite.domain.jobs import asking, running
from votesite.domain.privacy import purging
from votesite.errors import NotFound, TooManyRequests
from votesite.extensions import db, writing
from votesite.models.jobs import Job

KINDS = long_work.ENTRY  # importing the module has registered them
NUMBERS = {"numbers": [1, 2, 3]}


@pytest.fixture
def asker(app):
    return make_staff("editor", "editor").id


def test_unknown_kind_is_a_fault_of_the_program(app, asker):
    with pytest.raises(ValueError, match="nothing-of-the-kind"):
        asking.ask(make_campaign().id, asker, "nothing-of-the-kind", {})


def test_the_same_question_is_asked_once(app, asker):
    campaign, other = make_campaign(), make_campaign(slug="other")
    colleague = make_staff("colleague", "editor").id

    first = asking.ask(campaign.id, asker, "test-sum", NUMBERS)

    assert asking.ask(campaign.id, asker, "test-sum", NUMBERS).id == first.id
    assert asking.ask(campaign.id, asker, "test-sum", {"numbers": [4]}).id != first.id
    assert asking.ask(other.id, asker, "test-sum", NUMBERS).id != first.id
    assert asking.ask(campaign.id, colleague, "test-sum", NUMBERS).id != first.id


def test_a_file_is_never_taken_for_another(app, asker):
    campaign = make_campaign()

    one, two = (asking.ask(campaign.id, asker, "test-echo", {}, data) for data in (b"a", b"b"))

    assert one.id != two.id


def test_what_has_ended_is_done_again(app, asker):
    campaign = make_campaign()
    first = asking.ask(campaign.id, asker, "test-sum", NUMBERS).id
    running.run_waiting()

    assert asking.ask(campaign.id, asker, "test-sum", NUMBERS).id != first


def test_nobody_fills_the_queue(app, asker):
    campaign = make_campaign()
    for number in range(asking.MAX_WAITING):
        asking.ask(campaign.id, asker, "test-sum", {"numbers": [number]})

    with pytest.raises(TooManyRequests):
        asking.ask(campaign.id, asker, "test-sum", {"numbers": [-1]})
    asking.ask(campaign.id, make_staff("other", "editor").id, "test-sum", {"numbers": [-1]})


def test_work_of_another_campaign_is_not_found(app, asker):
    job = asking.ask(make_campaign().id, asker, "test-sum", NUMBERS)

    with pytest.raises(NotFound):
        asking.find(make_campaign(slug="other").id, job.id)


def test_files_are_sealed_where_they_lie(app, asker):
    data = b"\x00\xffsecret table"
    job_id = asking.ask(make_campaign().id, asker, "test-echo", {}, data).id
    (waiting,) = rows(Job)
    lying = bytes(waiting.input)
    running.run_waiting()

    job = db.session.get(Job, job_id)
    assert b"secret" not in lying
    assert b"secret" not in job.output
    assert job.input is None
    assert (asking.output_of(job), job.filename) == (data, "same.bin")


def test_a_file_goes_after_a_day_and_its_row_after_thirty(app, asker):
    job_id = asking.ask(make_campaign().id, asker, "test-echo", {}, b"table").id
    running.run_waiting()
    ended = clock.parse_minute(db.session.get(Job, job_id).ended_at)

    def after(**span):
        dropped = asking.forget_old(clock=lambda: ended + timedelta(**span))
        db.session.expire_all()
        return dropped, db.session.get(Job, job_id)

    dropped, job = after(hours=24)
    assert (dropped, asking.output_of(job)) == (0, b"table")
    dropped, job = after(hours=24, minutes=1)
    assert (dropped, job.state, job.output) == (1, "done", None)
    with pytest.raises(NotFound):
        asking.output_of(job)
    assert after(days=30)[1] is not None
    assert after(days=30, minutes=1)[1] is None


def test_purge_deletes_old_files_too(app, asker):
    job_id = asking.ask(make_campaign().id, asker, "test-echo", {}, b"table").id
    running.run_waiting()
    ended = clock.parse_minute(db.session.get(Job, job_id).ended_at)

    purging.purge(clock=lambda: ended + timedelta(days=2))

    assert rows(Job)[0].output is None


def test_what_waits_is_never_forgotten(app, asker):
    job_id = asking.ask(make_campaign().id, asker, "test-sum", NUMBERS).id
    with writing():
        db.session.get(Job, job_id).asked_at = minute(clock.now() - timedelta(days=400))

    asking.forget_old()

    assert db.session.get(Job, job_id).state == "waiting"

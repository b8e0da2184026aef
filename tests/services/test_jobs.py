"""Long work in real processes: one at a time, outlived by nobody's vote, outliving its worker."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.support import long_work
from tests.support.factories import make_campaign
from tests.support.servers import ROOT, serving
from tests.support.staffing import make_staff, staff_session
from tests.support.voters import post_ballot, voter_session
from votesite import config
from votesite.domain.jobs import asking
from votesite.extensions import db
from votesite.models.jobs import Job

pytestmark = pytest.mark.services
PATIENCE = 60  # seconds that a busy machine may take to start a process
NUMBERS = {"numbers": [40, 2]}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A served site that knows the tests' kinds, as do the commands it starts."""
    monkeypatch.setenv("FLASK_APP", long_work.ENTRY)
    with serving(tmp_path, long_work.ENTRY) as server, server.app.app_context():
        yield server
        db.session.remove()
        db.engine.dispose()


class Desk:
    """An editor who asks for work on the server's database, and looks at its page over HTTP."""

    def __init__(self, server):
        self.campaign = make_campaign(slug="own", ballots=1, picks=[1, 3])
        self.by = make_staff("editor", "editor").id
        self._server = server
        self._cookie = staff_session(server.app, self.by).cookie
        self._folder = server.settings["INSTANCE"]

    def ask(self, kind, **question):
        return asking.ask(self.campaign.id, self.by, kind, question).id

    def ask_slow(self, seconds, **more):
        return self.ask("test-slow", seconds=seconds, traces=self._folder, **more)

    def look(self, job_id):
        url = f"{self._server.url}/admin/c/own/jobs/{job_id}"
        headers = {"Cookie": self._cookie, "Accept": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as it:
            return it.read().decode()

    def wait_for(self, job_id, *states):
        """Look at the page as its script does until the work is in one of these states."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.look(job_id)
            db.session.rollback()
            job = db.session.get(Job, job_id)
            if job.state in states:
                return job
            time.sleep(0.2)
        raise AssertionError(f"still {job.state}")

    def trace(self):
        return Path(self._folder, "trace").read_text().splitlines()


@pytest.fixture
def desk(server):
    return Desk(server)


def command(settings):
    """`flask jobs run` with a site's settings, as the timer starts it."""
    given = {f"VOTESITE_{key}": value for key, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "jobs", "run"],
        cwd=ROOT,
        env={**config.environment_of_commands(), **given},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_looking_at_the_page_is_enough_to_have_it_done(desk):
    job = desk.wait_for(desk.ask("test-sum", **NUMBERS), "done")

    assert (job.answer, asking.output_of(job)) == ({"total": 42}, b"42\n")


def test_it_works_in_the_servers_group_and_less_urgently(server, desk):
    job = desk.wait_for(desk.ask_slow(30), "running")

    assert os.getpgid(job.pid) == os.getpgid(server.process.pid)
    assert os.getpriority(os.PRIO_PROCESS, job.pid) == 10
    os.kill(job.pid, signal.SIGKILL)


def test_work_whose_process_was_killed_has_failed_and_the_next_is_done(desk):
    killed, waiting = desk.ask_slow(30), desk.ask("test-sum", **NUMBERS)
    os.kill(desk.wait_for(killed, "running").pid, signal.SIGKILL)

    assert desk.wait_for(killed, "failed").answer == {"reason": "ended"}
    assert desk.wait_for(waiting, "done").answer == {"total": 42}


def test_work_goes_on_while_its_worker_is_replaced(server, desk):
    job_id = desk.ask_slow(4)
    job = desk.wait_for(job_id, "running")
    parent = int(Path(f"/proc/{job.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)

    assert parent != server.process.pid
    assert desk.wait_for(job_id, "done").state == "done"
    assert desk.trace() == [f"{job_id} begins", f"{job_id} ends"]


def test_two_processes_never_work_at_once(server, desk):
    waiting = [desk.ask_slow(1, nth=nth) for nth in range(3)]
    commands = [command(server.settings) for _ in range(2)]
    for job_id in waiting:
        desk.wait_for(job_id, "done")
    said = sorted(each.communicate(timeout=PATIENCE)[0] for each in commands)

    assert desk.trace() == [f"{job} {what}" for job in waiting for what in ("begins", "ends")]
    assert said[0] == "0 pieces of work ended\n"


def test_progress_shows_while_it_is_done(desk):
    job_id, seen = desk.ask_slow(4), set()
    desk.wait_for(job_id, "running")
    while (job := desk.wait_for(job_id, "running", "done")).state == "running":
        seen.add(job.done)
        time.sleep(0.2)

    assert len(seen) > 2
    assert (job.done, job.total) == (100, 100) or job.done > 60


def test_a_ballot_does_not_wait_for_it(server, desk):
    job = desk.wait_for(desk.ask_slow(8), "running")
    waited = []
    for number in range(12):
        voter, begun = voter_session(server.app, f"openid-{number}"), time.monotonic()
        status, _ = post_ballot(server.url, "own", voter, [1])
        waited.append(time.monotonic() - begun)
        assert status == 201

    db.session.rollback()
    assert db.session.get(Job, job.id).state == "running"
    assert sorted(waited)[6] < 0.5
    assert max(waited) < 3


def test_an_app_that_serves_nobody_starts_no_process(server, desk):
    own = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children")
    before = own.read_text().split()

    desk.ask("test-sum", **NUMBERS)

    assert own.read_text().split() == before

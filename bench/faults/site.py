"""A site under gunicorn in a process group of its own, and voters who remember what it answered."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.report import Report
from tests.support.factories import make_campaign
from tests.support.live import free_port
from tests.support.servers import PROGRAMS, ROOT, served_settings, wait_until_it_answers
from tests.support.site import make_app
from tests.support.voters import Voter, ballot_fields, voter_session
from votesite import clock
from votesite.extensions import db

SLUG = "faults-2026"
CANDIDATES = 24
OPEN = {"LIMIT_BALLOT_VOTER": "100000/minute", "LIMIT_BALLOT_ADDRESS": "100000000/minute"}
GONE = 20


@dataclass
class Site:
    """One instance folder and the server on it, which can be killed and started again.

    `app` is the site's own code in this process, on the same database.
    """

    settings: dict[str, str]
    app: Any
    logs: Path
    entry: str = "wsgi:app"
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.settings["PUBLIC_BASE_URL"]

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return Path(self.settings["INSTANCE"]) / "votesite.db"

    def start(self) -> None:
        """Start gunicorn with the project's own settings and wait for an answer."""
        own = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("VOTESITE_", "XDG_"))
        }
        given = {f"VOTESITE_{key}": value for key, value in self.settings.items()}
        log = self.logs / "gunicorn.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [PROGRAMS / "gunicorn", "-c", ROOT / "gunicorn.conf.py", self.entry],
                env={**own, **given, **self.environment, "HOME": self.settings["INSTANCE"]},
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until_it_answers(self.url, self.process, log)

    def kill(self) -> None:
        """kill -9 of the whole process group; returns when nothing listens any more."""
        if self.process is None:
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(GONE)
        self.process = None
        deadline = time.monotonic() + GONE
        while time.monotonic() < deadline and self._listens():
            time.sleep(0.01)

    def stop(self) -> None:
        """An orderly end, or a kill when it takes too long."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(GONE)
            self.process = None
        except subprocess.TimeoutExpired:
            self.kill()

    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def wait_for_all_workers(self) -> None:
        """Wait until none of them is busy starting: one alone has answered so far."""
        deadline, asleep = time.monotonic() + GONE, 0
        while asleep < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
            stats = [Path(f"/proc/{pid}/stat").read_text() for pid in self.workers()]
            asleep = asleep + 1 if all(") S " in stat for stat in stats) else 0

    def _listens(self) -> bool:
        parts = urlsplit(self.url)
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", parts.port or 80)) == 0


@contextmanager
def prepared(folder: Path, logs: Path | None = None, **changes: str) -> Iterator[Site]:
    """A site with its tables, not yet started; the app's context is pushed."""
    instance = folder / "instance"
    instance.mkdir(parents=True, exist_ok=True)
    settings = {**served_settings(instance, free_port(), **OPEN), **changes}
    site = Site(settings, make_app(instance, **settings), logs or folder)
    try:
        with site.app.app_context():
            yield site
            db.session.remove()
            db.engine.dispose()
    finally:
        site.stop()


def open_campaign(**changes: Any) -> int:
    """A campaign that is voting now, with figures that move often; its id."""
    now = clock.now()
    opens, closes = now - timedelta(hours=1), now + timedelta(days=2)
    rules = {"ballots": 4, "picks": [1, 3], "candidates": CANDIDATES, "publish_every": 1}
    campaign = make_campaign(slug=SLUG, opens=opens, closes=closes, **{**rules, **changes})
    campaign_id: int = campaign.id
    db.session.rollback()  # an open read would keep the write-ahead log from ever being reused
    return campaign_id


@dataclass(eq=False)
class Post:
    """One ballot of one voter, under the one token it will always be sent with."""

    voter: Voter
    picks: list[int]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    receipts: list[tuple[int, str, int]] = field(default_factory=list)  # status, code, number

    @property
    def receipt(self) -> tuple[str, int] | None:
        """Code and number as the first answer told them."""
        return self.receipts[0][1:] if self.receipts else None

    def take(self, status: int, answer: dict[str, Any]) -> str:
        """Note an answer; in words what is wrong with it beside the earlier ones, or nothing."""
        self.receipts.append((status, answer["receipt"], answer["n"]))
        if len({found[1:] for found in self.receipts}) > 1:
            return f"one ballot got several receipts: {self.receipts}"
        if [found[0] for found in self.receipts].count(201) > 1:
            return f"one ballot was recorded twice: {self.receipts}"
        return ""


class Phone:
    """One keep-alive connection to the site."""

    def __init__(self, site: Site, timeout: float = 30) -> None:
        self._url = site.url
        self._connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=timeout)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
        """(status, headers, body); OSError or HTTPException when there is no answer."""
        return self._ask("GET", path, None, headers or {})

    def post(self, post: Post) -> tuple[int, dict[str, Any], Any]:
        """Send a ballot; (status, the JSON answer, headers)."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": post.voter.cookie,
            "Origin": self._url,
        }
        body = urlencode(ballot_fields(post.voter, post.picks, token=post.token))
        status, found, answer = self._ask("POST", f"/c/{SLUG}/ballot", body, headers)
        return status, json.loads(answer), found

    def cast(self, post: Post, report: Report) -> int:
        """Send a ballot and hold the site to what it has answered to the same before."""
        status, answer, _ = self.post(post)
        if status in (200, 201):
            fault = post.take(status, answer)
            report.promise(not fault, fault)
        return status

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, Any, bytes]:
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except BaseException:
            self._connection.close()
            raise


def ballots_of(site: Site, names: Iterable[str], ballots: int) -> list[Post]:
    """For each named voter so many ballots whose picks do not overlap."""
    posts = []
    for name in names:
        voter = voter_session(site.app, name)
        posts += [Post(voter, [1 + 2 * n, 2 + 2 * n]) for n in range(ballots)]
    return posts

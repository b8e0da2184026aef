"""kill -9 of the whole server while ballots come in, again and again.

Clients send distinct ballots over keep-alive connections, some of them twice, one too many for each
voter. The kill falls after a random number of answers. What stayed unanswered is sent again, under
the same token, to the server that starts next.
"""

import http.client
import random
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.faults.audit import Audit
from bench.faults.site import SLUG, Phone, Post, Site, ballots_of, open_campaign, prepared
from bench.report import Report
from tests.support.servers import ROOT
from votesite.extensions import db
from votesite.extensions import site as site_parts

SHORT, LONG = (5, 80), (200, 540)
LIMIT = 4
PHONES = 12
TWICE = 0.05
AGAIN = 12
ROUND_SECONDS = 60
NO_ANSWER = (OSError, http.client.HTTPException, ValueError)


class Crowd:
    """Clients that share a pile of ballots and remember which got no answer."""

    def __init__(self, site: Site, report: Report, seed: random.Random) -> None:
        self._site = site
        self._report = report
        self._random = seed
        self._pile: deque[Post] = deque()
        self._unanswered: list[Post] = []
        self._stops = threading.Event()
        self.acknowledged: set[Post] = set()
        self.refused: set[Post] = set()
        self.put_off = 0

    @property
    def waiting(self) -> int:
        """How many posts lie on the pile."""
        return len(self._pile)

    def add(self, posts: list[Post]) -> None:
        """Put ballots on the pile, some of them twice, in any order."""
        doubled = posts + [post for post in posts if self._random.random() < TWICE]
        self._random.shuffle(doubled)
        self._pile.extend(doubled)

    def post_until_killed(self, acknowledged: int) -> None:
        """Post; kill the server soon after so many ballots in all have been acknowledged."""
        self._stops.clear()
        threads = self._start()
        deadline = time.monotonic() + ROUND_SECONDS
        while len(self.acknowledged) < acknowledged and self._pile and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(self._random.random() * 0.01)
        self._site.kill()
        self._stops.set()
        for thread in threads:
            thread.join(ROUND_SECONDS)

    def post_all(self) -> None:
        """Post what is left to a server that is not killed."""
        self._stops.clear()
        for thread in self._start():
            thread.join(ROUND_SECONDS * 10)

    def ask_again(self) -> int:
        """Send what the kill left unanswered; how many of these had been recorded all the same."""
        left, self._unanswered = self._unanswered, []
        some = self._random.sample(
            sorted(self.acknowledged, key=id), min(AGAIN, len(self.acknowledged))
        )
        phone = Phone(self._site)
        recorded = 0
        for post in left + some:
            was_unknown = post.receipt is None
            recorded += self._send(phone, post) == 200 and was_unknown
        phone.close()
        return recorded

    def _start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._work) for _ in range(PHONES)]
        for thread in threads:
            thread.start()
        return threads

    def _work(self) -> None:
        phone = Phone(self._site)
        while not self._stops.is_set() and self._pile:
            try:
                post = self._pile.popleft()
            except IndexError:
                break
            try:
                self._send(phone, post)
            except NO_ANSWER:
                self._unanswered.append(post)
                break
        phone.close()

    def _send(self, phone: Phone, post: Post) -> int:
        status = phone.cast(post, self._report)
        if status in (200, 201):
            self.acknowledged.add(post)
        elif status == 409:
            self.refused.add(post)
        else:
            self.put_off += 1
            self._report.promise(status == 503, f"a ballot was answered {status}")
            self._pile.append(post)
        return status


def run(*, is_long: bool, folder: Path, rounds: int | None = None) -> Report:
    """Rounds of load, kill, restart; then everything is sent to its end and verified."""
    planned, a_round = LONG if is_long else SHORT
    rounds = rounds or planned
    report, seed = Report("kill"), random.Random(2026)
    started = time.monotonic()
    with prepared(folder) as site:
        campaign_id = open_campaign(ballots=LIMIT)
        audit, crowd = Audit(campaign_id, LIMIT), Crowd(site, report, seed)
        posts: list[Post] = []
        recorded = 0
        site.start()
        for number in range(rounds):
            names = (f"kill-{number}-{n}" for n in range(a_round * 3 // 2 // LIMIT))
            if crowd.waiting < a_round * 3 // 2:
                fresh = ballots_of(site, names, LIMIT + 1)
                posts += fresh
                crowd.add(fresh)
            wanted = int(a_round * seed.uniform(0.5, 1.5))
            crowd.post_until_killed(len(crowd.acknowledged) + wanted)
            site.start()
            _examine(audit, crowd, report, whole=number == rounds - 1)
            recorded += crowd.ask_again()
        crowd.post_all()
        _examine(audit, crowd, report, whole=True)
        _check_voters(posts, crowd, report)
        _verify(site, report)
        report.figures |= {
            "rounds of kill -9": rounds,
            "acknowledged ballots": len(crowd.acknowledged),
            "ballots in the log": audit.votes,
            "lost": len([fault for fault in report.broken if "is lost" in fault]),
            "recorded, but the answer was cut off": recorded,
            "refused as one too many": len(crowd.refused),
            "put off with 503": crowd.put_off,
            "seconds": round(time.monotonic() - started),
        }
    return report


def _examine(audit: Audit, crowd: Crowd, report: Report, *, whole: bool) -> None:
    """Hold the database to every answer given so far."""
    acknowledged = [post.receipt for post in list(crowd.acknowledged) if post.receipt]
    with site_parts().store.snapshot() as tx:
        report.broken += audit.examine(tx, whole=whole)
        report.broken += audit.missing(tx, acknowledged)


def _check_voters(posts: list[Post], crowd: Crowd, report: Report) -> None:
    """Of the ballots of each voter exactly the limit was recorded, and one refused."""
    by_voter: dict[str, int] = {}
    for post in posts:
        by_voter[post.voter.cookie] = by_voter.get(post.voter.cookie, 0) + bool(post.receipt)
    wrong = [n for n in by_voter.values() if n != LIMIT]
    report.promise(not wrong, f"{len(wrong)} voters have not exactly {LIMIT} ballots: {wrong[:9]}")
    report.promise(len(crowd.refused) == len(by_voter), "not one refusal for each voter")


def _verify(site: Site, report: Report) -> None:
    """The public verifier over HTTP, and SQLite's own check."""
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "verify.py", f"{site.url}/c/{SLUG}/ledger"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    report.promise(found.returncode == 0, f"verify.py: {found.stdout[-300:]}{found.stderr[-300:]}")
    report.figures["verify.py"] = found.stdout.strip().rpartition("\n")[2]
    checked: Any = db.session.execute(text("PRAGMA integrity_check")).scalar()
    report.promise(checked == "ok", f"integrity_check: {checked}")

"""Another program holds the database's write lock for seconds.

Ballots wait up to five seconds for their turn, then they are refused with 503 and a time to come
back; reading goes on all the while, also where a tally is due; nobody waits much longer than he was
promised; afterwards every ballot sent again is recorded once.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults.audit import Audit
from bench.faults.site import SLUG, Phone, Post, Site, ballots_of, open_campaign, prepared
from bench.report import Report
from votesite.extensions import site as site_parts

SHORT, LONG = ((3.0, 24), (7.0, 32)), ((3.0, 48), (8.0, 48), (12.0, 200), (30.0, 200))
WAIT = 5.0
GRACE = 2.5  # a busy machine's share of a wait
READING = 3.0  # a reader's second, and a busy machine's share
PAGES = (f"/c/{SLUG}/", f"/c/{SLUG}/results.json", f"/c/{SLUG}/ledger/checkpoint")


@dataclass
class Answers:
    """What came of the posts and reads during one lock."""

    waits: list[tuple[int, float]] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)


@contextmanager
def locked(database: Path, seconds: float) -> Iterator[threading.Thread]:
    """Hold SQLite's write lock from another connection; the block goes on once it is held."""
    is_held = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            is_held.set()
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(30)
    try:
        yield thread
    finally:
        thread.join()


def run(*, is_long: bool, folder: Path) -> Report:
    """Locks one after another; then everything unanswered is sent again."""
    report = Report("locked")
    with prepared(folder) as site:
        campaign_id = open_campaign(ballots=1)
        site.start()
        posts: list[Post] = []
        for seconds, number in LONG if is_long else SHORT:
            _make_tally_due(site, f"due-{seconds}", report)
            fresh = ballots_of(site, (f"lock-{seconds}-{n}" for n in range(number)), 1)
            posts += fresh
            _judge(seconds, _during(site, fresh, seconds, report), report)
        for post in posts:
            status = _send(site, post, report)
            report.promise(status in (200, 201), f"after the lock a ballot got {status}")
        audit = Audit(campaign_id, 1)
        with site_parts().store.snapshot() as tx:
            report.broken += audit.examine(tx)
            report.broken += audit.missing(tx, [post.receipt for post in posts if post.receipt])
        report.figures["ballots in the log"] = audit.votes
    return report


def _make_tally_due(site: Site, name: str, report: Report) -> None:
    """Enough ballots that the next page view would like to publish new figures."""
    for post in ballots_of(site, (f"{name}-{n}" for n in range(12)), 1):
        _send(site, post, report)


def _send(site: Site, post: Post, report: Report) -> int:
    phone = Phone(site)
    status = phone.cast(post, report)
    phone.close()
    return status


def _during(site: Site, posts: list[Post], seconds: float, report: Report) -> Answers:
    """Posts spread over the lock, and a reader who never stops."""
    found, chance = Answers(), random.Random(2026)
    with ThreadPoolExecutor(len(posts) + 1) as pool, locked(site.database, seconds) as holder:
        begun = time.monotonic()
        sent = []
        for post in posts:
            delay = chance.uniform(0, seconds * 0.8)
            sent.append(pool.submit(_post, site, post, begun + delay, found, report))
        reading = pool.submit(_read, site, holder, found, report)
        for future in [*sent, reading]:
            future.result(seconds + 60)
    return found


def _post(site: Site, post: Post, at: float, found: Answers, report: Report) -> None:
    time.sleep(max(at - time.monotonic(), 0))
    phone, begun = Phone(site), time.monotonic()
    status, answer, headers = phone.post(post)
    found.waits.append((status, time.monotonic() - begun))
    if status in (200, 201):
        fault = post.take(status, answer)
        report.promise(not fault, fault)
    elif status == 503:
        is_clear = answer["type"] == "/problems/busy" and int(headers["Retry-After"]) > 0
        report.promise(is_clear, f"an unclear 503: {answer}")
    else:
        report.promise(False, f"a ballot got {status} while the database was locked")
    phone.close()


def _read(site: Site, holder: threading.Thread, found: Answers, report: Report) -> None:
    phone = Phone(site)
    while holder.is_alive():
        for page in PAGES:
            begun = time.monotonic()
            status, _, _ = phone.get(page)
            found.reads.append(time.monotonic() - begun)
            report.promise(status == 200, f"{page} answered {status}")
        time.sleep(0.02)
    phone.close()


def _judge(seconds: float, found: Answers, report: Report) -> None:
    waits = [wait for _, wait in found.waits]
    refused = [wait for status, wait in found.waits if status == 503]
    name = f"lock of {seconds:g} s"
    report.figures |= {
        f"{name}: ballots recorded / refused": f"{len(waits) - len(refused)} / {len(refused)}",
        f"{name}: longest wait for an answer": f"{max(waits):.1f} s",
        f"{name}: pages read, slowest": f"{len(found.reads)}, {max(found.reads):.2f} s",
    }
    report.promise(max(waits) < WAIT + GRACE, f"{name}: an answer took {max(waits):.1f} s")
    report.promise(max(found.reads) < READING, f"{name}: a page took {max(found.reads):.1f} s")
    if seconds < WAIT:
        report.promise(not refused, f"{name}: {len(refused)} ballots were refused")
    else:
        report.promise(bool(refused), f"{name}: nobody was told to come back")
        early = [wait for wait in refused if wait < WAIT - 0.5]
        report.promise(not early, f"{name}: refused after only {min(early, default=0):.1f} s")

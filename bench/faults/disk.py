"""The disk is full: ballots are refused clearly and leave nothing behind, and space heals all.

On a small tmpfs where mounting is allowed (ENOSPC, as on a real disk); otherwise, and in the long
setting too, by a limit on the size of files (EFBIG), lowered and raised on the running workers.
"""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.faults.audit import Audit
from bench.faults.site import SLUG, Phone, Post, Site, ballots_of, open_campaign, prepared
from bench.report import Report
from votesite.extensions import site as site_parts

SHORT, LONG = 30, 2000
SPACE = "48m"
PAGES = (f"/c/{SLUG}/", f"/c/{SLUG}/results.json", "/healthz")
ROOM = 8192  # bytes left where files are limited


def run(*, is_long: bool, folder: Path) -> Report:
    """Fill, post, read, make room, post again; once for each way to be full."""
    report = Report("disk")
    number = LONG if is_long else SHORT
    with _small_disk(folder / "small") as is_mounted:
        if is_mounted:
            _fill(folder / "small", _ballast, "full tmpfs", number, report)
        else:
            report.figures["full tmpfs"] = "left out: mounting is not allowed here"
    if is_long or not is_mounted:
        _fill(folder / "limited", _limited, "limit on files", number, report)
    return report


def _fill(folder: Path, full: object, name: str, number: int, report: Report) -> None:
    folder.mkdir(exist_ok=True)
    with prepared(folder, logs=folder.parent) as site:
        campaign_id = open_campaign(ballots=1)
        site.start()
        site.wait_for_all_workers()
        before = ballots_of(site, (f"before-{n}" for n in range(20)), 1)
        during = ballots_of(site, (f"during-{n}" for n in range(number)), 1)
        recorded = [_cast(site, post, report) for post in before]
        report.promise(set(recorded) == {201}, f"{name}: before the disk was full: {recorded}")
        with full(site):  # type: ignore[operator]
            statuses = [_cast(site, post, report) for post in during]
            _check_pages(site, name, report)
            _audit(campaign_id, before + during, name, report)
        report.promise(503 in statuses, f"{name}: no ballot was refused")
        again = [_cast(site, post, report) for post in during]
        report.promise(set(again) <= {200, 201}, f"{name}: with room again: {set(again)}")
        votes = _audit(campaign_id, before + during, name, report)
        report.promise(votes == 20 + number, f"{name}: {votes} ballots in the log")
        report.figures |= {
            f"{name}: ballots recorded / refused": f"{statuses.count(201)} / {statuses.count(503)}",
            f"{name}: recorded once there was room": again.count(201),
        }


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A tmpfs of a few megabytes, if this machine lets us have one."""
    folder.mkdir()
    mount = shutil.which("mount") or "mount"
    command = [mount, "-t", "tmpfs", "-o", f"size={SPACE}", "votesite-faults", str(folder)]
    is_mounted = (
        shutil.which("mount") is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def _ballast(site: Site) -> Iterator[None]:
    """Fill the disk to its last block."""
    ballast = Path(site.settings["INSTANCE"]) / "ballast"
    with ballast.open("wb", buffering=0) as output:
        try:
            while True:
                output.write(bytes(4096))
        except OSError:
            pass
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _limited(site: Site) -> Iterator[None]:
    """Let no file of the workers grow beyond what the write-ahead log has now."""
    wal = site.database.with_name(site.database.name + "-wal")
    limit = wal.stat().st_size + ROOM
    workers = site.workers()
    for pid in workers:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for pid in workers:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


def _cast(site: Site, post: Post, report: Report) -> int:
    phone = Phone(site)
    status, answer, headers = phone.post(post)
    phone.close()
    if status in (200, 201):
        fault = post.take(status, answer)
        report.promise(not fault, fault)
    else:
        is_clear = status == 503 and answer["type"] == "/problems/busy"
        is_clear = is_clear and int(headers["Retry-After"]) > 0
        report.promise(is_clear, f"a ballot got {status}: {answer}")
    return status


def _check_pages(site: Site, name: str, report: Report) -> None:
    phone = Phone(site)
    for page in PAGES:
        status, _, _ = phone.get(page)
        report.promise(status == 200, f"{name}: {page} answered {status}")
    phone.close()


def _audit(campaign_id: int, posts: list[Post], name: str, report: Report) -> int:
    audit = Audit(campaign_id, 1)
    with site_parts().store.snapshot() as tx:
        faults = audit.examine(tx)
        faults += audit.missing(tx, [post.receipt for post in posts if post.receipt])
    report.broken += [f"{name}: {fault}" for fault in faults]
    return audit.votes

"""WeChat is silent, drips, hangs up or lies while many people sign in at once.

Pages are read in the same run while as many sign in and WeChat answers: only the ratio to that
counts. Every login must end with the page that says so, and logins succeed again as soon as WeChat
does.
"""

import http.client
import random
import statistics
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.faults.site import SLUG, Phone, Post, Site, ballots_of, open_campaign, prepared
from bench.report import Report
from tests.support.scripted_wechat import dripping, hang_up, reply, scripted_wechat, silence

SHORT, LONG = (4.0, 1.5), (60.0, 60.0)  # seconds: for what hangs, for what answers
PEOPLE = 96  # more than the server has threads
SLOWER = 3.0  # times the median beside a good WeChat
QUICK = 0.25  # seconds; a median below this is never called slow
STUCK = 2.5  # seconds for the slowest page in a hundred
PAUSE = 1.6  # seconds between two logins of one person, at most
LOGIN = 12.0  # seconds for a login to end, at most two exchanges and the queue
PAGES = (f"/c/{SLUG}/", f"/c/{SLUG}/results.json")
GOOD = reply({"access_token": "t", "openid": "somebody", "scope": "snsapi_base"})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 900\r\n\r\n"
HANGING: dict[str, Any] = {"silent": silence(20), "dripping": dripping(HEAD)}
SHORTENED = ("silent", "answering 500", "an empty openid")
LYING: dict[str, Any] = {
    "hanging up": hang_up,
    "answering 500": reply(b"<html>busy</html>", status=500, content_type="text/html"),
    "busy (-1)": reply({"errcode": -1, "errmsg": "system error"}),
    "no object": reply([1, 2, 3]),
    "an empty openid": reply({"access_token": "t", "openid": "", "scope": "snsapi_base"}),
}


def run(*, is_long: bool, folder: Path) -> Report:
    """A busy time with a good WeChat, then one kind of trouble after another."""
    report = Report("wechat_down")
    hanging, lying = LONG if is_long else SHORT
    with scripted_wechat(GOOD) as wechat, prepared(folder, WECHAT_API_BASE=wechat.base) as site:
        open_campaign(ballots=1)
        site.start()
        site.wait_for_all_workers()
        _crowd(site, "warming up", lying, 302, report)
        good = statistics.median(_crowd(site, "good", lying + 1, 302, report))
        for answers, seconds in ((HANGING, hanging), (LYING, lying)):
            for name, answer in answers.items():
                if not is_long and name not in SHORTENED:
                    continue
                wechat.answers = [answer]
                found = _crowd(site, name, seconds, 503, report)
                allowed = max(SLOWER * good, QUICK)
                report.promise(statistics.median(found) < allowed, f"{name}: pages took longer")
                report.promise(_slow(found) < STUCK, f"{name}: a page took {_slow(found):.1f} s")
        wechat.answers = [GOOD]
        _recover(site, report)
    return report


def _crowd(site: Site, name: str, seconds: float, end: int, report: Report) -> list[float]:
    """People sign in without end; one reads, one votes. How long each page took."""
    statuses: Counter[int] = Counter()
    durations: list[float] = []
    ends_at = time.monotonic() + seconds
    people = [
        threading.Thread(target=_sign_in_until, args=(site, ends_at, statuses, durations))
        for _ in range(PEOPLE)
    ]
    posts = ballots_of(site, [f"{name}-{n}" for n in range(5)], 1)
    for person in people:
        person.start()
    time.sleep(0.5)
    reads = _read_for(site, seconds - 1, report)
    votes = [_vote(site, post) for post in posts]
    for person in people:
        person.join(LOGIN * 3)
    report.figures |= {
        f"{name}: pages, median, slowest of 100": _described(reads),
        f"{name}: logins": f"{sum(statuses.values())}: {dict(statuses)}, "
        f"longest {max(durations, default=0):.1f} s",
    }
    report.promise(set(statuses) == {end}, f"{name}: logins ended with {dict(statuses)}")
    report.promise(max(durations, default=0) < LOGIN, f"{name}: a login took too long")
    report.promise(set(votes) == {201}, f"{name}: ballots got {votes}")
    return reads


def _sign_in_until(
    site: Site, ends_at: float, statuses: Counter[int], durations: list[float]
) -> None:
    while time.monotonic() < ends_at:
        time.sleep(random.uniform(0, PAUSE))
        try:
            status, seconds = _sign_in(site)
        except (OSError, http.client.HTTPException):
            status, seconds = 0, 0.0
        statuses[status] += 1
        durations.append(seconds)


def _sign_in(site: Site) -> tuple[int, float]:
    """A login from its beginning: the status of the way back, and how long that took."""
    phone = Phone(site)
    _, headers, _ = phone.get(f"/wechat/login?next=/c/{SLUG}/ballot")
    cookie = headers["Set-Cookie"].partition(";")[0]
    state = parse_qs(urlsplit(headers["Location"].partition("#")[0]).query)["state"][0]
    begun = time.monotonic()
    status, _, _ = phone.get(f"/wechat/callback?code=abcdef&state={state}", {"Cookie": cookie})
    phone.close()
    return status, time.monotonic() - begun


def _read_for(site: Site, seconds: float, report: Report) -> list[float]:
    """How long each page took."""
    phone, times = Phone(site), []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at or not times:
        for page in PAGES:
            begun = time.monotonic()
            status, _, _ = phone.get(page)
            times.append(time.monotonic() - begun)
            report.promise(status == 200, f"{page} answered {status}")
        time.sleep(0.01)
    phone.close()
    return times


def _vote(site: Site, post: Post) -> int:
    phone = Phone(site)
    status, _, _ = phone.post(post)
    phone.close()
    return status


def _recover(site: Site, report: Report) -> None:
    """WeChat answers again: soon a login succeeds."""
    begun = time.monotonic()
    status = 0
    while status != 302 and time.monotonic() - begun < 30:
        status, _ = _sign_in(site)
    took = time.monotonic() - begun
    report.figures["first good login after WeChat came back"] = f"{took:.1f} s"
    report.promise(status == 302 and took < LOGIN, f"no login {took:.0f} s after WeChat came back")


def _slow(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _described(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:.0f} ms, {_slow(times) * 1000:.0f} ms"

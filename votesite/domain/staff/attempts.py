"""Attempts at passwords: who has to wait before the next one, and how many are computed at a time.

Failures are counted where they can hurt nobody else: in a browser that has signed in with the
account before, on the screen of a colleague who is signed in, else by account and network. So
nobody's guesses keep out whoever comes from elsewhere or is known. What strangers try at one name
from all networks together is bounded too; that bound never holds for a network from which the
account was used in the last 30 days.

Counts lie in the rate limits' store, not in the database, under keyed hashes. They name the stored
password, so that a new one ends all waiting.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from time import sleep
from typing import NamedTuple

from votesite import rate_limits
from votesite.clock import Clock, monotonic
from votesite.errors import TooManyRequests
from votesite.models.staff import Staff
from votesite.networks import subscriber

FREE_FOR_ACCOUNT = 3  # failed attempts before the first wait
FREE_FOR_ADDRESS = 10  # an office shares its address
FREE_FOR_STRANGERS = 200  # at one name, from everywhere
MAX_WAIT = 900  # seconds
HOUR, DAY = 3600, 24 * 3600  # seconds
KNOWN_FOR = 30 * DAY
CHANGES = 50  # times that a count is tried to be changed while others change it
QUEUE_SECONDS = 0.5
PATIENT_SECONDS = 5.0
REST, MAX_REST = 4.0, 1.0  # times as long as it was used, at most so many seconds


class Browser(NamedTuple):
    """The browser in which a password is typed.

    `address`: where it is. `devices`: by account, the random name that it got when the account last
    signed in there. `staff_id`: who is signed in now, 0 for nobody.
    """

    address: str
    devices: Mapping[int, str] = {}
    staff_id: int = 0


class _Count(NamedTuple):
    """A note about failures in a row. `last`: the latest; `until`: when the next may be made."""

    failures: int = 0
    last: int = 0
    until: int = 0


class _Rule(NamedTuple):
    """Where failures are counted, how many are free, and after how many seconds all is forgotten.

    `reason` is TooManyRequests's.
    """

    mark: str
    free: int
    forgotten_after: int
    reason: str = ""


class Attempt(NamedTuple):
    """An attempt that is counted as a failure until it proves to be none.

    `is_known`: whether it comes from where the account is used. `network`: the mark of its account
    and network.
    """

    rules: list[_Rule]
    is_known: bool
    network: str

    def take_back(self) -> None:
        """Take it from the counts: it told nobody anything."""
        for rule in self.rules:
            _change(rule.mark, _one_less)

    def succeed(self, clock: Clock) -> None:
        """Forget what has failed here, and remember the network."""
        own, *shared = self.rules
        _change(own.mark, lambda _: _Count())
        for rule in shared:
            _change(rule.mark, _one_less)
        second = str(_second(clock))
        former = rate_limits.read_note(self.network)
        rate_limits.swap_note(self.network, former, second, KNOWN_FOR)


def begin(name: str, staff: Staff | None, browser: Browser, clock: Clock) -> Attempt:
    """Count an attempt, before the password is looked at, so that guesses in parallel wait too.

    An unknown name takes the same steps. Raises TooManyRequests, uncounted, if it is too early.
    """
    second = _second(clock)
    attempt = _attempt(name.encode(), staff, browser, second)
    wait, reason = max((_read(rule.mark)[1].until - second, rule.reason) for rule in attempt.rules)
    if wait > 0:
        raise TooManyRequests(wait, reason)
    for rule in attempt.rules:
        _add_failure(rule, second)
    return attempt


def _attempt(name: bytes, staff: Staff | None, browser: Browser, second: int) -> Attempt:
    """Where an attempt counts: alone if the browser is known, else with those of its network."""
    password = (staff.password_hash if staff else "").encode()
    source = subscriber(browser.address)
    network = rate_limits.mark(b"staff-network", name, source)
    used_at = int(rate_limits.read_note(network) or -KNOWN_FOR)
    is_known_network = second - used_at < KNOWN_FOR

    def rule(scope: bytes, who: bytes, free: int = FREE_FOR_ACCOUNT, span: int = DAY) -> _Rule:
        return _Rule(rate_limits.mark(b"staff-" + scope, password, name, who), free, span)

    device = browser.devices.get(staff.id) if staff else None
    if browser.staff_id:
        return Attempt([rule(b"screen", str(browser.staff_id).encode())], True, network)
    if device:
        return Attempt([rule(b"device", device.encode())], True, network)
    address = _Rule(rate_limits.mark(b"staff-address", source), FREE_FOR_ADDRESS, DAY)
    rules = [rule(b"account", source), address]
    if not is_known_network:
        strangers = rule(b"strangers", b"", FREE_FOR_STRANGERS, HOUR)
        rules.append(strangers._replace(reason="guessed"))
    return Attempt(rules, is_known_network, network)


def _add_failure(rule: _Rule, second: int) -> None:
    """Count one failure. Raises TooManyRequests if another one in parallel was faster."""

    def one_more(count: _Count) -> _Count:
        if count.until > second:
            raise TooManyRequests(count.until - second, rule.reason)
        is_old = second - count.last > rule.forgotten_after
        failures = 1 if is_old else count.failures + 1
        return _Count(failures, second, second + _wait_after(failures - rule.free))

    _change(rule.mark, one_more)


def _wait_after(failures_beyond: int) -> int:
    """Seconds to wait: none while attempts are free, then 1, 2, 4 … up to MAX_WAIT."""
    if failures_beyond < 0:
        return 0
    return min(1 << min(failures_beyond, 20), MAX_WAIT)


def _one_less(count: _Count) -> _Count:
    return _Count(max(count.failures - 1, 0), count.last)


def _change(mark: str, change: Callable[[_Count], _Count]) -> None:
    """Replace a count by what it changes to. Raises TooManyRequests if others keep changing it."""
    for _ in range(CHANGES):
        text, count = _read(mark)
        changed = " ".join(map(str, change(count)))
        if rate_limits.swap_note(mark, text, changed, DAY):
            return
    raise TooManyRequests(1, "crowded")


def _second(clock: Clock) -> int:
    return int(clock().timestamp())


def _read(mark: str) -> tuple[str, _Count]:
    """A count as the store has it, and what it says."""
    text = rate_limits.read_note(mark)
    return text, _Count(*map(int, text.split()))


_STRANGERS, _KNOWN = BoundedSemaphore(1), BoundedSemaphore(1)
_IN_LINE = BoundedSemaphore(4)  # threads that wait for a stranger's turn; the worker needs others
_rests_until = [0.0]  # monotonic seconds; whoever holds the strangers' turn reads and writes it


@contextmanager
def turn(is_known: bool) -> Iterator[None]:
    """Hold one of a worker's two turns to compute: one is for strangers, one for who is known.

    The strangers' turn rests after each use, so that a flood leaves most of a processor to ballots.
    Raises TooManyRequests instead of waiting long.
    """
    if is_known:
        with _held(_KNOWN, PATIENT_SECONDS):
            yield
        return
    with _held(_IN_LINE, 0), _held(_STRANGERS, QUEUE_SECONDS):
        sleep(max(_rests_until[0] - monotonic(), 0.0))
        begun = monotonic()
        try:
            yield
        finally:
            rest = min(REST * (monotonic() - begun), MAX_REST)
            _rests_until[0] = monotonic() + rest


@contextmanager
def _held(places: BoundedSemaphore, seconds: float) -> Iterator[None]:
    if not places.acquire(blocking=bool(seconds), timeout=seconds or None):
        raise TooManyRequests(1, "crowded")
    try:
        yield
    finally:
        places.release()

"""The desk's security log: what was refused at staff's doors, counted by minute, for 180 days.

A line is a kind, a screen, an account where one is known, and a keyed hash of the network: no
address, no name that somebody typed, nothing of a form. What citizens are refused is not in it;
that is counted by hour and reason alone (`voting.count_refusal`).
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import NamedTuple

from votesite import clock as times
from votesite import networks
from votesite.clock import CST, Clock, minute_number, parse_minute
from votesite.domain import audit, keys
from votesite.errors import Busy
from votesite.extensions import Site, StateKey, site
from votesite.keys import mac
from votesite.store import Statement, Transaction

SIGN_IN_FAILED, CODE_FAILED, BRAKED = "sign-in-failed", "code-failed", "sign-in-braked"
_WRONG = {"password": SIGN_IN_FAILED, "code": CODE_FAILED}
NOBODY = 0
KEPT_FOR = timedelta(days=180)
NETWORK_BYTES = 16
MANY_NETWORKS = b""  # stands for the networks that are not told apart
MAX_LINES = 20  # lines a minute, or waiting, that tell networks apart: a flood is one line more

_ADD = Statement(
    "INSERT INTO security_events (minute, event, screen, source, staff_id, times)"
    " VALUES (:minute, :event, :screen, :source, :staff_id, :times)"
    " ON CONFLICT (minute, event, screen, source, staff_id)"
    " DO UPDATE SET times = security_events.times + excluded.times"
)
_LINES_OF = Statement("SELECT COUNT(*) FROM security_events WHERE minute = :minute")
_ALL = Statement(
    "SELECT minute, event, screen, source, staff_id, times FROM security_events"
    " ORDER BY minute, event, screen, source, staff_id"
)
_BY_DAY = Statement(
    "SELECT event, screen, staff_id, SUM(times), COUNT(DISTINCT source), MIN(LENGTH(source)),"
    " MAX(minute) FROM security_events"
    " GROUP BY (minute + 480) / 1440, event, screen, staff_id"  # Beijing's days
    " ORDER BY MAX(minute) DESC, event, screen, staff_id LIMIT :limit"
)
_FAILURES = Statement(
    "SELECT COALESCE(SUM(times), 0) FROM security_events"
    " WHERE minute > :minute AND staff_id = :staff_id AND event IN (:password, :code)"
)
_FORGET = Statement("DELETE FROM security_events WHERE minute < :before")

_counting = Lock()


class Line(NamedTuple):
    """What is counted together. `minute` since the epoch; `staff_id` may be NOBODY."""

    minute: int
    event: str
    screen: str
    source: bytes
    staff_id: int

    @property
    def moment(self) -> datetime:
        """The minute in Beijing."""
        return _moment(self.minute)


class _Unwritten:
    """Events of one site that are counted but not yet in the table; changed under `_counting`."""

    def __init__(self) -> None:
        self.events = Counter[Line]()
        self.are_sent = False  # a write of them is on its way


UNWRITTEN = StateKey(_Unwritten)


@dataclass(frozen=True)
class DaysEvents:
    """One kind of event of a Beijing day, by screen and account.

    `networks` is how many different ones, None where they were too many to tell apart.
    """

    event: str
    screen: str
    staff_id: int
    times: int
    networks: int | None
    last: datetime


def note(
    event: str, address: str, *, screen: str = "", staff_id: int = NOBODY, clock: Clock = times.now
) -> None:
    """Count an event; nobody waits for it to be written.

    A worker has one write of them on its way at a time, so that a flood does not fill the queue in
    which ballots wait.
    """
    try:
        source = source_of(address)
    except Busy:  # a new site's very first event, when its key cannot be made
        source = MANY_NETWORKS
    line = Line(_minute(clock()), event, screen, source, staff_id)
    here = site()
    unwritten = here.state(UNWRITTEN)
    with _counting:
        if len(unwritten.events) >= MAX_LINES and line not in unwritten.events:
            line = line._replace(source=MANY_NETWORKS)
        unwritten.events[line] += 1
        if unwritten.are_sent:
            return
        unwritten.are_sent = True
    _send(here)


def settle() -> None:
    """Wait until what this worker has counted is written. Raises Busy."""
    here = site()
    unwritten = here.state(UNWRITTEN)
    for _ in range(3):  # what comes in meanwhile does not keep the reader waiting
        if not unwritten.events:
            return
        with _counting:
            is_first, unwritten.are_sent = not unwritten.are_sent, True
        if is_first:
            _send(here)
        here.store.write(lambda _tx: None)


def source_of(address: str) -> bytes:
    """The keyed hash of an address's network; a ballot from there has another (`traces`)."""
    return mac(keys.trace_key(), b"desk|" + networks.prefix(address))[:NETWORK_BYTES]


def by_day(limit: int) -> list[DaysEvents]:
    """The newest events, those of a day together."""
    settle()
    with site().store.reading() as tx:
        rows = tx.all(_BY_DAY, {"limit": limit})
    return [
        DaysEvents(event, screen, staff_id, int(count), networks if told else None, _moment(last))
        for event, screen, staff_id, count, networks, told, last in rows
    ]


def lines(source: bytes | None = None) -> Iterator[tuple[Line, int]]:
    """Every line and how often, oldest first; with `source` those of one network."""
    settle()
    with site().store.reading() as tx:
        rows = tx.all(_ALL)
    for *parts, count in rows:
        line = Line(*parts)
        if source in (None, line.source):
            yield line, count


def failures_before_this(staff_id: int) -> int:
    """How often password or code of an account were wrong between its last two sign-ins."""
    with suppress(Busy):
        settle()
    entries = audit.newest(staff_id, "sign-in", 2)
    since = _minute(parse_minute(entries[1].t)) if len(entries) > 1 else 0
    with site().store.reading() as tx:
        row = tx.one(_FAILURES, {**_WRONG, "staff_id": staff_id, "minute": since})
    return int(row[0]) if row else 0


def forget_old(now: datetime) -> None:
    """Delete what is older than 180 days."""
    before = _minute(now - KEPT_FOR)
    site().store.write(lambda tx: tx.run(_FORGET, {"before": before}))


def _send(here: Site) -> None:
    try:
        sent = here.store.send(partial(_add, here))
    except Busy:
        here.state(UNWRITTEN).are_sent = False
    else:
        sent.add_done_callback(partial(_settled, here))


def _add(here: Site, tx: Transaction) -> Counter[Line]:
    """Write what is counted so far; it is counted until this has been committed."""
    with _counting:
        counted = here.state(UNWRITTEN).events.copy()
    for line, count in counted.items():
        row = tx.one(_LINES_OF, {"minute": line.minute})
        told = line if row and row[0] < MAX_LINES else line._replace(source=MANY_NETWORKS)
        tx.run(_ADD, {**told._asdict(), "times": count})
    return counted


def _settled(here: Site, sent: "Future[Counter[Line]]") -> None:
    """What is written goes; what came meanwhile is sent. After a fault the next event tries."""
    is_written = sent.exception() is None
    unwritten = here.state(UNWRITTEN)
    with _counting:
        if is_written:
            unwritten.events -= sent.result()
        unwritten.are_sent = is_written and bool(unwritten.events)
    if unwritten.are_sent:
        _send(here)


def _minute(moment: datetime) -> int:
    return minute_number(moment)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, CST)

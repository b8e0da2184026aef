"""The security log: what the admin area refused, counted by minute, kept for 180 days.

A line is a kind of event, a screen, an account if one is known, and a keyed hash of the network: no
address, no name that somebody typed, nothing from a form. What citizens are refused is not in it;
that is only counted by hour and reason (`voting.refusals`).
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

from votesite import networks
from votesite.clock import CST, Clock, minute_number, now, parse_minute
from votesite.domain import audit, keys
from votesite.errors import Busy
from votesite.extensions import Site, StateKey, site
from votesite.keys import mac
from votesite.store import Query, Statement, Transaction

SIGN_IN_FAILED, CODE_FAILED, BRAKED = "sign-in-failed", "code-failed", "sign-in-braked"
_WRONG = {"password": SIGN_IN_FAILED, "code": CODE_FAILED}
NOBODY = 0
KEPT_FOR = timedelta(days=180)
NETWORK_BYTES = 16
MANY_NETWORKS = b""  # stands for networks that are not distinguished
MAX_LINES = 20  # lines a minute, or unwritten, with a network each: a flood adds only one more

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


class _DayRow(NamedTuple):
    """Events of a day, a screen and an account; `shortest` is the length of a network's hash."""

    event: str
    screen: str
    staff_id: int
    times: int
    networks: int
    shortest: int
    last: int


_BY_DAY = Query(
    _DayRow,
    "FROM security_events"
    " GROUP BY (minute + 480) / 1440, event, screen, staff_id"  # Beijing's days
    " ORDER BY MAX(minute) DESC, event, screen, staff_id LIMIT :limit",
    expressions={
        "times": "SUM(times)",
        "networks": "COUNT(DISTINCT source)",
        "shortest": "MIN(LENGTH(source))",
        "last": "MAX(minute)",
    },
)
_FAILURES = Statement(
    "SELECT COALESCE(SUM(times), 0) FROM security_events"
    " WHERE minute > :minute AND staff_id = :staff_id AND event IN (:password, :code)"
)
_FORGET = Statement("DELETE FROM security_events WHERE minute < :before")

_counting = Lock()  # every change of an `_Unwritten`, in whichever thread, happens under it


class Line(NamedTuple):
    """Events that are counted together. `minute` since the epoch; `staff_id` may be NOBODY."""

    minute: int
    event: str
    screen: str
    source: bytes
    staff_id: int

    @property
    def moment(self) -> datetime:
        """The minute as a moment in Beijing."""
        return _moment(self.minute)


class _Unwritten:
    """Events of one site that are counted but not yet in the table.

    Request threads add to it and the store's writer thread takes away what it has committed. Each
    worker process has its own; a worker that is killed loses at most what is in it.
    """

    def __init__(self) -> None:
        # Written under `_counting` by any thread; an event stays in it until it is committed.
        self.events = Counter[Line]()
        # Whether a write is on its way. Whoever turns it to True under `_counting` has to send, and
        # only the end of that write, or the queue's refusal of it, turns it back.
        self.are_sent = False


UNWRITTEN = StateKey(_Unwritten)


@dataclass(frozen=True)
class DaysEvents:
    """One kind of event on one day in Beijing, by screen and account.

    `networks`: number of distinct networks, or None if there were too many to count.
    """

    event: str
    screen: str
    staff_id: int
    times: int
    networks: int | None
    last: datetime


def note(
    event: str, address: str, *, screen: str = "", staff_id: int = NOBODY, clock: Clock = now
) -> None:
    """Count an event, without waiting until it is written.

    Each worker has at most one write of events in the queue, so that a flood of them does not fill
    the queue that ballots wait in.
    """
    try:
        source = source_of(address)
    except Busy:  # a new site's very first event, if its key cannot be made now
        source = MANY_NETWORKS
    line = Line(minute_number(clock()), event, screen, source, staff_id)
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
    """Wait until everything that this worker has counted is written. Raises Busy.

    The empty write at the end queues behind the worker's own write of events, which is therefore
    done when it returns.
    """
    here = site()
    unwritten = here.state(UNWRITTEN)
    for _ in range(3):  # a reader does not wait for what goes on coming in
        if not unwritten.events:
            return
        with _counting:
            is_first, unwritten.are_sent = not unwritten.are_sent, True
        if is_first:
            _send(here)
        here.store.write(lambda _tx: None)


def source_of(address: str) -> bytes:
    """The keyed hash of an address's network; ballots from there have another one (`traces`)."""
    return mac(keys.trace_key(), b"desk|" + networks.prefix(address))[:NETWORK_BYTES]


def by_day(limit: int) -> list[DaysEvents]:
    """The newest events, grouped by day. Raises Busy."""
    settle()
    with site().store.reading() as tx:
        rows = _BY_DAY.all(tx, {"limit": limit})
    return [
        DaysEvents(
            event=row.event,
            screen=row.screen,
            staff_id=row.staff_id,
            times=int(row.times),
            networks=row.networks if row.shortest != len(MANY_NETWORKS) else None,
            last=_moment(row.last),
        )
        for row in rows
    ]


def lines(source: bytes | None = None) -> Iterator[tuple[Line, int]]:
    """Yield every line with its number of events, oldest first; with `source`, of one network only.

    Raises Busy.
    """
    settle()
    with site().store.reading() as tx:
        rows = tx.all(_ALL)
    for *parts, count in rows:
        line = Line(*parts)
        if source in (None, line.source):
            yield line, count


def failures_before_this(staff_id: int) -> int:
    """How many wrong passwords and codes an account had between its last two sign-ins."""
    with suppress(Busy):
        settle()
    sign_ins = audit.newest(staff_id, "sign-in", 2)
    since = minute_number(parse_minute(sign_ins[1].t)) if len(sign_ins) > 1 else 0
    with site().store.reading() as tx:
        row = tx.one(_FAILURES, {**_WRONG, "staff_id": staff_id, "minute": since})
    return int(row[0]) if row else 0


def forget_old(now: datetime) -> None:
    """Delete lines older than 180 days. Raises Busy."""
    before = minute_number(now - KEPT_FOR)
    site().store.write(lambda tx: tx.run(_FORGET, {"before": before}))


def _send(here: Site) -> None:
    try:
        sent = here.store.send(partial(_add, here))
    except Busy:
        here.state(UNWRITTEN).are_sent = False
    else:
        sent.add_done_callback(partial(_settled, here))


def _add(here: Site, tx: Transaction) -> Counter[Line]:
    """Write what is counted so far, and return it; runs in the writer thread.

    It stays counted until `_settled`, because this transaction may still be rolled back.
    """
    with _counting:
        counted = here.state(UNWRITTEN).events.copy()
    for line, count in counted.items():
        row = tx.one(_LINES_OF, {"minute": line.minute})
        is_room = row is not None and row[0] < MAX_LINES
        written = line if is_room else line._replace(source=MANY_NETWORKS)
        tx.run(_ADD, {**written._asdict(), "times": count})
    return counted


def _settled(here: Site, sent: "Future[Counter[Line]]") -> None:
    """Take away what is committed, and send what has come since; after a fault the next event does.

    Runs in the writer thread, or in the sender's if the write is finished already.
    """
    is_written = sent.exception() is None
    unwritten = here.state(UNWRITTEN)
    with _counting:
        if is_written:
            unwritten.events -= sent.result()
        unwritten.are_sent = is_written and bool(unwritten.events)
    if unwritten.are_sent:
        _send(here)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, CST)

"""The desk's security log: what was refused at staff's doors, counted by minute, for 180 days.

A line is a kind, a screen, an account where one is known, and a keyed hash of the network: no
address, no name that somebody typed, nothing of a form. What citizens are refused is not in it;
that is counted by hour and reason alone (`voting.count_refusal`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from votesite import clock as times
from votesite.clock import CST, Clock, monotonic, parse_minute
from votesite.domain import audit, keys
from votesite.domain.integrity import traces
from votesite.errors import Busy
from votesite.extensions import site
from votesite.keys import mac
from votesite.store import Statement, Transaction

SIGN_IN_FAILED, CODE_FAILED, BRAKED = "sign-in-failed", "code-failed", "sign-in-braked"
_WRONG = {"password": SIGN_IN_FAILED, "code": CODE_FAILED}
NOBODY = 0
MANY = b""  # stands for the networks that are not told apart
MOST = 20  # lines a minute that tell networks apart: a flood from everywhere is one line more
PATIENCE = 1.0  # seconds

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
    """Count an event. A worker writes once a second: a flood must not hinder those who vote."""
    try:
        source = source_of(address)
    except Busy:  # a new site's very first event, when its key cannot be made
        source = MANY
    line = Line(_minute(clock()), event, screen, source, staff_id)
    here = site()
    with _counting:
        here.events[line] += 1
        is_due = monotonic() - here.events_written_at >= 1
    if is_due:
        write_out()


def write_out() -> None:
    """Write what this worker has counted; while nothing can be written it goes on counting."""
    here = site()
    with _counting:
        counted, here.events = here.events, Counter()
        here.events_written_at = monotonic()
    if not counted:
        return
    try:
        here.store.write(lambda tx: _add(tx, counted), patience=PATIENCE)
    except Busy:
        with _counting:
            here.events.update(counted)


def source_of(address: str) -> bytes:
    """The keyed hash of an address's network; a ballot from there has another (`traces`)."""
    return mac(keys.trace_key(), b"desk|" + traces.prefix(address))[: traces.SOURCE_BYTES]


def by_day(limit: int) -> list[DaysEvents]:
    """The newest events, those of a day together."""
    write_out()
    with site().store.reading() as tx:
        rows = tx.all(_BY_DAY, {"limit": limit})
    return [
        DaysEvents(event, screen, staff_id, int(count), networks if told else None, _moment(last))
        for event, screen, staff_id, count, networks, told, last in rows
    ]


def lines(source: bytes | None = None) -> Iterator[tuple[Line, int]]:
    """Every line and how often, oldest first; with `source` those of one network."""
    write_out()
    with site().store.reading() as tx:
        rows = tx.all(_ALL)
    for *parts, count in rows:
        line = Line(*parts)
        if source in (None, line.source):
            yield line, count


def failures_before_this(staff_id: int) -> int:
    """How often password or code of an account were wrong between its last two sign-ins."""
    write_out()
    entries = audit.newest(staff_id, "sign-in", 2)
    since = _minute(parse_minute(entries[1].t)) if len(entries) > 1 else 0
    with site().store.reading() as tx:
        row = tx.one(_FAILURES, {**_WRONG, "staff_id": staff_id, "minute": since})
    return int(row[0]) if row else 0


def forget_old(now: datetime) -> None:
    """Delete what is older than 180 days."""
    before = _minute(now - traces.KEPT)
    site().store.write(lambda tx: tx.run(_FORGET, {"before": before}))


def _add(tx: Transaction, counted: Counter[Line]) -> None:
    for line, count in counted.items():
        row = tx.one(_LINES_OF, {"minute": line.minute})
        told = line if row and row[0] < MOST else line._replace(source=MANY)
        tx.run(_ADD, {**told._asdict(), "times": count})


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, CST)

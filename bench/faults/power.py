"""Power loss at a random moment while ballots are recorded; and what NORMAL would have cost.

The site's own store, ballots and ledger run on apsw over a disk that forgets what was not synced.
After each loss every acknowledged ballot is looked for and the log is audited. With
`synchronous=NORMAL` the same harness must find losses, or it would prove nothing.
"""

import logging
import random
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import apsw
from sqlalchemy.dialects.sqlite import dialect

from bench.faults.audit import Audit
from bench.faults.disk_model import Disk, MemoryVFS, PowerLost, Stored
from bench.faults.site import CANDIDATES, SLUG, open_campaign
from bench.report import Report
from tests.support.factories import voter
from tests.support.site import make_app, settings_for
from votesite.domain.ledger import high_water
from votesite.domain.ledger.terms import disagrees
from votesite.domain.voting import casting
from votesite.errors import Refused
from votesite.extensions import db
from votesite.extensions import site as site_parts
from votesite.store import PRAGMAS, Store, Transaction

SHORT, LONG = 20, 500
A_SITE = 25  # losses on one database before a fresh one takes its place
BALLOTS, THREADS = 48, 6
LONGEST = 500  # operations of the disk before the power goes, at most
TWICE = 0.3  # how often it goes once more during the restart
DATABASE = "votesite.db"


class Driver:
    """apsw with the few methods of the DB-API that the store uses."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def execute(self, sql: str, values: Any = None) -> Any:
        """Run a statement."""
        return self.connection.execute(sql, values)

    def cursor(self) -> Any:
        """For many values of one statement."""
        return self.connection.cursor()

    def commit(self) -> None:
        """End the transaction, if there is one."""
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Take the transaction back, if there is one."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")


@dataclass
class Engine:
    """What the store asks of SQLAlchemy's engine, with one connection."""

    driver_connection: Driver
    dialect: Any = field(default_factory=lambda: dialect(paramstyle="named"))

    def raw_connection(self) -> "Engine":
        """The one connection."""
        return self

    @property
    def dbapi_connection(self) -> Driver:
        """The same, for a reader's own connection."""
        return self.driver_connection

    def detach(self) -> None:
        """There is no pool to leave."""

    def close(self) -> None:
        """It stays open."""


class Machine:
    """A site's database on a disk whose power can go; the app writes through its store."""

    def __init__(self, trial: "Trial") -> None:
        name = f"machine-{id(self)}"
        self._vfs = MemoryVFS(name, trial.disk)
        self._connection = apsw.Connection(DATABASE, vfs=name)
        self.driver = Driver(self._connection)
        self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        for pragma in PRAGMAS:
            self._connection.execute(
                pragma.replace("synchronous=FULL", f"synchronous={trial.synchronous}")
            )
        pages = trial.chance.choice((20, 100, 1000))
        self._connection.execute(f"PRAGMA wal_autocheckpoint={pages}")
        engine: Any = Engine(self.driver)
        self.tx = Transaction(self.driver, engine.dialect)
        store = Store(engine, trial.instance / "gate", trial.app.app_context)
        trial.app.extensions["votesite"] = replace(site_parts(), store=store)

    def close(self) -> None:
        """Forget the connection, as far as a machine without power lets it."""
        with suppress(apsw.Error, PowerLost):
            self._connection.close(True)
        self._vfs.unregister()


@dataclass
class Tally:
    """What the rounds of one setting brought."""

    rounds: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    lost: int = 0
    halted: int = 0
    syncs: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """Losses one after another on one site."""

    app: Any
    instance: Path
    campaign_id: int
    synchronous: str
    chance: random.Random
    tally: Tally
    disk: Disk = field(default_factory=Disk)
    kept: list[tuple[str, int]] = field(default_factory=list)

    def lose_power(self) -> None:
        """Vote until the power goes; start again and look."""
        self.tally.rounds += 1
        machine = Machine(self)
        self.disk.left, self.disk.syncs = self.chance.randrange(1, LONGEST), 0
        self._vote()
        self.tally.syncs += self.disk.syncs
        self.disk.left = 0
        machine.close()
        self.disk.restart(self.chance)
        if self.chance.random() < TWICE:
            self._lose_power_while_recovering()
        self._look()

    def _vote(self) -> None:
        """Ballots from several threads until the power goes."""
        with ThreadPoolExecutor(THREADS) as pool:
            answers = list(pool.map(self._cast, range(BALLOTS)))
        got = [answer for answer in answers if answer is not None]
        self.kept += got
        self.tally.acknowledged += len(got)
        self.tally.unanswered += len(answers) - len(got)

    def _cast(self, n: int) -> tuple[str, int] | None:
        """The receipt of one ballot, or None if the power went before it."""
        ballot = casting.Ballot(
            campaign_id=self.campaign_id,
            voter=voter(f"{self.tally.rounds}-{n}"),
            picks=[str(1 + n % CANDIDATES)],
            token=f"token-of-{self.tally.rounds:06}-{n:06}",
            consents=True,
        )
        with self.app.app_context():
            try:
                recorded = casting.cast(ballot)
            except (Refused, apsw.Error, PowerLost):
                return None
        return recorded.receipt, recorded.n

    def _lose_power_while_recovering(self) -> None:
        """The power is back for a moment only."""
        self.disk.left = self.chance.randrange(40)
        with suppress(apsw.Error, PowerLost):
            Machine(self).close()
        self.disk.restart(self.chance)

    def _look(self) -> None:
        """Start on what is left: is the log whole, and which acknowledged ballots are gone?"""
        machine = Machine(self)
        audit, tx = Audit(self.campaign_id, 1), machine.tx
        self.tally.faults += audit.examine(tx, whole=True)
        checked = machine.driver.execute("PRAGMA integrity_check").fetchone()
        if checked != ("ok",):
            self.tally.faults.append(f"integrity_check: {checked}")
        lost = {receipt for receipt in self.kept if audit.missing(tx, [receipt])}
        self.tally.lost += len(lost)
        self.kept = [receipt for receipt in self.kept if receipt not in lost]
        if disagrees(self.campaign_id, SLUG):
            self.tally.halted += 1
            (self.instance / high_water.NAME).unlink()  # or no further ballot would be taken
        machine.close()


def run(*, is_long: bool, folder: Path, rounds: int | None = None) -> Report:
    """Rounds with FULL, which must lose nothing, and a tenth with NORMAL, which must."""
    wanted = rounds or (LONG if is_long else SHORT)
    report, started = Report("power"), time.monotonic()
    with _quiet():
        full = _lose_power(folder, "FULL", wanted)
        normal = _lose_power(folder, "NORMAL", max(wanted // 10, 5))
    report.broken += full.faults
    report.promise(full.lost == 0, f"{full.lost} acknowledged ballots were lost")
    report.promise(full.halted == 0, f"{full.halted} times the log was shorter than its marks")
    report.promise(normal.lost > 0, "NORMAL lost nothing: the harness proves nothing")
    for name, tally in (("FULL", full), ("NORMAL", normal)):
        report.figures |= {
            f"{name}: power losses": tally.rounds,
            f"{name}: acknowledged ballots": tally.acknowledged,
            f"{name}: lost": tally.lost,
            f"{name}: cut off before an answer": tally.unanswered,
            f"{name}: voting stopped, for the log was shorter than published": tally.halted,
        }
    report.figures["SQLite"] = apsw.sqlite_lib_version()
    report.figures["seconds"] = round(time.monotonic() - started)
    return report


@contextmanager
def _quiet() -> Iterator[None]:
    """The store would tell of each write that lost its power."""
    log = logging.getLogger("votesite.store")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _lose_power(folder: Path, synchronous: str, rounds: int) -> Tally:
    """So many losses with one setting, on a fresh site now and then."""
    chance, tally = random.Random(2026), Tally()
    while tally.rounds < rounds:
        instance = folder / synchronous / str(tally.rounds)
        instance.mkdir(parents=True)
        app = make_app(instance, **settings_for(instance))
        with app.app_context():
            campaign_id = open_campaign(ballots=1, publish_every=0)
            db.session.remove()
            db.engine.dispose()
            trial = Trial(app, instance, campaign_id, synchronous, chance, tally)
            trial.disk.files[DATABASE] = Stored(_copy(instance / DATABASE))
            for _ in range(min(A_SITE, rounds - tally.rounds)):
                trial.lose_power()
    return tally


def _copy(database: Path) -> bytes:
    """The database with all that its journal holds."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.serialize()

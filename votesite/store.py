"""The database's one door for writes: the gate between processes, transactions, the queue.

Reads never wait. Writers of one process queue up in one thread and share transactions; the writers
of several processes pass a file lock instead of SQLite's polling (docs/decisions/0002).
Statements run on the driver's own connection, so SQLite, PostgreSQL and a fault-injecting driver
run the same code.
"""

import fcntl
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine, event, text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session

from votesite.errors import Busy, Refused

T = TypeVar("T")
Row = tuple[Any, ...]

Job = tuple[Callable[["Transaction"], Any], "Future[Any]"]

MAX_BATCH = 64
MAX_QUEUE = 2048
MAX_WAIT = 5.0
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA wal_autocheckpoint=8000",
    "PRAGMA trusted_schema=OFF",
)

# On a server, where no file is the gate: one writer at a time there too, so that whatever is asked
# before a write is still true when it commits. A machine that is lost does not keep the lock.
BEGIN_ON_SERVER = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL idle_in_transaction_session_timeout = '10s'",
    "SELECT pg_advisory_xact_lock(20461)",
)
PATIENT_ON_SERVER = f"SET LOCAL lock_timeout = '{MAX_WAIT}s'"

# Locked by another program, a full disk, a disk that fails or was made read-only: these pass.
PASSING_FAULTS = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)

log = logging.getLogger(__name__)


class Statement:
    """One SQL text with `:named` parameters, compiled once for each dialect.

    `locks` adds FOR UPDATE where the database locks rows; SQLite's write transaction needs none.
    """

    def __init__(self, sql: str, *, locks: bool = False) -> None:
        self._sql = sql
        self._locks = locks
        self._compiled: dict[str, str] = {}

    def compiled(self, dialect: Dialect) -> str:
        """The text in the parameter style of the driver."""
        found = self._compiled.get(dialect.name)
        if found is None:
            sql = (
                f"{self._sql} FOR UPDATE" if self._locks and dialect.name != "sqlite" else self._sql
            )
            found = self._compiled[dialect.name] = str(
                text(sql).compile(dialect=_named(dialect.name))
            )
        return found


@cache
def _named(name: str) -> Dialect:
    if name == "sqlite":
        from sqlalchemy.dialects.sqlite import dialect  # noqa: PLC0415 -- one of two drivers

        return dialect(paramstyle="named")
    from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg  # noqa: PLC0415 -- ditto

    return psycopg()  # type: ignore[no-untyped-call]


class Pending(Protocol):
    """State that a transaction gathers and writes once, just before it commits."""

    def flush(self, tx: "Transaction") -> None:
        """Write what was gathered."""


class Transaction:
    """Statements of one transaction on a driver's connection."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect
        self.pending: dict[Hashable, Pending] = {}
        self._after: list[Callable[[], None]] = []

    def run(self, statement: Statement, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that gives no row."""
        self._connection.execute(statement.compiled(self.dialect), values or {})

    def one(self, statement: Statement, values: Mapping[str, Any] | None = None) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._connection.execute(
            statement.compiled(self.dialect), values or {}
        ).fetchone()
        return row

    def all(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Every row."""
        rows: list[Row] = self._connection.execute(
            statement.compiled(self.dialect), values or {}
        ).fetchall()
        return rows

    def many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each mapping."""
        if values:
            self._connection.cursor().executemany(statement.compiled(self.dialect), values)

    def flush(self) -> None:
        """Write what was gathered; part of the commit."""
        pending, self.pending = self.pending, {}
        for state in pending.values():
            state.flush(self)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something done once this is committed; it must not raise."""
        self._after.append(act)

    def committed(self) -> None:
        """Do what waited for the commit; a fault there must not look like one of the write."""
        acts, self._after = self._after, []
        for act in acts:
            try:
                act()
            except Exception:
                log.exception("what follows a commit failed")


def prepare(engine: Engine) -> None:
    """Give every connection its PRAGMAs and explicit transactions.

    A transaction begins DEFERRED unless its connection asks otherwise with the execution option
    `sqlite_begin`; the driver's own implicit transactions would leave a SELECT outside of any.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")


class Store:
    """Reads and writes of one database.

    The writer thread runs inside `context`, so that the work it is handed finds its site.
    """

    def __init__(
        self, engine: Engine, gate: Path, context: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self._engine = engine
        self._is_server = engine.dialect.name != "sqlite"
        self._gate = gate
        self._context = context
        self._queue: queue.Queue[Job] = queue.Queue(MAX_QUEUE)
        self._starting = threading.Lock()
        self._kept_since: float | None = None  # when the writer began to wait for its turn
        self._local = threading.local()
        self._writer_of = 0  # process id of the running writer thread: a fork has none

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Statements outside of any transaction: each sees the newest commit."""
        if not self._is_server:
            yield self._own_reader()
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield Transaction(connection.connection.driver_connection, self._engine.dialect)

    def _own_reader(self) -> Transaction:
        """This thread's own connection, outside the pool: a page has one cheap question to ask."""
        found: Transaction | None = getattr(self._local, "reader", None)
        if found is None:
            pooled = self._engine.raw_connection()
            pooled.detach()
            self._local.pooled = pooled  # it closes with its thread
            connection = pooled.dbapi_connection
            found = self._local.reader = Transaction(connection, self._engine.dialect)
        return found

    def release(self) -> None:
        """Close this thread's own connection, so that the database's file can be exchanged."""
        if getattr(self._local, "reader", None) is not None:
            self._local.pooled.close()
            self._local.reader = self._local.pooled = None

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """Statements that all see the same state."""
        with self._engine.connect() as connection, connection.begin():
            yield Transaction(connection.connection.driver_connection, self._engine.dialect)

    def write(self, work: Callable[[Transaction], T], *, patience: float = MAX_WAIT) -> T:
        """Run `work` in a write transaction that it may share with others; return after the commit.

        `work` asks first and writes last: a Refused it raises must leave nothing behind. Raises
        Busy after `patience` seconds of waiting for its turn, or at once when the queue is full.
        Who has less patience than a ballot does not even queue behind a writer that has waited so
        long already.
        """
        since = self._kept_since
        if patience < MAX_WAIT and since is not None and time.monotonic() - since > patience:
            raise Busy
        future = self.send(work)
        try:
            return future.result(patience)
        except FutureTimeout:
            if future.cancel():
                raise Busy from None
            return future.result()  # its transaction has begun: only its outcome is the truth

    def send(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """As `write`, for whom need not wait; raises Busy when the queue is full."""
        self._start()
        future: Future[T] = Future()
        try:
            self._queue.put_nowait((work, future))
        except queue.Full:
            raise Busy from None
        return future

    @contextmanager
    def exclusive(self, session: "scoped_session[Any]") -> Iterator[Transaction]:
        """A write transaction for rows of an ORM session and statements together."""
        session.rollback()
        with self._pass_gate(time.monotonic() + MAX_WAIT):
            try:
                connection = session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
                if self._is_server:
                    for statement in (PATIENT_ON_SERVER, *BEGIN_ON_SERVER):
                        connection.exec_driver_sql(statement)
            except OperationalError as error:
                session.rollback()
                raise Busy from error
            tx = Transaction(connection.connection.driver_connection, self._engine.dialect)
            try:
                yield tx
                session.flush()
                tx.flush()
                session.commit()
            except BaseException as fault:
                session.rollback()
                if self.passes(fault):
                    raise _refusal(fault) from fault
                raise
            tx.committed()

    def _start(self) -> None:
        if self._writer_of == os.getpid():
            return
        with self._starting:
            if self._writer_of != os.getpid():
                self._queue = queue.Queue(MAX_QUEUE)
                threading.Thread(target=self._serve, name="store-writer", daemon=True).start()
                self._writer_of = os.getpid()

    def _serve(self) -> None:
        with self._context():
            self._serve_forever()

    def _serve_forever(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < MAX_BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            try:
                self._commit(batch)
            except Exception as fault:  # whatever it was: without this thread nobody votes any more
                log.exception("a batch was given up")
                for _, future in _begin([job for job in batch if not job[1].done()]):
                    future.set_exception(fault)

    def _commit(self, batch: list[Job]) -> None:
        """Run a batch in one transaction; after a fault of ours each of its jobs alone.

        A job can be given up until its transaction has begun: behind a lock nobody waits for more
        than his five seconds. A fault that passes refuses the whole batch at once.
        """
        begun: list[Job] = []
        try:
            outcomes = self._attempt(batch, begun)
        except Exception as fault:
            passes = self.passes(fault)
            if len(begun) > 1 and not passes:
                for job in begun:
                    self._commit([job])
                return
            if not passes:
                log.exception("a write failed")
            refusal = _refusal(fault) if passes else fault
            for _, future in begun or _begin(batch):
                future.set_exception(refusal)
            return
        for (_, future), (result, refused) in zip(begun, outcomes, strict=True):
            if refused is not None:
                future.set_exception(refused)
            else:
                future.set_result(result)

    def _attempt(self, batch: list[Job], begun: list[Job]) -> list[tuple[Any, Refused | None]]:
        """The outcomes of the jobs that had not been given up when their turn came: `begun`."""
        outcomes: list[tuple[Any, Refused | None]] = []
        self._kept_since = time.monotonic()
        try:
            with self._pass_gate(None), self._immediate() as tx:
                self._kept_since = None
                begun += _begin(batch)
                for work, _ in begun:
                    try:
                        outcomes.append((work(tx), None))
                    except Refused as refusal:
                        outcomes.append((None, refusal))
                tx.flush()
        finally:
            self._kept_since = None
        tx.committed()
        return outcomes

    @contextmanager
    def _immediate(self) -> Iterator[Transaction]:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        try:
            for statement in BEGIN_ON_SERVER if self._is_server else ("BEGIN IMMEDIATE",):
                connection.execute(statement)
            yield Transaction(connection, self._engine.dialect)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            pooled.close()

    @contextmanager
    def _pass_gate(self, deadline: float | None) -> Iterator[None]:
        """Hold the lock between processes; without a deadline the kernel queues us."""
        if self._is_server:
            yield
            return
        handle = os.open(self._gate, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if deadline is None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            while deadline is not None:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Busy from None
                    time.sleep(0.003)
            yield
        finally:
            os.close(handle)  # releases the lock

    def passes(self, fault: BaseException) -> bool:
        """Whether the database only cannot write now, so that trying again is safe."""
        code = getattr(getattr(fault, "orig", fault), "sqlite_errorcode", None)
        if code is not None:
            return code & 0xFF in PASSING_FAULTS
        driver: Any = self._engine.dialect.loaded_dbapi if self._is_server else None
        return isinstance(fault, OperationalError) or (
            driver is not None and isinstance(fault, driver.OperationalError)
        )


def _begin(batch: list[Job]) -> list[Job]:
    """The jobs that their callers have not given up, and cannot any more."""
    return [
        job
        for job in batch
        if job[1].running() or (not job[1].cancelled() and job[1].set_running_or_notify_cancel())
    ]


def _refusal(fault: BaseException) -> Busy:
    """What the caller is told; what only an operator can end is also logged."""
    if "locked" in str(fault) or "lock timeout" in str(fault):
        return Busy()
    log.error("the database cannot be written: %s", getattr(fault, "orig", fault))
    return Busy(is_stuck=True)

"""Reads and writes of one database: the gate between processes, and the queue inside each.

Reads never wait. Writers of one process queue up in one thread and share transactions; the writers
of several processes pass a file lock instead of SQLite's polling (docs/decisions/0002).
"""

import fcntl
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session

from votesite.errors import Busy, Refused
from votesite.store.transactions import Transaction

T = TypeVar("T")

Job = tuple[Callable[[Transaction], Any], "Future[Any]"]

MAX_BATCH = 64  # jobs in one transaction
MAX_QUEUE = 2048  # jobs waiting in one process
MAX_WAIT = 5.0  # seconds a caller waits for a write
GATE_PAUSE = 0.003  # seconds between two tries at the gate

# On a server, where no file is the gate: one writer at a time there too, so that whatever is asked
# before a write is still true when it commits. A machine that is lost does not keep the lock.
BEGIN_ON_SERVER = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL idle_in_transaction_session_timeout = '10s'",
    "SELECT pg_advisory_xact_lock(20461)",
)
LONE_ON_SERVER = ("SELECT pg_try_advisory_lock(20462)", "SELECT pg_advisory_unlock(20462)")
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


class Store:
    """Reads and writes of one database, for all threads of a process and across a fork.

    The writer thread runs inside `context`, so that the work it receives finds its site.
    """

    def __init__(
        self, engine: Engine, gate: Path, context: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self._engine = engine
        self._is_server = engine.dialect.name != "sqlite"
        self._gate = gate
        self._context = context
        # Any thread puts jobs in; the writer thread alone takes them out. Replaced together with
        # `_writer_of`, so that a fork does not inherit jobs of its parent.
        self._queue: queue.Queue[Job] = queue.Queue(MAX_QUEUE)
        # Process id of the running writer thread; a fork has none. Written under `_starting`, read
        # without it: a stale value only leads to the lock, which decides.
        self._writer_of = 0
        self._starting = threading.Lock()
        # When (monotonic seconds) the writer thread began to wait for its turn, None while it does
        # not wait. The writer thread alone writes it. Callers read it without a lock: a stale value
        # refuses one impatient caller too many or too few.
        self._waiting_since: float | None = None
        # This thread's own connection for `reading`; no other thread ever sees it.
        self._local = threading.local()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Statements outside of any transaction: each sees the newest commit."""
        if not self._is_server:
            yield self._own_reader()
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield Transaction(connection.connection.driver_connection, self._engine.dialect)

    def _own_reader(self) -> Transaction:
        """Returns this thread's own connection, outside the pool: most pages ask one question."""
        reader: Transaction | None = getattr(self._local, "reader", None)
        if reader is None:
            pooled = self._engine.raw_connection()
            pooled.detach()
            self._local.pooled = pooled  # it closes with its thread
            connection = pooled.dbapi_connection
            reader = self._local.reader = Transaction(connection, self._engine.dialect)
        return reader

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
        """Run `work` in a write transaction that it may share with others.

        `work` asks first and writes last: a Refused it raises must leave nothing behind. Returns
        its result after the commit. Raises Busy after `patience` seconds of waiting for a turn, or
        at once if the queue is full. A caller less patient than a ballot gets Busy at once if the
        current writer has already waited longer than that.
        """
        since = self._waiting_since
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
        """Like `write`, but returns a future at once. Raises Busy if the queue is full."""
        self._start()
        future: Future[T] = Future()
        try:
            self._queue.put_nowait((work, future))
        except queue.Full:
            raise Busy from None
        return future

    @contextmanager
    def exclusive(self, session: "scoped_session[Any]") -> Iterator[Transaction]:
        """A write transaction for rows of an ORM session and statements together.

        Raises Busy if the gate does not open, or the database does not take the lock, in time.
        """
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

    @contextmanager
    def lone(self) -> Iterator[bool]:
        """Whether no other machine on this database is inside; without a server there is none.

        A machine that is lost is inside no longer.
        """
        if not self._is_server:
            yield True
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            take, give_back = LONE_ON_SERVER
            is_alone = bool(connection.exec_driver_sql(take).scalar())
            try:
                yield is_alone
            finally:
                if is_alone:
                    connection.exec_driver_sql(give_back)

    def empty_write_ahead_log(self, *, is_patient: bool = False) -> None:
        """Empty SQLite's write-ahead log, which keeps what was written together, and deleted rows.

        Gives up where somebody reads or writes for longer than a moment, or than five seconds.
        """
        if self._is_server:
            return
        pooled = self._engine.raw_connection()
        pooled.detach()  # its patience is not the others'
        try:
            connection: Any = pooled.dbapi_connection
            if not is_patient:
                connection.execute("PRAGMA busy_timeout=200")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as fault:
            if not self.passes(fault):
                raise
        finally:
            pooled.close()

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
            except Exception as fault:  # whatever it was: without this thread nobody can vote
                log.exception("a batch was given up")
                for _, future in _begin([job for job in batch if not job[1].done()]):
                    future.set_exception(fault)

    def _commit(self, batch: list[Job]) -> None:
        """Run a batch in one transaction; after a fault of ours run each of its jobs alone.

        A caller can give up a job until its transaction has begun, so no caller waits longer than
        its own five seconds for a lock. A fault that passes refuses the whole batch at once.
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
        """Returns one (result, refusal) for each job in `begun`, which it fills.

        Those are the jobs that nobody had given up when their turn came.
        """
        outcomes: list[tuple[Any, Refused | None]] = []
        self._waiting_since = time.monotonic()
        try:
            with self._pass_gate(None), self._immediate() as tx:
                self._waiting_since = None
                begun += _begin(batch)
                for work, _ in begun:
                    try:
                        outcomes.append((work(tx), None))
                    except Refused as refusal:
                        outcomes.append((None, refusal))
                tx.flush()
        finally:
            self._waiting_since = None
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
        """Hold the lock between processes; without a deadline the kernel queues this thread.

        Raises Busy at the deadline, in monotonic seconds.
        """
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
                    time.sleep(GATE_PAUSE)
            yield
        finally:
            os.close(handle)  # releases the lock

    def passes(self, fault: BaseException) -> bool:
        """Whether the database cannot write just now, so that trying again is safe."""
        code = getattr(getattr(fault, "orig", fault), "sqlite_errorcode", None)
        if code is not None:
            return code & 0xFF in PASSING_FAULTS
        driver: Any = self._engine.dialect.loaded_dbapi if self._is_server else None
        return isinstance(fault, OperationalError) or (
            driver is not None and isinstance(fault, driver.OperationalError)
        )


def _begin(batch: list[Job]) -> list[Job]:
    """Returns the jobs that their callers have not given up, and from now on cannot."""
    return [
        job
        for job in batch
        if job[1].running() or (not job[1].cancelled() and job[1].set_running_or_notify_cancel())
    ]


def _refusal(fault: BaseException) -> Busy:
    """Returns what the caller sees; a fault that only an operator can end is also logged."""
    if "locked" in str(fault) or "lock timeout" in str(fault):
        return Busy()
    log.error("the database cannot be written: %s", getattr(fault, "orig", fault))
    return Busy(is_stuck=True)

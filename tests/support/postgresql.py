"""A PostgreSQL of this run, on which the same tests pass: `pytest --postgresql tests/domain`.

Debian's server with its data and its socket in one folder; every site gets a database of its
own, copied from one that has the tables, or emptied after another test: emptying takes a tenth of
the time. Nothing is synced to the disk: what a power cut leaves is PostgreSQL's matter.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from votesite.extensions import db
from votesite.models.ledger import APPEND_ONLY
from votesite.models.triggers import create_triggers

SERVER = "VOTESITE_TESTS_POSTGRESQL"  # handed on to the processes of pytest-xdist
TEMPLATE = "tables"
FREE = "free_"
# What a database of this run is made of; one in which a test has changed that is not used again.
SHAPE = """
SELECT (SELECT md5(string_agg(relname, ' ' ORDER BY relname COLLATE "C")) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace),
 (SELECT count(*) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped),
 (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O')"""
EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
 FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
  EXECUTE format('DELETE FROM %I', name);
 END LOOP;
 FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
  PERFORM setval(quote_ident(name), 1, false);
 END LOOP;
END $$"""
OPTIONS = "-c fsync=off -c full_page_writes=off -c max_connections=300 -c listen_addresses="


@contextmanager
def cluster() -> Iterator[str]:
    """A server that runs while the block does; gives the folder of its socket."""
    with tempfile.TemporaryDirectory(prefix="votesite-postgresql-") as name:
        folder = Path(name)
        data = folder / "data"
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        _run(
            "initdb", "-D", data, "-U", "votesite", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        start(name)
        try:
            yield name
        finally:
            stop(name)


def start(server: str) -> None:
    """Let it answer."""
    folder = Path(server)
    options = f"{OPTIONS} -c unix_socket_directories={folder}"
    _run("pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start")


def stop(server: str) -> None:
    """End it at once, as a crash does."""
    _run("pg_ctl", "-D", Path(server) / "data", "-m", "immediate", "-w", "stop")


def empty(server: str, name: str) -> str:
    """The setting for a new database without tables."""
    with _administration(server) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return url(server, name)


def settings_on(server: str, instance: Path) -> dict[str, str]:
    """The setting of a site with a database of its own, with tables and guards."""
    name = _name(instance)
    with _administration(server) as connection, _alone(server):
        if not _exists(connection, TEMPLATE):
            _make_template(server, connection)
        if not _exists(connection, name):
            if free := _free(connection):
                connection.execute(f"ALTER DATABASE {free} RENAME TO {name}")
            else:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return {"DATABASE_URL": url(server, name)}


def url(server: str, database: str) -> str:
    """The setting for one of a server's databases."""
    return f"postgresql://votesite@/{database}?host={server}"


def copy(server: str, instance: Path, other: Path) -> None:
    """Give another instance the same data; nobody may be connected."""
    with _administration(server) as connection:
        connection.execute(f"CREATE DATABASE {_name(other)} TEMPLATE {_name(instance)}")


def bytes_of(server: str, instance: Path) -> bytes:
    """Every byte of the files of an instance's database."""
    with _administration(server) as connection:
        connection.execute("CHECKPOINT")
        query = "SELECT oid FROM pg_database WHERE datname = %s"
        ((number,),) = connection.execute(query, (_name(instance),)).fetchall()
    files = sorted((Path(server) / "data/base" / str(number)).iterdir())
    return b"".join(path.read_bytes() for path in files if path.is_file())


def drop(server: str, instance: Path) -> None:
    """Take an instance's database away for good."""
    with _administration(server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_name(instance)} WITH (FORCE)")


def give_back(server: str, instance: Path) -> None:
    """The site is gone: empty its database for the next, or drop what is no longer like new."""
    name = _name(instance)
    with _administration(server) as connection:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(query, (name,))
        try:
            if _is_emptied(server, name):
                connection.execute(query, (name,))  # a session ends a moment after its connection
                connection.execute(f"ALTER DATABASE {name} RENAME TO {FREE}{name}")
                return
        except psycopg.errors.ObjectInUse:
            pass  # still not ended, on a busy machine
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _is_emptied(server: str, name: str) -> bool:
    """Whether a database could be emptied and is like a new one."""
    with psycopg.connect(url(server, name), autocommit=True) as connection:
        if str(connection.execute(SHAPE).fetchone()) != (Path(server) / "shape").read_text():
            return False
        connection.execute(EMPTY)
    return True


def _free(connection: psycopg.Connection) -> str:
    """A database that was given back, or nothing."""
    query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) LIMIT 1"
    found = connection.execute(query, (FREE,)).fetchone()
    return found[0] if found else ""


@contextmanager
def _alone(server: str) -> Iterator[None]:
    """Ask and create as one step among the run's processes: `CREATE DATABASE` cannot do both."""
    with (Path(server) / "databases.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_template(server: str, connection: psycopg.Connection) -> None:
    connection.execute(f"CREATE DATABASE {TEMPLATE}_new TEMPLATE template0")
    engine = create_engine(url(server, f"{TEMPLATE}_new"))
    with engine.begin() as tables:
        db.metadata.create_all(tables)
        create_triggers(tables, APPEND_ONLY)
        shape = tuple(tables.exec_driver_sql(SHAPE).one())
    (Path(server) / "shape").write_text(str(shape))
    engine.dispose()
    connection.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")


def _administration(server: str) -> psycopg.Connection:
    return psycopg.connect(url(server, "postgres"), autocommit=True)


def _exists(connection: psycopg.Connection, name: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    return connection.execute(query, (name,)).fetchone() is not None


def _name(instance: Path) -> str:
    return "site_" + hashlib.sha256(str(instance).encode()).hexdigest()[:24]


def _run(program: str, *arguments: object) -> None:
    """Run one of PostgreSQL's own programs; it refuses to run as root."""
    found = shutil.which(program) or max(
        map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), default=None
    )
    assert found, f"{program} is not installed: apt-get install postgresql"
    command = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*command, found, *map(str, arguments)], cwd="/", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr

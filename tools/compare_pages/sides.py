"""A checkout that serves a copy of the demo's data."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tools.compare_pages.visitor import Site, Visitor
from tools.compare_pages.walk import Login

SERVER = Path(__file__).with_name("server.py")
LOGINS = "demo-logins.txt"
START_SECONDS = 60
LOG_SHOWN = 4000
AFTER_SEEDING = 60.0  # the demo's story ends a minute before its seeding

_LOGIN = re.compile(r"/admin/\s+(\S+)\s+(\S+)\s+(\S+)")


class CannotCompare(Exception):
    """Why one of the sides cannot be compared."""


@dataclass(frozen=True)
class Side:
    """One state of the repository."""

    name: str
    checkout: Path
    port: int

    def seed(self, instance: Path) -> None:
        """Make a demo instance."""
        self._flask(instance, "db", "upgrade")
        self._flask(instance, "demo", "seed")

    @contextmanager
    def serving(self, data: Path, work: Path) -> Iterator[Site]:
        """Serve a copy of an instance with a clock that stands at the end of its seeding."""
        instance = work / self.name
        shutil.copytree(data, instance)
        self._compile_catalogues()
        self._flask(instance, "db", "upgrade")
        moment = float(int((data / LOGINS).stat().st_mtime + AFTER_SEEDING))
        log = work / f"{self.name}.log"
        command = [str(self._python), str(SERVER), str(self.port), str(moment)]
        with log.open("w") as written:
            server = subprocess.Popen(  # noqa: S603 -- our own server
                command,
                cwd=self.checkout,
                env=self._environment(instance),
                stdout=written,
                stderr=subprocess.STDOUT,
            )
            try:
                self._wait(server, log)
                yield Site(self.port, moment)
            except (OSError, HTTPException) as fault:
                end = f"exit code {server.poll()}\n{log.read_text()[-LOG_SHOWN:]}"
                raise CannotCompare(f"{self.name} stopped answering: {fault!r}, {end}") from fault
            finally:
                server.terminate()
                server.wait()

    @property
    def _python(self) -> Path:
        return self.checkout / ".venv" / "bin" / "python"

    def _environment(self, instance: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name[:9] != "VOTESITE_"}
        return kept | {
            "VOTESITE_MODE": "demo",
            "VOTESITE_INSTANCE": str(instance),
            "FLASK_SKIP_DOTENV": "1",
            "PORT": str(self.port),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TZ": "UTC",
        }

    def _flask(self, instance: Path, *arguments: str) -> None:
        command = [str(self._python), "-m", "flask", "--app", "wsgi", *arguments]
        done = subprocess.run(  # noqa: S603 -- the checkout's own command
            command,
            cwd=self.checkout,
            env=self._environment(instance),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            words = " ".join(arguments)
            raise CannotCompare(f"{self.name}: flask {words}:\n{done.stdout}{done.stderr}")

    def _compile_catalogues(self) -> None:
        """Do what `make install` does for the languages: they are not in the repository."""
        for source in self.checkout.glob("*/translations/*/LC_MESSAGES/*.po"):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            with source.open("rb") as read, target.open("wb") as written:
                write_mo(written, read_po(read, source.parts[-3]))

    def _wait(self, server: subprocess.Popen[bytes], log: Path) -> None:
        ends_at = time.monotonic() + START_SECONDS
        while time.monotonic() < ends_at and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
                continue
            if Visitor(Site(self.port, 0.0)).get("/healthz").status == 200:
                return
        raise CannotCompare(f"{self.name} does not start:\n{log.read_text()}")


def check_port(port: int) -> None:
    """Refuse a port on which something else would answer in the site's place."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotCompare(f"port {port} is in use: name another with --port") from None


def logins_of(instance: Path) -> list[Login]:
    """The staff that the demo has made, with their passwords."""
    try:
        text = (instance / LOGINS).read_text(encoding="utf-8")
    except OSError as fault:
        raise CannotCompare(f"{instance} is no seeded demo instance: {fault}") from fault
    found = [Login(*one) for one in _LOGIN.findall(text)]
    if not found:
        raise CannotCompare(f"{instance / LOGINS} names no login")
    return found

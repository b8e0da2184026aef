"""The site as it really runs: gunicorn with its own settings and two workers, on a free port."""

import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.live import free_port
from tests.support.site import make_app, settings_for

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
START = 60
UNVERIFIED = ssl._create_unverified_context()  # certificates here are self-signed


@dataclass
class Server:
    """A running site: its address, the settings it was given, and an app on the same database."""

    url: str
    settings: dict
    app: object
    process: subprocess.Popen


def served_settings(instance, port, **changes):
    """Settings of a site in test mode whose WeChat is the sandbox on its own port."""
    url = f"http://localhost:{port}"
    return settings_for(
        instance,
        PUBLIC_BASE_URL=url,
        BIND=f"127.0.0.1:{port}",
        WECHAT_API_BASE=f"{url}/sandbox/api",
        WECHAT_OPEN_BASE=f"{url}/sandbox/open",
        **changes,
    )


@contextmanager
def running(settings, entry="wsgi:app", options=(), url=""):
    """gunicorn with the project's own settings and a few options more; `url` where it listens."""
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("VOTESITE_", "XDG_"))
    }
    given = {f"VOTESITE_{key}": value for key, value in settings.items()}
    log = Path(settings["INSTANCE"]) / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [PROGRAMS / "gunicorn", "-c", ROOT / "gunicorn.conf.py", *options, entry],
            env={**own, **given, "HOME": settings["INSTANCE"]},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_it_answers(url or settings["PUBLIC_BASE_URL"], process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextmanager
def redis(folder):
    """A Redis of its own, on a socket in a folder; gives its URL and process."""
    program = shutil.which("redis-server")
    assert program, "redis-server is not installed"
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    deadline = time.monotonic() + 10
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"redis+unix://{socket}", process
    process.terminate()
    process.wait(10)


@contextmanager
def serving(instance, entry="wsgi:app", **changes):
    """A site with its tables, served; the app beside it writes what a test needs."""
    settings = served_settings(instance, free_port(), **changes)
    app = make_app(instance, **settings)
    with running(settings, entry) as process:
        yield Server(settings["PUBLIC_BASE_URL"], settings, app, process)


def wait_until_it_answers(url, process, log):
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=START, context=UNVERIFIED).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"gunicorn did not start:\n{log.read_text(errors='replace')[-4000:]}")

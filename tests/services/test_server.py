"""What gunicorn's settings promise: quiet logs, no stray socket, no trust in forwarded headers."""

import http.client
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.live import free_port
from tests.support.servers import running, served_settings
from tests.support.site import make_app

pytestmark = pytest.mark.services


@contextmanager
def logged_site(folder):
    """A served site with its access log switched on; gives bind address, process and log."""
    settings = served_settings(folder, free_port())
    make_app(folder, **settings)
    log = folder / "access.log"
    with running(settings, options=["--access-logfile", log]) as process:
        yield settings["BIND"], process, log


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One such site for all that only ask."""
    with logged_site(tmp_path_factory.mktemp("server")) as site:
        yield site


def get(bind, path, **headers):
    """One request as it stands; (status, headers)."""
    connection = http.client.HTTPConnection(bind, timeout=10)
    try:
        connection.request(
            "GET", path, headers={"Host": f"localhost:{bind.split(':')[1]}"} | headers
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def wait_for(log, text):
    """The log once it has a text: a line is written after its answer was sent."""
    deadline = time.monotonic() + 10
    while text not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    return log.read_text()


def test_access_log_has_paths_but_neither_queries_nor_where_one_came_from(site):
    bind, _, log = site
    get(bind, "/wechat/callback?code=topsecret1&state=topsecret2", Referer="/?topsecret3")

    written = wait_for(log, "/wechat/callback")

    assert '"GET /wechat/callback"' in written
    assert "topsecret" not in written


def test_forwarded_headers_are_not_believed_without_proxies(site):
    bind, _, _ = site
    port = bind.split(":")[1]

    status, headers = get(
        bind,
        "/wechat/login?next=/",
        **{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
    )

    assert status == 302
    assert f"redirect_uri=http%3A%2F%2Flocalhost%3A{port}%2F" in headers["Location"]
    assert "Secure" not in headers["Set-Cookie"]


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO"])
def test_headers_cannot_move_the_site(site, name):
    bind, _, _ = site

    status, _ = get(bind, "/healthz", **{name: "/elsewhere"})

    assert status == 200


def test_header_line_over_8_kb_is_refused(site):
    bind, _, _ = site

    status, _ = get(bind, "/healthz", **{"X-Long": "a" * 8200})

    assert status in (400, 431)


def test_no_control_socket_is_left_in_the_home(site):
    _, _, log = site

    assert [path.name for path in log.parent.rglob("*.ctl")] == []


def test_workers_end_with_their_master(tmp_path):
    with logged_site(tmp_path) as (_, process, _):
        tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = tasks.read_text().split()

        process.send_signal(signal.SIGTERM)
        process.wait(20)

    assert len(children) == 2
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []

"""Rows 28 and 29: broken HTTP and too much of everything, against the server as it runs."""

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from bench.attack import target
from bench.attack.mutated import attack, faults, run, samples
from tests.support.factories import make_campaign
from tests.support.servers import serving

pytestmark = pytest.mark.services
SLUG = "xiangzhen-2026"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("wire")) as server, server.app.app_context():
        make_campaign()
        yield server


def status_of_post(server, path, body, **headers):
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def say(server, text):
    """What comes back to raw bytes, to the end."""
    parts = urlsplit(server.url)
    with socket.create_connection(("127.0.0.1", parts.port), timeout=20) as line:
        line.sendall(text.replace("HOST", parts.netloc).encode())
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(4096), b""))


def test_mutated_requests_are_never_a_fault_of_ours(tmp_path):
    (tmp_path / "scanner").mkdir()
    with target.both(tmp_path) as (site, control):
        report = run(site, control, tmp_path / "scanner", is_long=False)

    assert report.broken == []


def test_mutants_come_from_every_address_and_get_behind_the_door(tmp_path):
    with target.site(tmp_path) as site:
        kinds = samples(site)
        found = attack(site.url, kinds, 1500, seed=29)

    addresses = {b" ".join(kind.split(b" ", 2)[:2]).decode() for kind in kinds}
    assert addresses == set(site.addresses)
    assert faults(found) == []
    assert {"200", "303", "400", "403", "404", "422"} <= found.keys()


def test_mutated_requests_see_a_fault_and_know_when_they_are_blind(tmp_path):
    (tmp_path / "scanner").mkdir()
    with target.both(tmp_path) as (site, control):
        report = run(control, site, tmp_path / "scanner", is_long=False)

    assert any("straight at gunicorn: answers ['500']" in fault for fault in report.broken)
    assert any("the attack is blind" in fault for fault in report.broken)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 6\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: x\r\n",
        "Transfer-Encoding : chunked\r\n",
    ],
)
def test_request_with_two_ends_is_refused_and_nothing_comes_after_it(server, head):
    smuggled = "GET /my/ HTTP/1.1\r\nHost: HOST\r\n\r\n"

    said = say(
        server, f"POST /c/{SLUG}/ballot HTTP/1.1\r\nHost: HOST\r\n{head}\r\n0\r\n\r\n{smuggled}"
    )

    assert said.count(b"HTTP/1.1 ") == 1
    assert said.split(b" ")[1] in (b"400", b"501")


def test_body_of_50_mb_is_refused(server):
    said = say(
        server,
        f"POST /c/{SLUG}/nominate HTTP/1.1\r\nHost: HOST\r\nContent-Length: 50000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n",
    )

    assert said.split(b" ")[1] == b"413"


def test_ten_thousand_fields_are_refused(server):
    body = "&".join(f"a{n}=" for n in range(10_000))

    assert status_of_post(server, f"/c/{SLUG}/ballot", body, **{"Content-Type": FORM}) == 413


def test_ten_thousand_parts_are_refused(server):
    part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    many, more = part * 1001 + "--b--\r\n", part * 10_000 + "--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}

    assert status_of_post(server, f"/c/{SLUG}/nominate", many, **kind) == 413
    assert status_of_post(server, f"/c/{SLUG}/ballot", more, **kind) == 413


def test_endless_chunks_are_cut_off(server):
    piece = "400\r\n" + "a" * 1024 + "\r\n"
    said = say(
        server,
        f"POST /c/{SLUG}/ballot HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: {FORM}\r\nConnection: close\r\n\r\n{piece * 100}0\r\n\r\n",
    )

    assert said.split(b" ")[1] in (b"413", b"400")

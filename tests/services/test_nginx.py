"""What deploy/nginx.conf promises: headers, caching, slow clients, TLS, logs."""

import datetime
import json
import socket
import ssl
import time

import pytest

from tests.support.factories import make_campaign
from tests.support.nginx import SLUG, behind_nginx
from tests.support.voters import voter_session
from votesite import clock
from votesite.domain.media import pictures
from votesite.extensions import db, writing

pytestmark = pytest.mark.services
VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(range(256)) * 40


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One site with a running campaign, at most forty ballots an hour from one address."""
    folder = tmp_path_factory.mktemp("nginx")
    with behind_nginx(folder, LIMIT_BALLOT_ADDRESS="40/hour") as behind:
        now = clock.now()
        span = datetime.timedelta(days=2)
        make_campaign(opens=now - span, closes=now + span, picks=[1, 3])
        yield behind


def test_page_comes_through_with_the_sites_own_headers(site):
    status, headers, body = site.ask(f"/c/{SLUG}/")

    assert status == 200
    assert "第6镇" in body.decode()
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Server"] == "nginx"


def test_session_cookie_is_bound_to_the_host_and_to_tls(site):
    _, headers, _ = site.ask(f"/c/{SLUG}/me")

    cookie = headers["Set-Cookie"]
    assert cookie.startswith("__Host-votesite=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_vote_goes_through(site):
    voter = voter_session(site.app, "openid-of-one")

    status, answer = site.vote(voter, [1, 2])

    assert status == 201
    assert site.ask(f"/c/{SLUG}/receipts/{answer['receipt']}")[0] == 200


def test_foreign_host_is_refused_by_name_and_in_the_request_line(site):
    for host in ("evil.example", f"localhost:{site.port}.evil.example", "localhost:1"):
        assert site.ask("/", Host=host)[0] == 400
    with site.speak() as line:
        line.sendall(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert line.recv(20).startswith(b"HTTP/1.1 400")


def test_headers_of_a_visitor_move_nothing_and_are_not_kept(site):
    clean = site.ask("/")[2]

    moved = site.ask(
        "/",
        **{
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Prefix": "/evil",
            "X-Original-URL": "/admin/",
            "Forwarded": "host=evil.example",
        },
    )[2]

    assert b"evil" not in moved
    assert site.ask("/")[2] == moved == clean


def test_kept_page_differs_by_language_and_mode_alone(site):
    plain = site.ask(f"/c/{SLUG}/rules")[2]

    assert site.ask(f"/c/{SLUG}/rules", Cookie="mode=care")[2] != plain
    assert site.ask(f"/c/{SLUG}/rules", Cookie="other=care")[2] == plain


def test_page_that_the_browser_has_is_not_sent_again(site):
    etag = site.ask(f"/c/{SLUG}/process")[1]["ETag"]

    status, _, body = site.ask(f"/c/{SLUG}/process", **{"If-None-Match": etag})

    assert (status, body) == (304, b"")


def test_what_is_personal_is_never_kept(site):
    voter = voter_session(site.app, "openid-of-another")

    own, again, strangers = (
        json.loads(site.ask(f"/c/{SLUG}/me", **headers)[2])
        for headers in ({"Cookie": voter.cookie}, {"Cookie": voter.cookie}, {})
    )

    assert (own["identified"], strangers["identified"]) == (True, False)
    assert len({own["ballot_token"], again["ballot_token"], strangers["ballot_token"]}) == 3
    assert own["csrf_token"] != strangers["csrf_token"]


def test_static_files_are_served_squeezed_and_for_a_year(site):
    status, headers, _ = site.ask("/static/css/base.css", **{"Accept-Encoding": "gzip"})

    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/../config.py", "/%2e%2e/config.py", "/css/../../config.py", "/..", "../config.py", "..%2f"],
)
def test_static_folder_has_no_way_out(site, path):
    status, _, body = site.ask(f"/static{path}")

    assert status in (400, 404)
    assert b"import" not in body


def test_video_is_given_in_the_parts_that_are_asked_for(site):
    campaign = db.session.execute(db.text("SELECT id FROM campaigns")).scalar()
    source = site.folder / "film.mp4"
    source.write_bytes(VIDEO)
    with writing():
        stored = pictures.write_video(source)
        pictures.record(campaign, stored)

    status, headers, body = site.ask(f"/media/{stored.token}.mp4", Range="bytes=100-199")

    assert (status, body) == (206, VIDEO[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(VIDEO)}"


def test_body_over_20_mb_is_refused_before_it_is_read(site):
    with site.speak() as line:
        line.sendall(
            f"POST /c/{SLUG}/nominate HTTP/1.1\r\nHost: localhost:{site.port}\r\n"
            f"Content-Length: {20 * 1024 * 1024 + 1}\r\n\r\n".encode()
        )
        assert line.recv(20).startswith(b"HTTP/1.1 413")


def test_header_line_over_8_kb_is_refused(site):
    assert site.ask("/", **{"X-Long": "a" * 8300})[0] in (400, 431)


def test_metrics_are_not_for_the_network(site):
    assert site.ask("/metrics")[0] == 404
    assert site.ask("/metrics", **{"X-Forwarded-For": "127.0.0.1"})[0] == 404


def test_slow_visitors_do_not_take_the_site_down(site):
    slow = [site.speak() for _ in range(300)]
    try:
        for n, line in enumerate(slow):
            head = (
                b"GET / HTTP/1.1\r\nX-Slow: "
                if n % 2
                else (
                    f"POST /c/{SLUG}/ballot HTTP/1.1\r\nHost: localhost:{site.port}\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999\r\n\r\nx="
                ).encode()
            )
            line.sendall(head)

        started = time.monotonic()
        answers = [site.ask(f"/c/{SLUG}/me")[0] for _ in range(20)]

        assert answers == [200] * 20
        assert time.monotonic() - started < 10
        slow[1].settimeout(15)
        assert slow[1].recv(1) == b""  # whose header does not end loses his place
    finally:
        for line in slow:
            line.close()


def test_logs_have_no_query(site):
    site.ask("/wechat/callback?code=topsecret&state=topsecret")
    logs = site.folder / "access.log"
    deadline = time.monotonic() + 5
    while "/wechat/callback" not in logs.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert "/wechat/callback" in logs.read_text()
    assert "topsecret" not in logs.read_text() + (site.folder / "error.log").read_text()


def test_old_tls_is_refused(site):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.deprecated_call():
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.minimum_version = ssl.TLSVersion.TLSv1
    raw = socket.create_connection(("127.0.0.1", site.port), timeout=10)
    with raw, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(raw, server_hostname="localhost")


def test_written_addresses_do_not_change_whom_the_brakes_hold(site):
    """The last test of this site: it uses the address's ballots up."""
    statuses = []
    for n in range(45):
        voter = voter_session(site.app, f"openid-{n}")
        spoofed = ", ".join(f"10.{n}.{hop}.7" for hop in range(1 + n % 5))
        headers = {"X-Forwarded-For": spoofed, "X-Real-IP": f"10.9.9.{n}"}
        statuses.append(site.vote(voter, [1 + n % 6], **headers)[0])

    assert 429 in statuses
    assert set(statuses[: statuses.index(429)]) == {201}
    assert set(statuses[statuses.index(429) :]) == {429}

"""What deploy/nginx.conf promises: headers, caching, slow clients, TLS, logs."""

import base64
import datetime
import hashlib
import json
import re
import secrets
import socket
import ssl
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.factories import make_campaign
from tests.support.live import free_port
from tests.support.nginx import PAGES, SLUG, Behind, behind_nginx, nginx
from tests.support.nominations import GOOD, make_nominating
from tests.support.servers import ROOT
from tests.support.staffing import png
from tests.support.voters import voter_session
from votesite import clock
from votesite.domain.media import pictures
from votesite.extensions import db, writing

pytestmark = pytest.mark.services
MB = 1024 * 1024
JSON = {"Accept": "application/json"}
NOMINATING = "timing-2026"
VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(range(256)) * 40


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One site with a running campaign, at most forty ballots an hour from one address."""
    folder = tmp_path_factory.mktemp("nginx")
    with behind_nginx(folder, LIMIT_BALLOT_ADDRESS="40/hour") as behind:
        now = clock.now()
        span = datetime.timedelta(days=2)
        make_campaign(opens=now - span, closes=now + span, picks=[1, 3])
        make_nominating(slug=NOMINATING)
        yield behind


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """nginx whose site is not there, as during an upgrade."""
    folder = tmp_path_factory.mktemp("stopped")
    https = free_port()
    with nginx(folder, https, free_port()):
        yield Behind(f"https://localhost:{https}", folder, None)


def nominate_with(site, who, picture, **headers):
    """Post a nomination with a picture as a browser does; (status, headers, body)."""
    voter = voter_session(site.app, who)
    edge = secrets.token_hex(16)
    fields = {**GOOD, "csrf_token": voter.csrf_token, "consent": "1"}
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="picture"; filename="a.png"'
    body = b"".join(
        [*parts, f"--{edge}\r\n{head}\r\n\r\n".encode(), picture, f"\r\n--{edge}--\r\n".encode()]
    )
    return site.ask(
        f"/c/{NOMINATING}/nominate",
        "POST",
        body,
        Cookie=voter.cookie,
        Origin=site.url,
        **{"Content-Type": f"multipart/form-data; boundary={edge}"},
        **headers,
    )


def png_of_bytes(size):
    """A picture whose file has this many bytes: what follows its end is no part of the image."""
    picture = png()
    return picture + bytes(size - len(picture))


def assert_is_a_page_of_the_house(headers, body):
    """A whole page in UTF-8 whose own style its policy lets through, and nothing else."""
    style = re.search(r"<style>(.*?)</style>", body.decode(), re.DOTALL)[1].encode()
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"style-src 'sha256-{digest}';" in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert b"nginx" not in body
    assert "公评" in body.decode()


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


def kept_files(site, path):
    """The files in which nginx keeps a page."""
    key = f"KEY: localhost:{site.port}{path}|".encode()
    files = [file for file in (site.folder / "cache").rglob("*") if file.is_file()]
    return [file for file in files if key in file.read_bytes()]


def language_and_mode(body):
    """Both as the page itself has them."""
    language, others = re.search(r'<html lang="([^"]*)"([^>]*)>', body.decode()).groups()
    return language, "care" if 'data-mode="care"' in others else "standard"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["lang", "LANG", "Lang", "mode", "MODE", "xlang", "other"]),
            st.sampled_from(["", "en", "zh-Hant", "EN", '"en"', "en,", "care", "Care", '"care"']),
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["; ", ";", " ; ", ",", ";;"]),
)
@example([("LANG", ""), ("lang", "en"), ("MODE", ""), ("mode", "care")], "; ")
def test_no_cookie_of_one_visitor_decides_what_another_reads(site, cookies, between):
    path = f"/c/{SLUG}/rules"
    for file in kept_files(site, path):
        file.unlink()

    site.ask(path, Cookie=between.join("=".join(cookie) for cookie in cookies))

    for cookie, read in {
        "": ("zh-Hans", "standard"),
        "lang=en": ("en", "standard"),
        "lang=zh-Hant; mode=care": ("zh-Hant", "care"),
    }.items():
        assert language_and_mode(site.ask(path, Cookie=cookie)[2]) == read


def test_invented_cookies_hosts_and_encodings_fill_no_cache(site):
    path = f"/c/{SLUG}/rules"
    for language in ("zh-Hans", "zh-Hant", "en"):
        for mode in ("standard", "care"):
            for squeezed in ({}, {"Accept-Encoding": "gzip, br"}):
                site.ask(path, Cookie=f"lang={language}; mode={mode}", **squeezed)
    of_visitors = kept_files(site, path)
    for n in range(30):
        site.ask(path, Cookie=f"lang=x{n}")
        site.ask(path, Cookie=f"mode=x{n}")
        site.ask(path, **{"Accept-Encoding": f"x{n}"})
        site.ask(path.replace("rules", f"rule%7{3 + n % 2}"))
        site.ask(path, Host=f"{'localhost'[: n % 9].upper()}{'localhost'[n % 9 :]}:{site.port}")

    assert len(of_visitors) == 12
    assert sorted(kept_files(site, path)) == sorted(of_visitors)
    everywhere = [file for file in (site.folder / "cache").rglob("*") if file.is_file()]
    assert not [file for file in everywhere if b"rule%7" in file.read_bytes()[:4000]]
    assert not [file for file in everywhere if b"KEY: L" in file.read_bytes()[:4000]]


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
            f"Content-Length: {21 * MB + 1}\r\n\r\n".encode()
        )
        assert line.recv(20).startswith(b"HTTP/1.1 413")


def test_picture_of_nearly_20_mb_is_taken(site):
    status, _, body = nominate_with(
        site, "openid-of-nominator", png_of_bytes(20 * MB - 4096), **JSON
    )

    assert (status, list(json.loads(body))) == (201, ["id"])


def test_between_20_and_21_mb_the_site_itself_answers(site):
    status, _, body = nominate_with(site, "openid-of-nominator", png_of_bytes(20 * MB + 500_000))

    assert status == 413
    assert 'data-page="nominations.create"' in body.decode()


def test_form_of_22_mb_gets_the_pages_of_the_house(site):
    status, headers, body = nominate_with(site, "openid-of-nominator", bytes(22 * MB))
    told, as_json, problem = nominate_with(site, "openid-of-nominator", bytes(22 * MB), **JSON)

    assert (status, told) == (413, 413)
    assert_is_a_page_of_the_house(headers, body)
    assert "没有保存任何内容" in body.decode()
    assert "Retry-After" not in headers
    assert as_json["Content-Type"] == "application/problem+json; charset=utf-8"
    assert json.loads(problem)["type"] == "/problems/too-large"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/", f"/c/{SLUG}/ballot", "/media/a.mp4", f"/c/{SLUG}/ledger/"])
def test_while_the_site_is_away_visitors_read_a_page_of_the_house(stopped, method, path):
    status, headers, body = stopped.ask(path, method)

    assert (status, headers["Retry-After"]) == (503, "60")
    assert_is_a_page_of_the_house(headers, body)
    assert "选票没有丢" in body.decode()


def test_while_the_site_is_away_programs_read_a_problem(stopped):
    status, headers, body = stopped.ask(f"/c/{SLUG}/ballot", "POST", **JSON)

    assert (status, headers["Retry-After"]) == (503, "60")
    assert headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert json.loads(body)["type"] == "/problems/busy"
    assert json.loads(body)["status"] == 503


def test_static_files_are_there_while_the_site_is_away(stopped):
    assert stopped.ask("/static/img/favicon.svg")[0] == 200


@pytest.mark.parametrize("name", sorted(page.name for page in PAGES.iterdir()))
def test_pages_of_nginx_have_no_address_of_their_own(site, stopped, name):
    assert site.ask(f"/deploy/pages/{name}")[0] == 404
    assert stopped.ask(f"/deploy/pages/{name}")[0] == 404


def test_pages_of_nginx_have_the_colours_of_the_house():
    tokens = (ROOT / "votesite/static/css/tokens.css").read_text()
    for page in PAGES.glob("*.html"):
        colours = re.findall(r"--[\w-]+: #\w{6};", page.read_text())

        assert len(colours) == 12
        assert [colour for colour in colours if colour not in tokens] == []


def test_ledger_is_limited_beyond_twenty_requests_a_second(stopped):
    """The site is away, so that its own pace has no part in what nginx counts."""
    address = f"/c/{SLUG}/ledger/checkpoint"
    asked = (
        f"GET {address} HTTP/1.1\r\nHost: localhost:{stopped.port}\r\n"
        "Accept: application/json\r\n\r\n"
    )
    time.sleep(3)  # what the tests before have asked for is forgotten
    received = b""
    with stopped.speak() as line:
        line.sendall(asked.encode() * 300)
        while received.count(b"HTTP/1.1 ") < 300:
            received += line.recv(65536)
    refused = received.count(b"HTTP/1.1 429 ")

    assert 300 - refused >= 41
    assert received.count(b"HTTP/1.1 503 ") == 300 - refused
    assert refused > 0
    assert received.count(b"Retry-After: 1\r\n") == refused
    assert received.count(b'{"type": "/problems/too-many-requests"') >= refused - 1
    assert [stopped.ask(f"/c/{SLUG}/")[0] for _ in range(60)] == [503] * 60
    time.sleep(1)
    assert [stopped.ask(address)[0] for _ in range(15)] == [503] * 15


def test_ledger_is_answered_to_who_asks_forty_times(site):
    site.vote(voter_session(site.app, "openid-of-a-third"), [1, 2])  # there is a ledger now

    answers = [site.ask(f"/c/{SLUG}/ledger/checkpoint")[0] for _ in range(40)]

    assert answers == [200] * 40


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


def logged(folder, ask, is_enough):
    """The lines of nginx's log about what is asked, once they are enough."""
    log = folder / "access.log"
    before = len(log.read_text())
    ask()
    deadline = time.monotonic() + 5
    while not is_enough(log.read_text()[before:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return log.read_text()[before:].splitlines()


def test_logs_lead_from_no_address_to_a_ballot(site):
    told = []

    def take_part():
        for n in range(3):
            voter = voter_session(site.app, f"openid-logged-{n}")
            for path in (f"/c/{SLUG}/ballot", "/static/js/ballot.js", f"/c/{SLUG}/me", "/my/"):
                site.ask(path, Cookie=voter.cookie)
            status, answer = site.vote(voter, [1 + n])
            told.append(answer["receipt"])
            for path in (told[-1], f"{told[-1]}/appeal", f"%{ord(told[-1][0]):02x}{told[-1][1:]}"):
                site.ask(f"/c/{SLUG}/receipts/{path}", Cookie=voter.cookie)
            assert status == 201
        site.ask(f"/c/{SLUG}/process")

    lines = logged(site.folder, take_part, lambda text: "/process" in text)

    assert [line.split()[3] for line in lines] == [f'/c/{SLUG}/process"']
    assert not [code for code in told if code in "".join(lines)]


def test_failure_over_a_receipt_is_logged_without_its_code(stopped):
    code = "0123456789ABCDEF"

    def ask():
        for path in (f"/c/{SLUG}/receipts/{code}", f"/c/{SLUG}/ballot", "/"):
            stopped.ask(path)

    lines = logged(stopped.folder, ask, lambda text: text.count("\n") == 3)

    assert len(lines) == 3
    assert [line.split()[-1] for line in lines] == ["502"] * 3
    assert code not in "".join(lines)


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

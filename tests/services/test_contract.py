"""The contract from outside: the commands, gunicorn, a stand-in for WeChat, nothing of our code.

The clock of the running site is moved by a file, as an operator's wrong clock would.
"""

import hashlib
import hmac
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.faults import stepped
from tests.support import independent_ledger
from tests.support.live import free_port
from tests.support.plain_browser import FORM, JSON, PlainBrowser, status_of_raw
from tests.support.scripted_wechat import reply, scripted_wechat
from tests.support.servers import PROGRAMS, ROOT, running, served_settings

pytestmark = pytest.mark.services

BEIJING = timezone(timedelta(hours=8))
TOML = """slug = "{slug}"
title = "云岭市测试推选"
wording = "推选"
fee_free = true
results = "{results}"
recount = "public"
[approval]
number = "云表彰组〔2026〕3号"
[organisers]
host = ["云岭市人民政府办公室"]
[schedule]
voting = ["{opens}", "{closes}"]
[ballot]
scope = "campaign"
ballots = 2
picks = [1, 2]
min_batch = 5
publish_every = 1
[[categories]]
name = "城郊乡镇"
"""
BODIES = "no,name,category\n" + "".join(f"{no},镇{no},城郊乡镇\n" for no in range(1, 5))
HOURS = 6


@dataclass(frozen=True)
class Site:
    """A served site and the file that moves its clock."""

    url: str
    clock: Path

    def browser(self, name=None):
        visitor = PlainBrowser(self.url)
        if name:
            visitor.sign_in(name)
        return visitor


def person(handler):
    """WeChat's answer to a code `name.anything`: the openid of that name."""
    code = parse_qs(urlsplit(handler.path).query)["code"][0]
    reply({"openid": f"openid-of-{code.partition('.')[0]}", "scope": "snsapi_base"})(handler)


def flask(settings, *arguments):
    """A command of the project as an operator calls it."""
    environment = {f"VOTESITE_{name}": value for name, value in settings.items()}
    command = [PROGRAMS / "flask", "--app", "wsgi", *arguments]
    subprocess.run(command, env=os.environ | environment, cwd=ROOT, check=True, capture_output=True)


def write_folder(folder, slug, results):
    """A campaign in which voting is open for some hours."""
    now = datetime.now(UTC).astimezone(BEIJING)
    ends = now + timedelta(hours=HOURS)
    folder.mkdir()
    toml = TOML.format(
        slug=slug, results=results, opens=f"{now:%Y-%m-%d 00:00}", closes=f"{ends:%Y-%m-%d %H:%M}"
    )
    (folder / "campaign.toml").write_text(toml)
    (folder / "candidates.csv").write_text(BODIES)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    with scripted_wechat(person) as wechat, pytest.MonkeyPatch.context() as environment:
        settings = served_settings(
            folder,
            free_port(),
            LIMIT_BALLOT_VOTER="1000/minute",
            LIMIT_BALLOT_ADDRESS="9000/minute",
        )
        settings |= {"WECHAT_API_BASE": wechat.base, "WECHAT_OPEN_BASE": wechat.base}
        flask(settings, "db", "upgrade")
        for slug, results in (("live-one", "live"), ("hidden-a", "hidden"), ("hidden-b", "hidden")):
            made = write_folder(folder / slug, slug, results)
            flask(settings, "campaign", "load", made, "--publish")
        clock = folder / "clock"
        clock.write_text("0")
        environment.setenv(stepped.VARIABLE, str(clock))
        with running(settings, "bench.faults.stepped:app"):
            yield Site(settings["PUBLIC_BASE_URL"], clock)


def request(site, method, path, *lines, body=b""):
    """A request's bytes, its header lines as they are given."""
    host = f"Host: {urlsplit(site.url).netloc}"
    head = "\r\n".join([f"{method} {path} HTTP/1.1", host, "Connection: close", *lines, "", ""])
    return head.encode("latin-1") + body


@pytest.mark.parametrize(
    "path",
    [
        *("/c/live-one%00/", "/c/live-one/candidates/1%00", "/c/../c/live-one/", "/%2e%2e/"),
        *("/c%2flive-one/", "/c/live-one%2Fcandidates%2f1", "/c/live-one%2f", "/%2fhealthz"),
        *("//c/live-one/", "/c//live-one/", "//elsewhere.example/", "/static/..%2f..%2fconfig.py"),
    ],
)
def test_path_in_disguise_leads_nowhere(site, path):
    site.browser().get("/c/live-one/")

    assert status_of_raw(site.url, request(site, "GET", path)) in (400, 404, 308)


def post_chunks(site, *chunks):
    """Status of a ballot sent in chunks of these bytes."""
    lines = [f"Content-Type: {FORM['Content-Type']}", "Transfer-Encoding: chunked"]
    return status_of_raw(
        site.url, request(site, "POST", "/c/live-one/ballot", *lines, body=b"".join(chunks))
    )


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)


def test_body_in_chunks_has_the_same_limit(site):
    small = post_chunks(site, chunk(b"x=" + b"a" * 60_000), chunk(b""))
    large = post_chunks(site, *[chunk(b"a" * 6_000)] * 12, chunk(b""))

    assert (small, large) == (400, 413)


def test_body_that_cannot_be_read_is_empty(site):
    assert post_chunks(site, b"zz\r\n") == 400


@pytest.mark.parametrize(
    "body",
    [
        b"--X\r\nContent-Disposition: form-data\r\n\r\nb\r\n--X--\r\n",
        b"\xff\xfe",
        b"--X\r\n" + b"A: b\r\n" * 3000 + b"\r\nx\r\n--X--\r\n",
    ],
)
def test_odd_forms_in_parts_are_refused(site, body):
    headers = {**JSON, "Content-Type": "multipart/form-data; boundary=X", "Origin": site.url}

    answer = site.browser().send("POST", "/c/live-one/ballot", body, headers)

    assert answer.status in (400, 413)


def test_shared_pages_are_the_same_bytes_whatever_comes_along(site):
    while time.time() % 60 > 50:  # pages are made anew with the minute
        time.sleep(1)
    signed_in = site.browser("reader")
    for path in ("/", "/c/live-one/", "/c/live-one/candidates/1", "/c/live-one/results"):
        plain = site.browser().get(path)
        others = [
            signed_in.get(path),
            site.browser().get(f"{path}?from=timeline&isappinstalled=0"),
            site.browser().get(path, Cookie="a=b; votesite=garbage; lang=xx"),
            site.browser().get(
                path, **{"Accept-Language": "en", "X-Forwarded-Host": "evil.example"}
            ),
        ]

        assert {answer.body for answer in others} == {plain.body}
        assert [answer.headers["Set-Cookie"] for answer in [plain, *others]] == [None] * 5
        assert site.browser().get(path, **{"If-None-Match": plain.headers["ETag"]}).status == 304


HIDING = ("", "?order=votes", "results", "results.json", "screen", "candidates/1", "candidates/3")


def pages_of_one_minute(site, path):
    """What both campaigns show there, read in the same minute, which pages may print."""
    while True:
        minute = time.time() // 60
        one, other = (
            re.sub(rb"<svg.*?</svg>", b"", site.browser().get(f"/c/{slug}/{path}").body, flags=re.S)
            for slug in ("hidden-a", "hidden-b")  # the drawn cover follows the slug
        )
        if time.time() // 60 == minute:
            return one, other


def test_hidden_votes_show_in_no_byte_of_any_page(site):
    for number in range(6):
        assert site.browser(f"hider-{number}").vote("hidden-a", [1, 2]).status == 201
        assert site.browser(f"hider-{number}").vote("hidden-b", [3]).status == 201
    for path in HIDING:
        one, other = pages_of_one_minute(site, path)

        assert one.replace(b"hidden-a", b"hidden-b") == other, path


def test_ledger_and_archive_hold_before_an_independent_reader(site):
    ledger = "/c/live-one/ledger"
    stranger = site.browser()
    assert stranger.get(f"{ledger}/checkpoint").status == 404
    picks = {f"voter-{number}": [1 + number % 4] for number in range(40)}
    browsers = {name: site.browser(name) for name in picks}
    with ThreadPoolExecutor(40) as pool:
        posts = {
            name: pool.submit(browsers[name].vote, "live-one", chosen)
            for name, chosen in picks.items()
        }
    answers = {name: post.result() for name, post in posts.items()}
    assert {answer.status for answer in answers.values()} == {201}
    choices = {answer.json["n"]: picks[name] for name, answer in answers.items()}
    token = "a-token-that-is-kept"
    first = browsers["voter-0"].vote("live-one", [2, 3], token)
    choices[first.json["n"]] = [2, 3]
    receipt = stranger.get(f"/c/live-one/receipts/{first.json['receipt']}", **JSON).json

    site.clock.write_text(str((HOURS + 1) * 3600))
    again = site.browser("voter-0").vote("live-one", ["whatever"], token)
    late = site.browser("late").vote("live-one", [1])
    figures = stranger.get("/c/live-one/results.json").json
    bodies = stranger.get(f"{ledger}/log.jsonl").body.removesuffix(b"\n").split(b"\n")
    archive = stranger.get(f"{ledger}/archive.zip").body
    candidates = stranger.get(f"{ledger}/candidates.json").body
    result = stranger.get(f"{ledger}/result.json").json
    proofs = check_proofs(stranger, ledger, bodies)
    site.clock.write_text("0")

    assert (again.status, again.json) == (200, {**first.json, "remaining": 0, "repeated": True})
    assert late.problem == (409, "closed")
    entries = independent_ledger.read_log(bodies, choices, candidates)
    assert entries[-1]["k"] == "close"
    assert [[row["no"], row["votes"]] for row in figures["candidates"]] == [
        [no, net] for no, _, net in result["votes"]
    ]
    votes = independent_ledger.canonical(result["votes"]).encode()
    assert hashlib.sha256(votes).hexdigest() == entries[-1]["votes_sha256"]
    for name in ("n", "ballots", "voided"):
        assert result[name] == entries[-1][name]
    leaves = [independent_ledger.leaf(body) for body in bodies]
    assert receipt["leaf"] == leaves[receipt["n"]].hex()
    path = independent_ledger.inclusion(receipt["n"], leaves[: receipt["size"]])
    assert receipt["path"] == [step.hex() for step in path]
    assert proofs == len(bodies)
    check_archive(archive, bodies, choices)


def check_proofs(stranger, ledger, bodies):
    """Every checkpoint and some proofs against the leaves; gives the newest checkpoint's size."""
    vkeys = stranger.get(f"{ledger}/vkey").text
    leaves = [independent_ledger.leaf(body) for body in bodies]
    notes = [json.loads(line) for line in stranger.get(f"{ledger}/checkpoints").text.splitlines()]
    for note in notes:
        origin, size, root = independent_ledger.opened_note(note["note"], vkeys)
        assert (size, root) == (note["size"], independent_ledger.root(leaves[:size]))
        assert origin == f"{urlsplit(stranger.url).netloc}{ledger.removesuffix('/ledger')}"
        proof = stranger.get(f"{ledger}/proof?n={size - 1}&size={size}").json
        path = independent_ledger.inclusion(size - 1, leaves[:size])
        assert proof["path"] == [step.hex() for step in path]
        whole = stranger.get(f"{ledger}/consistency?from={size}&to={len(leaves)}").json
        path = independent_ledger.consistency(size, leaves)
        assert whole["path"] == [step.hex() for step in path]
    return notes[-1]["size"]


def check_archive(archive, bodies, choices):
    """Its openings lead to the commitments, and its own checker agrees with an empty environment."""
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        key = bytes.fromhex(members.read("open.key").decode())
        openings = [json.loads(line) for line in members.read("openings.jsonl").splitlines()]
        names = members.namelist()
    assert {opening["n"]: opening["choices"] for opening in openings} == choices
    assert hashlib.sha256(key).hexdigest() == json.loads(bodies[0])["opening_key_sha256"]
    for n, chosen in choices.items():
        salt = hmac.digest(key, f"salt|{n}".encode(), "sha256")
        commitment = hashlib.sha256(salt + independent_ledger.canonical(chosen).encode())
        assert json.loads(bodies[n])["c"] == commitment.hexdigest()
    assert {"log.jsonl", "vkey", "auditors", "result.json", "verify.py", "README.txt"} <= set(names)
    assert "ballots.jsonl" not in names


def test_archive_checks_itself_without_anything_around_it(site, tmp_path):
    site.clock.write_text(str((HOURS + 1) * 3600))
    archive = site.browser().get("/c/hidden-a/ledger/archive.zip").body
    site.clock.write_text("0")
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        members.extractall(tmp_path)

    checked = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py"], cwd=tmp_path, env={}, capture_output=True
    )

    assert checked.returncode == 0, checked.stdout.decode()

"""Malformed HTTP: requests with flipped, cut, doubled and swapped bytes, sent as they are.

Every address of the target is a sample, as a stranger sends it and, with cookie and form token, as
a citizen and as staff do: mutants get behind the front door. Straight at gunicorn, and through
nginx. No answer may be a fault of the server's, and afterwards the site must answer as before.
"""

import re
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bench.attack.target import Target, Visitor
from bench.report import Report
from tests.support.live import free_port
from tests.support.nginx import nginx

SHORT, LONG = 4_000, 100_000
BEHIND = 10  # through nginx a tenth of them: half a request costs a second of waiting there
SEED, LINES = 2026, 16
PATIENCE = {"http": 5.0, "https": 1.0}
FIELDS = [
    *(("candidate", "1"), ("ballot_token", "a" * 20), ("consent", "1"), ("name", "清水镇")),
    *(("category", "山区乡镇"), ("reason", "办事快"), ("answers.say", "好"), ("code", "AAAA-BBBB")),
    *(("why", "理由"), ("rule", "R1"), ("text", "说明"), ("password", "x"), ("lang", "en")),
]
UNVERIFIED = ssl._create_unverified_context()  # the certificate is self-signed
PIECES = [
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"%", b"%00", b"%2e%2e/", b"\xff\xfe"),
    *(b"Content-Length: 0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"Host: evil.example\r\n"),
    *(
        b"Expect: 100-continue\r\n",
        b"Upgrade: h2c\r\n",
        b"Range: bytes=9-1,-5\r\n",
        b"\xf0\x9f\x92",
    ),
    *(
        b"Cookie: votesite=.eJx;;;=\r\n",
        b'If-None-Match: *,"\r\n',
        b"Accept-Encoding: gzip;q=x\r\n",
    ),
    *(b"?code=%ff&n=-1&size=99999999999999999999", b"A" * 9000, b"HTTP/9.9", b"PRI * HTTP/2.0\r\n"),
]


def samples(target: Target) -> list[bytes]:
    """Well-formed requests of every kind, from everybody, to every address."""
    host = urlsplit(target.url).netloc
    return [
        request
        for address in target.addresses
        for visitor in target.visitors.values()
        for request in _requests(host, address, visitor)
    ]


def _requests(host: str, address: str, visitor: Visitor) -> Iterator[bytes]:
    method, path = address.split(" ", 1)
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    head += f"Cookie: {visitor.cookie}\r\n" if visitor.cookie else ""
    if method == "GET":
        yield f"{head}\r\n".encode()
        yield f'{head}Accept: application/json\r\nIf-None-Match: "x"\r\n\r\n'.encode()
        return
    fields = [*FIELDS, ("csrf_token", visitor.csrf_token)]
    form = urlencode(fields).encode()
    kind = "Content-Type: application/x-www-form-urlencoded"
    yield f"{head}{kind}\r\nContent-Length: {len(form)}\r\n\r\n".encode() + form
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(form), form)
    yield f"{head}{kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunk
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    )
    file = '--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\nx\r\n'
    body = f"{parts}{file}--b--\r\n".encode()
    kind = "Content-Type: multipart/form-data; boundary=b"
    yield f"{head}{kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def mutated(sample: bytes, dice: Random) -> bytes:
    """The sample with one to four wounds: anywhere, or where HTTP itself stays whole.

    Wounds anywhere mostly end at the server's parser. So half of the mutants have theirs in the
    address, percent-encoded, or in the body, whose length is told truly: they reach our own code.
    """
    zone = dice.randrange(4)
    head, blank, body = sample.partition(b"\r\n\r\n")
    if zone == 0 and body and b"chunked" not in head:
        body = _wounded(body, dice)
        length = b"Content-Length: %d" % len(body)
        return re.sub(rb"Content-Length: \d+", length, head) + blank + body
    if zone == 1:
        method, address, rest = head.split(b" ", 2)
        wounded = quote(_wounded(address, dice), safe="/?&=%+;:@!$'()*,~").encode()
        return b" ".join([method, b"/" + wounded.lstrip(b"/"), rest]) + blank + body
    return _wounded(sample, dice)


def _wounded(sample: bytes, dice: Random) -> bytes:
    wounded = bytearray(sample)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(wounded) + 1)
        end = min(len(wounded), at + dice.randint(1, 24))
        kind = dice.randrange(5)
        if kind == 0:
            wounded[at:at] = dice.choice(PIECES)
        elif kind == 1:
            del wounded[at:end]
        elif kind == 2 and at < len(wounded):
            wounded[at] ^= 1 << dice.randrange(8)
        elif kind == 3:
            wounded[at:at] = wounded[at:end] * dice.randint(1, 3)
        else:
            wounded[at:end] = dice.randbytes(end - at)
    return bytes(wounded)


def status_of(url: str, request: bytes) -> str:
    """The status that came back; `-` for a connection that was closed without one."""
    parts = urlsplit(url)
    try:
        with closing(_line(parts)) as line:
            line.sendall(request)
            if parts.scheme == "http":
                line.shutdown(socket.SHUT_WR)
            begun = line.recv(64)
    except OSError:
        return "-"
    return begun[9:12].decode("latin-1") if begun.startswith(b"HTTP/1") else "-"


def _line(parts: Any) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", parts.port), timeout=PATIENCE[parts.scheme])
    if parts.scheme == "https":
        return UNVERIFIED.wrap_socket(line, server_hostname="localhost")
    return line


def attack(url: str, kinds: list[bytes], count: int, seed: int = SEED) -> Counter[str]:
    """Send `count` mutated requests over some lines at once; how often each status came."""

    def send(number: int) -> Counter[str]:
        dice = Random(seed + number)
        share = count // LINES + (number < count % LINES)
        return Counter(status_of(url, mutated(dice.choice(kinds), dice)) for _ in range(share))

    with ThreadPoolExecutor(LINES) as lines:
        return sum(lines.map(send, range(LINES)), Counter[str]())


def faults(found: Counter[str]) -> list[str]:
    """The statuses that are faults: 501 and 505 are how HTTP refuses what it does not know."""
    return [status for status in found if status[0] == "5" and status not in ("501", "505")]


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """Straight and through nginx; on the control a fault must come."""
    report, count = Report("mutated"), LONG if is_long else SHORT
    kinds = samples(site)
    report.figures["samples"] = len(kinds)
    _send(report, "straight at gunicorn", site.url, kinds, count)
    https, port = free_port(), urlsplit(site.url).port
    behind = f"https://localhost:{https}"
    with nginx(folder, https, port):
        own, other = (urlsplit(url).netloc.encode() for url in (site.url, behind))
        kinds = [each.replace(own, other) for each in kinds]
        _send(report, "through nginx", behind, kinds, max(count // BEHIND, 1000))
    found = attack(control.url, samples(control), 1000)
    report.figures["control"] = dict(sorted(found.items()))
    report.promise(bool(faults(found)), "the control's faults were not seen: the attack is blind")
    return report


def _send(report: Report, way: str, url: str, kinds: list[bytes], count: int) -> None:
    found = attack(url, kinds, count)
    report.figures[f"{count:,} {way}, seed {SEED}"] = dict(sorted(found.items()))
    report.promise(not faults(found), f"{way}: answers {faults(found)}")
    plain = status_of(url, kinds[0])
    report.promise(plain not in ("-", "500", "502", "503"), f"{way}: afterwards {plain}")

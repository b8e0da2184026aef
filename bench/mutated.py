"""Malformed HTTP: requests with flipped, cut, doubled and swapped bytes, sent as they are.

`python -m bench.mutated URL [count [seed]]` prints how often each status came. It fails at a 5xx
and when the site does not answer a plain request afterwards.
"""

import socket
import sys
from collections import Counter
from random import Random
from urllib.parse import urlsplit

FORM = b"candidate=1&ballot_token=aaaaaaaaaaaaaaaaaaaa&csrf_token=x&consent=1"
BOUNDARY = (
    b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\nx\r\n--b--\r\n'
)
CHUNKS = b"5\r\nx=1&y\r\n0\r\n\r\n"
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


def samples(host: bytes) -> list[bytes]:
    """Well-formed requests of every kind."""
    head = b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n"
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(
        FORM
    )
    files = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"
    paths = [b"/", b"/c/x/", b"/c/x/me", b"/c/x/ledger/proof?n=1&size=2", b"/my/", b"/admin/login"]
    paths += [b"/wechat/callback?code=a&state=b", b"/prefs?lang=en&next=/", b"/static/css/base.css"]
    return [
        *(b"GET " + path + head + b"\r\n" for path in paths),
        b"POST /c/x/ballot" + head + form + FORM,
        b"POST /admin/login" + head + form + FORM,
        b"POST /wechat/push?signature=x" + head + form + FORM,
        b"POST /c/x/nominate" + head + files % len(BOUNDARY) + BOUNDARY,
        b"POST /c/x/ballot" + head + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    ]


def mutated(sample: bytes, dice: Random) -> bytes:
    """The sample with one to four wounds."""
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


def status_of(address: tuple[str, int], request: bytes) -> str:
    """The status that came back; `-` for a connection that was closed without one."""
    try:
        with socket.create_connection(address, timeout=10) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            begun = line.recv(64)
    except OSError:
        return "-"
    return begun[9:12].decode("latin-1") if begun.startswith(b"HTTP/1") else "-"


def attack(url: str, count: int, seed: int = 1) -> Counter[str]:
    """Send `count` mutated requests; how often each status came."""
    parts = urlsplit(url)
    dice = Random(seed)
    kinds = samples(parts.netloc.encode())
    address = ("127.0.0.1", parts.port or 80)
    return Counter(status_of(address, mutated(dice.choice(kinds), dice)) for _ in range(count))


def faults(found: Counter[str]) -> list[str]:
    """The statuses that are faults: 501 and 505 are how HTTP refuses what it does not know."""
    return [status for status in found if status[0] == "5" and status not in ("501", "505")]


def main(arguments: list[str]) -> int:
    """The command."""
    url, *rest = arguments
    count, seed = (*map(int, rest), *(10_000, 1)[len(rest) :])
    found = attack(url, count, seed)
    plain = status_of(
        ("127.0.0.1", urlsplit(url).port or 80), samples(urlsplit(url).netloc.encode())[0]
    )
    print(
        f"{count} mutated requests, seed {seed}: {dict(sorted(found.items()))}; then / is {plain}"
    )
    return int(bool(faults(found)) or plain != "200")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every hostile body to every address that takes a post, in a process whose peak is measured.

`python -m tests.support.hostile_bodies FOLDER` prints, as JSON, the megabytes that the process has
filled at most, and for each request who posted what where, how much of it was read, the status and
the seconds computed.
Bodies carry the poster's token, so that they come as far as a body can.
"""

import base64
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from werkzeug.routing import Rule

from tests.support.factories import make_campaign, voter
from tests.support.site import BASE_URL, make_app
from tests.support.staffing import make_staff, staff_session
from tests.support.surveys import make_survey
from votesite import clock
from votesite.clock import minute

WHOLE = 20 * 1024 * 1024 - 4096
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
LENGTHS = (63 * 1024, 250 * 1024, 2_000_000, WHOLE)
NAMES = (
    "reason",
    "name",
    "summary",
    "d-service",
    "text",
    "why",
    "note",
    "evidence",
    "code",
    "file",
    "answers.why",
)
VALUES = {
    "slug": "xiangzhen-2026",
    "no": "1",
    "token": "ab" * 16,
    "step": "basics",
    "survey_id": "feedback",
    "code": "0" * 52,
}
EVERYWHERE = ("marks", "parts of everything", "percent signs")  # the other shapes: where files go
WITH_FILES = {
    "nominations.create",
    "voting.cast",
    "surveys.answer",
    "voting.push",
    "admin.sign_in_now",
    "admin.save_setup",
    "admin.edit_candidate",
    "admin.add_candidate",
    "admin.set_roster",
    "admin.add_cosignature",
}


class Body:
    """A body made while it is read, so that only what the site keeps of it is measured."""

    def __init__(self, *pieces: tuple[bytes, int]) -> None:
        self.length = sum(len(unit) * times for unit, times in pieces)
        self._pieces = list(pieces)
        self._rest = b""
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as many as were asked for while there are any."""
        made = bytearray(self._rest)
        while (size < 0 or len(made) < size) and self._pieces:
            unit, times = self._pieces.pop(0)
            now = min(times, 1 + 65536 // (len(unit) or 1))
            made += unit * now
            if times > now:
                self._pieces.insert(0, (unit, times - now))
        end = len(made) if size < 0 else size
        self._rest = bytes(made[end:])
        self.taken += len(made) - len(self._rest)
        return bytes(made[:end])


Shape = Callable[[bytes, int], Body]


def part(name: str, value: bytes, more: str = "") -> bytes:
    """One part of a form in parts."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value


def filled(begin: bytes, unit: bytes, length: int, end: bytes = b"") -> Body:
    """`unit` again and again between a beginning and an end, at most `length` bytes in all."""
    times = (length - len(begin) - len(end)) // len(unit)
    return Body((begin, 1), (unit, times), (end, 1))


def in_parts(unit: bytes) -> Shape:
    """A form in parts: the token, then one text made of `unit`."""

    def made(token: bytes, length: int) -> Body:
        begin = part("csrf_token", token) + b"\r\n" + part("reason", b"")
        return filled(begin, unit, length, b"\r\n--b--\r\n")

    return made


def of_parts(unit: bytes) -> Shape:
    """A form in parts: the token, then `unit`, a whole part, again and again."""
    return lambda token, length: filled(
        part("csrf_token", token) + b"\r\n", unit, length, b"--b--\r\n"
    )


def every_field(token: bytes, length: int) -> Body:
    """Every text that some page asks for, each with its share of what composes slowly."""
    times = (length // len(NAMES) - 100) // 5
    pieces = [(part("csrf_token", token), 1)]
    for name in NAMES:
        pieces += [(b"\r\n" + part(name, b""), 1), ("e\u0301\u0316".encode(), times)]
    return Body(*pieces, (b"\r\n--b--\r\n", 1))


def urlencoded(unit: bytes) -> Shape:
    """A form with the token and one text made of `unit`."""
    return lambda token, length: filled(b"csrf_token=" + token + b"&reason=", unit, length)


SHAPES: dict[str, tuple[str, Shape]] = {
    "percent signs": (URLENCODED, urlencoded(b"%0A")),
    "ampersands": (URLENCODED, urlencoded(b"&a")),
    "encoded marks": (URLENCODED, urlencoded(b"%CC%81%CC%96")),
    "letters": (URLENCODED, urlencoded(b"a")),
    "one text": (MULTIPART, in_parts("字".encode())),
    "marks": (MULTIPART, in_parts("\u0301\u0316".encode())),
    "marks in disguise": (MULTIPART, in_parts("\u0f73".encode())),
    "line ends": (MULTIPART, in_parts(b"\r\n")),
    "half a boundary": (MULTIPART, in_parts(b"\r\n--")),
    "parts of everything": (MULTIPART, every_field),
    "parts": (MULTIPART, of_parts(part("a", b"\r\n"))),
    "files": (MULTIPART, of_parts(part("picture", b"a\r\n", '; filename="a.png"'))),
    "large files": (
        MULTIPART,
        of_parts(part("picture", bytes(1 << 19) + b"\r\n", '; filename="a.png"')),
    ),
    "one file": (
        MULTIPART,
        lambda token, length: filled(
            part("csrf_token", token)
            + b"\r\n"
            + part("picture", b"\xff\xd8\xff", '; filename="a"'),
            b"\0",
            length,
            b"\r\n--b--\r\n",
        ),
    ),
    "headers": (MULTIPART, of_parts(b"--b\r\n" + b"a: b\r\n" * 12_000 + b"\r\nx\r\n")),
    "headers without end": (MULTIPART, lambda _token, length: filled(b"--b\r\n", b"a:\n", length)),
    "long names": (MULTIPART, of_parts(part("n" * 60_000, b"\r\n"))),
    "words before": (MULTIPART, lambda _token, length: filled(b"", b"\r\n--c", length)),
    "words behind": (MULTIPART, lambda _token, length: filled(b"--b--\r\n", b"x", length)),
    "another boundary": (MULTIPART.replace("=b", "=q"), in_parts(b"a")),
    "no boundary": ("multipart/form-data", in_parts(b"a")),
    "a boundary of brackets": (f"multipart/form-data; boundary={'(' * 900}", in_parts(b"(")),
    "json": ("application/json", lambda _token, length: filled(b"[", b"[", length)),
    "xml": ("text/xml", lambda _token, length: filled(b"<a>", b"<a>", length)),
    "no type": ("", urlencoded(b"%0A")),
}


def make_site(folder: Path) -> tuple[Flask, int]:
    """A site whose campaign takes nominations and answers, and the number of its owner."""
    endless = {"LIMIT_BALLOT_VOTER": "1000000/minute", "LIMIT_BALLOT_ADDRESS": "1000000/minute"}
    app = make_app(folder, **endless)
    with app.app_context():
        now, day = clock.now(), timedelta(days=1)
        campaign = make_campaign(
            opens=now + 5 * day,
            closes=now + 9 * day,
            eligibility="roster",
            schedule={"nomination": [minute(now - day), minute(now + day)]},
        )
        question = {"id": "why", "type": "text", "text": "为什么"}
        make_survey(campaign, question, phase=["nomination"])
        return app, make_staff("root", "owner", "editor").id


def who_posts(app: Flask, owner: int) -> Iterator[tuple[str, str, bytes]]:
    """Who posts: a stranger, a citizen, one of the staff; each with cookie and token."""
    number = base64.urlsafe_b64encode(voter(1)).decode().rstrip("=")
    seen = int(clock.now().timestamp()) // 60
    for who, values in (("stranger", {}), ("citizen", {"v": number, "t": seen})):
        kept, token = Context().run(_session, app, values)
        signed = app.session_interface.get_signing_serializer(app).dumps(kept)
        yield who, f"{app.config['SESSION_COOKIE_NAME']}={signed}", token.encode()
    made = staff_session(app, owner)
    yield "staff", made.cookie, made.csrf_token.encode()


def _session(app: Flask, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    with app.test_request_context():
        session.update(values)
        token = generate_csrf()
        return dict(session), token


def address_of(app: Flask, rule: Rule) -> str:
    """An address of the rule; what it is about need not be there."""
    values = {
        name: VALUES.get(name, 999 if "int" in str(type(rule._converters[name])).lower() else "x")
        for name in rule.arguments
    }
    return app.url_map.bind("localhost:8000", url_scheme="http").build(
        rule.endpoint, values, method="POST"
    )


def posts(app: Flask, owner: int) -> Iterator[dict[str, Any]]:
    """Post everything everywhere."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    client = app.test_client(use_cookies=False)
    for rule in rules:
        shapes = SHAPES if rule.endpoint in WITH_FILES else EVERYWHERE
        path = address_of(app, rule)
        for who, cookie, token in who_posts(app, owner):
            for shape in shapes:
                kind, make = SHAPES[shape]
                for length in LENGTHS:
                    for is_chunked in (False, True) if length == WHOLE else (False,):
                        body = make(token, length)
                        given = {"wsgi.input": body, "CONTENT_TYPE": kind}
                        if is_chunked:
                            given |= {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
                        else:
                            given |= {"CONTENT_LENGTH": str(body.length)}
                        began = time.process_time()
                        answer = client.post(
                            path,
                            headers={"Cookie": cookie, "Accept": "application/json"},
                            environ_overrides=given,
                            base_url=BASE_URL,
                        )
                        spent = time.process_time() - began
                        yield {
                            "rule": rule.rule,
                            "who": who,
                            "shape": shape,
                            "length": body.length,
                            "is_chunked": is_chunked,
                            "taken": body.taken,
                            "status": answer.status_code,
                            "seconds": spent,
                        }


def measure() -> None:
    """The command."""
    app, owner = make_site(Path(sys.argv[1]))
    with app.app_context():
        results = list(posts(app, owner))
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    json.dump({"peak": peak, "posts": results}, sys.stdout)


if __name__ == "__main__":
    measure()

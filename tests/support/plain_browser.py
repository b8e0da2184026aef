"""A browser that knows the site by its addresses alone: cookies, forms, raw bytes."""

import http.client
import json
import re
import secrets
import socket
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

JSON = {"Accept": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """(status, name) of a refusal."""
        assert self.headers["Content-Type"] == "application/problem+json", self.text
        return self.status, self.json["type"].removeprefix("/problems/")


@dataclass
class PlainBrowser:
    """One visitor's session."""

    url: str
    cookies: dict = field(default_factory=dict)

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value}
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        return answer

    def get(self, path, **headers):
        return self.send("GET", path, None, headers)

    def post(self, path, fields, **headers):
        body = urlencode(fields, doseq=True)
        return self.send("POST", path, body, {**JSON, **FORM, "Origin": self.url, **headers})

    def sign_in(self, name, next_path="/"):
        """A login whose code the stand-in for WeChat takes for this name."""
        begun = self.get(f"/wechat/login?{urlencode({'next': next_path})}")
        state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
        return self.get(f"/wechat/callback?code={name}.{secrets.token_hex(4)}&state={state}")

    def me(self, slug):
        return self.get(f"/c/{slug}/me").json

    def vote(self, slug, picks, token=None):
        known = self.me(slug)
        fields = {
            "candidate": picks,
            "ballot_token": token or known["ballot_token"],
            "csrf_token": known["csrf_token"],
            "consent": "1",
        }
        return self.post(f"/c/{slug}/ballot", fields)


def status_of_raw(url, request):
    """Status of a request as its very bytes; the connection is closed after it."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(request)
        received = connection.recv(4096)
    return int(re.match(rb"HTTP/1\.1 (\d{3}) ", received)[1])

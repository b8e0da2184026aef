"""A visitor with cookies who reads pages and sends forms, and what the site answered."""

import http.client
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tools.compare_pages.pages import Form, Page

JSON = {"Accept": "application/json"}
TIMEOUT = 60
REPLACED = "csrf_token"  # a form's token belongs to the session that it is sent in
_TOKEN = re.compile(rb'(?:name="csrf_token" value="|"csrf_token": ?")([^"]+)"')

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type without parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        """Whether this is a page."""
        return self.kind == "text/html"

    @property
    def is_redirect(self) -> bool:
        """Whether it leads on."""
        return self.status in (301, 302, 303, 307, 308) and bool(self.header("Location"))

    def header(self, name: str) -> str:
        """The value of a header, empty where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def page(self) -> Page:
        """The links and forms of a page."""
        return Page.read(self.body.decode("utf-8", "replace"))


@dataclass
class Site:
    """Where the site answers, and the moment that its clock shows."""

    port: int
    moment: float

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://localhost:{self.port}"

    def local(self, address: str, at: str = "/") -> str | None:
        """The path and query of an address on a page at `at`; None if it leads elsewhere."""
        try:
            parts = urlsplit(urljoin(self.url + at, address.strip()))
        except ValueError:
            return None
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            return None
        return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"


@dataclass
class Visitor:
    """One browser."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Fetch an address."""
        return self._send("GET", address, b"", dict(headers or {}))

    def post(
        self,
        address: str,
        fields: Fields,
        headers: Mapping[str, str] | None = None,
        *,
        in_parts: bool = False,
    ) -> Answer:
        """Send a form with this session's token wherever the fields name it."""
        filled = [(name, self.token if name == REPLACED else value) for name, value in fields]
        return self.send_raw(address, filled, headers, in_parts=in_parts)

    def send_raw(
        self,
        address: str,
        fields: Fields,
        headers: Mapping[str, str] | None = None,
        *,
        in_parts: bool = False,
    ) -> Answer:
        """Send fields as they are."""
        kind, body = _in_parts(fields) if in_parts else _urlencoded(fields)
        own = {"Origin": self.site.url, "Content-Type": kind}
        return self._send("POST", address, body, {**own, **(headers or {})})

    def send_form(self, form: Form, fields: Fields) -> Answer:
        """Send a form of a page."""
        return self.post(form.action, fields, in_parts=form.in_parts)

    def follow(self, answer: Answer) -> Answer:
        """Follow redirects of this site to their end."""
        for _ in range(6):
            address = self.site.local(answer.header("Location"))
            if not answer.is_redirect or address is None:
                break
            answer = self.get(address)
        return answer

    def sign_in(self, persona: str) -> Answer:
        """Go through a WeChat login as a persona of the simulator."""
        begun = self.get("/wechat/login?next=/my/")
        return self.follow(
            self.get(f"{self.site.local(begun.header('Location'))}&persona={persona}")
        )

    def sign_in_staff(self, name: str, password: str) -> Answer:
        """Sign in at the desk."""
        self.get("/admin/login")
        fields = [(REPLACED, ""), ("name", name), ("password", password)]
        arrived = self.follow(self.post("/admin/login", fields))
        self.get("/admin/me")  # a page with the new session's token
        return arrived

    def _send(self, method: str, address: str, body: bytes, headers: dict[str, str]) -> Answer:
        headers |= {"Compare-Moment": repr(self.site.moment)}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection("localhost", self.site.port, timeout=TIMEOUT)
        try:
            connection.request(method, address, body or None, headers)
            got = connection.getresponse()
            answer = Answer(got.status, got.getheaders(), got.read())
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                found = SimpleCookie(value)
                self.cookies |= {key: morsel.value for key, morsel in found.items()}
        if found_token := _TOKEN.search(answer.body):
            self.token = found_token[1].decode()


def _urlencoded(fields: Fields) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(list(fields)).encode()


def _in_parts(fields: Fields) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    text = "".join(parts) + f"--{boundary}--\r\n"
    return f"multipart/form-data; boundary={boundary}", text.encode()

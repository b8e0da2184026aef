"""What Flask-Login, Flask-Limiter and Flask-WTF cost when registered as documented.

`python -m bench.extensions [--rounds N] [--requests N]` builds one site per way of registering them
and sends the same requests to the WSGI application of each: a campaign page as WeChat links to it
(kept in memory, but asked of Flask because of the query), a search in it, `/me`, a ballot, a page
of the admin area. The sites take turns, so that whatever else the machine does meets all of them.
Printed are microseconds of processor time per request, the median of the rounds; the median ratio
to the site without any of their hooks; and how many of the pages for everybody then vary by cookie.
The server's own work (parsing HTTP) is not in it. The decisions are in `docs/decisions/`.
"""

import argparse
import gc
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, session
from flask_limiter import Limiter, RateLimitExceeded
from flask_login import UserMixin, login_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect, generate_csrf, validate_csrf
from limits import RateLimitItem
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from tests.support.factories import make_campaign
from tests.support.site import BASE_URL, make_app
from tests.support.staffing import Session, make_staff, staff_session
from tests.support.voters import Voter, ballot_fields, voter_session
from votesite import clock, rate_limits
from votesite.errors import TooManyRequests
from votesite.extensions import login_manager
from votesite.keys import mac

SLUG = "cost-2026"
CANDIDATES = 30
EXTENSIONS = ("flask_login", "flask_limiter", "flask_wtf")
LIMIT = "100000000/minute"
WEIGHTS = {"campaign": 10, "search": 1, "/me": 10, "ballot": 5, "admin": 1}  # dear pages less often
FOR_EVERYBODY = (
    "/",
    f"/c/{SLUG}/",
    f"/c/{SLUG}/candidates/1",
    f"/c/{SLUG}/results",
    f"/c/{SLUG}/results.json",
    "/accessibility",
    "/robots.txt",
    "/static/js/me.js",
)

Environ = dict[str, Any]


class Site:
    """One app with its campaign, a signed-in owner, and voters who have not voted yet."""

    def __init__(self, folder: Path, register: Callable[[Flask], None], ballots: int) -> None:
        folder.mkdir()
        self.app = make_app(folder, LIMIT_BALLOT_VOTER=LIMIT, LIMIT_BALLOT_ADDRESS=LIMIT)
        take_out_hooks(self.app)
        register(self.app)
        with self.app.app_context():
            now = clock.now()
            campaign = make_campaign(
                slug=SLUG,
                candidates=CANDIDATES,
                opens=now - timedelta(hours=1),
                closes=now + timedelta(days=2),
            )
            owner = make_staff("owner", "owner", campaign=campaign)
            self.staff: Session = staff_session(self.app, owner.id)
            self.voters = [voter_session(self.app, f"voter-{n}") for n in range(ballots + 1)]
        self._next = iter(self.voters[1:])
        self.requests: dict[str, Callable[[], Environ]] = {
            "campaign": lambda: get(f"/c/{SLUG}/", "from=singlemessage", self.voters[0].cookie),
            "search": lambda: get(f"/c/{SLUG}/", "q=1", self.voters[0].cookie),
            "/me": lambda: get(f"/c/{SLUG}/me", "", self.voters[0].cookie),
            "ballot": lambda: post_ballot(next(self._next)),
            "admin": lambda: get(f"/admin/c/{SLUG}/", "", self.staff.cookie),
        }

    def send(self, environ: Environ) -> tuple[str, dict[str, str]]:
        """Status and headers of the answer to one request, its body read to the end."""
        found: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _fault: Any = None) -> None:
            found.update(status=status[:3], headers=dict(headers))

        answer = self.app.wsgi_app(environ, start)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return found["status"], found["headers"]

    def microseconds(self, page: str, number: int) -> float:
        """Processor time per request, of all threads: the writer's is part of a ballot."""
        environs = [self.requests[page]() for _ in range(number)]
        gc.collect()
        begun = time.process_time()
        statuses = {self.send(environ)[0] for environ in environs}
        spent = time.process_time() - begun
        if statuses != {"201" if page == "ballot" else "200"}:
            raise SystemExit(f"{page} answered {statuses}")
        return spent * 1e6 / number

    def varying(self) -> int:
        """How many of the pages for everybody name the cookie in `Vary`, asked of Flask."""
        answers = [self.send(get(path, "x=1", "")) for path in FOR_EVERYBODY]
        return sum("Cookie" in headers.get("Vary", "") for _, headers in answers)


def get(path: str, query: str, cookie: str) -> Environ:
    """A page's request as a WSGI server hands it over."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_HOST": BASE_URL.removeprefix("http://"),
        "HTTP_USER_AGENT": "Mozilla/5.0 MicroMessenger/8.0.50",
        "HTTP_COOKIE": cookie,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def post_ballot(voter: Voter) -> Environ:
    """A ballot's request, from a program that reads JSON."""
    body = urlencode(ballot_fields(voter, [1])).encode()
    return {
        **get(f"/c/{SLUG}/ballot", "", voter.cookie),
        "REQUEST_METHOD": "POST",
        "HTTP_ORIGIN": BASE_URL,
        "HTTP_ACCEPT": "application/json",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def take_out_hooks(app: Flask) -> None:
    """Take the three extensions' own functions out of every request of this app."""
    for hooks in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.template_context_processors,
    ):
        functions = hooks[None]
        functions[:] = [hook for hook in functions if not _is_of_an_extension(hook)]


def _is_of_an_extension(hook: Any) -> bool:
    function = getattr(hook, "func", hook)  # a partial's
    return str(getattr(function, "__module__", "")).startswith(EXTENSIONS)


class LimiterInTheView(rate_limits.RateLimits):
    """The site's limits, asked through `Limiter.shared_limit` as its documentation shows.

    `block` is a `with` statement in the view, else a decorated function that the view calls.
    """

    def __init__(self, app: Flask, limiter: Limiter, *, block: bool) -> None:
        super().__init__(limiter.limiter, app.extensions["votesite"].settings)
        self._limiter, self._block = limiter, block
        self._functions: dict[bytes, Callable[[], None]] = {}

    def check(self, limits: list[RateLimitItem], scope: bytes, who: bytes) -> None:  # noqa: ARG002
        """Count one hit, or raise TooManyRequests."""
        g.rate_limit_key = mac(self._key, scope + b"|" + who)[:12].hex()
        try:
            if self._block:
                with self._limiter.shared_limit(LIMIT, scope.decode(), key_func=_key):
                    pass
            else:
                self._function(scope)()
        except RateLimitExceeded as refusal:
            raise TooManyRequests from refusal

    def _function(self, scope: bytes) -> Callable[[], None]:
        if scope not in self._functions:
            decorate = self._limiter.shared_limit(LIMIT, scope.decode(), key_func=_key)
            self._functions[scope] = decorate(_nothing)
        return self._functions[scope]


def _key() -> str:
    return str(g.rate_limit_key)


def _nothing() -> None:
    """What a decorated function does when the limit is not reached."""


def _limiter(app: Flask) -> Limiter:
    """A limiter with its hooks, counting in the site's own store."""
    settings = app.extensions["votesite"].settings
    limiter = Limiter(
        key_func=str,
        storage_uri=f"sqlite://{settings.instance / 'limits.db'}",
        strategy="sliding-window-counter",
    )
    limiter.init_app(app)
    return limiter


def _filtered(app: Flask) -> None:
    """The limiter with its hooks, which a documented filter ends before they look for limits."""
    _limiter(app).request_filter(lambda: True)


def _limiter_in_the_view(app: Flask, *, block: bool) -> None:
    limits = LimiterInTheView(app, _limiter(app), block=block)
    app.extensions["votesite.rate_limits"] = limits


WAYS: dict[str, Callable[[Flask], Any]] = {
    "no hook of the three": lambda _app: None,
    "Flask-Login: init_app without current_user": lambda app: login_manager.init_app(
        app, add_context_processor=False
    ),
    "Flask-Login: init_app": login_manager.init_app,
    "Flask-Limiter: init_app": _limiter,
    "Flask-Limiter: init_app and request_filter": _filtered,
    "Flask-Limiter: and a decorated function": lambda app: _limiter_in_the_view(app, block=False),
    "Flask-Limiter: and `with` in the view": lambda app: _limiter_in_the_view(app, block=True),
    "Flask-WTF: CSRFProtect": lambda app: CSRFProtect().init_app(app),
}
BARE = next(iter(WAYS))


def measure_pages(rounds: int, number: int) -> None:
    """Print what each page costs by way of registering, and which pages vary by cookie."""
    costs: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="votesite-extensions-") as folder:
        ballots = (rounds + 1) * number * WEIGHTS["ballot"]
        sites = {
            way: Site(Path(folder, str(at)), register, ballots)
            for at, (way, register) in enumerate(WAYS.items())
        }
        for turn in range(rounds + 1):
            for page, weight in WEIGHTS.items():
                for way in sorted(WAYS, key=lambda way: hash((turn, page, way))):
                    cost = sites[way].microseconds(page, number * weight)
                    if turn:  # the first round brings keys, statements and pages into memory
                        costs.setdefault((way, page), []).append(cost)
        varying = {way: site.varying() for way, site in sites.items()}
    _print_pages(costs)
    print(f"\npages for everybody that vary by cookie, of {len(FOR_EVERYBODY)}")
    for way, count in varying.items():
        print(f"{way:44}{count:4}")


def _print_pages(costs: dict[tuple[str, str], list[float]]) -> None:
    titles = "".join(f"{page:>17}" for page in WEIGHTS)
    print(f"{'microseconds per request (and over the first)':44}{titles}")
    for way in WAYS:
        cells = [_cell(costs[way, page], costs[BARE, page]) for page in WEIGHTS]
        print(f"{way:44}" + "".join(f"{cell:>17}" for cell in cells))
    print(f"\n{'requests per second of one processor':44}{titles}")
    for way in WAYS:
        rates = [1e6 / statistics.median(costs[way, page]) for page in WEIGHTS]
        print(f"{way:44}" + "".join(f"{rate:17.0f}" for rate in rates))


def _cell(costs: list[float], bare: list[float]) -> str:
    """The median, and the median of what each round took more than the bare site's."""
    more = statistics.median(one - other for one, other in zip(costs, bare, strict=True))
    return f"{statistics.median(costs):.0f} ({more:+.0f})"


class SignInForm(FlaskForm):  # type: ignore[misc]
    """The sign-in form as a WTForms class, with the limits that the page's fields have."""

    name = StringField(validators=[InputRequired(), Length(max=40)])
    password = PasswordField(validators=[InputRequired(), Length(max=200)])
    code = StringField(validators=[Length(max=16)])


def _read_as_fields(_csrf: CSRFProtect) -> None:
    validate_csrf(request.form.get("csrf_token"))
    for field in ("name", "password", "code"):
        request.form.get(field, "")


def _read_protected(csrf: CSRFProtect) -> None:
    csrf.protect()
    for field in ("name", "password", "code"):
        request.form.get(field, "")


def _read_as_form_class(_csrf: CSRFProtect) -> None:
    if not SignInForm().validate_on_submit():
        raise SystemExit("the form class refused a good form")


READINGS: dict[str, Callable[[CSRFProtect], None]] = {
    "validate_csrf() and the fields": _read_as_fields,
    "CSRFProtect.protect() and the fields": _read_protected,
    "a FlaskForm class": _read_as_form_class,
}


def measure_forms(rounds: int, number: int) -> None:
    """Print what reading one posted form of three fields costs, by way of reading."""
    costs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="votesite-extensions-") as folder:
        app = make_app(Path(folder))
        csrf = CSRFProtect()
        csrf.init_app(app)
        for turn in range(rounds + 1):
            for name, read in READINGS.items():
                cost = statistics.median(_reading(app, csrf, read) for _ in range(number))
                if turn:
                    costs.setdefault(name, []).append(cost)
    print("\nmicroseconds to read a posted form of three fields")
    for name, found in costs.items():
        print(f"{name:44}{statistics.median(found):8.1f}")


def _reading(app: Flask, csrf: CSRFProtect, read: Callable[[CSRFProtect], None]) -> float:
    with app.test_request_context():
        token, secret = generate_csrf(), session["csrf_token"]
    form = {"csrf_token": token, "name": "zhou", "password": "bai-yun-chu-xiu", "code": "123456"}
    with app.test_request_context("/admin/login", method="POST", data=form):
        session["csrf_token"] = secret
        len(request.form)  # parsed before the clock runs: it costs every way the same
        begun = time.thread_time()
        read(csrf)
        return (time.thread_time() - begun) * 1e6


class _User(UserMixin):  # type: ignore[misc]
    id = "1"


def measure_cookies() -> None:
    """Print how long the cookie of a signed-in staff member is, by who keeps the session."""
    with tempfile.TemporaryDirectory(prefix="votesite-extensions-") as folder:
        app = make_app(Path(folder))
        with app.app_context():
            own = staff_session(app, make_staff("zhou", "owner").id).cookie
        with app.test_request_context(headers={"User-Agent": "Mozilla/5.0"}):
            login_manager.init_app(app, add_context_processor=False)
            generate_csrf()
            login_user(_User())
            signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            theirs = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(session))}"
    print("\nbytes of a signed-in staff member's cookie")
    print(f"{'own session row':44}{len(own):8}\n{'login_user':44}{len(theirs):8}")


def main(arguments: list[str] | None = None) -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.extensions", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=10)
    options = parser.parse_args(arguments)
    measure_pages(options.rounds, options.requests)
    measure_forms(options.rounds, 100)
    measure_cookies()


if __name__ == "__main__":
    main()

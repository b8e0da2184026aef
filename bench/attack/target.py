"""What is attacked: a site with everything open, a citizen and an owner signed in, and the control.

Both run under gunicorn on loopback, with the site's own settings; brakes are wide, since a scanner
that is slowed down finds nothing.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_migrate import stamp

from tests.support.factories import voter
from tests.support.live import free_port
from tests.support.people import lively_campaign, take_part
from tests.support.servers import ROOT, running, served_settings, serving
from tests.support.staffing import make_staff, staff_session
from tests.support.voters import voter_session
from tests.test_routes import LISTED, path_of
from votesite.domain.voting import own, voters

WIDE = {"LIMIT_BALLOT_VOTER": "1000000/minute", "LIMIT_BALLOT_ADDRESS": "1000000/minute"}
# What would end the very session that is used, or lock its owner out.
NOT_PRESSED = ("/sign-out", "/delete", "/sessions/", "/password", "/state")


@dataclass(frozen=True)
class Visitor:
    """A session: its cookie and the token that its forms carry."""

    cookie: str
    csrf_token: str


@dataclass(frozen=True)
class Target:
    """A running app and what a scanner must know of it. `app` is None for the control."""

    url: str
    addresses: list[str]
    visitors: dict[str, Visitor]
    app: Any = None

    @property
    def is_control(self) -> bool:
        """Whether holes are planted here."""
        return self.app is None


@contextmanager
def site(folder: Path) -> Iterator[Target]:
    """A site in the middle of everything: nominating, voting, answering, with a finished ballot."""
    with serving(folder, **WIDE) as server, server.app.app_context():
        stamp(str(ROOT / "migrations"))  # made from the models: /readyz asks for the revision
        campaign = lively_campaign(picks=[1, 3], purpose="让办得好的被看见。", repeat="daily")
        take_part(campaign, 1)
        ((code, _, _),) = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(1)))
        owner = make_staff("owner", "owner")
        citizen, staff = (
            voter_session(server.app, "openid-of-one"),
            staff_session(server.app, owner.id),
        )
        visitors = {
            "stranger": Visitor("", ""),
            "citizen": Visitor(citizen.cookie, citizen.csrf_token),
            "owner": Visitor(staff.cookie, staff.csrf_token),
        }
        yield Target(server.url, list(_addresses(code or "")), visitors, server.app)


@contextmanager
def control(folder: Path) -> Iterator[Target]:
    """The app with the holes."""
    settings = served_settings(folder, free_port())
    addresses = [
        "GET /",
        "GET /candidate?id=1",
        "GET /echo?q=x",
        "GET /words",
        "GET /go?next=/",
        "GET /api/half?n=4",
        "POST /words",
    ]
    plain = ["-c", os.devnull, "-b", settings["BIND"], "-k", "gthread", "-w", "2", "--threads", "4"]
    with running(settings, entry="bench.attack.control:app", options=plain):
        yield Target(settings["PUBLIC_BASE_URL"], addresses, {"stranger": Visitor("", "")})


@contextmanager
def both(folder: Path) -> Iterator[tuple[Target, Target]]:
    """Site and control side by side."""
    with ExitStack() as stack:
        for name in ("site", "control"):
            (folder / name).mkdir(exist_ok=True)
        yield (
            stack.enter_context(site(folder / "site")),
            stack.enter_context(control(folder / "control")),
        )


def _addresses(code: str) -> Iterator[str]:
    """Every address of the url map with something in each of its blanks, queries too."""
    queries = {
        "/c/xiangzhen-2026/": "?q=a&category=b&order=name",
        "/c/xiangzhen-2026/ledger/proof": "?n=1&size=2",
        "/c/xiangzhen-2026/ledger/consistency": "?from=1&to=2",
        "/c/xiangzhen-2026/ledger/entries": "?from=0&to=2",
        "/c/xiangzhen-2026/receipts/": f"?code={code}",
        "/prefs": "?lang=en&mode=care&next=/",
        "/wechat/login": "?next=/my/",
        "/wechat/callback": "?code=a&state=b",
        "/wechat/js-config": "?url=x",
        "/wechat/push": "?signature=a&timestamp=1&nonce=2&echostr=3",
        "/admin/c/xiangzhen-2026/nominations": "?state=waiting",
    }
    for listed in (address for group in LISTED for address in group):
        method, path = listed.split(" ")[0], path_of(listed)
        path = re.sub(r"0{16}$|0{16}(?=/)", code, path) if "/receipts/" in path else path
        if not any(part in path for part in NOT_PRESSED):
            yield f"{method} {path}{queries.get(path, '') if method == 'GET' else ''}"

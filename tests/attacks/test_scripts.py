"""Row 19: words that are programs, in every field that people fill, on every page that shows them.

A real Chromium reads the pages. The CSP would stop a script that slipped through, and say so: that
counts as a hit too.
"""

from datetime import timedelta
from itertools import product
from urllib.parse import urlsplit

import pytest

from tests.support.ballots import cast_now
from tests.support.factories import make_campaign, voter
from tests.support.staffing import make_staff, staff_session
from tests.support.voters import voter_session
from votesite import clock
from votesite.clock import minute
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate
from votesite.models.decisions import Decision
from votesite.models.nominations import Nomination

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"
OPENERS = ("", '">', "'>", "</title>", "</textarea>", "--></script>", "]]>", "`", "\\", "{{7*7}}")
HOOKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<video src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x",
    "<object data=javascript:alert(1)>",
    "<style>@import'//evil.example'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input>",
    " onmouseover=alert(1) x=",
    " autofocus onfocus=alert(1) ",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<img src=//evil.example/x.png>",
    "<!--><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<x onclick=alert(1)>x",
    "\u2028alert(1)//",
    "<template><script>alert(1)</script></template>",
)
PAYLOADS = [f"{opener}{hook}" for opener, hook in product(OPENERS, HOOKS)]
EVERY_FIELD = "\n\n".join(HOOKS)
PAGES = [
    *("", "process", "rules", "news", "privacy", "results", "screen", "ballot", "nominate"),
    *("report-pressure", "clean-up", "ledger/", "candidates/7", "candidates/8", "candidates/299"),
]
DESK = [
    *("", "setup/basics", "setup/basis", "setup/categories", "candidates", "candidates/9"),
    *("decisions", "nominations", "nominations/1", "nominations/2", "results", "integrity"),
]


def poisoned_campaign():
    """A campaign in which every text that anybody wrote is hostile; 300 candidates' names."""
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=1),
        schedule={"nomination": [minute(now - timedelta(days=1)), minute(now + timedelta(days=1))]},
        title=f"{HOOKS[0]}{HOOKS[1]}",
        theme=HOOKS[2],
        purpose=EVERY_FIELD,
        paused="",
        candidates=0,
    )
    with writing():
        found = db.session.merge(campaign)
        found.organisers = {"host": [*HOOKS], "supervision_phone": HOOKS[1]}
        found.void_rules = [{"id": "R1", "text": EVERY_FIELD}]
        found.notice_text = EVERY_FIELD
        for no, payload in enumerate(PAYLOADS, 1):
            db.session.add(
                Candidate(
                    campaign_id=campaign.id,
                    no=no,
                    name=f"{payload}{no}"[:60],
                    category=campaign.category_names[no % 2],
                    region=payload[:60],
                    slogan=payload,
                    summary=EVERY_FIELD,
                    dossier={"service": f"{EVERY_FIELD}\n\n{payload}"},
                    withdrawn=payload if no % 50 == 0 else "",
                )
            )
        for slot in (1, 2, 3):
            db.session.add(
                Nomination(
                    campaign_id=campaign.id,
                    nominator=voter(slot),
                    slot=slot,
                    name=HOOKS[slot],
                    category=campaign.category_names[0],
                    region=HOOKS[slot],
                    reason=EVERY_FIELD,
                    criteria={"service": EVERY_FIELD},
                    evidence=f'https://evil.example/"onclick=alert({slot})',
                    submitted_at=minute(now),
                )
            )
    return campaign


@pytest.fixture
def hostile(server):
    """The poisoned campaign and its owner, whose own name is a program."""
    campaign = poisoned_campaign()
    owner = make_staff("owner", "owner")
    with writing():
        db.session.merge(owner).display_name = HOOKS[1]
        db.session.add(
            Decision(
                campaign_id=campaign.id,
                kind="withdraw",
                payload={"withdraw": 2},
                why=EVERY_FIELD,
                proposed_by=owner.id,
                proposed_at=minute(clock.now()),
            )
        )
    cast_now(campaign, "one", 1)
    return owner


def watched(page, hits):
    """Note what a script that ran, or a page that called elsewhere, would do."""

    def asked(request):
        if urlsplit(request.url).hostname not in ("localhost", None, ""):
            hits.append(f"asked {request.url}")

    page.on("dialog", lambda dialog: (hits.append(f"dialog on {page.url}"), dialog.dismiss()))
    page.on("request", asked)
    return page


def read(page, hits, paths):
    for path in paths:
        answer = page.goto(path)
        assert answer.status == 200, path
        foreign = page.locator(
            "[onerror], [onload], [onfocus], [onclick], [ontoggle], [onmouseover], iframe, object,"
            " base, meta[http-equiv], form[action*=evil], [href^='javascript:'], [href^='data:']"
        ).count()
        if foreign:
            hits.append(f"{foreign} strange elements on {path}")


def test_no_word_becomes_a_program(server, hostile, visitors):
    hits = []
    page = watched(visitors.phone(), hits)
    name, _, value = voter_session(server.app, "openid-of-one").cookie.partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    read(page, hits, ["/", "/my/", *(f"/c/{SLUG}/{path}" for path in PAGES)])

    desk = watched(visitors.desk(), hits)
    name, _, value = staff_session(server.app, hostile.id).cookie.partition("=")
    desk.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    read(desk, hits, ["/admin/", "/admin/audit", *(f"/admin/c/{SLUG}/{path}" for path in DESK)])

    assert len(set(PAYLOADS)) == 300
    assert hits == []

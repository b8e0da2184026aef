"""Every page can be reached: what answers a GET is linked from a page that somebody reads."""

import re
from collections import Counter, deque
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from tests.support.ballots import cast_ballot
from tests.support.desk import make_busy
from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.noticed import noticed, object_to
from tests.support.panels import appoint_account, close_panel, hand_in_all, judged_campaign
from tests.support.people import lively_campaign
from tests.support.site import BASE_URL
from tests.support.staffing import staff_session
from tests.support.steps_to_honours import begun, bring_to, to_the_end
from tests.support.traced import cast_from
from tests.support.voided import void_by_two
from votesite import clock
from votesite.domain.results import tallies
from votesite.domain.scoring import practice
from votesite.domain.staff import people

LINK = re.compile(r'\s(?:href|src|data-[a-z]+)="([^"]+)"')
OFTEN = 4  # addresses of one kind that one visitor opens
# What is asked for without a link, and by whom.
UNLINKED = {
    "monitors": {"public.healthz", "public.metrics", "public.readyz"},
    "browsers and search engines": {"public.favicon", "public.robots"},
    "WeChat, and those it sends back": {
        "public.domain_proof",
        "voting.callback",
        "voting.js_config",
        "voting.push",
    },
    "dossiers that were changed more often than a page shows": {"public.candidate_change"},
    "whoever was sent a link": {"admin.join", "dossiers.dossier"},
    "who has asked for long work: the answer leads there": {"admin.job", "admin.job_file"},
    "those who print a notice that has begun": {"admin.notice_paper", "public.notice_pdf"},
    "programs": {
        "ledger.consistency",
        "ledger.hash_tile",
        "ledger.proof",
        "public.openapi",
        "public.problem",
    },
}


class Visitor:
    """Somebody who opens every link that a page shows, a few of each kind."""

    def __init__(self, app, client, cookie=""):
        self.adapter = app.url_map.bind(urlsplit(BASE_URL).netloc, url_scheme="http")
        self.client, self.headers = client, {"Cookie": cookie} if cookie else {}
        self.seen, self.linked, self.opened = set(), set(), Counter()

    def walk(self, *paths):
        """Begin at some addresses; the kinds of address that pages link."""
        waiting = deque(paths)
        while waiting:
            waiting.extend(self._open(waiting.popleft()))
        return self.linked

    def _open(self, address):
        answer = self.client.get(address, headers=self.headers, base_url=BASE_URL)
        targets = [answer.location] if answer.location else []
        if answer.mimetype == "text/html":
            targets += [unescape(found) for found in LINK.findall(answer.text)]
        for target in targets:
            whole = urlsplit(urljoin(BASE_URL + address, target))
            endpoint = self._endpoint(whole)
            if endpoint is None:
                continue
            self.linked.add(endpoint)
            found = f"{whole.path}?{whole.query}" if whole.query else whole.path
            if found not in self.seen and self.opened[endpoint] < OFTEN:
                self.seen.add(found)
                self.opened[endpoint] += 1
                yield found

    def _endpoint(self, whole):
        """The kind of an address of this site; None for any other."""
        if f"{whole.scheme}://{whole.netloc}" != BASE_URL:
            return None
        try:
            return self.adapter.match(whole.path, method="GET")[0]
        except HTTPException:
            return None


@pytest.fixture
def visitors(app):
    """Everybody there is, on a site with campaigns in every state."""
    now = clock.now()
    lively = lively_campaign(slug="lively-2026")
    ballots = [cast_from(lively, number, [2], when=now) for number in range(6)]
    void_by_two(lively, [ballot.n for ballot in ballots])
    busy = make_busy(now)
    make_campaign(slug="draft-2026", published=False, opens=now + timedelta(days=3))
    opens, closes = now - timedelta(days=9), now - timedelta(days=1)
    over = make_campaign(slug="over-2026", opens=opens, closes=closes, recount="public")
    code = cast_ballot(over, 1, 1, when=opens + timedelta(hours=1)).receipt
    tallies.close(over.id)
    judged = judged_campaign(slug="judged-2026")
    hand_in_all(judged, appoint_account(judged, "qin", 1))
    practice.write_dossiers(
        judged.id, {"title-1": "样本", "text-1": "材料"}, by=people.by_name("root").id
    )
    close_panel(judged)
    shown = noticed().campaign
    objection = object_to(shown, 1)
    open_to_all = {"recount": "public", "sheets": "public", "panel": "named"}
    to_the_end(bring_to(begun(slug="honoured-2026", **open_to_all), "noticed"))
    voter = app.test_client()
    sign_in_as_voter(voter, 1)
    staff = [
        Visitor(
            app,
            app.test_client(use_cookies=False),
            staff_session(app, people.by_name(name).id).cookie,
        )
        for name in ("root", "shen", "keeper", "qin")
    ]
    desks = [f"/admin/c/{slug}/" for slug in (busy.slug, "draft-2026", "over-2026", "judged-2026")]
    desks.append(f"/admin/c/{shown.slug}/objections")
    return [
        (
            Visitor(app, app.test_client()),
            "/c/honoured-2026/ledger/",
            "/",
            "/admin/",
            f"/c/{busy.slug}/candidates/1",
        ),
        (
            Visitor(app, voter),
            "/",
            f"/c/over-2026/receipts/{code}",
            f"/c/{shown.slug}/objections/{objection.code}",
            f"/c/lively-2026/receipts/{ballots[1].receipt}",
        ),
        *((visitor, "/admin/", *desks) for visitor in staff),
    ]


def test_every_page_is_linked(app, visitors):
    linked = set().union(*(visitor.walk(*begins) for visitor, *begins in visitors))

    answering = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    known = {name for names in UNLINKED.values() for name in names}
    simulator = {name for name in answering if name.startswith("sandbox.")}

    assert sorted(answering - linked - simulator) == sorted(known)

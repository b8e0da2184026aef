"""While figures are hidden no page of the site differs by what ballots chose, whoever reads it.

Two sites are the same but for one thing: a crowd chose the first candidate here and the last one
there. Every address that answers a GET is read in both, as everybody who has a role there.
"""

import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from bench.faults import stepped
from tests.support.factories import make_campaign, sign_in_as_voter, voter
from tests.support.site import BASE_URL, make_app
from tests.support.staffing import make_staff, staff_session
from tests.support.surveys import make_survey
from tests.support.traced import DETAILS, cast_from, make_case
from tests.support.voided import void_together
from votesite import clock
from votesite.domain.integrity import appeals, cases, scanning
from votesite.domain.integrity.evidence import Evidence
from votesite.domain.integrity.signals import CHOICE_KINDS, KINDS
from votesite.domain.staff import people
from votesite.extensions import db
from votesite.models.decisions import Decision
from votesite.models.staff import ROLES

FIRST, LAST = 1, 6
CROWD, FARM, VOIDED = 204, 60, 12
STRANGER, VOTER = "stranger", "voter"
QUERIES = {
    "public.campaign": ("?order=votes", "?q=1"),
    "public.compare": (f"?no={FIRST}&no={LAST}",),
    "ledger.entries": ("?from=0&to=99", f"?from={CROWD}&to={CROWD + FARM}"),
    "ledger.proof": ("?n=1&size=9",),
    "ledger.consistency": ("?from=1&to=2",),
    "admin.audit_log": ("?before=5",),
}
# Hashes, keys and codes, whole or as pages shorten them; and the room on the disk.
RANDOM = re.compile(
    r"[A-Za-z0-9_+/=.-]{20,}|\b[0-9A-Z]{16}\b|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b-?"
    r'|(?<=<code class="small">)[0-9a-f]{8}(?=<)|\b(?:[0-9A-Z]{5} ){5}[0-9A-Z]\b'
    r"|剩 \d+ GB"
)
QR = re.compile(r'<path class="qrline"[^>]*>')


class Site:
    """A site in mid-vote whose figures wait, with suspicious ballots for one candidate."""

    def __init__(self, folder, policy, chosen, now):
        self.app = make_app(folder)
        with self.app.app_context():
            self.campaign = make_campaign(
                results=policy, opens=now - timedelta(days=2), closes=now + timedelta(days=2)
            )
            make_survey(self.campaign)
            self.campaign_id, self.slug = self.campaign.id, self.campaign.slug
            self.staff = {role: make_staff(role, role).id for role in ROLES}
            self._vote(chosen, now)
            self._review(chosen, now)

    def _vote(self, chosen, now):
        """A few ballots to void, people who choose in turn, one browser that chooses one name."""

        def cast(number, no, minutes_ago, address, agent):
            when = now - timedelta(minutes=minutes_ago)
            return cast_from(self.campaign, number, [no], when=when, address=address, agent=agent)

        self.voided = [cast(2000 + at, chosen, 660, "10.9.9.9", "old").n for at in range(VOIDED)]
        self.crowd = [
            cast(
                at, 1 + at % 6, 60 + 2 * (CROWD - at), f"10.{at % 60}.{at % 90}.1", f"a{at % 110}"
            ).n
            for at in range(CROWD)
        ]
        farm = [
            cast(1000 + at, chosen, 50 - at * 2 / 3, f"172.16.{at}.1", "farm") for at in range(FARM)
        ]
        self.receipt = farm[-1].receipt

    def _review(self, chosen, now):
        """A void, an appeal, what the signals find, and a case of each kind about the chosen."""
        case = make_case(self.campaign, self.voided, kind="picks", details=_details(chosen))
        voiders = [people.by_id(self.staff[role]) for role in ("owner", "reviewer")]
        void_together(self.campaign, case, voiders, moment=now)
        appeals.appeal(self.campaign.id, voter(2000), self.voided[0], "我自己投的")
        scanning.scan(self.campaign.id)
        for kind in KINDS:
            details = _details(chosen, of_choice=kind in CHOICE_KINDS)
            make_case(self.campaign, kind=kind, details=details)
        last = make_case(self.campaign, self.crowd[:24], details=_details(chosen, of_choice=False))
        cases.propose_void(last.id, self.staff["reviewer"], "R1", "同一种浏览器")

    def everything(self):
        """What each address answers to each kind of visitor: {(visitor, address): answer}."""
        with self.app.app_context():
            found = {}
            for rule in sorted(self.app.url_map.iter_rules(), key=lambda rule: rule.rule):
                if "GET" not in rule.methods or rule.endpoint == "static":
                    continue
                is_desk = rule.rule.startswith("/admin")
                for visitor in (STRANGER, VOTER, *(ROLES if is_desk else ())):
                    found |= self._read(visitor, rule)
            db.session.remove()
            db.engine.dispose()
        return found

    def _read(self, visitor, rule):
        client = self.app.test_client(use_cookies=visitor in (STRANGER, VOTER))
        headers = {}
        if visitor == VOTER:
            sign_in_as_voter(client, 1)
        elif visitor != STRANGER:
            headers["Cookie"] = staff_session(self.app, self.staff[visitor]).cookie
        found = {}
        for values in self._values(rule):
            adapter = self.app.url_map.bind("localhost:8000", url_scheme="http")
            path = adapter.build(rule.endpoint, values, method="GET")
            for query in ("", *QUERIES.get(rule.endpoint, ())):
                answer = client.get(path + query, headers=headers, base_url=BASE_URL)
                named = RANDOM.sub("*", path) if "code" in values else path
                found[visitor, named + query] = (answer.status_code, *_content(answer))
        return found

    def _values(self, rule):
        """The blanks of an address filled with all that the site has for them."""
        own = {
            "slug": [self.slug],
            "no": [FIRST, LAST],
            "k": [1],
            "n": [1],
            "code": [self.receipt],
            "level": [0],
            "path": ["000.p/9"],
            "kind": ["csv", "xlsx"],
            "step": ["basics", "schedule", "publish"],
            "survey_id": ["feedback"],
            "objection_id": [1],
            "job_id": [1],
            "case_id": [case.id for case in cases.cases_of(self.campaign_id)],
            "appeal_id": [appeal.id for appeal in appeals.appeals_of(self.campaign_id)],
            "decision_id": [decision.id for decision in db.session.query(Decision)],
            "staff_id": [self.staff["auditor"]],
            "nomination_id": [1],
            "act_id": [1],
            "token": ["A" * 22],
            "key_id": [1],
            "number": [1],
            "name": ["closed"],
            "suffix": ["abc"],
        }
        filled = [{}]
        for blank in sorted(rule.arguments):
            filled = [{**values, blank: value} for values in filled for value in own[blank]]
        return filled


def _details(chosen, *, of_choice=True):
    """What the signals say of a crowd, with figures that are those of its candidate."""
    share = 80 + chosen
    told = replace(
        DETAILS,
        candidate=chosen,
        candidate_share=share,
        evidence=(*DETAILS.evidence, Evidence("choice", {"share": share})),
    )
    if not of_choice:
        return told
    burst = Evidence("burst", {"count": 60, "usual": 3 * chosen})
    return replace(
        told, evidence=(*told.evidence, burst), today=(chosen,) * 24, usual=(chosen / 2,) * 24
    )


def _content(answer):
    """An answer's parts without what is random; keys and codes keep their length."""
    body = answer.get_data()
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as table:
            parts = [(name, table.read(name)) for name in table.namelist()]
        return [(name, part) for name, part in parts if not name.startswith("docProps")]
    if answer.mimetype.startswith("image/"):
        return [body]
    if answer.mimetype == "application/octet-stream" and b'"k":"open"' not in body:
        return [len(body)]  # a tile of hashes
    text = body.decode(errors="replace")
    return [RANDOM.sub(lambda code: "*" * len(code[0]), QR.sub("", text))]


@pytest.mark.parametrize("policy", ["hidden", "daily"])
def test_no_page_tells_of_choices_before_they_are_published(tmp_path, policy):
    with stepped.stopped():
        now = clock.now()
        rule = f"daily {now + timedelta(hours=3):%H:%M}" if policy == "daily" else policy
        first, last = (
            Site(tmp_path / str(chosen), rule, chosen, now).everything() for chosen in (FIRST, LAST)
        )

    assert first.keys() == last.keys()
    assert [key for key in first if first[key] != last[key]] == []
    opened = {
        visitor
        for (visitor, path), (status, *_) in first.items()
        if "/cases/" in path and status == 200
    }
    assert opened == {"owner", "reviewer", "supervisor"}

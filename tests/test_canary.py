"""Canaries: what must be kept nowhere is planted in a full run, and every file is searched for it.

A site as it really runs, people signed in through the simulator of WeChat, everything done that can
be done, refusals and wrong codes too. Then database, journals, brakes' store, logs, exports,
archives and a backup are searched for openids, WeChat's codes and states, secrets, contacts,
addresses and browsers, in the clear and as the hashes and encodings one might think of.
"""

import base64
import hashlib
import http.cookiejar
import io
import json
import re
import secrets
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from datetime import timedelta
from ipaddress import ip_address
from types import SimpleNamespace

import pytest

from tests.support.live import free_port
from tests.support.people import CONTACT, lively_campaign
from tests.support.servers import running, served_settings
from tests.support.site import APP_ID, make_app
from tests.support.staffing import make_staff
from votesite import clock
from votesite.domain.ledger import archive, publication, terms
from votesite.domain.operations import backups
from votesite.domain.results import tallies
from votesite.domain.setup.folder.export import export_folder
from votesite.domain.voting import roster
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.nominations import Nomination
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.personas import SNAPSHOT

pytestmark = pytest.mark.services

PEOPLE = ("zhang-guilan", "li-jianguo", "wang-xiumei")
ADDRESS, SIXTH = "203.0.113.77", "2001:db8:77:1::9"
BROWSER = "Mozilla/5.0 MicroMessenger/8.0.canary-browser"
PASSWORD = "jing-dian-canary-9527"
WRONG_CODE = "K4NARY-W7ONG"
SECRETS = {
    "SECRET_KEY": secrets.token_hex(32),
    "MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    "WECHAT_APP_SECRET": secrets.token_hex(16),
    "WECHAT_TOKEN": secrets.token_hex(12),
    "WECHAT_AES_KEY": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
}


class Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are followed by hand: their addresses are canaries."""

    def redirect_request(self, *_args):
        return None


class Person:
    """A browser: cookies, an address behind the proxy, and what it has been told."""

    def __init__(self, url, address=ADDRESS):
        self.url = url
        self.seen = []  # codes and states
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(Stay, jar)
        self._headers, self._address = {"User-Agent": BROWSER}, address

    def ask(self, path, fields=None, **headers):
        """Status, address to go to, text."""
        body = None if fields is None else urllib.parse.urlencode(fields, doseq=True).encode()
        address = urllib.parse.urljoin(self.url, path)
        if "/sandbox/" not in address:  # the simulator is for this machine alone
            headers["X-Forwarded-For"] = self._address
        request = urllib.request.Request(address, body, {**self._headers, **headers})
        try:
            answer = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return SimpleNamespace(
                status=answer.status, to=answer.headers.get("Location"), body=answer.read()
            )

    def post(self, path, **fields):
        """Post a form with the token of this session."""
        return self.ask(path, {"csrf_token": self.token("/my/"), **fields})

    def token(self, path):
        """The token that a page's forms carry."""
        page = self.ask(path).body.decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return found[1] if found else self.me("xiangzhen-2026")["csrf_token"]

    def me(self, slug):
        """The answer of `/me`."""
        return json.loads(self.ask(f"/c/{slug}/me").body)

    def sign_in(self, persona, *, twice=True):
        """Through WeChat's simulator and back, twice as WeChat does at times."""
        begun = self.ask("/wechat/login?next=/my/")
        chosen = self.ask(begun.to.partition("#")[0] + f"&persona={persona}")
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(chosen.to).query)
        self.seen += [*asked["code"], *asked["state"]]
        for _ in range(2 if twice else 1):
            back = self.ask(chosen.to)
        return back.status

    def vote(self, slug, *picks, **more):
        """A ballot through the page's form."""
        me = self.me(slug)
        fields = {
            "candidate": [str(no) for no in picks],
            "ballot_token": me["ballot_token"],
            "csrf_token": me["csrf_token"],
            **more,
        }
        return self.ask(f"/c/{slug}/ballot", fields, Accept="application/json").status


def live_through(server_url):
    """Everything that people do; gives what they have been told."""
    told = []
    for number, persona in enumerate(PEOPLE):
        person = Person(server_url, (ADDRESS, ADDRESS, SIXTH)[number])
        assert person.sign_in(persona) == 302
        assert person.vote("xiangzhen-2026", 1) == 403  # no consent
        assert person.vote("xiangzhen-2026", 1, 2, consent="1") == 201
        assert person.vote("xiangzhen-2026", 3, consent="1") == 409  # the limit
        assert person.vote("xiangzhen-2026", 99, consent="1") in (409, 422)
        nominated = person.post(
            "/c/xiangzhen-2026/nominate",
            name=f"清水{number}镇",
            category="山区乡镇",
            reason="办事快",
            contact=CONTACT,
            consent="1",
        )
        assert nominated.status == 303
        for key in ("open", "secret"):
            sent = person.post(
                f"/c/xiangzhen-2026/survey/{key}", **{"answers.say": "很好", "consent": "1"}
            )
            assert sent.status == 303
        wrong = person.post("/c/roster-2026/code", code=WRONG_CODE)
        assert wrong.status == 403
        assert person.ask("/my/export").status == 200
        told += person.seen
    assert person.post("/my/consent", campaign="xiangzhen-2026").status == 303
    assert person.post("/my/delete").status == 303
    stranger = Person(server_url)
    assert stranger.vote("xiangzhen-2026", 1) == 401
    assert stranger.ask("/wechat/callback?code=" + "c" * 32 + "&state=" + "e" * 32).status == 400
    assert stranger.sign_in(SNAPSHOT, twice=False) == 403
    signed = stranger.ask(
        "/wechat/js-config?url=" + urllib.parse.quote(f"{server_url}/c/xiangzhen-2026/")
    )
    assert signed.status == 200
    return [*told, *stranger.seen]


def work_at_the_desk(server_url, nomination_id):
    """A wrong password, the right one, a look at a contact, tables to take along."""
    desk = Person(server_url)
    form = {"name": "owner", "csrf_token": desk.token("/admin/login")}
    assert desk.ask("/admin/login", {**form, "password": f"{PASSWORD}-wrong"}).status != 303
    assert desk.ask("/admin/login", {**form, "password": PASSWORD}).status == 303
    forged = desk.ask("/admin/accounts/invitations", {"csrf_token": "forged"})
    assert forged.status == 400
    base = "/admin/c/xiangzhen-2026"
    fields = {"csrf_token": desk.token("/admin/me")}
    looked = desk.ask(f"{base}/nominations/{nomination_id}/contact", fields)
    assert CONTACT in looked.body.decode()
    return {
        name: desk.ask(f"{base}/{name}").body
        for name in ("results.csv", "results.xlsx", "surveys/open/answers.csv")
    }


def unpacked(content):
    """A file's bytes, and those of what is packed in it."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return content + b"".join(packed.read(name) for name in packed.namelist())
    if content[:2] == b"\x1f\x8b":
        with tarfile.open(fileobj=io.BytesIO(content)) as packed:
            return content + b"".join(packed.extractfile(one).read() for one in packed)
    return content


def disguises(text):
    """A text as it might be kept by mistake: in the clear, encoded, hashed without a key."""
    raw = text.encode()
    plain = {raw, base64.b64encode(raw), raw.hex().encode(), json.dumps(text)[1:-1].encode()}
    plain.add(urllib.parse.quote(text).encode())
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, raw).digest()
        plain |= {digest, digest.hex().encode(), base64.b64encode(digest)}
        plain.add(base64.urlsafe_b64encode(digest).rstrip(b"="))
    return plain


def canaries(told):
    """What must be nowhere, by name."""
    settings = site().settings
    own = Identifiers(settings)
    found = {}
    for persona in (*PEOPLE, SNAPSHOT):
        for openid in (own.openid(persona), own.virtual_openid(persona)):
            found[f"openid of {persona}"] = disguises(openid) | disguises(f"{APP_ID}|{openid}")
    for number, text in enumerate(told):
        found[f"code or state {number}"] = {text.encode()}
    for generation in range(1, 9):
        found[f"token {generation}"] = {own.base_token(generation).encode()}
        found[f"ticket {generation}"] = {own.ticket(generation).encode()}
    for name, text in SECRETS.items():
        found[name] = disguises(text)
    found["master key"] = {settings.master_key}
    found["contact"] = disguises(CONTACT) | disguises("李敏") | disguises("0800-1234567")
    found["password"] = disguises(PASSWORD)
    found["wrong code"] = disguises(WRONG_CODE) | disguises(WRONG_CODE.replace("-", ""))
    for address in (ADDRESS, SIXTH):
        packed = ip_address(address).packed
        hashed = {hashlib.new(name, packed).digest() for name in ("md5", "sha1", "sha256")}
        found[f"address {address}"] = disguises(address) | {packed} | hashed
    found["browser"] = disguises(BROWSER)
    return found


# The access log is off unless its keeper asks for it, as for nginx's: it has addresses and browsers'
# names, and nothing that leads to an identity.
ALLOWED = {
    ("access.log", "browser"),
    ("access.log", f"address {ADDRESS}"),
    ("access.log", f"address {SIXTH}"),
}


def test_nothing_that_must_not_be_kept_is_kept_anywhere(tmp_path, tmp_path_factory):
    port = free_port()
    settings = served_settings(tmp_path, port, TRUSTED_PROXIES="1", **SECRETS)
    access_log = tmp_path / "access.log"
    options = ["--access-logfile", str(access_log), "--log-level", "debug", "--capture-output"]
    app = make_app(tmp_path, **settings)
    out = tmp_path_factory.mktemp("out")
    with app.app_context():
        campaign = lively_campaign(scope="campaign", min_batch=1, publish_every=1)
        invited = lively_campaign(slug="roster-2026", eligibility="roster")
        with writing():
            ((_, code),) = roster.store(invited.id, ["水利局"])
        make_staff("owner", "owner", password=PASSWORD)
        slug, campaign_id = campaign.slug, campaign.id
        with running(settings, options=options):
            told = live_through(settings["PUBLIC_BASE_URL"])
            db.session.rollback()
            nomination_id = db.session.query(Nomination.id).order_by(Nomination.id).first()[0]
            exports = work_at_the_desk(settings["PUBLIC_BASE_URL"], nomination_id)
            made = backups.back_up(out)
            served = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        files = {**exports, **served, **after_the_vote(campaign_id, slug, out)}
        files["backup"] = made.read_bytes()
        files |= {f"end {path.name}": path.read_bytes() for path in tmp_path.glob("*.db*")}
        searched = {name: unpacked(content) for name, content in files.items()}

        kept = sorted(
            (name, canary)
            for canary, forms in canaries([*told, code]).items()
            for name, content in searched.items()
            if any(form in content for form in forms)
        )

    assert set(kept) <= ALLOWED
    # The search finds what is there: what people wrote for staff, their receipts, the log's lines.
    assert {"votesite.db", "votesite.db-wal", "limits.db", "sandbox.db"} <= set(searched)
    assert {"gunicorn.log", "access.log", "high-water"} <= set(searched)
    assert b"/c/xiangzhen-2026/nominate" in searched["access.log"]
    assert b"/c/xiangzhen-2026/ballot" not in searched["access.log"]
    assert "清水0镇".encode() in searched["backup"]
    assert b"sign-in-failed" in searched["backup"]
    assert b'"choices":[1,2]' in searched["audit.zip"].replace(b" ", b"")
    assert "很好".encode() in searched["surveys/open/answers.csv"]


def after_the_vote(campaign_id, slug, out):
    """The count, both archives, and the campaign's folder."""
    with writing():
        found = db.session.get(Campaign, campaign_id)
        begins = clock.minute(clock.now() - timedelta(days=9))
        ends = clock.minute(clock.now())
        found.schedule = {"voting": [begins, ends]}
    with site().store.snapshot():
        terms.forget_terms()
    tallies.close(campaign_id)
    files = {}
    for name, openings in (("archive.zip", False), ("audit.zip", True)):
        target = io.BytesIO()
        archive.write_archive(campaign_id, target, openings=openings)
        files[name] = target.getvalue()
    folder = out / "folder"
    export_folder(db.session.get(Campaign, campaign_id), folder)
    files |= {
        f"folder/{path.name}": path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    files["checkpoint"] = publication.latest_checkpoint(campaign_id).encode()
    assert slug.encode() in files["checkpoint"]
    return files

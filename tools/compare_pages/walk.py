"""The way through the site: everything a stranger, a citizen and the staff can read and send.

The first side finds the way by following links; the second is led the same way, request by request,
so that what it was asked before never differs.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tools.compare_pages import addresses
from tools.compare_pages.addresses import Post
from tools.compare_pages.normal import digest
from tools.compare_pages.visitor import JSON, Answer, Fields, Site, Visitor

MOST_OF_A_KIND = 40  # addresses that differ in numbers and names alone
MOST_VARIANTS = 3
MOST_FORMS = 2
LOOKS = {
    "en": {"lang": "en"},
    "zh-Hant": {"lang": "zh-Hant"},
    "care": {"mode": "care"},
    "en care": {"lang": "en", "mode": "care"},
}
STAFF_LOOKS = {"en": {"lang": "en"}, "zh-Hant": {"lang": "zh-Hant"}}
CITIZEN, OTHER = "zhang-guilan", "li-jianguo"
SECONDS_A_POST = 61.0  # so that no brake on posts is reached
FRESH = ("acts", "after", "last")

_SLUG = re.compile(r"/c/([a-z0-9-]+)/")
_NAMED = re.compile(r"/(?:media|static)/")
_RECEIPT = re.compile(r"[0-9A-Z]{16}")


class NotSignedIn(Exception):
    """A login did not succeed: the comparison would be one of refusals."""


@dataclass(frozen=True)
class Login:
    """A staff member of the demo."""

    name: str
    password: str
    role: str


@dataclass
class Script:
    """What the first side has found: the addresses and the filled forms of each visitor."""

    pages: dict[str, list[str]] = field(default_factory=dict)
    forms: dict[str, list[Post]] = field(default_factory=dict)


@dataclass
class Walk:
    """One side's answers, by visitor, method and address."""

    site: Site
    logins: Sequence[Login]
    script: Script | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    found: Script = field(default_factory=Script)
    media: dict[str, str] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)

    def go(self) -> None:
        """Go the whole way."""
        slugs = self._read_as_stranger()
        citizen, staff = self._read_as_citizen(slugs), self._read_as_staff(slugs)
        self._be_refused(slugs, citizen, staff)
        self._act(slugs, citizen, staff)
        everyone = {"citizen": citizen, **staff}
        self._send_forms("acts", everyone, addresses.ENDS_SESSION, is_last=False)
        self._read_again("after", {"stranger": Visitor(self.site), **everyone})
        self._send_forms("last", everyone, addresses.ENDS_SESSION, is_last=True)
        self._read_again("last", {"stranger": Visitor(self.site), **everyone})
        self._fetch_named()

    def _read_as_stranger(self) -> list[str]:
        stranger = Visitor(self.site)
        home = stranger.get("/").body.decode()
        slugs = sorted(set(_SLUG.findall(home)))
        starts = [*addresses.of_site(), *addresses.of_campaigns(slugs, addresses.PUBLIC)]
        read = self._crawl("stranger", stranger, starts)
        self._vary("stranger", stranger, read, LOOKS)
        return slugs

    def _read_as_citizen(self, slugs: list[str]) -> Visitor:
        citizen = Visitor(self.site)
        arrived = citizen.sign_in(CITIZEN)
        self._keep("citizen", "signs in", "", arrived)
        if arrived.status != 200 or b"/my/sign-out" not in arrived.body:
            raise NotSignedIn(CITIZEN)
        starts = ["/my/", *addresses.of_campaigns(slugs, addresses.OWN), *addresses.PERSONAL]
        read = self._crawl("citizen", citizen, starts)
        self._vary("citizen", citizen, read, LOOKS)
        return citizen

    def _read_as_staff(self, slugs: list[str]) -> dict[str, Visitor]:
        staff = {}
        for login in self.logins:
            visitor = staff[login.role] = Visitor(self.site)
            arrived = visitor.sign_in_staff(login.name, login.password)
            self._keep(login.role, "signs in", "", arrived)
            if arrived.status != 200 or b'name="password"' in arrived.body:
                raise NotSignedIn(login.name)
            starts = ["/admin/", *addresses.of_desk(slugs)]
            read = self._crawl(login.role, visitor, starts)
            self._vary(login.role, visitor, read, STAFF_LOOKS)
        return staff

    def _be_refused(self, slugs: list[str], citizen: Visitor, staff: dict[str, Visitor]) -> None:
        visitors = {"stranger": Visitor(self.site), "citizen": citizen, **staff}
        for who, visitor in visitors.items():
            visitor.get("/admin/" if who in staff else f"/c/{slugs[0]}/me")
            for post in addresses.refused(slugs):
                self._post("refused", who, visitor, post)

    def _act(self, slugs: list[str], citizen: Visitor, staff: dict[str, Visitor]) -> None:
        """Do what succeeds, as citizens first: staff may end a vote."""
        other = Visitor(self.site)
        self._keep("acts other", "signs in", "", other.sign_in(OTHER))
        for who, visitor in (("citizen", citizen), ("other", other)):
            for slug in slugs:
                for post in addresses.citizen_acts(slug):
                    visitor.get(f"/c/{slug}/me")
                    answer = self._post("acts", who, visitor, post)
                    self._note_receipt(answer)
                    if 300 <= answer.status < 400:
                        self._keep(f"acts {who}", "follows", post.label, visitor.follow(answer))
        for role, visitor in staff.items():
            for slug in slugs:
                for post in addresses.staff_acts(slug):
                    visitor.get("/admin/")
                    answer = self._post("acts", role, visitor, post)
                    if 300 <= answer.status < 400:
                        self._keep(f"acts {role}", "follows", post.label, visitor.follow(answer))

    def _send_forms(
        self, stage: str, visitors: dict[str, Visitor], ends: re.Pattern[str], *, is_last: bool
    ) -> None:
        """Send every form of the pages: forged, blank, filled; what ends a session at the end."""
        for who, visitor in visitors.items():
            key = f"{stage} {who}"
            posts = self.script.forms[key] if self.script else self._gather(who, ends, is_last)
            self.found.forms[key] = posts
            visitor.get("/admin/" if who in {one.role for one in self.logins} else "/my/")
            for post in posts:
                self._post(stage, who, visitor, post)

    def _gather(self, who: str, ends: re.Pattern[str], is_last: bool) -> list[Post]:
        seen: Counter[str] = Counter()
        posts: list[Post] = []
        for address in self.found.pages[who]:
            answer = self.answers[f"{who} GET {address}"]
            for form in answer.page().forms if answer.is_html else []:
                action = self.site.local(form.action, address)
                shape = f"{_kind(action or '')} {[one.name for one in form.fields]}"
                if action is None or bool(ends.search(action)) is not is_last:
                    continue
                seen[shape] += 1
                if seen[shape] <= MOST_FORMS:
                    posts += _ways_to_send(action, form.in_parts, form.blank(), form.filled())
        return posts

    def _read_again(self, stage: str, visitors: dict[str, Visitor]) -> None:
        for who, visitor in visitors.items():
            for address in self.found.pages[who]:
                if stage == "last" and address.count("/") > 3:
                    continue
                self._get(f"{stage} {who}", visitor, address)

    def _crawl(self, who: str, visitor: Visitor, starts: Iterable[str]) -> list[str]:
        """Read all that can be reached; the addresses in the order in which they were read."""
        known = self.script.pages[who] if self.script else None
        read = [] if known is None else list(known)
        for address in read:
            self._get(who, visitor, address)
        if known is None:
            waiting, seen, kinds = list(starts), set(starts), Counter[str]()
            while waiting:
                address = waiting.pop(0)
                kinds[_kind(address)] += 1
                if kinds[_kind(address)] > MOST_OF_A_KIND:
                    continue
                read.append(address)
                for link in self._links(address, self._get(who, visitor, address)):
                    if link not in seen:
                        seen.add(link)
                        waiting.append(link)
        self.found.pages[who] = read
        return read

    def _links(self, address: str, answer: Answer) -> Iterator[str]:
        written = answer.page().links if answer.is_html else [answer.header("Location")]
        for link in written:
            local = self.site.local(link, address) if link else None
            if local is None:
                continue
            if not addresses.NOT_FOLLOWED.match(local) and not _NAMED.match(local):
                yield local

    def _vary(
        self, who: str, visitor: Visitor, read: list[str], looks: dict[str, dict[str, str]]
    ) -> None:
        """Read pages again in other languages and modes, and as a program."""
        for name, cookies in looks.items():
            dressed = Visitor(self.site, visitor.cookies | cookies)
            for address in read:
                if self.answers[f"{who} GET {address}"].is_html:
                    self._get(f"{who} ({name})", dressed, address)
        kinds: Counter[str] = Counter()
        for address in read:
            kinds[_kind(address)] += 1
            if kinds[_kind(address)] <= MOST_VARIANTS:
                answer = visitor.get(address, JSON)
                self._keep(f"{who} (json)", "GET", address, answer)

    def _get(self, who: str, visitor: Visitor, address: str) -> Answer:
        answer = visitor.get(address)
        self._keep(who, "GET", address, answer)
        return answer

    def _post(self, stage: str, who: str, visitor: Visitor, post: Post) -> Answer:
        self.site.moment += SECONDS_A_POST
        send = visitor.send_raw if post.is_forged else visitor.post
        answer = send(post.address, post.fields, post.headers, in_parts=post.in_parts)
        self._keep(f"{stage} {who}", "POST", f"{post.address} [{post.label}]", answer)
        return answer

    def _keep(self, who: str, method: str, address: str, answer: Answer) -> None:
        key = label = f"{who} {method} {address}"
        count = 1
        while key in self.answers:
            count += 1
            key = f"{label} #{count}"
        self.answers[key] = answer
        if answer.is_html:
            for link in answer.page().links:
                local = self.site.local(link)
                if local and _NAMED.match(local):
                    self.assets.setdefault(local, 0)

    def _note_receipt(self, answer: Answer) -> None:
        named = answer.header("Location") + answer.body.decode("utf-8", "replace")
        if answer.status in (201, 303):
            self.receipts += [code for code in _RECEIPT.findall(named)]

    def _fetch_named(self) -> None:
        """Fetch the files that pages name: their names may differ, but each must be there."""
        visitor = Visitor(self.site)
        for address in sorted(self.assets):
            answer = visitor.get(address)
            self.assets[address] = answer.status
            path = urlsplit(address).path
            if path.startswith("/media/") and answer.status == 200:
                self.media[path.removeprefix("/media/")] = digest(answer.body)


def is_fresh(key: str) -> bool:
    """Whether an answer may hold random values made in this very run."""
    return key.split(" ", 1)[0] in FRESH


def _kind(address: str) -> str:
    """An address without its numbers, names and values."""
    path, _sign, query = address.partition("?")
    path = re.sub(r"(?<=/)(\d+|[0-9A-Za-z]{16,})(?=[/.]|$)", "#", path)
    names = [pair.partition("=")[0] for pair in query.split("&")]
    return f"{path}?{'&'.join(sorted(names))}"


def _ways_to_send(action: str, in_parts: bool, blank: Fields, filled: Fields) -> list[Post]:
    forged = [(name, "forged" if name == "csrf_token" else value) for name, value in filled]
    return [
        Post("forged", action, forged, in_parts=in_parts, is_forged=True),
        Post("blank", action, blank, in_parts=in_parts),
        Post("filled", action, filled, in_parts=in_parts),
    ]

"""The way through the site: everything a stranger, a citizen and the staff can read and send.

The first side finds the way by following links; the second is led the same way, request by request,
so that what it was asked before never differs.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tools.compare_pages import addresses
from tools.compare_pages.addresses import Post
from tools.compare_pages.normal import digest
from tools.compare_pages.visitor import JSON, Answer, Fields, Site, Visitor

MOST_OF_A_KIND = 40  # addresses that differ in numbers alone
MOST_OF_A_QUERY = 10  # and of those with a query
MOST_AS_JSON = 3
MOST_FORMS = 2
LOOKS = {"en": {"lang": "en"}, "zh-Hant": {"lang": "zh-Hant"}, "care": {"mode": "care"}}
ONE_LOOK = {"en": {"lang": "en"}}
CITIZEN, OTHER = "zhang-guilan", "li-jianguo"
PROPOSES, CONFIRMS = "owner", "editor"
SECONDS_A_POST = 3.0  # so that no brake on posts is reached
SECONDS_A_LOGIN = 60.0
FRESH = ("acts", "after", "last")

_SLUG = re.compile(r"/c/([a-z0-9-]+)/")
_DECISION = re.compile(r"/decisions/\d+$")
_NAMED = re.compile(r"/(?:media|static)/")
_FILE = re.compile(rb"""[\s"',(](/(?:media|static)/[^\s"'<>,#()]+)""")
_RECEIPT = re.compile(r"[0-9A-Z]{16}")


class NotSignedIn(Exception):
    """A login did not succeed: the comparison would be one of refusals."""


class NothingTaken(Exception):
    """No post of somebody was taken: the comparison would show nothing that comes of posts."""


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
    files: dict[str, int] = field(default_factory=dict)
    receipts: list[str] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    _named: set[str] = field(default_factory=set)

    def go(self) -> None:
        """Go the whole way."""
        slugs = self._read_as_stranger()
        self._read_as_citizen(slugs)
        for login in self.logins:
            self._read_as_staff(login.role, slugs)
        self._fetch_files()
        self._be_refused(slugs)
        self._act(CITIZEN, slugs, {})
        self._act(OTHER, slugs, JSON)
        self._decide(slugs)
        for who in self._signed_in:
            self._send_forms("acts", who, self._arrive(who), is_last=False)
        for who in ("stranger", *self._signed_in):
            self._read_again(who)
        for who, visitor in {name: self._arrive(name) for name in self._signed_in}.items():
            self._send_forms("last", who, visitor, is_last=True)
        self._fail_to_sign_in()
        for who in (CITIZEN, OTHER, PROPOSES, CONFIRMS):
            if not self.taken[who]:
                raise NothingTaken(who)

    @property
    def _signed_in(self) -> list[str]:
        return ["citizen", *(login.role for login in self.logins)]

    def _arrive(self, who: str, persona: str = CITIZEN) -> Visitor:
        """A new browser, signed in as who it belongs to."""
        visitor = Visitor(self.site)
        if who == "stranger":
            visitor.get("/admin/login")
            return visitor
        if who == "citizen":
            arrived = visitor.sign_in(persona)
            is_in = b"/my/sign-out" in arrived.body
        else:
            self.site.moment += SECONDS_A_LOGIN
            login = next(one for one in self.logins if one.role == who)
            arrived = visitor.sign_in_staff(login.name, login.password)
            is_in = b'name="password"' not in arrived.body
        if arrived.status != 200 or not is_in:
            raise NotSignedIn(f"{who}: {arrived.status}")
        self._keep(who, "signs in", "", arrived)
        return visitor

    def _read_as_stranger(self) -> list[str]:
        stranger = Visitor(self.site)
        slugs = sorted(set(_SLUG.findall(stranger.get("/").body.decode())))
        starts = [*addresses.of_site(), *addresses.of_campaigns(slugs, addresses.PUBLIC)]
        read = self._crawl("stranger", stranger, starts, "/")
        self._vary("stranger", stranger, read, LOOKS)
        return slugs

    def _read_as_citizen(self, slugs: list[str]) -> None:
        citizen = self._arrive("citizen")
        starts = ["/my/", *addresses.of_campaigns(slugs, addresses.OWN), *addresses.PERSONAL]
        read = self._crawl("citizen", citizen, starts, "/")
        self._vary("citizen", citizen, read, ONE_LOOK)

    def _read_as_staff(self, role: str, slugs: list[str]) -> None:
        visitor = self._arrive(role)
        read = self._crawl(role, visitor, ["/admin/", *addresses.of_desk(slugs)], "/admin/")
        self._vary(role, visitor, read, LOOKS if role == PROPOSES else ONE_LOOK)

    def _be_refused(self, slugs: list[str]) -> None:
        for who in ("stranger", *self._signed_in):
            visitor = self._arrive(who)
            for post in addresses.refused(slugs):
                if who in ("stranger", "citizen") or post.address.startswith("/admin/"):
                    self._post("refused", who, visitor, post)

    def _fail_to_sign_in(self) -> None:
        """At the very end: whoever fails has to wait."""
        stranger = self._arrive("stranger")
        for post in addresses.wrong_logins([login.name for login in self.logins]):
            self._post("last", "stranger", stranger, post)

    def _act(self, persona: str, slugs: list[str], headers: Mapping[str, str]) -> None:
        """Vote, nominate and answer."""
        visitor = self._arrive("citizen", persona)
        for slug in slugs:
            for post in addresses.citizen_acts(slug, headers):
                answer = self._post("acts", persona, visitor, post)
                self._note_receipt(answer)
                self._follow(persona, visitor, post, answer)

    def _decide(self, slugs: list[str]) -> None:
        """Propose as one of the staff and confirm as another."""
        proposer, colleague = self._arrive(PROPOSES), self._arrive(CONFIRMS)
        for slug in slugs:
            for post in addresses.staff_acts(slug):
                answer = self._post("acts", PROPOSES, proposer, post)
                self._follow(PROPOSES, proposer, post, answer)
                if not _DECISION.search(made := answer.header("Location")):
                    continue
                confirms = Post("confirm", f"{made}/confirm", [addresses.TOKEN])
                self._post("acts", PROPOSES, proposer, confirms)
                confirmed = self._post("acts", CONFIRMS, colleague, confirms)
                self._follow(CONFIRMS, colleague, confirms, confirmed)

    def _follow(self, who: str, visitor: Visitor, post: Post, answer: Answer) -> None:
        if answer.is_redirect:
            reached = visitor.follow(answer)
            self._keep(f"acts {who}", "follows", f"{post.address} [{post.label}]", reached)

    def _send_forms(self, stage: str, who: str, visitor: Visitor, *, is_last: bool) -> None:
        """Send every form of the pages: forged, blank, filled; what ends a session at the end."""
        key = f"{stage} {who}"
        posts = self.script.forms[key] if self.script else self._gather(who, is_last=is_last)
        self.found.forms[key] = posts
        for post in posts:
            self._post(stage, who, visitor, post)

    def _gather(self, who: str, *, is_last: bool) -> list[Post]:
        seen: Counter[str] = Counter()
        posts: list[Post] = []
        for address in self.found.pages[who]:
            answer = self.answers[f"{who} GET {address}"]
            for form in answer.page().forms if answer.is_html else []:
                action = self.site.local(form.action, address)
                shape = f"{_kind(action or '')} {[one.name for one in form.fields]}"
                if action is None or bool(addresses.ENDS_SESSION.search(action)) is not is_last:
                    continue
                seen[shape] += 1
                if seen[shape] <= MOST_FORMS:
                    posts += _ways_to_send(action, form.in_parts, form.blank(), form.filled())
        return posts

    def _read_again(self, who: str) -> None:
        visitor = self._arrive(who)
        for address in self.found.pages[who]:
            self._get(f"after {who}", visitor, address)

    def _crawl(self, who: str, visitor: Visitor, starts: Iterable[str], below: str) -> list[str]:
        """Read all that can be reached; the addresses in the order in which they were read."""
        known = self.script.pages[who] if self.script else None
        read = [] if known is None else list(known)
        for address in read:
            self._get(who, visitor, address)
        if known is None:
            waiting, kinds = list(dict.fromkeys(starts)), Counter[str]()
            seen = set(waiting)
            while waiting:
                address = waiting.pop(0)
                kinds[_kind(address)] += 1
                if kinds[_kind(address)] > (MOST_OF_A_QUERY if "?" in address else MOST_OF_A_KIND):
                    continue
                read.append(address)
                for link in self._links(address, self._get(who, visitor, address)):
                    if link not in seen and link.startswith(below):
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
            if kinds[_kind(address)] <= MOST_AS_JSON:
                answer = visitor.get(address, JSON)
                self._keep(f"{who} (json)", "GET", address, answer)

    def _get(self, who: str, visitor: Visitor, address: str) -> Answer:
        if addresses.CHANGES_VISITOR.match(address):
            visitor = Visitor(self.site, dict(visitor.cookies))
        answer = visitor.get(address)
        self._keep(who, "GET", address, answer)
        return answer

    def _post(self, stage: str, who: str, visitor: Visitor, post: Post) -> Answer:
        self.site.moment += SECONDS_A_POST
        send = visitor.send_raw if post.is_forged else visitor.post
        answer = send(post.address, post.fields, post.headers, in_parts=post.in_parts)
        self._keep(f"{stage} {who}", "POST", f"{post.address} [{post.label}]", answer)
        leads_on = answer.is_redirect and "/login" not in answer.header("Location")
        self.taken[who] += leads_on or answer.status == 201
        return answer

    def _keep(self, who: str, method: str, address: str, answer: Answer) -> None:
        key = label = f"{who} {method} {address}"
        count = 1
        while key in self.answers:
            count += 1
            key = f"{label} #{count}"
        self.answers[key] = answer
        if answer.is_html:
            self._named.update(name.decode() for name in _FILE.findall(answer.body))

    def _note_receipt(self, answer: Answer) -> None:
        named = answer.header("Location") + answer.body.decode("utf-8", "replace")
        if answer.status in (201, 303):
            self.receipts += _RECEIPT.findall(named)

    def _fetch_files(self) -> None:
        """Fetch what pages name before anything is changed: each file must be there."""
        visitor = Visitor(self.site)
        for address in sorted(self._named):
            answer = visitor.get(address)
            self.files[address] = answer.status
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

"""Addresses and posts that are tried besides what pages lead to: see `docs/contract.md`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Logins, sign-outs and preferences change the visitor; the simulator's way back holds a new code.
NOT_FOLLOWED = re.compile(r"/(wechat/(login|callback)|prefs|my/sign-out|admin/logout|sandbox/open)")
CHANGES_VISITOR = re.compile(r"/(prefs|wechat/(login|callback))")
ENDS_SESSION = re.compile(
    r"/(admin/logout|admin/me/|my/sign-out|my/delete|admin/accounts/\d+/(password|state|grants))"
)
TOKEN = ("csrf_token", "")  # the visitor puts the session's own in its place
AS_JSON = {"Accept": "application/json"}

SITE = """
/ /accessibility /favicon.ico /robots.txt /openapi.json /verify.py /cosign.py /healthz /readyz
/metrics /nowhere /c/nothing/ /my/ /my/nominations /my/delete /my/export /admin/ /admin/login
/wechat/push /wechat/callback /wechat/callback?code=none&state=none /MP_verify_abc.txt
/wechat/login?next=/my/ /wechat/js-config /prefs?lang=en&next=/ /prefs?mode=care&next=//elsewhere
/sandbox/ /sandbox/calls /media/none.jpg /static/none.css /c/..%2f/ /problems/nothing
"""
PROBLEMS = """
bad-picture busy check-required closed consent-required csrf forbidden foreign-origin frozen
invalid-answers invalid-ballot invalid-fields invalid-nomination lapsed last-owner limit-reached
malformed-fields malformed-request method-not-allowed not-eligible not-found not-identified
second-person-needed server-fault snapshot-user too-large too-many-requests try-later
unsupported-form wechat-unavailable
"""
PUBLIC = """
 process rules news privacy clean-up report-pressure results results.json screen poster.jpg notice
help honours nominate ballot code me receipts/ receipts/?code=0000000000000000
receipts/0000000000000000 receipts/0000000000000000/appeal survey/1 survey/manyidu survey/fankui
candidates/1 candidates/2 candidates/01 candidates/9999 candidates/x candidates/1/poster.jpg
candidates/9999/poster.jpg ?q=1 ?q=%E9%95%87 ?q=nothing ?order=number ?order=stroke ?order=random
?order=votes ?order=bad ?category=bad ?page=2 ?page=0 ?from=singlemessage ballot?c=1
ledger/ ledger/vkey ledger/auditors ledger/checkpoint ledger/checkpoints ledger/log.jsonl
ledger/result.json ledger/archive.zip ledger/entries ledger/entries?from=0&to=50
ledger/entries?from=5&to=1 ledger/entries?from=9999999&to=99999999 ledger/proof ledger/nothing
ledger/proof?n=0&size=1 ledger/proof?n=3&size=9 ledger/proof?n=9&size=3 ledger/consistency
ledger/consistency?from=0&to=0 ledger/consistency?from=2&to=7 ledger/consistency?from=7&to=2
"""
OWN = """
 ballot me code nominate survey/1 survey/manyidu survey/fankui receipts/
results clean-up candidates/1
"""
PERSONAL = ["/my/nominations", "/my/export", "/my/delete", "/admin/", "/wechat/js-config?url=bad"]
DESK = """
 candidates candidates/1 candidates/9999 candidates/new cosigning cosigning/archive.zip decisions
decisions/1 decisions/9999 decisions/new decisions/new?kind=pause decisions/new?kind=resume
decisions/new?kind=withdraw decisions/new?kind=reinstate decisions/new?kind=to
decisions/new?kind=bad incident integrity integrity/appeals/1 integrity/cases/1 integrity/cases/9999
nominations nominations/1 nominations/9999 nominations/1/picture-480.jpg results results.xlsx
results.csv results.bad roster setup setup/basics setup/basis setup/schedule setup/categories
setup/weights setup/rules setup/look setup/preview setup/bad setup/publish surveys surveys/1
surveys/manyidu surveys/manyidu/answers.csv surveys/manyidu/answers.xlsx surveys/fankui
surveys/fankui/answers.csv surveys/fankui/answers.xlsx
"""
DESK_OF_SITE = """
/admin/accounts /admin/accounts/1 /admin/accounts/2 /admin/accounts/9999 /admin/audit
/admin/inbox /admin/notices /admin/security /admin/campaigns/new /admin/me /admin/c/nothing/
/admin/nothing
"""


@dataclass(frozen=True)
class Post:
    """A form to send; a forged one without the session's token."""

    label: str
    address: str
    fields: Sequence[tuple[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    in_parts: bool = False
    is_forged: bool = False


def of_site() -> list[str]:
    """What belongs to no campaign."""
    return SITE.split() + [f"/problems/{name}" for name in PROBLEMS.split()]


def of_campaigns(slugs: Iterable[str], listed: str) -> list[str]:
    """The listed addresses below each campaign, its own page first."""
    return [f"/c/{slug}/{name}" for slug in slugs for name in ["", *listed.split()]]


def of_desk(slugs: Iterable[str]) -> list[str]:
    """The desk's addresses, for each campaign and for the site."""
    below = [f"/admin/c/{slug}/{name}" for slug in slugs for name in ["", *DESK.split()]]
    return below + DESK_OF_SITE.split()


def refused(slugs: Iterable[str]) -> list[Post]:
    """Posts that nobody's data allows, as a page and as JSON."""
    found = [
        _post("get only", "/accessibility"),
        _post("unknown", "/nowhere"),
        _post("consent", "/my/consent", ("slug", "nothing")),
        _post("no campaign", "/c/nothing/ballot", ("candidate", "1")),
        _post("blank invitation", "/admin/accounts/invitations", ("display_name", "")),
        _post("blank campaign", "/admin/campaigns/new", ("slug", ""), ("title", "")),
        _post("wrong password of one's own", "/admin/me/password", ("old", "wrong"), ("new", "x")),
        Post("push", "/wechat/push", [], is_forged=True),
    ]
    for slug in slugs:
        found += _refused_below(f"/c/{slug}") + _refused_at_desk(f"/admin/c/{slug}")
    as_json = [
        Post(
            f"{one.label}, json",
            one.address,
            one.fields,
            {**one.headers, **AS_JSON},
            one.in_parts,
            one.is_forged,
        )
        for one in found
    ]
    return found + as_json


def wrong_logins(names: Iterable[str]) -> list[Post]:
    """Staff logins that fail; they slow the next ones down for a while."""
    found = [
        _post("wrong password", "/admin/login", ("name", name), ("password", "wrong"))
        for name in (*names, "nobody", "", "nobody")
    ]
    return found * 2


def citizen_acts(slug: str, headers: Mapping[str, str]) -> list[Post]:
    """A ballot, a nomination and answers that a campaign may take; `headers` with the ballot."""
    base = f"/c/{slug}"
    ballot = [TOKEN, ("ballot_token", f"compare-{slug}"), ("consent", "1")]
    nomination = [
        *(TOKEN, ("name", "比对镇便民服务中心"), ("reason", "办事快，态度好"), ("consent", "1")),
        *(
            ("region", "云岭市"),
            ("evidence", "https://example.gov.cn/a"),
            ("contact", "0800-1234567"),
        ),
    ]
    acts = [
        Post("one", f"{base}/ballot/confirm", [*ballot, ("candidate", "1")]),
        Post("one", f"{base}/ballot", [*ballot, *_picks(1)], headers),
        Post("three", f"{base}/ballot", [*ballot, *_picks(1, 2, 9)], AS_JSON),
        Post("the same again", f"{base}/ballot", [*ballot, ("candidate", "2")], AS_JSON),
        Post(
            "one more",
            f"{base}/ballot",
            [TOKEN, ("ballot_token", "compare-another-ballot"), ("candidate", "3")],
            AS_JSON,
        ),
    ]
    for category in ("城郊乡镇", "政务大厅", "惠企政策"):
        filled = [*nomination, ("category", category)]
        acts.append(Post(f"for {category}", f"{base}/nominate", filled, in_parts=True))
        acts.append(Post(f"again for {category}", f"{base}/nominate", filled, AS_JSON))
    answers = [
        ("answers.often", "1 至 2 次"),
        ("answers.care", "等得不久"),
        ("answers.advice", "好"),
    ]
    answers += [(f"answers.rating.{n}", "5") for n in range(4)]
    for survey in ("manyidu", "fankui"):
        acts.append(Post("answers", f"{base}/survey/{survey}", [TOKEN, *answers, ("consent", "1")]))
    return acts


def staff_acts(slug: str) -> list[Post]:
    """What staff propose and record."""
    base = f"/admin/c/{slug}"
    why = ("why", "比对之用")
    return [
        Post("withdraw", f"{base}/decisions/new", [TOKEN, ("kind", "withdraw"), ("no", "2"), why]),
        Post("pause", f"{base}/decisions/new", [TOKEN, ("kind", "pause"), why]),
        Post("resume", f"{base}/decisions/new", [TOKEN, ("kind", "resume"), why]),
        Post("incident", f"{base}/incident", [TOKEN, ("what", "比对之用")]),
    ]


def _refused_below(base: str) -> list[Post]:
    token = ("ballot_token", "compare-of-a-refused-ballot")
    elsewhere = {"Origin": "https://elsewhere.example"}
    return [
        Post("forged", f"{base}/ballot", [("candidate", "1"), token], is_forged=True),
        Post("from elsewhere", f"{base}/ballot", [TOKEN, ("candidate", "1"), token], elsewhere),
        _post("no pick", f"{base}/ballot", token, ("consent", "1")),
        _post("no consent", f"{base}/ballot", token, ("candidate", "1")),
        _post("no token", f"{base}/ballot", ("candidate", "1"), ("consent", "1")),
        _post("twice", f"{base}/ballot", token, *_picks(1, 1), ("consent", "1")),
        _post("too many", f"{base}/ballot", token, *_picks(*range(1, 12)), ("consent", "1")),
        _post("unknown", f"{base}/ballot", token, ("candidate", "9999"), ("consent", "1")),
        _post("no number", f"{base}/ballot", token, ("candidate", "01"), ("consent", "1")),
        _post("control", f"{base}/ballot", token, ("candidate", "1\x00"), ("consent", "1")),
        _post("no pick", f"{base}/ballot/confirm"),
        _post("unknown", f"{base}/ballot/confirm", ("candidate", "9999")),
        _post("too many fields", f"{base}/ballot", *[("x", "1")] * 1001),
        _post("too large", f"{base}/ballot", ("x", "1" * 70_000)),
        _post("wrong code", f"{base}/code", ("code", "000000000000")),
        _post("blank", f"{base}/nominate"),
        _post(
            "long",
            f"{base}/nominate",
            ("name", "长" * 61),
            ("reason", "长" * 2001),
            ("evidence", "ftp://x"),
            ("contact", "x" * 200),
            ("category", "none"),
        ),
        _post(
            "no consent",
            f"{base}/nominate",
            ("name", "某镇"),
            ("reason", "好"),
            ("category", "城郊乡镇"),
        ),
        _post("no appeal", f"{base}/receipts/0000000000000000/appeal", ("text", "")),
        _post("blank", f"{base}/survey/manyidu", ("consent", "1")),
        _post("no survey", f"{base}/survey/none"),
        Post("no form", f"{base}/ballot", [], {"Content-Type": "text/plain"}, is_forged=True),
    ]


def _refused_at_desk(base: str) -> list[Post]:
    return [
        _post("no reason", f"{base}/decisions/new", ("kind", "pause"), ("why", "")),
        _post("no kind", f"{base}/decisions/new", ("kind", "none"), ("why", "x")),
        _post("no candidate", f"{base}/decisions/new", ("kind", "withdraw"), ("why", "x")),
        _post("bad end", f"{base}/decisions/new", ("kind", "to"), ("to", "never"), ("why", "x")),
        _post("unknown", f"{base}/decisions/9999/confirm"),
        _post("blank", f"{base}/incident", ("what", "")),
        _post("blank", f"{base}/candidates/new", ("name", "")),
        _post("unknown", f"{base}/nominations/9999/decide", ("verdict", "accept")),
        _post("unknown", f"{base}/integrity/cases/9999/void"),
        _post("blank", f"{base}/cosigning/note", ("note", "")),
        _post("bad key", f"{base}/cosigning/key", ("key", "none"), ("name", "x")),
    ]


def _post(label: str, address: str, *fields: tuple[str, str]) -> Post:
    return Post(label, address, [TOKEN, *fields])


def _picks(*numbers: int) -> list[tuple[str, str]]:
    return [("candidate", str(number)) for number in numbers]

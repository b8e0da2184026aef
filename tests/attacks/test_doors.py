"""What anybody may send to any address: invented identities, hosts, proxies, paths, queries.

Every test goes over the whole url map, so that a new address is attacked from its first day.
"""

from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.site import BASE_URL, make_app
from tests.support.voters import voter_session
from tests.test_routes import EVERYONE, IDENTIFIED, LISTED, OWN, lines, path_of
from votesite import clock
from votesite.clock import minute
from votesite.extensions import db
from votesite.web.access.visitors import client_address

JSON = {"Accept": "application/json"}
SLUG = "xiangzhen-2026"
ALL = [address for group in LISTED for address in group]
GETS = [address for address in ALL if address.startswith("GET ")]
POSTS = [address for address in ALL if address.startswith("POST ") and "push" not in address]
TABLES = (
    *("log_entries", "vote_slots", "vote_tokens", "consents", "nominations", "roster_codes"),
    *("staff", "staff_grants", "staff_sessions", "decisions", "candidates", "audit_entries"),
)
CLAIMS = {
    **dict.fromkeys(("openid", "unionid", "voter", "uid", "user_id", "v", "t"), "o-somebody-else"),
    "staff_id": "1",
    "role": "owner",
    "is_admin": "1",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site whose campaign takes nominations and ballots now."""
    app = make_app(tmp_path_factory.mktemp("doors"))
    now = clock.now()
    span = timedelta(days=2)
    with app.app_context():
        window = [minute(now - span), minute(now + span)]
        make_campaign(opens=now - span, closes=now + span, schedule={"nomination": window})
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def stranger(site):
    return site.test_client()


def counted():
    """How many rows every table has that an attack could add to."""
    db.session.rollback()
    present = {
        name
        for (name,) in db.session.execute(db.text("SELECT name FROM sqlite_master"))
        if name in TABLES
    }
    return {
        name: db.session.execute(db.text(f"SELECT count(*) FROM {name}")).scalar()
        for name in sorted(present)
    }


# Row 1: an identity is never taken from a request


@pytest.mark.parametrize("address", lines(IDENTIFIED))
def test_claimed_identity_opens_no_door(site, stranger, address):
    token = stranger.get(f"/c/{SLUG}/me").json["csrf_token"]
    for name, value in CLAIMS.items():
        stranger.set_cookie(name, value)
    headers = {**JSON, "X-WX-OPENID": "o-somebody", "X-User-Id": "1", "Authorization": "Bearer x"}
    before = counted()

    answer = stranger.open(
        path_of(address),
        method=address.split(" ")[0],
        query_string=CLAIMS,
        data={**CLAIMS, "csrf_token": token} if address.startswith("POST") else None,
        headers=headers,
    )

    has_nothing_there = any(part in address for part in ("/appeal", "/code", "/survey"))
    assert answer.status_code in ((401, 404) if has_nothing_there else (401,))
    assert counted() == before


def test_claimed_identity_as_json_is_no_form(stranger):
    answer = stranger.post(f"/c/{SLUG}/ballot", json=CLAIMS, headers=JSON)

    assert answer.status_code == 415


# Row 12: forwarded headers, row 11: many behind one address, one behind many


def addresses_seen(app, remote, chains):
    """Whom the site takes the visitor for, for each X-Forwarded-For."""
    app.add_url_rule("/who", view_func=client_address)
    environ = {"REMOTE_ADDR": remote}
    client = app.test_client()
    return [
        client.get(
            "/who", environ_base=environ, headers={"X-Forwarded-For": chain, **FORWARDED}
        ).text
        for chain in chains
    ]


FORWARDED = {
    "X-Real-IP": "6.6.6.6",
    "Forwarded": "for=6.6.6.6",
    "True-Client-IP": "6.6.6.6",
    "CF-Connecting-IP": "6.6.6.6",
    "X-Client-IP": "6.6.6.6",
}


CHAINS = [", ".join(f"6.6.6.{hop}" for hop in range(hops)) for hops in range(1, 6)]
RUBBISH = ["", "x", "8.8.8.8:80:90", "<script>", "8.8.8", "é"]


def test_without_proxies_no_header_changes_the_address(tmp_path):
    seen = addresses_seen(make_app(tmp_path), "9.9.9.9", CHAINS)

    assert seen == ["9.9.9.9"] * 5


def test_behind_one_proxy_only_the_last_entry_counts(tmp_path):
    chains = [f"{chain}, 8.8.8.8" for chain in CHAINS]

    seen = addresses_seen(make_app(tmp_path, TRUSTED_PROXIES="1"), "127.0.0.1", chains)

    assert seen == ["8.8.8.8"] * 5


def test_rubbish_of_a_proxy_counts_as_the_proxy(tmp_path):
    seen = addresses_seen(make_app(tmp_path, TRUSTED_PROXIES="1"), "127.0.0.1", RUBBISH)

    assert seen == ["127.0.0.1"] * 6


def vote(app, voter, address):
    token = f"token-{voter.csrf_token[-12:].replace('.', '-')}-{address.replace('.', '-')}"
    fields = {"candidate": "1", "csrf_token": voter.csrf_token, "consent": "1"}
    return app.test_client(use_cookies=False).post(
        f"/c/{SLUG}/ballot",
        data={**fields, "ballot_token": token},
        headers={**JSON, "Cookie": voter.cookie},
        environ_base={"REMOTE_ADDR": address},
    )


def test_whole_town_behind_one_address_votes(site):
    voters = [voter_session(site, f"openid-of-{n}") for n in range(500)]

    statuses = {vote(site, voter, "203.0.113.7").status_code for voter in voters}

    assert statuses == {201}


def test_voter_with_a_hundred_addresses_is_braked(site):
    voter = voter_session(site, "openid-of-a-pool")

    statuses = [vote(site, voter, f"198.51.{n}.7").status_code for n in range(100)]

    assert statuses.count(201) == 1
    assert statuses[40:] == [429] * 60


# Row 13: forged forms


@pytest.mark.parametrize("address", POSTS)
@pytest.mark.parametrize(
    ("headers", "token", "statuses"),
    [
        ({}, None, (400, 413, 415)),
        ({}, "another session's", (400,)),
        ({"Origin": "https://evil.example"}, "own", (403,)),
        ({"Origin": "null"}, "own", (403,)),
        ({"Sec-Fetch-Site": "cross-site"}, "own", (403,)),
    ],
)
def test_forged_form_changes_nothing(site, stranger, address, headers, token, statuses):
    sign_in_as_voter(stranger, 1)
    own = stranger.get(f"/c/{SLUG}/me").json["csrf_token"]
    foreign = site.test_client().get(f"/c/{SLUG}/me").json["csrf_token"]
    sent = {"own": own, "another session's": foreign}.get(token)
    before = counted()

    answer = stranger.post(
        path_of(address), data={"csrf_token": sent} if sent else {"x": "1"}, headers=headers
    )

    # A campaign without a roster has no page for codes at all.
    assert answer.status_code in ((404,) if address.endswith("/code") else statuses)
    assert counted() == before


@pytest.mark.parametrize("address", POSTS)
def test_nothing_is_changed_by_reading(site, stranger, address):
    before = counted()

    stranger.get(path_of(address), query_string={"csrf_token": "x", "candidate": "1"})

    assert counted() == before


# Rows 16 and 17: hosts and caches

HOSTS = [
    *("evil.example", "localhost:8000.evil.example", "evil.example:8000", "localhost", "127.0.0.1"),
    *("localhost:80", "localhost:8000@evil.example", "localhost:8000/", "localhost:8000 ", ""),
    *("evil.example#localhost:8000", "localhost:8000,evil.example", "[::1]:8000", "0x7f.1:8000"),
    *("localhost.:8000", "localhost:08000", "LOCALHOST:8001", "*", "..", '"><script>', "%00"),
    *(".", "a..b", "xn--", "xn--\xff", "a" * 300, "[", "[::", ":", "\xe9", "a b"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_foreign_host_is_refused_and_not_repeated(site, host):
    for address in ("/", f"/c/{SLUG}/", "/admin/login", "/wechat/login", "/static/css/base.css"):
        asked = create_environ(address, BASE_URL)
        asked["HTTP_HOST"] = host.encode().decode("latin-1")

        pieces, status, headers = run_wsgi_app(site, asked, buffered=True)

        body = b"".join(pieces).decode()
        assert status.startswith("400 ")
        assert "evil" not in body + str(headers)
        assert "<script>" not in body


POISON = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "666",
    "X-Original-URL": "/evil",
    "X-Rewrite-URL": "/evil",
    "X-HTTP-Method-Override": "POST",
    "Forwarded": "host=evil.example;proto=https",
    "Accept-Language": "evil",
    "Cookie": "evil=1; lang=evil; mode=<script>",
    "User-Agent": "<script>evil</script>",
    "Referer": "https://evil.example/",
}


@pytest.mark.parametrize("address", lines(EVERYONE))
def test_shared_answer_cannot_be_poisoned(stranger, address):
    path = path_of(address)
    first = stranger.get(path)

    poisoned = stranger.get(path, headers=POISON)
    queried = stranger.get(path, query_string={"from": "singlemessage", "utm_evil": "1"})
    clean = stranger.get(path)

    assert "evil" not in poisoned.get_data(as_text=False).decode("utf-8", "replace")
    assert "evil" not in str(poisoned.headers)
    assert queried.status_code in (clean.status_code, 400)
    if address not in ("GET /c/<slug>/ledger/archive.zip",):
        assert clean.status_code == first.status_code
        assert poisoned.data == clean.data == first.data


# Row 18: ways out of the site

WAYS = [
    *("https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil"),
    *("http:evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x"),
    *("/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example", "\t//evil.example", " //evil"),
    *("/%0d%0aLocation:%20//evil.example", "/\u2028/evil", "/\u3002evil.example", "/\x00/evil"),
    *("//evil.example/%2e%2e", "//localhost:8000@evil.example", "//evil.example:80#@localhost"),
    *(".evil.example", "@evil.example", ":80@evil.example", "evil.example", "?//evil", "#//evil"),
    *("/" * n + "evil.example" for n in range(2, 12)),
    *("/" + "\\" * n + "evil.example" for n in range(1, 10)),
    *(f"/{chr(n)}/evil.example" for n in (*range(33), 127, 0x85, 0xA0, 0xAD, 0x200B, 0xFEFF)),
    *(f"{chr(n)}//evil.example" for n in (*range(33), 127, 0x85, 0xA0, 0xAD, 0x200B, 0xFEFF)),
    *(f"{scheme}://evil.example" for scheme in ("ftp", "ws", "file", "HTTP", "hTTps", "weixin")),
    *(f"{mark}{mark}evil.example" for mark in ("\uff0f", "\u2215", "\u2044", "\u29f8", "\u29f5")),
    *(f"/{mark}evil.example" for mark in ("\uff0f", "\u2215", "\u2044", "\u29f8", "\u29f5")),
    *("/" + "a" * 600, "//" + "a" * 600, "/x//y:z@evil", "https:evil", "https:\\\\evil.example"),
    *(quote("//evil.example", safe=""), quote("https://evil.example", safe=""), "%2f%2fevil"),
    *("/%5cevil.example", "/%2fevil.example", "/.//evil.example", "/..//evil.example", "/./evil"),
    *("//google.com%2f@evil.example", "//evil%E3%80%82example", "//[::1]", "//2130706433", "//0"),
]


def leads_away(location):
    """Whether a browser on the site would end on another host."""
    target = "".join(char for char in location.strip() if char not in "\t\r\n").replace("\\", "/")
    return (
        target.startswith("//")
        or urlsplit(target).scheme not in ("", "http", "https")
        or (bool(urlsplit(target).netloc) and not target.startswith(BASE_URL + "/"))
    )


def test_list_of_ways_out_is_long():
    assert len(set(WAYS)) >= 150


def from_prefs(client, way):
    answer = client.get("/prefs", query_string={"next": way, "lang": "en"})
    return answer.headers["Location"]


def from_login(client, way):
    client.get("/wechat/login", query_string={"next": way})
    with client.session_transaction() as session:
        return session["p"][-1][1]


def from_sign_out(client, way):
    token = client.get(f"/c/{SLUG}/me").json["csrf_token"]
    answer = client.post("/my/sign-out", data={"csrf_token": token, "next": way})
    return answer.headers["Location"]


def from_staff_sign_in(client, way):
    answer = client.get("/admin/login", query_string={"next": way})
    return answer.headers.get("Location", "/")


@pytest.mark.parametrize("door", [from_prefs, from_login, from_sign_out, from_staff_sign_in])
def test_no_way_leads_out_of_the_site(site, stranger, door):
    ends = {way: door(stranger, way) for way in WAYS}

    assert {
        way: end
        for way, end in ends.items()
        if leads_away(end) or "evil.example" in urlsplit(end).netloc
    } == {}


# Row 22: texts that are no SQL, in every parameter

SQL = ["'", "1' OR '1'='1", "1; DROP TABLE staff--", '1" OR ""="', "1) UNION SELECT 1--", "%27"]
PARAMETERS = ("q", "category", "order", "page", "code", "n", "size", "first", "second", "start")


@pytest.mark.parametrize("address", GETS)
def test_no_parameter_reaches_the_database_as_sql(site, stranger, address):
    before = counted()
    statuses = {
        stranger.get(path_of(address), query_string=dict.fromkeys(PARAMETERS, text)).status_code
        for text in SQL
    }

    assert max(statuses) < 500 or address == "GET /readyz"  # these tables come without migrations
    assert counted() == before


@pytest.mark.parametrize("address", [address for address in GETS if "<" in address])
def test_no_part_of_a_path_reaches_the_database_as_sql(stranger, address):
    pieces = path_of(address).split("/")
    blanks = [n for n, piece in enumerate(address.split(" ")[1].split("/")) if "<" in piece]
    for blank in blanks:
        for text in SQL:
            hostile = [*pieces[:blank], quote(text, safe=""), *pieces[blank + 1 :]]
            answer = stranger.get("/".join(hostile))

            assert answer.status_code in (303, 308, 400, 404)


# Row 25: nobody's ballot is found by trying


def test_tried_receipts_are_all_alike(site, stranger):
    assert (
        vote(site, voter_session(site, "openid-with-a-receipt"), "203.0.113.9").status_code == 201
    )
    answers = {
        (answer.status_code, answer.data)
        for n in range(300)
        if (answer := stranger.get(f"/c/{SLUG}/receipts/{n:016d}", headers=JSON))
    }

    assert [status for status, _ in answers] == [404]


# Row 27: paths that lead out of a folder

CLIMBS = [
    f"{up * depth}{target}"
    for up in (
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..\\",
        "..%5c",
        "....//",
        "..;/",
        "%252e%252e/",
    )
    for depth in (1, 2, 4, 8)
    for target in ("config.py", "etc/passwd", "votesite.db")
] + ["/etc/passwd", "//etc/passwd", "C:/x", "%00", "css/base.css%00.png", ".env", "css/", "."]


@pytest.mark.parametrize("folder", ["/static/", "/media/", "/static/css/", f"/c/{SLUG}/ledger/"])
def test_no_path_leads_out_of_its_folder(stranger, folder):
    assert len(CLIMBS) >= 100
    for climb in CLIMBS:
        answer = stranger.get(folder + climb)

        assert answer.status_code in (301, 302, 308, 400, 404)
        assert b"root:" not in answer.data
        assert b"import " not in answer.data


# Row 35: nothing can be framed, and every answer has its headers


@pytest.mark.parametrize("address", [*ALL, "GET /nothing-here", "PUT /", "TRACE /"])
def test_every_answer_has_its_headers(stranger, address):
    answer = stranger.open(path_of(address), method=address.split(" ")[0])

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.status_code < 500 or address == "GET /readyz"


@pytest.mark.parametrize("address", [line for line in lines(OWN) if line.startswith("GET /c/")])
def test_page_with_a_session_is_never_stored(stranger, address):
    sign_in_as_voter(stranger, 1)

    answer = stranger.get(path_of(address))

    assert answer.headers["Cache-Control"] == "no-store"

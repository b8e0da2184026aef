import hashlib
import re
import sqlite3
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.support.factories import make_campaign
from tests.support.live import base_of, browser, press, running_site, sign_in, way_back
from tests.support.site import settings_for
from tests.support.stored import raw
from votesite import clock, config
from votesite.domain.keys import site_voter_key
from votesite.extensions import db
from votesite.keys import mac
from votesite.web.access import identity
from votesite.web.voting.sign_in import own_path
from votesite.wechat.push import signature
from votesite.wechat.sandbox.identifiers import Identifiers

APP_ID = "wx0123456789abcdef"
BALLOT = "/c/xiangzhen-2026/ballot"
FOLLOWERS = "/c/followers-2026/ballot"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One site for the module; its simulator is reset before each test."""
    with running_site(tmp_path_factory.mktemp("site")) as app:
        make_campaign()
        make_campaign(slug="followers-2026", eligibility="followers")
        yield app


@pytest.fixture
def app(running):
    running.extensions["votesite.sandbox"].state.reset()
    running.extensions["votesite"].wechat._tokens.drop(f"token|{APP_ID}")
    running.extensions["votesite"].wechat._tokens.drop(f"ticket|{APP_ID}")
    return running


@pytest.fixture
def client(app):
    return browser(app)


@pytest.fixture
def calls(app):
    """How often the site has asked WeChat so far."""
    return app.extensions["votesite.sandbox"].state.calls


@pytest.fixture
def switch(client):
    """Turn a fault of WeChat on."""

    def turn(name, place="login", persona="", times="-1"):
        fields = {"place": place, "persona": persona, "name": name, "times": times}
        assert client.post("/sandbox/switch", data=fields).status_code == 303

    return turn


def content(client):
    """What the session cookie holds."""
    with client.session_transaction() as session:
        return dict(session)


def age_login(client, seconds):
    """Let the logins on their way have begun so much earlier."""
    with client.session_transaction() as session:
        session["p"] = [
            [key, next_path, begun_at - seconds, *rest]
            for key, next_path, begun_at, *rest in session["p"]
        ]


def voter_in(client):
    return content(client).get("v")


def exchanges(calls):
    return calls().get("sns/oauth2/access_token", 0)


# The way to WeChat


def test_login_leaves_at_once_in_wechats_order(app, client):
    answer = client.get("/wechat/login", query_string={"next": BALLOT})

    back = quote(f"{base_of(app)}/wechat/callback", safe="")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == b""
    assert re.fullmatch(
        re.escape(f"{base_of(app)}/sandbox/open/connect/oauth2/authorize?appid={APP_ID}")
        + re.escape(f"&redirect_uri={back}&response_type=code&scope=snsapi_base&state=")
        + "[0-9a-f]{32}"
        + re.escape("#wechat_redirect"),
        answer.location,
    )


def test_login_keeps_only_the_hash_of_its_state(client):
    answer = client.get("/wechat/login", query_string={"next": BALLOT})

    state = parse_qs(urlsplit(answer.location).query)["state"][0]
    cookie = answer.headers["Set-Cookie"]
    ((key, next_path, *_rest),) = content(client)["p"]
    assert state not in cookie
    assert len(key) == 43
    assert next_path == BALLOT


def test_logins_on_their_way_are_three_at_most(client):
    addresses = [client.get(f"/wechat/login?next=/{n}").location for n in range(5)]

    answers = [client.get(way_back(client, address, "zhao-wei")) for address in addresses]

    assert [answer.status_code for answer in answers] == [400, 400, 302, 302, 302]
    assert [answer.location for answer in answers[2:]] == ["/2", "/3", "/4"]


def test_cookie_stays_small_with_three_long_ways_back(client):
    long = "/" + hashlib.shake_256(b"long").hexdigest(255)

    for _ in range(3):
        answer = client.get("/wechat/login", query_string={"next": long})
    answer = sign_in(client, next_path=long)

    assert len(answer.headers["Set-Cookie"]) < 3000


OUTSIDE = [
    "",
    "c/x",
    "https://evil.example/",
    "http:evil.example",
    "//evil.example",
    "//evil.example/c/x",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "\\evil.example",
    "/\\\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " /c/x",
    "\t/c/x",
    "\n/c/x",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "/c/x\r\nSet-Cookie: a=b",
    "/c/x\x00",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x7f",
    "/\x1f/evil.example",
    "/\u2028/evil.example",
    "/\u00a0/evil.example",
    "/\uff0fevil.example",
    "/中文",
    "/c/x?q=中文",
    "/\u202eelpmaxe.live",
    "/\x85/evil.example",
    "https:/evil.example",
    "https:\\\\evil.example",
    "?next=/",
    "#/c/x",
    ".",
    "./c/x",
    "../c/x",
    "@evil.example",
    "evil.example",
    "/" + "a" * 512,
    "/" * 2,
    "/\\",
    "%2f%2fevil.example",
    "\ufeff/c/x",
    "/\ufeff/evil.example",
]
INSIDE = [
    "/",
    BALLOT,
    "/c/x/?q=1&order=number",
    "/c/x/ballot#c7",
    "/a//b",
    "/a\\b",
    "/@evil.example",
    "/%2f%2fevil.example",
    "/https://evil.example",
    "/.//evil.example",
    "/ /evil.example",
    "/c/x?next=//evil.example",
    "/" + "a" * 511,
]


@pytest.mark.parametrize("given", OUTSIDE)
def test_next_that_is_no_path_of_this_site_counts_as_home(client, given):
    answer = sign_in(client, next_path=given)

    assert answer.status_code == 302
    assert answer.location == "/"


@pytest.mark.parametrize("given", INSIDE)
def test_next_that_is_a_path_of_this_site_is_kept(given):
    assert own_path(given) == given


@pytest.mark.parametrize("given", INSIDE)
def test_next_stays_on_this_host_in_every_form(client, given):
    answer = sign_in(client, next_path=given)

    assert answer.location.startswith("/")
    assert answer.location[1:2] not in ("/", "\\")


def test_next_may_be_left_out(client):
    begun = client.get("/wechat/login")

    assert client.get(way_back(client, begun.location, "zhao-wei")).location == "/"


def test_login_follows_the_loopback_name_in_use_in_the_demo(tmp_path):
    with running_site(tmp_path, MODE="demo") as app:
        client = browser(app)
        port = urlsplit(base_of(app)).port
        home = f"http://127.0.0.1:{port}"

        begun = client.get("/wechat/login?next=/", base_url=home)
        page = client.get(begun.location.partition("#")[0].removeprefix(home), base_url=home)
        link = re.search(r'href="([^"]+callback[^"]+)"', page.text)[1].replace("&amp;", "&")
        back = client.get(link.removeprefix(home), base_url=home)

        assert begun.location.startswith(f"{home}/sandbox/open/connect/oauth2/authorize?")
        assert quote(f"{home}/wechat/callback", safe="") in begun.location
        assert (back.status_code, back.location) == (302, "/")


# The way back


def test_callback_puts_the_person_in_the_session_and_goes_on(client, calls):
    answer = sign_in(client, next_path=BALLOT)

    assert (answer.status_code, answer.location, answer.data) == (302, BALLOT, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(voter_in(client)) == 43
    assert exchanges(calls) == 1


def test_voter_is_the_keyed_hash_of_account_and_openid(app, client):
    sign_in(client, "li-jianguo")

    openid = Identifiers(app.extensions["votesite"].settings).openid("li-jianguo")
    with client:
        client.get("/sandbox/calls")
        expected = mac(site_voter_key(), f"{APP_ID}|{openid}".encode())
        assert identity.site_voter() == expected


def test_same_person_is_the_same_voter_in_every_browser(app):
    first, second, other = browser(app), browser(app), browser(app)
    sign_in(first, "li-jianguo")
    sign_in(second, "li-jianguo")
    sign_in(other, "zhao-wei")

    assert voter_in(first) == voter_in(second) != voter_in(other)


def test_cookie_of_a_login_is_kept_from_scripts_and_other_sites(client):
    cookie = sign_in(client).headers["Set-Cookie"]

    assert cookie.startswith("votesite=")
    assert "; HttpOnly; Path=/; SameSite=Lax" in cookie
    assert "Expires=" in cookie
    assert "Domain" not in cookie


def test_csrf_secret_is_new_after_every_login(client):
    client.get("/wechat/callback?state=unknown")
    before = content(client)["csrf_token"]

    sign_in(client)
    between = content(client).get("csrf_token")
    client.get("/wechat/callback?state=unknown")
    after = content(client)["csrf_token"]

    assert between is None
    assert before != after


def test_session_holds_nothing_that_names_a_person(app, client):
    answer = sign_in(client, "li-jianguo", BALLOT)

    openid = Identifiers(app.extensions["votesite"].settings).openid("li-jianguo")
    held = repr(content(client)) + answer.headers["Set-Cookie"]
    hashes = [hashlib.new(name, openid.encode()).hexdigest() for name in ("md5", "sha1", "sha256")]
    assert set(content(client)) == {"v", "t", "p", "_permanent"}
    assert [found for found in (openid, *hashes) if found in held] == []


@pytest.mark.parametrize("state", ["", "0" * 32, "ab", "x" * 5000, "-", "é", "\x00"])
def test_callback_with_an_unknown_state_is_400_without_a_call(client, calls, state):
    answer = client.get("/wechat/callback", query_string={"code": "c", "state": state})

    assert answer.status_code == 400
    assert "这次登录已经过期" in answer.text
    assert exchanges(calls) == 0


def test_callback_without_anything_is_400(client, calls):
    assert client.get("/wechat/callback").status_code == 400
    assert exchanges(calls) == 0


def test_callback_in_another_session_is_400_without_a_call(app, client, calls):
    way = press(client, "zhao-wei")

    answer = browser(app).get(way)

    assert answer.status_code == 400
    assert exchanges(calls) == 0


def test_callback_after_ten_minutes_is_400_without_a_call(client, calls):
    way = press(client, "zhao-wei")
    age_login(client, 601)

    answer = client.get(way)

    assert answer.status_code == 400
    assert exchanges(calls) == 0


def test_callback_within_ten_minutes_is_good(client):
    way = press(client, "zhao-wei")
    age_login(client, 599)

    assert client.get(way).status_code == 302


def test_same_callback_again_goes_on_with_one_further_call(client, calls):
    way = press(client, "zhao-wei", BALLOT)

    first = client.get(way)
    again = client.get(way)

    assert (first.status_code, first.location) == (302, BALLOT)
    assert (again.status_code, again.location) == (302, BALLOT)
    assert exchanges(calls) == 2


def test_second_callback_of_a_login_leaves_the_csrf_secret_alone(client):
    begun = client.get("/wechat/login", query_string={"next": BALLOT})
    ways = [way_back(client, begun.location, "zhao-wei") for _ in range(2)]
    client.get(ways[0])
    client.get("/wechat/callback?state=unknown")
    before = content(client)["csrf_token"]

    for way in (ways[0], ways[1]):
        client.get(way)

    assert content(client)["csrf_token"] == before


def test_two_codes_for_one_state_are_both_accepted(client):
    begun = client.get("/wechat/login", query_string={"next": BALLOT})
    ways = [way_back(client, begun.location, "zhao-wei") for _ in range(2)]

    first = client.get(ways[0])
    after_first = voter_in(client)
    second = client.get(ways[1])

    assert (first.location, second.location) == (BALLOT, BALLOT)
    assert after_first == voter_in(client) is not None


def test_callbacks_that_race_with_one_code_end_signed_in(app, client):
    """WeChat's prefetch took the code, its cookie never arrived: the login begins once more."""
    way = press(client, "zhao-wei", BALLOT)
    prefetch = browser(app)
    prefetch.set_cookie("votesite", client.get_cookie("votesite").value)
    assert prefetch.get(way).status_code == 302

    answer = client.get(way)

    assert answer.location.startswith(f"{base_of(app)}/sandbox/open/connect/oauth2/authorize?")
    assert client.get(way_back(client, answer.location, "zhao-wei")).location == BALLOT
    assert voter_in(client) == voter_in(prefetch)


def test_refused_login_is_a_page_with_a_way_back(client, calls, switch):
    switch("refuse", place="browser")

    answer = client.get(press(client, "zhao-wei", BALLOT))

    assert answer.status_code == 200
    assert f'href="{BALLOT}"' in answer.text
    assert exchanges(calls) == 0


def test_refused_login_leaves_the_identity_alone(client, switch):
    sign_in(client)
    before = voter_in(client)
    switch("refuse", place="browser")

    client.get(press(client, "zhao-wei"))

    assert voter_in(client) == before


# Snapshot pages


@pytest.mark.parametrize("form", ["snapshot", "snapshot-text", "snapshot-true"])
def test_snapshot_user_is_refused_and_loses_the_identity(client, switch, form):
    sign_in(client)
    switch(form)

    answer = client.get(press(client, "zhang-guilan", BALLOT))

    assert answer.status_code == 403
    assert "使用完整服务" in answer.text
    assert {"v", "t"} & set(content(client)) == set()
    assert content(client)["x"] == 1


def test_snapshot_problem_has_its_name_for_programs(client):
    way = press(client, "kuaizhao", BALLOT)

    answer = client.get(way, headers={"Accept": "application/json"})

    assert answer.mimetype == "application/problem+json"
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/snapshot-user")


def test_snapshot_mark_lasts_until_the_next_good_login(client, switch):
    sign_in(client, "kuaizhao")
    switch("html502", times="1")
    sign_in(client, "zhao-wei")
    after_a_fault = "x" in content(client)

    sign_in(client, "zhao-wei")

    assert after_a_fault is True
    assert "x" not in content(client)
    assert voter_in(client) is not None


def test_snapshot_user_cannot_vote_until_the_next_good_login(client):
    sign_in(client, "kuaizhao")
    with client:
        client.get("/sandbox/calls")
        assert (identity.is_snapshot(), identity.site_voter()) == (True, None)


# Codes that WeChat refuses


def callback_with(client, code, next_path=BALLOT):
    """The callback of a fresh login with a code of one's own."""
    begun = client.get("/wechat/login", query_string={"next": next_path})
    state = parse_qs(urlsplit(begun.location).query)["state"][0]
    return f"/wechat/callback?code={code}&state={state}"


def test_refused_code_begins_the_login_anew_once_then_says_so(client, calls):
    first = client.get(callback_with(client, "unknown"))
    state = parse_qs(urlsplit(first.location).query)["state"][0]
    second = client.get(f"/wechat/callback?code=unknown2&state={state}")

    assert (first.status_code, second.status_code) == (302, 400)
    assert f'href="/wechat/login?next={BALLOT}"' in second.text
    assert exchanges(calls) == 2


def test_refused_code_of_the_same_callback_begins_anew_only_once(client):
    way = callback_with(client, "unknown")

    assert [client.get(way).status_code for _ in range(3)] == [302, 400, 400]


def test_restarted_login_ends_well_with_a_good_code(client):
    first = client.get(callback_with(client, "unknown"))

    answer = client.get(way_back(client, first.location, "zhao-wei"))

    assert (answer.status_code, answer.location) == (302, BALLOT)


def test_button_after_a_failed_login_begins_with_a_clean_count(client):
    way = callback_with(client, "unknown")
    client.get(way)
    assert client.get(way).status_code == 400

    assert client.get(callback_with(client, "unknown")).status_code == 302


@pytest.mark.parametrize("code", ["unknown", "c" * 600, "%00", "%E7%A0%81"])
def test_refused_code_with_an_identity_goes_on(client, code):
    sign_in(client)
    before = voter_in(client)

    answer = client.get(callback_with(client, code))

    assert (answer.status_code, answer.location) == (302, BALLOT)
    assert voter_in(client) == before


# All else WeChat does

BROKEN = [
    "html502",
    "html",
    "reset",
    "busy",
    "not-whitelisted",
    "quota",
    "minute-quota",
    "token-refused",
    "list",
    "empty",
    "empty-openid",
    "flood",
]


@pytest.mark.parametrize("name", [*BROKEN, "slow"])
def test_broken_wechat_is_503_and_leaves_the_identity_alone(client, switch, name):
    sign_in(client)
    before = {key: content(client)[key] for key in ("v", "t")}
    switch(name)

    answer = client.get(press(client, "zhao-wei", BALLOT))

    assert answer.status_code == 503
    assert "微信没有回应" in answer.text
    assert f'href="/wechat/login?next={BALLOT}"' in answer.text
    assert {key: content(client)[key] for key in ("v", "t")} == before


@pytest.mark.parametrize("name", BROKEN)
def test_callback_asks_a_broken_wechat_twice_at_most(client, calls, switch, name):
    switch(name)

    client.get(press(client, "zhao-wei"))

    assert exchanges(calls) == (2 if name == "busy" else 1)


def test_wechat_busy_once_is_not_noticed(client, calls, switch):
    switch("busy", times="1")

    assert sign_in(client, next_path=BALLOT).location == BALLOT
    assert exchanges(calls) == 2


def test_login_works_again_when_wechat_does(client, switch):
    switch("html502", times="1")
    way = press(client, "zhao-wei", BALLOT)
    assert client.get(way).status_code == 503

    assert client.get(way).location == BALLOT


def test_no_page_of_the_callback_tells_code_or_state(client, switch):
    switch("html502")
    way = press(client, "zhao-wei", BALLOT)
    asked = parse_qs(urlsplit(way).query)

    answers = [client.get(way), client.get(f"/wechat/callback?code={asked['code'][0]}&state=x")]

    told = "".join(answer.text + str(answer.headers) for answer in answers)
    assert [secret for (secret,) in asked.values() if secret in told] == []


def test_logs_tell_nothing_of_a_login(app, client, caplog):
    caplog.set_level("DEBUG")
    begun = client.get("/wechat/login")
    way = way_back(client, begun.location, "zhao-wei")
    client.get(way)
    client.get(way)

    settings = app.extensions["votesite"].settings
    secrets = [value for (value,) in parse_qs(urlsplit(way).query).values()]
    secrets += [settings.wechat_app_secret, Identifiers(settings).openid("zhao-wei")]
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_database_holds_nothing_of_a_login(app, client):
    way = press(client, "zhao-wei", FOLLOWERS)
    client.get(way)

    settings = app.extensions["votesite"].settings
    secrets = [value for (value,) in parse_qs(urlsplit(way).query).values()]
    secrets += [
        settings.wechat_app_secret,
        Identifiers(settings).openid("zhao-wei"),
        voter_in(client),
    ]
    memory = settings.instance.glob("sandbox.db*")  # the simulator's
    held = raw() + b"".join(path.read_bytes() for path in memory)

    assert b"xiangzhen-2026" in held
    assert [secret for secret in secrets if secret.encode() in held] == []


# How long it lasts


@pytest.mark.parametrize(("minutes", "lasts"), [(1439, True), (1440, False), (-1, False)])
def test_identity_lasts_24_hours(client, minutes, lasts):
    sign_in(client)
    with client.session_transaction() as session:
        session["t"] -= minutes

    with client:
        client.get("/sandbox/calls")
        assert (identity.site_voter() is not None) is lasts


def test_forged_cookie_is_no_identity(app, client):
    sign_in(client)
    forged = client.get_cookie("votesite").value
    client.set_cookie("votesite", forged[:-3] + "AAA")

    with client:
        client.get("/sandbox/calls")
        assert identity.site_voter() is None


# Campaigns for followers


def follow_mark(client, slug="followers-2026"):
    with client:
        client.get("/sandbox/calls")
        return identity.follows(slug)


def test_follow_is_asked_on_the_way_to_a_campaign_for_followers(client, calls):
    sign_in(client, "zhang-guilan", FOLLOWERS)

    assert follow_mark(client) is True
    assert calls()["cgi-bin/user/info"] == 1


def test_follow_is_not_asked_on_the_way_to_another_campaign(client, calls):
    for path in (BALLOT, "/", "/c/", "/c/unknown/ballot", "/my/", "/c/../followers-2026"):
        sign_in(client, "zhang-guilan", path)

    assert follow_mark(client) is None
    assert "cgi-bin/user/info" not in calls()


def test_who_does_not_follow_is_signed_in_and_noted(client):
    answer = sign_in(client, "zhao-wei", FOLLOWERS)

    assert answer.location == FOLLOWERS
    assert voter_in(client) is not None
    assert follow_mark(client) is False


def test_new_login_asks_about_following_again(client):
    sign_in(client, "zhao-wei", FOLLOWERS)
    client.post("/sandbox/follow", data={"persona": "zhao-wei", "follows": "1"})
    assert follow_mark(client) is False

    sign_in(client, "zhao-wei", FOLLOWERS)

    assert follow_mark(client) is True


@pytest.mark.parametrize("name", ["html502", "reset", "quota", "empty", "token-refused"])
def test_login_succeeds_when_wechat_cannot_say_who_follows(client, switch, name):
    switch(name, place="server")

    answer = sign_in(client, "zhang-guilan", FOLLOWERS)

    assert answer.location == FOLLOWERS
    assert voter_in(client) is not None
    assert follow_mark(client) is identity.UNKNOWN


def test_unknown_follow_is_asked_again_at_the_next_login(client, switch):
    switch("html502", place="server", times="1")
    sign_in(client, "zhang-guilan", FOLLOWERS)

    sign_in(client, "zhang-guilan", FOLLOWERS)

    assert follow_mark(client) is True


@pytest.mark.parametrize(("seconds", "mark"), [(899, True), (900, None)])
def test_follow_mark_lasts_fifteen_minutes(client, seconds, mark):
    sign_in(client, "zhang-guilan", FOLLOWERS)
    with client.session_transaction() as session:
        asked_at, answer = session["f"]["followers-2026"]
        session["f"] = {"followers-2026": [asked_at - seconds, answer]}

    assert follow_mark(client) is mark


def test_follow_mark_is_the_campaigns_own(client):
    sign_in(client, "zhang-guilan", FOLLOWERS)

    assert follow_mark(client, "xiangzhen-2026") is None


def test_follow_mark_goes_with_its_person(client):
    sign_in(client, "zhang-guilan", FOLLOWERS)

    sign_in(client, "zhao-wei", BALLOT)

    assert follow_mark(client) is None


def test_revoked_token_costs_one_renewal_in_the_callback(app, client, calls):
    sign_in(client, "zhang-guilan", FOLLOWERS)
    client.post("/sandbox/rotate", data={"grace": "0"})

    sign_in(client, "zhang-guilan", FOLLOWERS)

    assert follow_mark(client) is True
    assert calls()["cgi-bin/stable_token"] == 2


# The share signature


def test_js_config_signs_an_address_of_this_site(app, client):
    url = f"{base_of(app)}/c/xiangzhen-2026/?a=1&from=singlemessage"

    answer = client.get("/wechat/js-config", query_string={"url": url + "#c7"})

    there = app.extensions["votesite.sandbox"]
    ticket = there.identifiers.ticket(there.state.token_generation())
    found = answer.json
    told = f"jsapi_ticket={ticket}&noncestr={found['nonceStr']}&timestamp={found['timestamp']}&url={url}"
    assert set(found) == {"appId", "timestamp", "nonceStr", "signature"}
    assert found["appId"] == APP_ID
    assert abs(found["timestamp"] - clock.now().timestamp()) < 5
    assert found["signature"] == hashlib.sha1(told.encode()).hexdigest()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_js_config_calls_wechat_once_for_many_visitors(app, client, calls):
    for _ in range(10):
        client.get("/wechat/js-config", query_string={"url": base_of(app) + "/"})

    assert calls() == {"cgi-bin/stable_token": 1, "cgi-bin/ticket/getticket": 1}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "{base}",
        "{base}.evil.example/",
        "{base}@evil.example/",
        "https://evil.example/",
        "https://evil.example/?{base}/",
        "//localhost/",
        "/c/xiangzhen-2026/",
        "{base}/\n",
        "{base}/\x00",
        "{base}#/",
        "ftp://localhost/",
        "http://127.0.0.1/",
        "{base}/" + "a" * 3000,
    ],
)
def test_js_config_signs_no_other_address(app, client, calls, url):
    address = url.replace("{base}", base_of(app))

    answer = client.get("/wechat/js-config", query_string={"url": address})

    assert answer.status_code == 400
    assert calls() == {}


def test_js_config_without_url_is_400(client):
    assert client.get("/wechat/js-config").status_code == 400


def test_js_config_is_503_while_wechat_is_away(tmp_path):
    with running_site(tmp_path, WECHAT_API_BASE="http://127.0.0.1:9") as app:
        answer = browser(app).get(
            "/wechat/js-config",
            query_string={"url": base_of(app) + "/"},
            headers={"Accept": "application/json"},
        )

        assert (answer.status_code, answer.json["type"]) == (503, "/problems/wechat-unavailable")


# What WeChat pushes


def pushed(**changes):
    """The query of a genuine push."""
    stamp, nonce = str(int(clock.now().timestamp())), "n0nce"
    return {
        "timestamp": stamp,
        "nonce": nonce,
        "signature": signature("AAAAA", stamp, nonce),
    } | changes


def test_push_echoes_the_check_of_its_address(client):
    answer = client.get("/wechat/push", query_string=pushed(echostr="5823<b>&amp;"))

    assert answer.status_code == 200
    assert answer.data == b"5823<b>&amp;"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "changes",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"timestamp": "1714037059", "signature": signature("AAAAA", "1714037059", "n0nce")},
        {"nonce": "another"},
    ],
)
def test_push_without_a_good_signature_is_403(client, method, changes):
    query = pushed(echostr="5823", **changes)

    answer = getattr(client, method)("/wechat/push", query_string=query)

    assert answer.status_code == 403
    assert b"5823" not in answer.data


@pytest.mark.parametrize("off", [-301, 301])
def test_push_more_than_five_minutes_off_is_403(client, off):
    stamp = str(int(clock.now().timestamp()) + off)
    query = {"timestamp": stamp, "nonce": "n", "signature": signature("AAAAA", stamp, "n")}

    assert client.post("/wechat/push", query_string=query).status_code == 403


MESSAGE = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>oX</FromUserName><CreateTime>1</CreateTime>"
    "<MsgType>text</MsgType><Content>投票</Content><MsgId>1</MsgId></xml>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><C>&b;</C></xml>'
)


@pytest.mark.parametrize("body", [MESSAGE, "", "no XML", "<xml>", BOMB, "{}", "\x00", "<other/>"])
def test_push_under_a_good_signature_is_a_success_whatever_it_holds(client, body):
    answer = client.post("/wechat/push", query_string=pushed(), data=body.encode())

    assert (answer.status_code, answer.data) == (200, b"success")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_push_needs_no_token_and_takes_any_content_type(client):
    answer = client.post(
        "/wechat/push",
        query_string=pushed(),
        data=MESSAGE.encode(),
        content_type="text/xml",
        headers={"Origin": "null"},
    )

    assert (answer.status_code, answer.data) == (200, b"success")


@pytest.mark.parametrize(("size", "status"), [(65536, 200), (65537, 413), (10_000_000, 413)])
def test_push_is_at_most_64_kb(client, size, status):
    answer = client.post("/wechat/push", query_string=pushed(), data=b"x" * size)

    assert answer.status_code == status


def test_sealed_push_is_opened(client):
    stamp = str(int(clock.now().timestamp()))
    body = WeChatCrypto("AAAAA", AES_KEY, APP_ID).encrypt_message(MESSAGE, "n0nce", stamp)
    inner = body.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    query = {
        "timestamp": stamp,
        "nonce": "n0nce",
        "signature": signature("AAAAA", stamp, "n0nce"),
        "encrypt_type": "aes",
        "msg_signature": signature("AAAAA", stamp, "n0nce", inner),
    }

    good = client.post("/wechat/push", query_string=query, data=body.encode())
    forged = client.post(
        "/wechat/push", query_string=query | {"msg_signature": "0" * 40}, data=body.encode()
    )

    assert (good.status_code, forged.status_code) == (200, 403)


def test_push_answers_only_get_and_post(client):
    assert client.put("/wechat/push", query_string=pushed()).status_code == 405


# Production


def test_production_speaks_to_the_official_addresses_alone(tmp_path):
    settings = config.read(
        {**settings_for(tmp_path), "MODE": "production", "PUBLIC_BASE_URL": "https://v.example.cn"}
    )

    assert settings.wechat_api_base == "https://api.weixin.qq.com"
    assert settings.wechat_open_base == "https://open.weixin.qq.com"
    assert settings.serves_sandbox is False


def test_simulator_keeps_its_memory_beside_the_database(app):
    instance = app.extensions["votesite"].settings.instance

    connection = sqlite3.connect(instance / "sandbox.db")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()

    assert {"codes", "personas", "switches"} <= tables
    assert not {"codes", "personas", "switches"} & set(db.metadata.tables)

import sqlite3
import time
from datetime import timedelta

import pytest
import requests

from tests.support.live import base_of, browser, running_site
from tests.support.site import settings_for
from votesite import clock, config
from votesite.errors import WeChatUnavailable
from votesite.extensions import site
from votesite.wechat import CodeRefused
from votesite.wechat.sandbox import register_sandbox
from votesite.wechat.sandbox.faults import PLACES
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.personas import PERSONAS
from votesite.wechat.sandbox.state import CodeState, State

APP_ID, SECRET = "wx0123456789abcdef", "s" * 32


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One site for the module; its simulator is reset before each test."""
    with running_site(tmp_path_factory.mktemp("site")) as app:
        yield app


@pytest.fixture
def app(running):
    running.extensions["votesite.sandbox"].state.reset()
    return running


@pytest.fixture
def wechat(app):
    return site().wechat


@pytest.fixture
def state(app):
    return app.extensions["votesite.sandbox"].state


@pytest.fixture
def pages(app):
    return browser(app)


@pytest.fixture
def api(app):
    """GET an address of the simulator's server side."""

    def ask(path, **query):
        return requests.get(f"{base_of(app)}/sandbox/api/{path}", params=query, timeout=5)

    return ask


def code_for(state, persona="zhang-guilan"):
    return state.new_codes([persona])[0]


def switch(pages, **fields):
    assert pages.post("/sandbox/switch", data=fields).status_code == 303


def authorize_query(app, **changes):
    fields = {
        "appid": APP_ID,
        "redirect_uri": base_of(app).replace(":", "%3A").replace("/", "%2F")
        + "%2Fwechat%2Fcallback",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "ab12",
    } | changes
    return "&".join(f"{name}={value}" for name, value in fields.items())


def authorize(pages, query):
    return pages.get(f"/sandbox/open/connect/oauth2/authorize?{query}")


# Where it may run at all


def test_sandbox_refuses_production(app, tmp_path):
    settings = config.read(
        {**settings_for(tmp_path), "MODE": "production", "PUBLIC_BASE_URL": "https://v.example.cn"}
    )

    with pytest.raises(RuntimeError, match="never be served in production"):
        register_sandbox(app, settings)


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "::ffff:203.0.113.9", "", "unix"])
@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/api/cgi-bin/token", "/sandbox/calls"])
def test_sandbox_is_unknown_to_other_machines(pages, address, path):
    assert pages.get(path, environ_base={"REMOTE_ADDR": address}).status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.8.8"])
def test_sandbox_answers_this_machine(pages, address):
    assert pages.get("/sandbox/calls", environ_base={"REMOTE_ADDR": address}).json == {}


def test_switches_refuse_a_foreign_page(pages):
    answer = pages.post("/sandbox/reset", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


# The authorise page


def test_authorize_offers_one_link_back_per_persona(app, pages):
    page = authorize(pages, authorize_query(app)).text

    links = page.count(f'href="{base_of(app)}/wechat/callback?code=')
    assert links == len(PERSONAS) == 13
    assert page.count("&amp;state=ab12") == 13
    assert all(persona.name in page for persona in PERSONAS)


def test_authorize_gives_every_persona_another_code(app, pages):
    page = authorize(pages, authorize_query(app)).text

    codes = {part.partition("&amp;")[0] for part in page.split("callback?code=")[1:]}
    assert len(codes) == 13


def test_authorize_sends_a_named_persona_straight_back(app, pages):
    answer = authorize(pages, authorize_query(app) + "&persona=li-jianguo")

    assert answer.status_code == 302
    assert answer.location.startswith(f"{base_of(app)}/wechat/callback?code=")
    assert answer.location.endswith("&state=ab12")


def test_authorize_appends_to_a_query_and_keeps_silent_without_state(app, pages):
    back = base_of(app).replace(":", "%3A").replace("/", "%2F") + "%2Fwechat%2Fcallback%3Fa%3D1"
    query = authorize_query(app, redirect_uri=back).removesuffix("&state=ab12")

    answer = authorize(pages, query + "&persona=li-jianguo")

    assert answer.location.startswith(f"{base_of(app)}/wechat/callback?a=1&code=")
    assert "state" not in answer.location


STRICT = {
    "another order": lambda app: "&".join(reversed(authorize_query(app).split("&"))),
    "state first": lambda app: "state=ab12&" + authorize_query(app).removesuffix("&state=ab12"),
    "another response type": lambda app: authorize_query(app, response_type="token"),
    "no scope": lambda app: authorize_query(app).replace("&scope=snsapi_base", ""),
    "unknown scope": lambda app: authorize_query(app, scope="snsapi_login"),
    "state with a hyphen": lambda app: authorize_query(app, state="ab-12"),
    "state of 129": lambda app: authorize_query(app, state="a" * 129),
    "another appid": lambda app: authorize_query(app, appid="wxffffffffffffffff"),
    "foreign host": lambda app: authorize_query(app, redirect_uri="https%3A%2F%2Fevil.example%2F"),
    "subdomain": lambda app: authorize_query(app, redirect_uri="http%3A%2F%2Fwww.localhost%2F"),
    "userinfo": lambda app: authorize_query(
        app, redirect_uri="http%3A%2F%2Flocalhost%40evil.example%2F"
    ),
    "encoded twice": lambda app: authorize_query(app, redirect_uri="http%253A%252F%252Flocalhost"),
    "script": lambda app: authorize_query(app, redirect_uri="javascript%3Aalert(1)"),
    "unclosed bracket": lambda app: authorize_query(app, redirect_uri="http%3A%2F%2F%5B"),
    "nothing": lambda app: "",
}


@pytest.mark.parametrize("query", STRICT.values(), ids=STRICT.keys())
def test_authorize_is_as_strict_as_wechat(app, pages, query):
    answer = authorize(pages, query(app))

    assert answer.status_code == 400
    assert "/wechat/callback?code=" not in answer.text


def test_double_leads_to_the_registered_host_only(pages):
    answer = pages.get(
        "/sandbox/open/double?first=https://evil.example/&again=https://evil.example/"
    )

    assert answer.status_code == 400
    assert "evil.example" not in answer.text


# The exchange, through the site's own client


def test_code_gives_the_same_openid_at_every_login(wechat, state):
    first, second = (wechat.exchange(code_for(state)).openid for _ in range(2))

    assert first == second
    assert len(first) == 28
    assert first.startswith("o")


def test_openids_differ_by_persona_and_by_app(app, tmp_path):
    settings = app.extensions["votesite"].settings
    other = config.read(settings_for(tmp_path, WECHAT_APP_ID="wx" + "2" * 16))

    found = {
        Identifiers(settings).openid("zhang-guilan"),
        Identifiers(settings).openid("li-jianguo"),
        Identifiers(other).openid("zhang-guilan"),
        Identifiers(settings).virtual_openid("zhang-guilan"),
    }
    assert len(found) == 4


def test_code_works_once(wechat, state, api):
    code = code_for(state)
    wechat.exchange(code)

    with pytest.raises(CodeRefused):
        wechat.exchange(code)
    asked = {"appid": APP_ID, "secret": SECRET, "grant_type": "authorization_code"}
    assert api("sns/oauth2/access_token", code=code, **asked).json()["errcode"] == 40163


def test_code_ends_after_five_minutes(tmp_path):
    moments = [clock.now()]
    state = State(tmp_path / "sandbox.db", lambda: moments[0])
    early, late = state.new_codes(["a", "a"])

    moments[0] += timedelta(minutes=5)
    assert state.use_code(early) is CodeState.GOOD
    moments[0] += timedelta(seconds=1)
    assert state.use_code(late) is CodeState.EXPIRED


def test_snapshot_persona_gets_a_virtual_openid_and_the_flag(wechat, state):
    assert wechat.exchange(code_for(state, "kuaizhao")).is_snapshot is True


ASKED = {"appid": APP_ID, "secret": SECRET, "code": "x", "grant_type": "authorization_code"}


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"code": None}, 41008),
        ({"appid": "wx2"}, 40013),
        ({"secret": "t" * 32}, 40125),
        ({"grant_type": "client_credential"}, 40002),
        ({}, 40029),
    ],
)
def test_exchange_names_what_is_wrong_as_wechat_does(api, changes, errcode):
    answer = api("sns/oauth2/access_token", **(ASKED | changes))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.json()["errcode"] == errcode
    assert ", rid: " in answer.json()["errmsg"]


def test_good_reply_has_the_documented_fields_and_no_errcode(api, state):
    answer = api("sns/oauth2/access_token", **(ASKED | {"code": code_for(state)})).json()

    assert set(answer) == {"access_token", "expires_in", "refresh_token", "openid", "scope"}


def test_user_token_refreshes_and_checks_but_tells_no_name(api, state):
    given = api("sns/oauth2/access_token", **(ASKED | {"code": code_for(state)})).json()
    about = {"access_token": given["access_token"], "openid": given["openid"]}

    again = api(
        "sns/oauth2/refresh_token",
        appid=APP_ID,
        grant_type="refresh_token",
        refresh_token=given["refresh_token"],
    ).json()

    assert again["openid"] == given["openid"]
    assert api("sns/auth", **about).json()["errcode"] == 0
    assert api("sns/auth", **(about | {"openid": "o"})).json()["errcode"] == 40003
    assert api("sns/auth", **(about | {"access_token": "t"})).json()["errcode"] == 40014
    assert api("sns/userinfo", **about).json()["errcode"] == 48001


# Faults


@pytest.mark.parametrize(
    "name",
    ["html502", "html", "reset", "busy", "not-whitelisted", "quota", "list", "empty", "flood"],
)
def test_fault_of_one_persona_spares_the_others(wechat, state, pages, name):
    switch(pages, place="login", persona="zhao-wei", name=name)

    with pytest.raises(WeChatUnavailable):
        wechat.exchange(code_for(state, "zhao-wei"))
    assert wechat.exchange(code_for(state, "wu-fang")).openid


@pytest.mark.parametrize(("name", "at_least", "at_most"), [("slow", 2.5, 4), ("trickle", 4, 6)])
def test_slow_faults_are_ended_by_the_client(wechat, state, pages, name, at_least, at_most):
    switch(pages, place="login", name=name)
    begun = time.monotonic()

    with pytest.raises(WeChatUnavailable):
        wechat.exchange(code_for(state))

    assert at_least < time.monotonic() - begun < at_most


def test_fault_may_come_once(wechat, state, pages):
    switch(pages, place="login", name="busy", times="1")

    assert wechat.exchange(code_for(state)).openid
    assert state.calls() == {"sns/oauth2/access_token": 2}
    assert state.switches() == []


@pytest.mark.parametrize("name", ["snapshot", "snapshot-text", "snapshot-true"])
def test_snapshot_flag_comes_in_every_form(wechat, state, pages, name):
    switch(pages, place="login", name=name)

    assert wechat.exchange(code_for(state)).is_snapshot is True


def test_snapshot_flag_may_be_missing(wechat, state, pages):
    switch(pages, place="login", persona="kuaizhao", name="snapshot-unflagged")

    assert wechat.exchange(code_for(state, "kuaizhao")).is_snapshot is False


def test_errmsg_may_be_missing(wechat, state, pages):
    switch(pages, place="login", name="no-errmsg")

    with pytest.raises(CodeRefused):
        wechat.exchange(code_for(state))


def test_refusing_persona_comes_back_without_a_code(app, pages):
    switch(pages, place="browser", persona="zhao-wei", name="refuse")

    answer = authorize(pages, authorize_query(app) + "&persona=zhao-wei")

    assert answer.location == f"{base_of(app)}/wechat/callback?state=ab12"


@pytest.mark.parametrize(("name", "codes"), [("two-codes", 2), ("twice", 1)])
def test_callback_may_be_opened_twice(app, pages, name, codes):
    switch(pages, place="browser", name=name)

    way = authorize(pages, authorize_query(app) + "&persona=zhao-wei").location
    page = pages.get(way).text

    found = {part[:32] for part in page.split("code=")[1:]}
    assert len(found) == codes
    assert '<meta http-equiv="refresh"' in page
    assert '<img src="' in page


def test_fault_is_switched_off(pages, state):
    switch(pages, place="login", persona="zhao-wei", name="busy")
    switch(pages, place="login", persona="zhao-wei", name="busy", times="0")

    assert state.switches() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"place": "login", "name": "unknown"},
        {"place": "browser", "name": "slow"},
        {"place": "elsewhere", "name": "slow"},
        {"place": "login", "name": "slow", "times": "-2"},
        {"place": "login", "name": "slow", "persona": "O'Neill"},
        {},
    ],
)
def test_unknown_fault_is_refused(pages, state, fields):
    assert pages.post("/sandbox/switch", data=fields).status_code == 400
    assert state.switches() == []


def test_switch_page_shows_what_is_on_and_every_fault(pages):
    switch(pages, place="login", persona="zhao-wei", name="slow", times="2")

    page = pages.get("/sandbox/").text

    assert "赵伟" in page
    assert "还有 2 次" in page
    faults, people, times = sum(map(len, PLACES.values())), 1 + len(PERSONAS), 3
    assert page.count("<option") == faults + 2 * people + 2 * times


# Base token, follow check, ticket


def test_stable_token_stays_the_same_and_tells_its_rest(api, app):
    def fetch(**changes):
        asked = {
            "grant_type": "client_credential",
            "appid": APP_ID,
            "secret": SECRET,
            "force_refresh": False,
        }
        address = f"{base_of(app)}/sandbox/api/cgi-bin/stable_token"
        return requests.post(address, json=asked | changes, timeout=5).json()

    first, second, forced = fetch(), fetch(), fetch(force_refresh=True)

    assert first["access_token"] == second["access_token"] != forced["access_token"]
    assert 7190 < first["expires_in"] <= 7200
    assert fetch(force_refresh=None)["errcode"] == 41002
    assert fetch(secret="x")["errcode"] == 40125


def test_unstable_token_replaces_the_older_one(api):
    asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}

    first, second = (api("cgi-bin/token", **asked).json()["access_token"] for _ in range(2))

    assert first != second


def test_old_token_works_five_minutes_more(tmp_path):
    moments = [clock.now()]
    state = State(tmp_path / "sandbox.db", lambda: moments[0])
    old = state.token_generation()
    state.rotate()

    moments[0] += timedelta(seconds=299)
    assert state.token_life(old) > 0
    moments[0] += timedelta(seconds=1)
    assert state.token_life(old) == 0


def test_follow_check_tells_followers_from_others(wechat, state):
    follower, other = (
        wechat.exchange(code_for(state, persona)).openid for persona in ("zhang-guilan", "zhao-wei")
    )

    assert (wechat.follows(follower), wechat.follows(other)) == (True, False)


def test_persona_follows_and_leaves_by_a_button(wechat, state, pages):
    openid = wechat.exchange(code_for(state, "zhao-wei")).openid

    pages.post("/sandbox/follow", data={"persona": "zhao-wei", "follows": "1"})
    after_following = wechat.follows(openid)
    pages.post("/sandbox/follow", data={"persona": "zhao-wei", "follows": "0"})

    assert (after_following, wechat.follows(openid)) == (True, False)


def test_rotated_token_costs_the_site_one_renewal(wechat, state, pages):
    openid = wechat.exchange(code_for(state)).openid
    wechat.follows(openid)
    before = state.calls()

    pages.post("/sandbox/rotate", data={"grace": "0"})

    assert wechat.follows(openid) is True
    assert state.calls()["cgi-bin/stable_token"] == before["cgi-bin/stable_token"] + 1
    assert state.calls()["cgi-bin/user/info"] == before["cgi-bin/user/info"] + 2


def test_made_up_token_is_refused(api):
    assert api("cgi-bin/user/info", access_token="7_x", openid="o").json()["errcode"] == 40001
    assert api("cgi-bin/ticket/getticket", type="jsapi").json()["errcode"] == 41001


def test_qr_code_needs_a_known_action(api, app, state):
    token = app.extensions["votesite.sandbox"].identifiers.base_token(state.token_generation())
    address = f"{base_of(app)}/sandbox/api/cgi-bin/qrcode/create?access_token={token}"

    good = requests.post(address, json={"action_name": "QR_STR_SCENE"}, timeout=5).json()
    bad = requests.post(address, json={"action_name": "DANCE"}, timeout=5).json()

    assert set(good) == {"ticket", "expire_seconds", "url"}
    assert bad["errcode"] == 47001


# What lies on the disk


def test_database_of_the_simulator_holds_no_code_openid_or_token(app, wechat, state):
    code = code_for(state)
    openid = wechat.exchange(code).openid
    wechat.follows(openid)
    token = app.extensions["votesite.sandbox"].identifiers.base_token(state.token_generation())

    with sqlite3.connect(state._path) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()

    assert "zhang-guilan" in dump
    assert [found for found in (code, openid, token, SECRET) if found in dump] == []

import datetime
import ipaddress
import logging
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.scripted_wechat import dripping, error, hang_up, reply, scripted_wechat, silence
from tests.support.site import settings_for
from votesite import config
from votesite.errors import WeChatUnavailable
from votesite.wechat import CodeRefused, Identity, WeChat

APP_ID, SECRET = "wx0123456789abcdef", "s" * 32
CODE, OPENID = "c0de" * 8, "oOPENID-of-somebody-in-part"
GOOD = reply({"access_token": "t", "expires_in": 7200, "openid": OPENID, "scope": "snsapi_base"})
TOKEN = reply({"access_token": "base-token-1", "expires_in": 7200})
NEW_TOKEN = reply({"access_token": "base-token-2", "expires_in": 7200})
TICKET = reply({"errcode": 0, "errmsg": "ok", "ticket": "ticket-1", "expires_in": 7200})
DRIP_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 999\r\n\r\n"
DRIP_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Tokens:
    """A store in memory that keeps what it was given for how long."""

    def __init__(self):
        self.kept = {}

    def get(self, name):
        return self.kept.get(name, (None,))[0]

    def put(self, name, value, expires_in):
        self.kept[name] = (value, expires_in)

    def drop(self, name):
        self.kept.pop(name, None)


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def wechat_at(tmp_path, tokens):
    def make(base):
        changes = {"WECHAT_API_BASE": base, "WECHAT_OPEN_BASE": base}
        return WeChat(config.read(settings_for(tmp_path, **changes)), tokens)

    return make


def paths(server):
    return [path for _method, path, _query, _body in server.requests]


# The way to WeChat


def test_authorize_url_has_wechats_order_and_fragment(tmp_path, tokens):
    wechat = WeChat(config.read(settings_for(tmp_path)), tokens)

    url = wechat.authorize_url("https://vote.example.gov.cn/wechat/callback", "ab12")

    assert url == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef"
        "&redirect_uri=https%3A%2F%2Fvote.example.gov.cn%2Fwechat%2Fcallback"
        "&response_type=code&scope=snsapi_base&state=ab12#wechat_redirect"
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_authorize_url_of_the_demo_follows_the_loopback_name_in_use(tmp_path, tokens, host):
    settings = config.read({"MODE": "demo", "INSTANCE": str(tmp_path)}, port="8120")

    url = WeChat(settings, tokens).authorize_url(f"http://{host}:8120/wechat/callback", "ab12")

    assert url.startswith(f"http://{host}:8120/sandbox/open/connect/oauth2/authorize?appid=wx")


# The exchange


def test_exchange_asks_once_with_the_documented_fields(wechat_at):
    with scripted_wechat(GOOD) as server:
        found = wechat_at(server.base).exchange(CODE)

    assert found == Identity(OPENID, is_snapshot=False)
    assert server.requests == [
        (
            "GET",
            "/sns/oauth2/access_token",
            {
                "appid": [APP_ID],
                "secret": [SECRET],
                "code": [CODE],
                "grant_type": ["authorization_code"],
            },
            b"",
        )
    ]


@pytest.mark.parametrize("content_type", ["text/plain", "text/html; charset=gbk", "image/png"])
def test_exchange_reads_json_under_any_content_type(wechat_at, content_type):
    answer = reply({"openid": OPENID, "city": "昆明"}, content_type=content_type)

    with scripted_wechat(answer) as server:
        assert wechat_at(server.base).exchange(CODE).openid == OPENID


@pytest.mark.parametrize("flag", [1, "1", True, "true"])
def test_exchange_tells_a_snapshot_and_drops_its_virtual_openid(wechat_at, flag):
    with scripted_wechat(reply({"openid": OPENID, "is_snapshotuser": flag})) as server:
        assert wechat_at(server.base).exchange(CODE) == Identity("", is_snapshot=True)


@pytest.mark.parametrize("flag", [0, "0", False, None])
def test_exchange_takes_an_absent_snapshot_flag_for_a_person(wechat_at, flag):
    with scripted_wechat(reply({"openid": OPENID, "is_snapshotuser": flag})) as server:
        assert wechat_at(server.base).exchange(CODE).is_snapshot is False


@pytest.mark.parametrize("code", [40029, 40163, 42003, "40029"])
def test_exchange_refuses_unknown_used_and_old_codes_after_one_call(wechat_at, code):
    with scripted_wechat(error(code)) as server, pytest.raises(CodeRefused):
        wechat_at(server.base).exchange(CODE)

    assert len(server.requests) == 1


@pytest.mark.parametrize("code", ["", "a\nb", "c" * 513, "码"])
def test_exchange_refuses_what_is_no_code_without_a_call(wechat_at, code):
    with scripted_wechat(GOOD) as server, pytest.raises(CodeRefused):
        wechat_at(server.base).exchange(code)

    assert server.requests == []


def test_exchange_tries_a_busy_wechat_once_more(wechat_at):
    with scripted_wechat(error(-1), GOOD) as server:
        assert wechat_at(server.base).exchange(CODE).openid == OPENID

    assert len(server.requests) == 2


def test_exchange_gives_up_when_wechat_stays_busy(wechat_at):
    with scripted_wechat(error(-1)) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).exchange(CODE)

    assert len(server.requests) == 2


BROKEN = {
    "502 page": reply(b"<html>502 Bad Gateway</html>", 502),
    "500 with a good body": reply({"openid": OPENID}, 500),
    "redirect": reply({"openid": OPENID}, 302, Location="http://127.0.0.1:9/elsewhere"),
    "page instead of JSON": reply(b"<html>hello</html>"),
    "nothing": reply(b""),
    "list": reply([{"openid": OPENID}]),
    "text": reply("openid"),
    "number": reply(7),
    "null": reply(None),
    "not UTF-8": reply(b'{"openid": "\xff\xfe"}'),
    "deep nesting": reply(b"[" * 60_000),
    "no openid": reply({"access_token": "t", "expires_in": 7200}),
    "empty openid": reply({"openid": ""}),
    "openid of another type": reply({"openid": 12345}),
    "openid list": reply({"openid": ["o"]}),
    "openid with a line end": reply({"openid": "o\nx"}),
    "endless openid": reply({"openid": "o" * 200}),
    "another errcode": error(40125),
    "errcode without errmsg": reply({"errcode": 50002}),
    "errcode of another type": reply({"errcode": {"a": 1}, "openid": OPENID}),
    "errcode true": reply({"errcode": True, "openid": OPENID}),
    "quota": error(45009),
    "minute quota": error(45011),
    "not whitelisted": error(40164),
    "over 64 KB": reply({"openid": OPENID, "x": "y" * 70_000}),
    "hung up": hang_up,
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_exchange_calls_every_broken_reply_unavailable(wechat_at, answer):
    with scripted_wechat(answer) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).exchange(CODE)

    assert len(server.requests) == 1


def test_exchange_without_a_listener_is_unavailable_at_once(wechat_at):
    begun = time.monotonic()

    with pytest.raises(WeChatUnavailable):
        wechat_at("http://127.0.0.1:9").exchange(CODE)

    assert time.monotonic() - begun < 2.5


def test_exchange_waits_three_seconds_for_a_silent_wechat(wechat_at):
    with scripted_wechat(silence(4)) as server:
        begun = time.monotonic()
        with pytest.raises(WeChatUnavailable):
            wechat_at(server.base).exchange(CODE)
        took = time.monotonic() - begun

    assert 2.5 < took < 3.8


@pytest.mark.parametrize(
    "answer",
    [
        dripping(DRIP_BODY),
        dripping(DRIP_CHUNKS, b"1\r\no\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a"),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n"),
    ],
    ids=["body", "chunks", "header line", "header lines"],
)
def test_exchange_ends_a_trickle_after_five_seconds(wechat_at, answer):
    with scripted_wechat(answer) as server:
        begun = time.monotonic()
        with pytest.raises(WeChatUnavailable):
            wechat_at(server.base).exchange(CODE)
        took = time.monotonic() - begun

    assert 4.0 < took < 5.8


def test_exchange_goes_through_no_proxy_of_the_environment(wechat_at, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")

    with scripted_wechat(GOOD) as server:
        assert wechat_at(server.base).exchange(CODE).openid == OPENID


def test_calls_keep_no_cookie_of_wechat(wechat_at):
    answer = reply({"openid": OPENID}, Set_Cookie="a=b")

    with scripted_wechat(answer) as server:
        wechat = wechat_at(server.base)
        wechat.exchange(CODE)

    assert list(wechat._transport.cookies) == []


# Over TLS


@pytest.fixture
def own_certificate(tmp_path):
    """A certificate for 127.0.0.1 that no authority knows; its file and the server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "own.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


def test_tls_refuses_a_certificate_no_authority_knows(wechat_at, own_certificate):
    with scripted_wechat(GOOD, tls=own_certificate[1]) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).exchange(CODE)

    assert server.requests == []


def test_tls_reads_a_good_reply(wechat_at, own_certificate):
    with scripted_wechat(GOOD, tls=own_certificate[1]) as server:
        wechat = wechat_at(server.base)
        wechat._transport.verify = str(own_certificate[0])
        assert wechat.exchange(CODE).openid == OPENID


def test_tls_ends_a_trickle_after_five_seconds(wechat_at, own_certificate):
    with scripted_wechat(dripping(DRIP_BODY), tls=own_certificate[1]) as server:
        wechat = wechat_at(server.base)
        wechat._transport.verify = str(own_certificate[0])
        begun = time.monotonic()
        with pytest.raises(WeChatUnavailable):
            wechat.exchange(CODE)
        took = time.monotonic() - begun

    assert 4.0 < took < 5.8


# What must stay secret


@pytest.mark.parametrize("answer", [GOOD, *BROKEN.values(), error(40029)])
def test_no_secret_reaches_a_log_or_an_exception(wechat_at, caplog, answer):
    caplog.set_level(logging.DEBUG)
    caught = None

    with scripted_wechat(answer) as server:
        wechat = wechat_at(server.base)
        try:
            found = wechat.exchange(CODE)
        except (CodeRefused, WeChatUnavailable) as fault:
            caught = fault
        else:
            caught = ValueError(repr(found), repr(wechat._settings))

    told = caplog.text
    while caught is not None:
        told += repr(caught) + str(caught)
        caught = caught.__cause__ or caught.__context__
    assert [secret for secret in (SECRET, CODE, OPENID) if secret in told] == []


def test_no_token_reaches_a_log_or_an_exception(wechat_at, caplog):
    caplog.set_level(logging.DEBUG)

    with (
        scripted_wechat(TOKEN, error(40001), NEW_TOKEN, error(40001)) as server,
        pytest.raises(WeChatUnavailable) as caught,
    ):
        wechat_at(server.base).follows(OPENID)

    told = caplog.text + repr(caught.value.__context__)
    assert [secret for secret in (SECRET, OPENID, "base-token") if secret in told] == []


def test_operator_reads_the_error_code_in_the_log(wechat_at, caplog):
    with scripted_wechat(error(40164)) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).exchange(CODE)

    assert caplog.messages == ["WeChat answered access_token with errcode 40164"]


# Base token and follow check


def test_follow_check_fetches_the_stable_token_without_force(wechat_at, tokens):
    with scripted_wechat(TOKEN, reply({"subscribe": 1, "openid": OPENID})) as server:
        assert wechat_at(server.base).follows(OPENID) is True

    (first, second) = server.requests
    assert first[:2] == ("POST", "/cgi-bin/stable_token")
    assert first[3] == (
        b'{"grant_type": "client_credential", "appid": "%s", "secret": "%s", "force_refresh": false}'
        % (APP_ID.encode(), SECRET.encode())
    )
    assert second[1] == "/cgi-bin/user/info"
    assert second[2] == {"access_token": ["base-token-1"], "openid": [OPENID], "lang": ["zh_CN"]}


def test_token_is_shared_and_ends_before_wechats_own_end(wechat_at, tokens):
    with scripted_wechat(TOKEN, reply({"subscribe": 0, "openid": OPENID})) as server:
        for _ in range(3):
            assert wechat_at(server.base).follows(OPENID) is False

    assert paths(server).count("/cgi-bin/stable_token") == 1
    assert tokens.kept == {f"token|{APP_ID}": ("base-token-1", 7140)}


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_refused_token_is_renewed_once(wechat_at, tokens, code):
    tokens.put(f"token|{APP_ID}", "stale", 7000)
    good = reply({"subscribe": 1, "openid": OPENID})

    with scripted_wechat(error(code), NEW_TOKEN, good) as server:
        assert wechat_at(server.base).follows(OPENID) is True

    assert paths(server) == [
        "/cgi-bin/user/info",
        "/cgi-bin/stable_token",
        "/cgi-bin/user/info",
    ]


def test_token_refused_for_ever_ends_after_one_renewal(wechat_at, tokens):
    tokens.put(f"token|{APP_ID}", "stale", 7000)

    with (
        scripted_wechat(error(40001), NEW_TOKEN, error(40001)) as server,
        pytest.raises(WeChatUnavailable),
    ):
        wechat_at(server.base).follows(OPENID)

    assert len(server.requests) == 3


def test_token_that_another_worker_renewed_is_used_instead_of_a_third(wechat_at, tokens):
    def renewed_meanwhile(handler):
        tokens.put(f"token|{APP_ID}", "fresh", 7000)
        error(40001)(handler)

    tokens.put(f"token|{APP_ID}", "stale", 7000)
    good = reply({"subscribe": 1, "openid": OPENID})

    with scripted_wechat(renewed_meanwhile, good) as server:
        assert wechat_at(server.base).follows(OPENID) is True

    assert server.requests[1][2]["access_token"] == ["fresh"]


@pytest.mark.parametrize(
    "answer",
    [
        error(40003),
        error(45009),
        reply({}),
        reply({"subscribe": 2}),
        reply({"subscribe": None}),
        reply([1]),
        hang_up,
    ],
)
def test_follow_check_says_when_wechat_cannot_tell(wechat_at, tokens, answer):
    tokens.put(f"token|{APP_ID}", "good", 7000)

    with scripted_wechat(answer) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).follows(OPENID)


@pytest.mark.parametrize(
    "answer",
    [
        reply({"access_token": "", "expires_in": 7200}),
        reply({"access_token": "t"}),
        reply({"access_token": 7, "expires_in": 7200}),
        reply({"access_token": "t" * 2049, "expires_in": 7200}),
        error(40164),
    ],
)
def test_broken_token_is_not_kept(wechat_at, tokens, answer):
    with scripted_wechat(answer) as server, pytest.raises(WeChatUnavailable):
        wechat_at(server.base).follows(OPENID)

    assert tokens.kept == {}


# JS-SDK


def test_js_signature_is_the_documented_one(tmp_path, tokens):
    wechat = WeChat(config.read(settings_for(tmp_path)), tokens)
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )

    signature = wechat.sign(
        ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"
    )

    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_js_config_signs_with_a_ticket_fetched_once(wechat_at, tokens):
    url = "https://vote.example.gov.cn/c/x/?a=1"

    with scripted_wechat(TOKEN, TICKET) as server:
        wechat = wechat_at(server.base)
        found = [wechat.js_config(url) for _ in range(5)]

    assert paths(server) == ["/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"]
    assert tokens.kept[f"ticket|{APP_ID}"] == ("ticket-1", 7140)
    assert {one["appId"] for one in found} == {APP_ID}
    assert len({one["nonceStr"] for one in found}) == 5
    assert all(
        one["signature"] == wechat.sign("ticket-1", one["nonceStr"], one["timestamp"], url)
        for one in found
    )


def test_js_config_asks_a_failing_wechat_once_for_many_visitors(wechat_at, tokens):
    tokens.put(f"token|{APP_ID}", "good", 7000)

    with scripted_wechat(hang_up) as server:
        wechat = wechat_at(server.base)
        for _ in range(20):
            with pytest.raises(WeChatUnavailable):
                wechat.js_config("https://vote.example.gov.cn/")

    assert len(server.requests) == 1


def test_js_config_renews_the_token_once_for_its_ticket(wechat_at, tokens):
    tokens.put(f"token|{APP_ID}", "stale", 7000)

    with scripted_wechat(error(42001), NEW_TOKEN, TICKET) as server:
        wechat_at(server.base).js_config("https://vote.example.gov.cn/")

    assert paths(server).count("/cgi-bin/stable_token") == 1

"""Calls to WeChat through wechatpy, with the traps of wechatpy 1.8.18 closed.

It has no time-outs, retries without end, fetches the base token from a fixed address, keeps it per
process and puts the secret into its exceptions (docs/decisions/0004-one-door-to-wechat.md).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

from wechatpy import WeChatClient, WeChatOAuth

from votesite.clock import Clock, monotonic, real
from votesite.config import LOOPBACK, Settings
from votesite.errors import WeChatUnavailable
from votesite.wechat.push import Mailbox
from votesite.wechat.replies import ErrorReply, ask, text, whole
from votesite.wechat.transport import (
    MAX_FROM_ONE,
    MAX_FROM_SUSPECT,
    Crowded,
    Shares,
    Transport,
)

CODE_REFUSED = (40029, 40163, 42003)
TOKEN_REFUSED = (40001, 40014, 42001)
MAX_CODE = 512
MAX_OPENID = 128
MAX_TOKEN = 2048
MAX_LIFETIME = 7200
LIFE_MARGIN = 60  # seconds before its end at which a token no longer counts
QUIET_SECONDS = 5.0  # after a failed ticket, so that browsing does not call WeChat per visitor
QUEUE_SECONDS = 1.0
SANDBOX_OPEN_PATH = "/sandbox/open"

log = logging.getLogger(__name__)


class TokenStore(Protocol):
    """Where the base token and the ticket are stored, shared by all workers."""

    def get(self, name: str) -> str | None:
        """Returns the value if it is valid now, else None."""

    def put(self, name: str, value: str, expires_in: int) -> None:
        """Store a value that is valid for `expires_in` seconds."""

    def drop(self, name: str) -> None:
        """Delete a value."""


class CodeRefused(Exception):
    """The code of this callback is unknown, used or too old."""


@dataclass(frozen=True)
class Identity:
    """Who WeChat says is there. A snapshot page's openid is nobody's."""

    openid: str = field(repr=False)
    is_snapshot: bool


class WeChat:
    """What the site asks of WeChat. All threads of a process share one."""

    def __init__(self, settings: Settings, tokens: TokenStore, clock: Clock = real) -> None:
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._transport = Transport()
        self._shares = Shares()
        self._client = _Client(settings, tokens, self._transport)
        # Held by the one thread that fetches a ticket; others wait for it a second at most.
        self._ticket_lock = Lock()
        # Until when (monotonic seconds) no ticket is asked for. Written under the lock; read before
        # it too, where a stale value only means one call more or less.
        self._quiet_until = 0.0
        self.mailbox = Mailbox(
            settings.wechat_token, settings.wechat_aes_key, settings.wechat_app_id
        )

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Returns where a login begins; WeChat sends the browser back to `redirect_uri`."""
        oauth = self._oauth(redirect_uri, state)
        oauth.OAUTH_BASE_URL = _open_base(self._settings, redirect_uri) + "/connect/"
        address: str = oauth.authorize_url
        return address

    def exchange(self, code: str, network: bytes = b"", *, is_suspect: bool = False) -> Identity:
        """Returns the person behind a code; raises CodeRefused or WeChatUnavailable.

        `network`: from where the code came; `is_suspect` if many invented ones did just now.
        """
        if text(code, MAX_CODE) is None:
            raise CodeRefused
        oauth = self._oauth("", "")
        try:
            with self._shares.one(network, MAX_FROM_SUSPECT if is_suspect else MAX_FROM_ONE):
                errcode, reply = _outcome(lambda: oauth.fetch_access_token(code), "access_token")
        except Crowded:
            raise WeChatUnavailable from None
        if errcode in CODE_REFUSED:
            raise CodeRefused
        is_snapshot = reply.get("is_snapshotuser") not in (None, False, 0, "0", "")
        openid = text(reply.get("openid"), MAX_OPENID)
        if is_snapshot:
            return Identity("", True)
        if errcode or openid is None:
            raise WeChatUnavailable
        return Identity(openid, False)

    def follows(self, openid: str) -> bool:
        """Whether a person follows the account now; raises WeChatUnavailable."""
        _errcode, reply = _outcome(lambda: self._client.user.get(openid), "user/info")
        subscribed = whole(reply.get("subscribe"))
        if subscribed not in (0, 1):
            raise WeChatUnavailable
        return subscribed == 1

    def token_refusal(self) -> int:
        """Returns 0 if WeChat gives this site a base token, else its error code.

        Raises WeChatUnavailable.
        """
        errcode, _ = _outcome(self._client.ask_token, "stable_token")
        return errcode

    def js_config(self, url: str) -> dict[str, str | int]:
        """Returns what `wx.config` needs on a page: a signature over its address.

        Raises WeChatUnavailable.
        """
        ticket = self._tokens.get(self._ticket_name) or self._new_ticket()
        nonce, timestamp = token_hex(8), int(self._clock().timestamp())
        return {
            "appId": self._settings.wechat_app_id,
            "timestamp": timestamp,
            "nonceStr": nonce,
            "signature": self.sign(ticket, nonce, timestamp, url),
        }

    def sign(self, ticket: str, nonce: str, timestamp: int, url: str) -> str:
        """Returns the JS-SDK signature of an address without its fragment."""
        signed: str = self._client.jsapi.get_jsapi_signature(nonce, ticket, timestamp, url)
        return signed

    @property
    def _ticket_name(self) -> str:
        return f"ticket|{self._settings.wechat_app_id}"

    def _new_ticket(self) -> str:
        """Fetch a ticket, one call at a time, and for a while after a failure none at all.

        Otherwise every page that somebody reads would wait for WeChat.
        """
        if monotonic() < self._quiet_until or not self._ticket_lock.acquire(timeout=QUEUE_SECONDS):
            raise WeChatUnavailable
        try:
            ticket = self._tokens.get(self._ticket_name)
            if ticket is None and monotonic() >= self._quiet_until:
                self._quiet_until = monotonic() + QUIET_SECONDS
                ticket = self._fetch_ticket()
                self._quiet_until = 0.0
        finally:
            self._ticket_lock.release()
        if ticket is None:
            raise WeChatUnavailable
        return ticket

    def _fetch_ticket(self) -> str | None:
        _errcode, reply = _outcome(self._client.jsapi.get_ticket, "getticket")
        return _keep(self._tokens, self._ticket_name, reply, "ticket")

    def _oauth(self, redirect_uri: str, state: str) -> "_OAuth":
        return _OAuth(self._settings, redirect_uri, state, self._transport)


class _OAuth(WeChatOAuth):  # type: ignore[misc]
    """wechatpy's web authorisation on our transport."""

    def __init__(
        self, settings: Settings, redirect_uri: str, state: str, transport: Transport
    ) -> None:
        super().__init__(
            settings.wechat_app_id, settings.wechat_app_secret, redirect_uri, "snsapi_base", state
        )
        self._http = transport
        self.API_BASE_URL = settings.wechat_api_base + "/"

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> dict[str, object]:
        return ask(self._http, method, self.API_BASE_URL + url_or_endpoint, **kwargs)

    def fetch_access_token(self, code: str) -> dict[str, object]:
        """Exchange a code. wechatpy's own insists on fields that this site has no use for."""
        reply: dict[str, object] = self._get(
            "sns/oauth2/access_token",
            params={
                "appid": self.app_id,
                "secret": self.secret,
                "code": code,
                "grant_type": "authorization_code",
            },
        )
        return reply


class _Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's server calls with the stable token from the shared store, renewed at most once."""

    def __init__(self, settings: Settings, tokens: TokenStore, transport: Transport) -> None:
        super().__init__(settings.wechat_app_id, settings.wechat_app_secret, auto_retry=False)
        self._http = transport
        self._tokens = tokens
        self._name = f"token|{settings.wechat_app_id}"
        self.API_BASE_URL = settings.wechat_api_base + "/cgi-bin/"

    @property
    def access_token(self) -> str:
        """The base token, fetched only if no worker has a valid one."""
        return self._tokens.get(self._name) or self._fetch()

    def fetch_access_token(self) -> None:
        """Fetch a new token; wechatpy's own asks a fixed address for the unstable kind."""
        self._fetch()

    def ask_token(self) -> dict[str, object]:
        """Returns WeChat's answer to who asks for the base token that is valid now."""
        return ask(
            self._http,
            "post",
            self.API_BASE_URL + "stable_token",
            json={
                "grant_type": "client_credential",
                "appid": self.appid,
                "secret": self.secret,
                "force_refresh": False,
            },
        )

    def _fetch(self) -> str:
        token = _keep(self._tokens, self._name, self.ask_token(), "access_token")
        if token is None:
            raise WeChatUnavailable
        return token

    def _renewed(self, stale: str) -> str:
        """Returns another worker's newer token, else a new one."""
        token = self._tokens.get(self._name)
        if token is not None and token != stale:
            return token
        self._tokens.drop(self._name)
        return self._fetch()

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> dict[str, object]:
        kwargs.pop("api_base_url", None)
        url, params = self.API_BASE_URL + url_or_endpoint, kwargs.pop("params", {})
        token = self.access_token
        try:
            return ask(self._http, method, url, params={**params, "access_token": token}, **kwargs)
        except ErrorReply as reply:
            if reply.code not in TOKEN_REFUSED:
                raise
        token = self._renewed(token)
        return ask(self._http, method, url, params={**params, "access_token": token}, **kwargs)


def _outcome(call: Callable[[], dict[str, object]], name: str) -> tuple[int, dict[str, object]]:
    """Returns a call's error code, 0 for none, and its reply; only the code gets into the log."""
    try:
        return 0, call()
    except ErrorReply as reply:
        if reply.code not in CODE_REFUSED:
            log.warning("WeChat answered %s with errcode %d", name, reply.code)
        return reply.code, {}


def _keep(tokens: TokenStore, name: str, reply: dict[str, object], key: str) -> str | None:
    """Store the token of a reply, and return it; None if the reply has none."""
    value = text(reply.get(key), MAX_TOKEN)
    life = whole(reply.get("expires_in"))
    if value is None or life is None:
        return None
    tokens.put(name, value, max(1, min(life, MAX_LIFETIME) - LIFE_MARGIN))
    return value


def _open_base(settings: Settings, redirect_uri: str) -> str:
    """Returns the authorise page's site; the demo's follows the loopback name that cookies use."""
    base, own = urlsplit(settings.wechat_open_base), urlsplit(redirect_uri)
    follows_host = (
        settings.is_demo
        and base.path == SANDBOX_OPEN_PATH
        and base.port == own.port
        and {base.hostname, own.hostname} <= set(LOOPBACK)
    )
    return f"{own.scheme}://{own.netloc}{base.path}" if follows_host else settings.wechat_open_base

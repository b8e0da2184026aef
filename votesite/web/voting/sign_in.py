"""Signing in through WeChat: redirect and callback; also share signature and pushed messages."""

from flask import Response, request, url_for

from votesite import clock, rate_limits
from votesite.domain.campaigns import listing
from votesite.errors import (
    Busy,
    MalformedRequest,
    Refused,
    SnapshotUser,
    TooLarge,
    WeChatUnavailable,
)
from votesite.extensions import site
from votesite.networks import prefix
from votesite.web.access import identity
from votesite.web.access.forms import read_body
from votesite.web.access.identity import PendingLogin
from votesite.web.access.visitors import base_url, client_address, wants_json
from votesite.web.responses import page, private_json, problem
from votesite.web.voting.blueprint import bp
from votesite.wechat import CodeRefused
from votesite.wechat.push import ForgedPush

MAX_NEXT = 512
MAX_URL = 2048
PUSH_BYTES = 64 * 1024


@bp.get("/wechat/login")
def login() -> Response:
    """Redirect to WeChat; the session keeps where to go on afterwards."""
    return _leave(own_path(request.args.get("next")))


@bp.get("/wechat/callback")
def callback() -> Response:
    """Take the callback of WeChat: with a code, or without one if the person declined."""
    login = identity.pending_login(request.args.get("state", ""))
    if login is None:
        return _ended(MalformedRequest(), "voting/sign_in_stale.html", "/")
    code = request.args.get("code", "")
    if not code:
        return page("voting/sign_in_declined.html", next_path=login.next_path)
    rate_limits.check_callback(client_address())
    return _arrive(login, code)


@bp.get("/wechat/js-config")
def js_config() -> Response:
    """Return the signature that lets a page of this site set its share card."""
    url = request.args.get("url", "").partition("#")[0]
    is_sound = url.isprintable() and len(url) <= MAX_URL
    if not is_sound or not url.startswith(base_url() + "/"):
        raise MalformedRequest
    return private_json(site().wechat.js_config(url))


@bp.route("/wechat/push", methods=["GET", "POST"])
def push() -> Response:
    """Take what WeChat pushes. Nothing needs a reply yet, so the answer is always `success`."""
    if (request.content_length or 0) > PUSH_BYTES:
        raise TooLarge
    mailbox, query = site().wechat.mailbox, request.args.to_dict()
    try:
        mailbox.admit(query, clock.real())
        if request.method == "GET":
            return _plain(request.args.get("echostr", ""))
        mailbox.open(query, read_body(PUSH_BYTES))
    except ForgedPush:
        return _plain("forged", 403)
    return _plain("success")


def own_path(given: str | None) -> str:
    """Return `given` if it is a path of this site to go on to, else `/`."""
    path = given or ""
    is_own = path.startswith("/") and path[1:2] not in ("/", "\\")
    is_sound = path.isascii() and path.isprintable() and len(path) <= MAX_NEXT
    return path if is_own and is_sound else "/"


def _leave(next_path: str, *, restarts: int = 0) -> Response:
    state = identity.begin_login(next_path, restarts=restarts)
    back = base_url() + url_for("voting.callback")
    return _go(site().wechat.authorize_url(back, state))


def _arrive(login: PendingLogin, code: str) -> Response:
    address = client_address()
    is_suspect = rate_limits.brings_refused_codes(address)
    try:
        person = site().wechat.exchange(code, prefix(address), is_suspect=is_suspect)
    except CodeRefused:
        if identity.site_voter() is None:  # WeChat itself may call twice with one code
            rate_limits.note_refused_code(address)
        return _begin_again(login)
    except WeChatUnavailable as refusal:
        return _ended(refusal, "voting/sign_in_unavailable.html", login.next_path)
    if person.is_snapshot:
        identity.remember_snapshot()
        return _ended(SnapshotUser(), "voting/sign_in_snapshot.html", login.next_path)
    identity.remember(person.openid, login)
    _ask_whether_follows(login.next_path, person.openid)
    return _go(login.next_path)


def _begin_again(login: PendingLogin) -> Response:
    """After a refused code: go on if signed in, else begin once more, then give up with a page."""
    if identity.site_voter() is not None:
        return _go(login.next_path)
    if login.restarts:
        return _ended(MalformedRequest(), "voting/sign_in_failed.html", login.next_path)
    identity.note_restart(login)
    return _leave(login.next_path, restarts=login.restarts + 1)


def _ask_whether_follows(next_path: str, openid: str) -> None:
    """Ask WeChat about following, for a followers-only campaign.

    The openid is available only here, so the campaign checks it on the way back.
    """
    parts = next_path.partition("?")[0].partition("#")[0].split("/")
    campaign = listing.find(parts[2]) if parts[1] == "c" and len(parts) > 2 else None
    if campaign is None or campaign.ballot["eligibility"] != "followers":
        return
    try:
        answer = site().wechat.follows(openid)
    except (WeChatUnavailable, Busy):
        answer = None
    identity.remember_follow(campaign.slug, answer)


def _ended(refusal: Refused, template: str, next_path: str) -> Response:
    """End a failed login with a page and a button, or with a problem for a program."""
    if wants_json():
        return problem(refusal)
    return page(template, refusal.status, next_path=next_path)


def _go(address: str) -> Response:
    """Redirect with an empty body, so that no page ever holds a state."""
    return Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, mimetype="text/plain")

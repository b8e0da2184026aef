"""Signing in through WeChat: the way there, the way back, the share signature, pushed messages."""

from flask import Response, request, url_for

from votesite import clock, rate_limits
from votesite.domain.campaigns import publishing
from votesite.errors import (
    Busy,
    MalformedRequest,
    Refused,
    SnapshotUser,
    TooLarge,
    WeChatUnavailable,
)
from votesite.extensions import site
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
    """Leave for WeChat at once; the way back is kept in the session."""
    return _leave(own_path(request.args.get("next")))


@bp.get("/wechat/callback")
def callback() -> Response:
    """Come back from WeChat with a code, or without one after a refusal."""
    found = identity.pending_login(request.args.get("state", ""))
    if found is None:
        return _ended(MalformedRequest(), "voting/sign_in_stale.html", "/")
    code = request.args.get("code", "")
    if not code:
        return page("voting/sign_in_declined.html", next_path=found.next_path)
    rate_limits.check_callback(client_address())
    return _arrive(found, code)


@bp.get("/wechat/js-config")
def js_config() -> Response:
    """The signature that lets a page of this site set its share card."""
    url = request.args.get("url", "").partition("#")[0]
    is_sound = url.isprintable() and len(url) <= MAX_URL
    if not is_sound or not url.startswith(base_url() + "/"):
        raise MalformedRequest
    return private_json(site().wechat.js_config(url))


@bp.route("/wechat/push", methods=["GET", "POST"])
def push() -> Response:
    """What WeChat sends by itself. Nothing here needs an answer yet, so the answer is `success`."""
    if (request.content_length or 0) > PUSH_BYTES:
        raise TooLarge
    mailbox, query = site().wechat.mailbox, request.args.to_dict()
    try:
        mailbox.admit(query, clock.now())
        if request.method == "GET":
            return _plain(request.args.get("echostr", ""))
        mailbox.open(query, read_body(PUSH_BYTES))
    except ForgedPush:
        return _plain("forged", 403)
    return _plain("success")


def own_path(given: str | None) -> str:
    """A path of this site to go on to; anything else counts as `/`."""
    path = given or ""
    is_own = path.startswith("/") and path[1:2] not in ("/", "\\")
    is_sound = path.isascii() and path.isprintable() and len(path) <= MAX_NEXT
    return path if is_own and is_sound else "/"


def _leave(next_path: str, *, restarts: int = 0) -> Response:
    state = identity.begin_login(next_path, restarts=restarts)
    back = base_url() + url_for("voting.callback")
    return _go(site().wechat.authorize_url(back, state))


def _arrive(found: PendingLogin, code: str) -> Response:
    try:
        person = site().wechat.exchange(code)
    except CodeRefused:
        return _start_anew(found)
    except WeChatUnavailable as refusal:
        return _ended(refusal, "voting/sign_in_unavailable.html", found.next_path)
    if person.is_snapshot:
        identity.remember_snapshot()
        return _ended(SnapshotUser(), "voting/sign_in_snapshot.html", found.next_path)
    identity.remember(person.openid, found)
    _ask_whether_follows(found.next_path, person.openid)
    return _go(found.next_path)


def _start_anew(found: PendingLogin) -> Response:
    """Whoever is signed in goes on; others are sent to WeChat once more, then told."""
    if identity.site_voter() is not None:
        return _go(found.next_path)
    if found.restarts:
        return _ended(MalformedRequest(), "voting/sign_in_failed.html", found.next_path)
    identity.note_restart(found)
    return _leave(found.next_path, restarts=found.restarts + 1)


def _ask_whether_follows(next_path: str, openid: str) -> None:
    """Only now is the openid at hand, so a campaign for followers asks on the way to it."""
    parts = next_path.partition("?")[0].partition("#")[0].split("/")
    campaign = publishing.find(parts[2]) if parts[1] == "c" and len(parts) > 2 else None
    if campaign is None or campaign.ballot["eligibility"] != "followers":
        return
    try:
        answer = site().wechat.follows(openid)
    except (WeChatUnavailable, Busy):
        answer = None
    identity.remember_follow(campaign.slug, answer)


def _ended(refusal: Refused, template: str, next_path: str) -> Response:
    """A login that led nowhere: a page with a button, or a problem for a program."""
    if wants_json():
        return problem(refusal)
    return page(template, refusal.status, next_path=next_path)


def _go(address: str) -> Response:
    """A redirect with an empty body: no page ever holds a state."""
    return Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, {"Cache-Control": "no-store"}, mimetype="text/plain")

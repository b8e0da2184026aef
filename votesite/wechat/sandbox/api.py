"""The simulator's server side: what `api.weixin.qq.com` answers, strict where WeChat is strict."""

from collections.abc import Callable

from flask import Response, request
from flask.typing import ResponseReturnValue

from votesite.wechat.sandbox.blueprint import bp, sandbox
from votesite.wechat.sandbox.faults import ANSWERS, CHANGES, LOGIN, SERVER, answer, error
from votesite.wechat.sandbox.personas import persona_of
from votesite.wechat.sandbox.state import CodeState

USER_TOKEN_SECONDS = 7200
CODE_ERRORS = {CodeState.UNKNOWN: 40029, CodeState.USED: 40163, CodeState.EXPIRED: 42003}


@bp.get("/api/sns/oauth2/access_token")
def exchange() -> ResponseReturnValue:
    """Exchange a code for an openid."""
    query = request.args
    fault = _app_fault(query.get("appid"), query.get("secret"))
    if fault is None and query.get("grant_type") != "authorization_code":
        fault = 40002
    if fault is None and not query.get("code"):
        fault = 41008
    return error(fault) if fault else _exchange(query["code"])


@bp.get("/api/sns/oauth2/refresh_token")
def refresh() -> ResponseReturnValue:
    """Renew a user's token."""
    query = request.args
    if query.get("appid") != sandbox().settings.wechat_app_id:
        return error(40013)
    if query.get("grant_type") != "refresh_token":
        return error(40002)
    persona = _persona_by(query.get("refresh_token", ""), "refresh")
    return error(40030) if persona is None else answer(_grant(persona))


@bp.get("/api/sns/userinfo")
def userinfo() -> ResponseReturnValue:
    """A token of `snsapi_base` may not ask who somebody is."""
    return error(_user_fault() or 48001)


@bp.get("/api/sns/auth")
def auth() -> ResponseReturnValue:
    """Whether a user's token is good."""
    fault = _user_fault()
    return error(fault) if fault else answer({"errcode": 0, "errmsg": "ok"})


@bp.get("/api/cgi-bin/token")
def token() -> ResponseReturnValue:
    """A new base token in place of the old one."""
    query = request.args
    fault = _app_fault(query.get("appid"), query.get("secret"))
    if fault is None and query.get("grant_type") != "client_credential":
        fault = 40002
    if fault:
        return error(fault)
    return _troubled() or _base_token(sandbox().state.rotate())


@bp.route("/api/cgi-bin/stable_token", methods=["GET", "POST"])
def stable_token() -> ResponseReturnValue:
    """The same base token until it ends; `force_refresh` begins a new one."""
    if request.method != "POST":
        return error(43002)
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict):
        return error(47001)
    fault = _app_fault(given.get("appid"), given.get("secret"))
    if fault is None and given.get("grant_type") != "client_credential":
        fault = 40002
    if fault is None and not isinstance(given.get("force_refresh"), bool):
        fault = 41002
    if fault:
        return error(fault)
    state = sandbox().state
    generation = state.rotate() if given["force_refresh"] else state.token_generation()
    return _troubled() or _base_token(generation)


@bp.get("/api/cgi-bin/user/info")
def user_info() -> ResponseReturnValue:
    """Whether somebody follows the account."""

    def reply(_generation: int) -> ResponseReturnValue:
        openid = request.args.get("openid")
        if not openid:
            return error(41009)
        persona = _persona_with(openid)
        if persona is None:
            return error(40003)
        if not sandbox().state.follows(persona):
            return answer({"subscribe": 0, "openid": openid, "tagid_list": []})
        return answer(
            {
                "subscribe": 1,
                "openid": openid,
                "nickname": "",
                "headimgurl": "",
                "language": "zh_CN",
                "subscribe_time": 1_700_000_000,
                "remark": "",
                "groupid": 0,
                "tagid_list": [],
                "subscribe_scene": "ADD_SCENE_SEARCH",
                "qr_scene": 0,
                "qr_scene_str": "",
            }
        )

    return _with_base_token(reply)


@bp.get("/api/cgi-bin/ticket/getticket")
def getticket() -> ResponseReturnValue:
    """The ticket for JS-SDK signatures."""

    def reply(generation: int) -> ResponseReturnValue:
        if request.args.get("type") != "jsapi":
            return error(40002)
        ticket = sandbox().identifiers.ticket(generation)
        return answer({"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": 7200})

    return _with_base_token(reply)


@bp.post("/api/cgi-bin/qrcode/create")
def qrcode() -> ResponseReturnValue:
    """A parameter QR code."""

    def reply(_generation: int) -> ResponseReturnValue:
        given = request.get_json(force=True, silent=True)
        if not isinstance(given, dict) or not str(given.get("action_name", "")).startswith("QR_"):
            return error(47001)
        ticket = "gQ" + sandbox().identifiers.ticket(0)
        seconds = given.get("expire_seconds", 60)
        return answer(
            {"ticket": ticket, "expire_seconds": seconds, "url": f"http://weixin.qq.com/q/{ticket}"}
        )

    return _with_base_token(reply)


def _exchange(code: str) -> ResponseReturnValue:
    """The reply to a well-formed exchange, with the faults that are on for the code's owner."""
    state = sandbox().state
    owner = state.owner(code)
    faults = state.take(LOGIN, owner)
    for name in faults:
        if name in ANSWERS:
            return ANSWERS[name]()
    worth = state.use_code(code)
    if worth is not CodeState.GOOD:
        return error(CODE_ERRORS[worth])
    changes = [CHANGES[name] for name in faults if name in CHANGES]
    reply = _grant(owner)
    for change in changes:
        reply |= change
    return answer(reply)


def _grant(persona: str) -> dict[str, object]:
    """Returns a user's tokens. Only snapshot users have the field `is_snapshotuser`."""
    identifiers = sandbox().identifiers
    known = persona_of(persona)
    is_snapshot = known is not None and known.is_snapshot
    openid = identifiers.virtual_openid(persona) if is_snapshot else identifiers.openid(persona)
    reply: dict[str, object] = {
        "access_token": identifiers.user_token(identifiers.openid(persona), "access"),
        "expires_in": USER_TOKEN_SECONDS,
        "refresh_token": identifiers.user_token(identifiers.openid(persona), "refresh"),
        "openid": openid,
        "scope": "snsapi_base",
    }
    return reply | ({"is_snapshotuser": 1} if is_snapshot else {})


def _app_fault(app_id: object, secret: object) -> int | None:
    settings = sandbox().settings
    if not app_id:
        return 41002
    if not secret:
        return 41004
    if app_id != settings.wechat_app_id:
        return 40013
    return None if secret == settings.wechat_app_secret else 40125


def _user_fault() -> int | None:
    """Returns the error code of a user's token and openid; None where both are good."""
    given, openid = request.args.get("access_token"), request.args.get("openid")
    if not given:
        return 41001
    if not openid:
        return 41009
    persona = _persona_by(given, "access")
    if persona is None:
        return 40014
    return None if sandbox().identifiers.openid(persona) == openid else 40003


def _troubled() -> Response | None:
    """The answer of a fault that is on for calls between servers."""
    for name in sandbox().state.take(SERVER, ""):
        if name in ANSWERS:
            return ANSWERS[name]()
    return None


def _base_token(generation: int) -> ResponseReturnValue:
    there = sandbox()
    life = there.state.token_life(generation)
    return answer({"access_token": there.identifiers.base_token(generation), "expires_in": life})


def _with_base_token(reply: Callable[[int], ResponseReturnValue]) -> ResponseReturnValue:
    """The reply to a call that shows a good base token."""
    given = request.args.get("access_token")
    if not given:
        return error(41001)
    there = sandbox()
    generation = there.identifiers.generation_of(given)
    if generation is None:
        return error(40001)
    if not there.state.token_life(generation):
        return error(42001)
    return _troubled() or reply(generation)


def _persona_by(given: str, kind: str) -> str | None:
    identifiers = sandbox().identifiers
    for persona in sandbox().state.known_personas():
        if identifiers.user_token(identifiers.openid(persona), kind) == given:
            return persona
    return None


def _persona_with(openid: str) -> str | None:
    there = sandbox()
    for persona in there.state.known_personas():
        if there.identifiers.openid(persona) == openid:
            return persona
    return None

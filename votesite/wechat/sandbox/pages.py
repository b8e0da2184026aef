"""The simulator's pages: who logs in, what goes wrong. Addresses as strict as WeChat's."""

import re
from urllib.parse import unquote, urlencode, urlsplit

from flask import Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from votesite.config import LOOPBACK
from votesite.wechat.sandbox.blueprint import bp, sandbox
from votesite.wechat.sandbox.faults import BROWSER, PLACES
from votesite.wechat.sandbox.personas import PERSONAS, Persona, persona_of
from votesite.wechat.sandbox.state import ALWAYS, EVERYONE

# WeChat checks the order by a pattern too. `persona` is the simulator's own, for programs.
_QUERY = re.compile(
    r"appid=(?P<appid>[^&]+)&redirect_uri=(?P<back>[^&]+)&response_type=code&scope=(?P<scope>[^&]+)"
    r"(?:&state=(?P<state>[A-Za-z0-9]{0,128}))?"
    r"(?:&forcePopup=(?:true|false))?(?:&forceSnapShot=(?:true|false))?(?:&connect_redirect=1)?"
    r"(?:&persona=(?P<persona>[a-z0-9-]+))?"
)
SCOPES = ("snsapi_base", "snsapi_userinfo")
MAX_TIMES = 1000


@bp.get("/open/connect/oauth2/authorize")
def authorize() -> ResponseReturnValue:
    """Who logs in: a page with one link per persona, each straight back to the site."""
    asked = _QUERY.fullmatch(request.query_string.decode("ascii", "replace"))
    if asked is None:
        return _refused("10015")
    if asked["appid"] != sandbox().settings.wechat_app_id:
        return _refused("10013")
    if asked["scope"] not in SCOPES:
        return _refused("10005")
    back = unquote(asked["back"])
    if not _is_registered(back):
        return _refused("10003")
    chosen = persona_of(asked["persona"] or "")
    if chosen is not None:
        way = _ways_back([chosen], back, asked["state"])[0]
        return Response(status=302, headers={"Location": way})
    ways = _ways_back(list(PERSONAS), back, asked["state"])
    state = sandbox().state
    people = [
        (persona, way, state.follows(persona.id))
        for persona, way in zip(PERSONAS, ways, strict=True)
    ]
    return _page("sandbox/pick.html", people=people)


@bp.get("/open/double")
def double() -> ResponseReturnValue:
    """Open the way back twice, as WeChat's prefetch does."""
    first, again = request.args.get("first", ""), request.args.get("again", "")
    if not (_is_registered(first) and _is_registered(again)):
        return _refused("10003")
    return _page("sandbox/double.html", first=first, again=again)


@bp.get("/")
def switches() -> ResponseReturnValue:
    """All switches."""
    state = sandbox().state
    return _page(
        "sandbox/switches.html",
        switches=state.switches(),
        choices=PLACES,
        personas=PERSONAS,
        names={persona.id: persona.name for persona in PERSONAS},
        followers={persona.id for persona in PERSONAS if state.follows(persona.id)},
    )


@bp.post("/switch")
def switch() -> ResponseReturnValue:
    """Turn one fault on for a number of `times` (-1 is always), or off (0)."""
    place, name = request.form.get("place", ""), request.form.get("name", "")
    persona = request.form.get("persona", EVERYONE)
    times = request.form.get("times", default=ALWAYS, type=int)
    is_known = name in PLACES.get(place, ()) and ALWAYS <= times <= MAX_TIMES
    if not is_known or (persona and persona_of(persona) is None):
        abort(400)
    if times:
        sandbox().state.switch_on(place, persona, name, ALWAYS if place == BROWSER else times)
    else:
        sandbox().state.switch_off(place, persona, name)
    return _done()


@bp.post("/follow")
def follow() -> ResponseReturnValue:
    """Let a persona follow the account or leave it."""
    persona = persona_of(request.form.get("persona", ""))
    if persona is None:
        abort(400)
    sandbox().state.set_follows(persona.id, request.form.get("follows") == "1")
    return _done()


@bp.post("/rotate")
def rotate() -> ResponseReturnValue:
    """Begin a new base token; the old one works for `grace` seconds more."""
    sandbox().state.rotate(request.form.get("grace", default=300, type=int))
    return _done()


@bp.post("/reset")
def reset() -> ResponseReturnValue:
    """Forget everything."""
    sandbox().state.reset()
    return _done()


@bp.get("/calls")
def calls() -> ResponseReturnValue:
    """How often the site called which address."""
    return jsonify(sandbox().state.calls())


def _ways_back(personas: list[Persona], back: str, state: str | None) -> list[str]:
    """Returns for each persona the address that its link opens."""
    there = sandbox().state
    codes = there.new_codes([persona.id for persona in personas])
    ways = []
    for persona, code in zip(personas, codes, strict=True):
        faults = there.take(BROWSER, persona.id)
        first = _address(back, code, state)
        if "refuse" in faults:
            ways.append(_address(back, None, state))
        elif "two-codes" in faults:
            ways.append(_twice(first, _address(back, there.new_codes([persona.id])[0], state)))
        elif "twice" in faults:
            ways.append(_twice(first, first))
        else:
            ways.append(first)
    return ways


def _address(back: str, code: str | None, state: str | None) -> str:
    fields = [f"{name}={value}" for name, value in (("code", code), ("state", state)) if value]
    return f"{back}{'&' if '?' in back else '?'}{'&'.join(fields)}"


def _twice(first: str, again: str) -> str:
    return "/sandbox/open/double?" + urlencode({"first": first, "again": again})


def _is_registered(back: str) -> bool:
    """Whether the host is the registered one. The port is free: WeChat would refuse any port."""
    settings = sandbox().settings
    try:
        parts = urlsplit(back)
    except ValueError:
        return False
    hosts = {urlsplit(settings.base_url).hostname}
    if settings.is_demo:
        hosts |= set(LOOPBACK)
    return parts.scheme in ("http", "https") and parts.hostname in hosts


def _refused(code: str) -> ResponseReturnValue:
    return _page("sandbox/refused.html", 400, code=code)


def _page(template: str, status: int = 200, **context: object) -> Response:
    body = render_template(template, **context)
    return Response(body, status, {"Cache-Control": "no-store"}, mimetype="text/html")


def _done() -> Response:
    return Response(status=303, headers={"Location": "/sandbox/"})

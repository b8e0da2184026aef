"""The simulator's blueprint and its parts in the running app."""

from dataclasses import dataclass
from ipaddress import ip_address

from flask import Blueprint, abort, current_app, request

from votesite.config import Settings
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.state import State

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")
API = "/sandbox/api/"


@dataclass(frozen=True)
class Sandbox:
    """What the simulator's addresses share."""

    settings: Settings
    state: State
    identifiers: Identifiers


def sandbox() -> Sandbox:
    """The simulator of the current app."""
    found: Sandbox = current_app.extensions["votesite.sandbox"]
    return found


@bp.before_request
def _only_this_machine() -> None:
    """Hide the simulator from other machines; count the calls, for the tests."""
    try:
        is_here = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        abort(404)
    if request.headers.get("Origin", request.host_url[:-1]) != request.host_url[:-1]:
        abort(403)
    if request.path.startswith(API):
        sandbox().state.count(request.path.removeprefix(API))

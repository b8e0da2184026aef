"""WeChat on this machine: a simulator for the demo and the tests, never part of production."""

from flask import Flask

from votesite.config import Settings
from votesite.wechat.sandbox import api, pages
from votesite.wechat.sandbox.blueprint import Sandbox, bp
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.state import State

__all__ = ["api", "pages", "register_sandbox"]


def register_sandbox(app: Flask, settings: Settings) -> None:
    """Serve the simulator under `/sandbox/`; its memory is `sandbox.db` in the instance folder."""
    if not settings.serves_sandbox:
        raise RuntimeError("the WeChat simulator must never be served in production")
    app.extensions["votesite.sandbox"] = Sandbox(
        settings, State(settings.instance / "sandbox.db"), Identifiers(settings)
    )
    app.register_blueprint(bp)

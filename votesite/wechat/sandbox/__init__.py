"""WeChat on this machine: a simulator for the demo and the tests, never part of production."""

from flask import Flask

from votesite.config import Settings


def register_sandbox(app: Flask, settings: Settings) -> None:
    """Serve the simulator under `/sandbox/`."""
    if not settings.serves_sandbox:
        raise RuntimeError("the WeChat simulator must never be served in production")

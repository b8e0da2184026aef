"""Flask's signed cookie, without making its signer anew for every request."""

from functools import cached_property

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class CookieSessions(SecureCookieSessionInterface):
    """The same cookie; who brings none costs nothing, who brings one no key derivation."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(self._app)

    def get_signing_serializer(
        self,
        app: Flask,  # noqa: ARG002 -- the signature is Flask's
    ) -> URLSafeTimedSerializer | None:
        """The signer of the app's secret key, made once."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the cookie holds; an empty one without a cookie."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: Flask) -> None:
    """Use it."""
    app.session_interface = CookieSessions(app)

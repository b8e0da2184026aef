"""Flask's signed cookie, with one signer for the life of the process."""

from functools import cached_property

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class CookieSessions(SecureCookieSessionInterface):
    """Flask's session cookie, with a cached signer and no work for requests without a cookie."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @cached_property
    def _serializer(self) -> URLSafeTimedSerializer | None:
        return super().get_signing_serializer(self._app)

    def get_signing_serializer(
        self,
        app: Flask,  # noqa: ARG002 -- the signature is Flask's
    ) -> URLSafeTimedSerializer | None:
        """Return the signer of the app's secret key, made once."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session in the cookie, or an empty one if the request has none."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: Flask) -> None:
    """Use it for every request."""
    app.session_interface = CookieSessions(app)

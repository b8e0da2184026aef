"""A site on a real port: the simulator of WeChat must be talked to over HTTP."""

import socket
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.site import make_app
from votesite.extensions import db


class QuietHandler(WSGIRequestHandler):
    """No access log, and a hung-up connection is no news."""

    def log(self, type, message, *args):
        pass

    def run_wsgi(self):
        try:
            super().run_wsgi()
        except OSError:
            self.close_connection = True


def free_port():
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def live_server(app, port):
    """Serve `app` on 127.0.0.1 in threads until the block ends."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_site(instance, **changes):
    """A site whose WeChat is its own simulator, served on a free port; yields the app."""
    port = free_port()
    base = f"http://localhost:{port}"
    app = make_app(
        instance,
        **{
            "PUBLIC_BASE_URL": base,
            "BIND": f"127.0.0.1:{port}",
            "WECHAT_API_BASE": f"{base}/sandbox/api",
            "WECHAT_OPEN_BASE": f"{base}/sandbox/open",
            **changes,
        },
    )
    with live_server(app, port), app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def base_of(app):
    """The base URL of a site."""
    return app.extensions["votesite"].settings.base_url


class LiveClient(FlaskClient):
    """A client that calls the site by its own address and lets a test look into its request."""

    def open(self, *args, **changes):
        changes.setdefault("base_url", base_of(self.application))
        return super().open(*args, **changes)


def browser(app):
    """A browser without a session."""
    return LiveClient(app, app.response_class, use_cookies=True)


def press(client, persona, next_path="/"):
    """Begin a login and press a persona's button; the address that leads back to the site."""
    begun = client.get("/wechat/login", query_string={"next": next_path})
    return way_back(client, begun.location, persona)


def way_back(client, authorize_address, persona):
    """The callback's path and query after pressing a persona's button."""
    page = authorize_address.partition("#")[0]
    parts = urlsplit(f"{page}&persona={persona}")
    chosen = client.get(f"{parts.path}?{parts.query}")
    back = urlsplit(chosen.location)
    return f"{back.path}?{back.query}"


def sign_in(client, persona="zhang-guilan", next_path="/"):
    """A whole login through the simulator; the answer of the callback."""
    return client.get(press(client, persona, next_path))

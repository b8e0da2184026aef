"""公评: award selections of public bodies in WeChat, whose votes prove themselves."""

from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from votesite import config, models, web
from votesite.cli import register_commands
from votesite.domain.wechat_tokens import DatabaseTokens
from votesite.extensions import Site, babel, csrf, db, login_manager, migrate
from votesite.keys import Master
from votesite.store import Store, prepare
from votesite.wechat import WeChat


def create_app(values: dict[str, str] | None = None) -> Flask:
    """Build the site from the environment, or from `values` (names without their prefix).

    Raises errors.Misconfigured, with one sentence a fault, when the settings do not allow a start.
    """
    app = Flask(__name__)
    if values is None:
        app.config.from_prefixed_env("VOTESITE", loads=str)
        values = dict(app.config)
    settings = config.read(values, port=config.port_from_environment())
    configure(app, settings)
    connect_database(app, settings)
    web.init_app(app)
    register_commands(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app

"""公评: award selections of public bodies in WeChat, whose votes prove themselves."""

from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from votesite import clock, config, logs, models, rate_limits
from votesite.cli import register_commands
from votesite.config import Settings
from votesite.demo_clock import DemoClock
from votesite.domain.operations import identity
from votesite.domain.operations.site import is_demo
from votesite.domain.operations.wechat_tokens import DatabaseTokens
from votesite.domain.schemas import FORM_BYTES, MAX_FIELDS
from votesite.errors import Misconfigured
from votesite.extensions import Site, babel, csrf, db, migrate
from votesite.keys import Master
from votesite.store import Store, prepare
from votesite.web import (
    admin,
    demo,
    dossiers,
    hearing,
    ledger,
    nominations,
    public,
    responses,
    surveys,
    templating,
    voting,
)
from votesite.web.access import staff
from votesite.web.access.bodies import BoundedRequest
from votesite.web.wording import alarm, electorate, phases
from votesite.web.wsgi import headers, hosts, page_cache, sessions, static_files
from votesite.wechat import WeChat
from votesite.wechat.sandbox import register_sandbox

MIGRATED_MODELS = models  # the tables that Base.metadata must know before migrations compare


def create_app(values: dict[str, object] | None = None, *, serves: bool = True) -> Flask:
    """Returns the site, built from the environment or from `values` (names without their prefix).

    Without `serves` it is for commands, which must run to examine and mend what forbids a start.

    Raises errors.Misconfigured, with one sentence for each fault, if the settings or the database
    do not allow a start.
    """
    app = Flask(__name__)
    app.request_class = BoundedRequest
    if values is None:
        app.config.from_prefixed_env("VOTESITE", loads=str)
        values = dict(app.config)
    settings = config.read(values, port=config.port_from_environment())
    _set_clock(app, settings)
    _configure(app, settings)
    _connect(app, settings, serves)
    with app.app_context():
        _refuse_demo_data(settings)
        if serves:
            _refuse_strangers(settings)
    _register_pages(app, settings)
    register_commands(app)
    logs.init()
    return app


def _set_clock(app: Flask, settings: Settings) -> None:
    """Let the demo's time run ahead; every other site keeps to the machine's."""
    if settings.is_demo:
        pushed = app.extensions["votesite.demo_clock"] = DemoClock(settings.instance)
        clock.follow(pushed.ahead)
    else:
        clock.follow(None)


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-votesite" if settings.is_https else "votesite",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=24),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_HEADERS=[],
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,  # forms.accept_form calls it, in the contract's order
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        MAX_CONTENT_LENGTH=FORM_BYTES,  # where no view allows more
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=MAX_FIELDS,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]


def _engine_options(url: str) -> dict[str, object]:
    # A fault's message would name the values, which visitors wrote.
    options: dict[str, object] = {"pool_size": 40, "max_overflow": 8, "hide_parameters": True}
    if url.startswith("postgresql"):
        # A page reads one state, as from SQLite; a connection that broke is replaced.
        options |= {"isolation_level": "REPEATABLE READ", "pool_pre_ping": True}
    return options


def _connect(app: Flask, settings: Settings, serves: bool) -> None:
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    babel.init_app(app, locale_selector=templating.page_locale)
    csrf.init_app(app)
    with app.app_context():
        prepare(db.engine)
        store = Store(db.engine, settings.instance / "gate", app.app_context)
    app.extensions["votesite"] = Site(
        settings=settings,
        store=store,
        master=Master(settings.master_key, settings.old_master_key),
        wechat=WeChat(settings, DatabaseTokens()),
        serves=serves,
    )


def _refuse_demo_data(settings: Settings) -> None:
    """Invented votes must never be taken for a real site's."""
    if settings.mode == "production" and identity.is_made() and is_demo():
        raise Misconfigured(
            ["The database was seeded by the demo: production does not start on invented data."]
        )


def _refuse_strangers(settings: Settings) -> None:
    """A site that would not recognise its voters lets everybody vote a second time."""
    try:
        if not identity.is_made():  # `db upgrade` comes first, and /readyz says so
            return
        found = identity.prepare() if settings.is_demo else identity.begin()
    except SQLAlchemyError:  # ditto
        return
    finally:
        db.session.remove()
        db.engine.dispose()
    if found:
        raise Misconfigured([fault.sentence for fault in found])


def _register_pages(app: Flask, settings: Settings) -> None:
    hosts.init_app(app, settings)
    staff.init_app(app)
    rate_limits.init_app(app, settings)
    templating.init_app(app)
    phases.init_app(app)
    alarm.init_app(app)
    electorate.init_app(app)
    static_files.init_app(app)
    sessions.init_app(app)
    page_cache.init_app(app)
    headers.init_app(app, settings)
    responses.init_app(app, {f"{admin.bp.url_prefix}/": admin.refused})
    for area in (public, nominations, voting, ledger, surveys, hearing, dossiers, admin):
        app.register_blueprint(area.bp)
    if settings.is_demo:
        app.register_blueprint(demo.bp)
    if settings.serves_sandbox:
        register_sandbox(app, settings)

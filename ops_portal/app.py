"""Assembly: one function that puts the portal together."""

from datetime import timedelta

from apiflask import APIFlask
from flask import Flask, g, request
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from ops_portal import jobs
from ops_portal.accounts import operations as accounts_operations
from ops_portal.accounts import queries as accounts_queries
from ops_portal.contracts.entitlement_edge import check_component
from ops_portal.contracts.use import note_use
from ops_portal.core import audit, files, mail
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.config import Config, read_config
from ops_portal.core.db import db
from ops_portal.core.logs import configure_logs
from ops_portal.features import blueprints
from ops_portal.home.api import describe
from ops_portal.web import (
    assets,
    errors,
    filters,
    guard,
    intake,
    languages,
    navigation,
    pages,
    security_headers,
)

MAX_BODY = 64 * 1024 * 1024
POOL_WAIT_S = 2


def create_app(config: Config | None = None) -> Flask:
    """Return the portal as a WSGI application.

    Args:
        config: the settings; read from the environment when absent.

    """
    config = config or read_config()
    configure_logs()
    app = APIFlask(
        "ops_portal",
        title=f"{config.operator_name} API",
        version="1",
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    app.config.update(_flask_settings(config))
    app.extensions["portal.config"] = config
    # importing the timetable registers the handler of every job: each process may ask for one
    app.extensions["portal.timetable"] = jobs.TIMETABLE
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    audit.use_key(config.audit_key)
    mail.use_settings(mail.MailSettings(config.mail_url, config.data / "mail", config.mail_from))
    files.use_store(config.files_url, config.data)
    db.init_app(app)
    Bootstrap5(app)
    _install_edge(app, config)
    return app


def _install_edge(app: APIFlask, config: Config) -> None:
    intake.install(app, config.base_url)
    csrf = CSRFProtect(app)
    for part in (languages, filters, pages, navigation, errors):
        part.install(app)
    security_headers.install(app, is_https=config.is_https)
    guard.install(app, _edge(config))
    app.register_blueprint(assets.blueprint(config))
    describe(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
        if blueprint.name.startswith("api"):
            csrf.exempt(blueprint)


def _flask_settings(config: Config) -> dict[str, object]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": config.pool_size,
            "max_overflow": 4,
            "pool_timeout": POOL_WAIT_S,
            "pool_pre_ping": True,
            "hide_parameters": True,  # errors are logged and kept; what people typed is not
            "connect_args": {"application_name": "portal", "options": "-c timezone=UTC"},
        },
        "BOOTSTRAP_SERVE_LOCAL": True,
        "SESSION_COOKIE_NAME": "__Host-portal" if config.is_https else "portal",
        "SESSION_COOKIE_SECURE": config.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": config.session_longest,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": config.is_https,
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 1000,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=7),
        "OPENAPI_VERSION": "3.1.0",
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _edge(config: Config) -> guard.Edge:
    timeouts = accounts_queries.Timeouts(config.session_idle, config.session_longest)
    return guard.Edge(
        load_session=lambda token: accounts_queries.actor_for_session(
            token,
            timeouts=timeouts,
            now=now(),
            ip=request.remote_addr or "",
            request_id=g.get("request_id", ""),
            is_poll="X-Poll" in request.headers,
        ),
        load_token=lambda token: accounts_queries.actor_for_token(
            token, now=now(), ip=request.remote_addr or "", request_id=g.get("request_id", "")
        ),
        open_staff_scope=_open_staff_scope,
        check_component=lambda actor, need: check_component(actor, need, at=now()),
        note_use=lambda actor: note_use(actor, now=now()),
    )


def _open_staff_scope(actor: Actor) -> None:
    if accounts_operations.note_staff_scope(actor, now=now()):
        db.session.commit()

"""The roof: makes the application and hangs the doors on it. Nobody imports it."""

from __future__ import annotations

import logging
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO, cast

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings
from eventsapp import background
from eventsapp.core import db, folders, language, static_files, templates
from eventsapp.core import settings as running
from eventsapp.mail import assembling
from eventsapp.newsletters import sending
from eventsapp.newsletters.mails import EditionMail

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application from these settings, or from the environment."""
    from eventsapp import cli, demo, manage, public
    from eventsapp.core import drawing, http

    app = create_worker(settings)
    http.init_app(app)
    drawing.init_app(app)
    for door in (manage, public, cli, demo):
        door.register(app)
    return app


def create_worker(settings: Settings | None = None) -> Flask:
    """Make it without pages, for a process that answers nobody: it takes 8 MB less."""
    settings = with_secret(settings or Settings.from_env())
    app = Flask(
        "eventsapp",
        root_path=str(ROOT / "eventsapp"),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.jinja_environment = templates.QuickEnvironment
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MIGRATIONS=ROOT / "migrations",
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        SESSION_COOKIE_NAME="eventsapp_form",
        WTF_CSRF_TIME_LIMIT=None,
    )
    log_to_stderr(settings.log_level)
    running.keep(app, settings)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
    db.init_app(app, settings.database_url)
    language.init_app(app)
    templates.init_app(app)
    static_files.init_app(app, ROOT / "eventsapp" / "static")
    assembling.use(sending.TEMPLATE, EditionMail)
    background.register(app)
    return app


def with_secret(settings: Settings) -> Settings:
    """Give settings that have a secret key: demo mode makes one and keeps it in the data folder."""
    if settings.secret_key:
        return settings
    path = folders.private(settings.data_dir) / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return settings.replace(secret_key=path.read_text().strip())


def log_to_stderr(level: str) -> None:
    """Write log lines that a machine can read; passwords and link tokens never reach them."""
    logging.basicConfig(level=level.upper(), stream=sys.stderr, format="%(message)s")
    # Alembic tells at this level which of its own parts it loads.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Lines(sys.stderr))),
    )


class _Lines:
    """Where log lines go: a full disk behind it, or nobody who listens, stops no work."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

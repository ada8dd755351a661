"""`flask serve`: the whole product in one process: database, web, clock, post office.

What a newcomer starts with `make run`. Says where it can be found and how to sign in; stops
cleanly at SIGTERM and at Ctrl-C.
"""

from __future__ import annotations

import logging
import signal
from types import FrameType

import click
from aiosmtpd.controller import Controller
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from config import Settings
from eventsapp.background.clock import Clock
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail.postoffice import open_postoffice


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Start the product."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    running = settings()
    running.data_dir.mkdir(parents=True, exist_ok=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in ("mail.log", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
    upgrade()
    if running.is_demo:
        _load_demo(app)
    db.session.remove()
    office = _open_office(running)
    server = _open_web(app, running)
    clock = Clock(app)
    clock.start()
    signal.signal(signal.SIGTERM, _stop)
    _tell(running)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        click.echo("Stopping.")
    finally:
        server.close()
        clock.stop()
        if office is not None:
            office.stop()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _load_demo(app: Flask) -> None:
    command = app.cli.commands.get("demo-load")
    if command is not None:
        command.main([], standalone_mode=False)


def _open_office(running: Settings) -> Controller | None:
    if not running.is_demo:
        return None
    try:
        return open_postoffice(running.data_dir / "postoffice", running.postoffice_port)
    except OSError as fault:
        raise click.ClickException(
            f"Port {running.postoffice_port} for the post office is taken. "
            "Choose another with EVENTS_POSTOFFICE_PORT."
        ) from fault


def _open_web(app: Flask, running: Settings) -> BaseWSGIServer | MultiSocketServer:
    try:
        return create_server(
            app,
            host=running.host,
            port=running.port,
            threads=running.threads,
            ident="eventsapp",
            max_request_body_size=running.upload_limit_mb * 1024 * 1024 + 65536,
        )
    except OSError as fault:
        raise click.ClickException(
            f"Port {running.port} is taken. Choose another with EVENTS_PORT."
        ) from fault


def _tell(running: Settings) -> None:
    click.echo("")
    click.echo(f"eventsapp is ready at {running.base_url}")
    if running.is_demo:
        click.echo(f"Sign in as anna@programma.example (advisor) with {running.demo_password}")
        click.echo(f"or as kees@programma.example (coordinator) with {running.demo_password}")
        click.echo(f"Every mail that it sends can be read at {running.base_url}/postoffice")
    click.echo("Stop with Ctrl-C.", nl=True)

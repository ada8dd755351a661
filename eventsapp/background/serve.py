"""`flask serve`: the whole product in one process: database, web, clock, post office.

What a newcomer starts with `make run`. Says where it can be found and how to sign in; stops
cleanly at SIGTERM and at Ctrl-C.
"""

from __future__ import annotations

import logging
import signal
import socket
from contextlib import ExitStack
from types import FrameType
from wsgiref.types import WSGIApplication

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import select
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from eventsapp.accounts.models import Account
from eventsapp.background import inbox
from eventsapp.background.clock import Clock
from eventsapp.core import folders, heap
from eventsapp.core.db import db
from eventsapp.core.settings import Settings, keep, settings
from eventsapp.mail import intake
from eventsapp.mail.postoffice import open_postoffice
from eventsapp.mail.receiver import open_receiver

WebServer = BaseWSGIServer | MultiSocketServer


class PortTaken(click.ClickException):
    """Somebody else listens there; one line tells which setting chooses another port."""

    exit_code = 2


def run() -> None:
    """Serve until it is stopped. Raises `PortTaken`."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # From here on a stop unwinds whatever was opened, in the reverse order.
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as opened:
        try:
            _serve(app, opened)
        except (KeyboardInterrupt, SystemExit):
            click.echo("Stopping.")


def _serve(app: Flask, opened: ExitStack) -> None:
    folders.private(settings().data_dir)
    # Both ports are taken first: a second start is refused before it touches the data.
    web = _listen(opened, settings().host, settings().port, "EVENTS_PORT")
    running = _with_port(app, settings(), web.getsockname()[1])
    for name in ("alembic", "mail.log", "waitress"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if running.is_demo:
        running = _open_office(app, opened, running)
    upgrade()
    if running.is_demo:
        _load_demo(app)
    db.session.remove()
    server = open_web(app, web, running)
    opened.callback(server.close)
    _open_receiver(app, opened, running)
    clock = Clock(app)
    opened.callback(clock.stop)
    clock.start()
    _tell(running)
    heap.settle()
    server.run()


REFUSED_IN_WORDS = 50  # times the limit for uploads; what is larger still is cut off


def open_web(app: WSGIApplication, web: socket.socket, running: Settings) -> WebServer:
    """Make the web server on a socket that listens; the caller runs and closes it."""
    return create_server(
        app,
        sockets=[web],
        threads=running.threads,
        ident="eventsapp",
        # Far above the limit for uploads, so that the application refuses these in its own words.
        max_request_body_size=running.upload_limit_mb * 1024 * 1024 * REFUSED_IN_WORDS,
        # Behind a proxy the application itself judges what the proxy says (ProxyFix).
        clear_untrusted_proxy_headers=not running.trusted_proxies,
    )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _listen(opened: ExitStack, host: str, port: int, variable: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = opened.enter_context(socket.create_server((host, port), family=family))
    except OSError as fault:
        raise PortTaken(
            f"Port {port} on {host} cannot be used ({fault.strerror}). "
            f"Choose another one with {variable}."
        ) from fault
    return listener


def _with_port(app: Flask, running: Settings, port: int) -> Settings:
    """Port 0 lets the machine choose: links in mail must name the port that it chose."""
    if running.port != port:
        base = running.base_url.removesuffix(":0") + f":{port}"
        is_ours = running.base_url.endswith(":0")
        running = running.replace(port=port, base_url=base if is_ours else running.base_url)
        keep(app, running)
    return running


def _open_office(app: Flask, opened: ExitStack, running: Settings) -> Settings:
    """Open the post office; where its port is 0 take one that is free and send mail there."""
    port = running.postoffice_port or _free_port()
    try:
        door = inbox.door(app, "postoffice")
        office = open_postoffice(running.data_dir / "postoffice", port, door)
    except OSError as fault:
        raise PortTaken(
            f"Port {port} for the post office cannot be used ({fault.strerror}). "
            "Choose another one with EVENTS_POSTOFFICE_PORT."
        ) from fault
    opened.callback(office.stop)
    if running.postoffice_port != port:
        smtp_url = running.smtp_url.replace("127.0.0.1:0", f"127.0.0.1:{port}")
        running = running.replace(postoffice_port=port, smtp_url=smtp_url)
        keep(app, running)
    return running


def _open_receiver(app: Flask, opened: ExitStack, running: Settings) -> None:
    """Open the receiver of answers and undeliverable mail, where a port is set for it.

    Where there are workers, one of them has it.
    """
    if not running.receiver_port or running.engine == "workers":
        return
    try:
        receiver = open_receiver(
            inbox.door(app, "receiver"), running.receiver_host, running.receiver_port
        )
    except OSError as fault:
        raise PortTaken(
            f"Port {running.receiver_port} for mail that comes in cannot be used "
            f"({fault.strerror}). Choose another one with EVENTS_RECEIVER_PORT."
        ) from fault
    opened.callback(receiver.stop)
    with app.app_context():
        intake.note_success(intake.RECEIVER)
        db.session.commit()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _load_demo(app: Flask) -> None:
    command = app.cli.commands.get("demo-load")
    has_accounts = db.session.scalar(select(Account.id).limit(1)) is not None
    db.session.remove()
    if command is not None and not has_accounts:
        command.main([], standalone_mode=False)


def _tell(running: Settings) -> None:
    click.echo("")
    click.echo(f"eventsapp is ready at {running.base_url}")
    if running.is_demo:
        click.echo(f"Sign in as anna@programma.example (advisor) with {running.demo_password}")
        click.echo(f"or as kees@programma.example (coordinator) with {running.demo_password}")
        click.echo(f"or as ilse@programma.example (newsletter) with {running.demo_password}")
        click.echo(f"Every mail that it sends can be read at {running.base_url}/postoffice")
    click.echo("Stop with Ctrl-C.", nl=True)

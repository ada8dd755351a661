"""The demo's two commands: `flask demo-load` fills an empty database, `flask demo-play` plays.

Both refuse to work outside demo mode.
"""

from __future__ import annotations

import click
from argon2 import PasswordHasher
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.core.dates import now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.demo import desk, directory, editions, meetings, readers, surveys
from eventsapp.demo.names import Names
from eventsapp.demo.pages import Trouble
from eventsapp.demo.play import Play
from eventsapp.demo.rows import Rows
from eventsapp.directory import seed

ORGANISATIONS, PEOPLE, PAST_MEETINGS, READERS = 900, 4000, 320, 4500


def register(app: Flask) -> None:
    """Add the demo's commands."""
    app.cli.add_command(load_command)
    app.cli.add_command(play_command)


@click.command("demo-load")
@click.option("--times", default=1, help="Make so many times the usual number of everything.")
@with_appcontext
def load_command(times: int) -> None:
    """Fill an empty database with the invented programme."""
    _demand_demo()
    if db.session.scalar(select(Account.id).limit(1)) is not None:
        click.echo("There is a programme already; nothing was changed.")
        return
    load(times)
    click.echo("The demo programme is ready.")


@click.command("demo-play")
@with_appcontext
def play_command() -> None:
    """Let the main job play itself against the running product, through its own pages."""
    _demand_demo()
    address = settings().base_url
    click.echo(f"Playing the main job at {address}")
    try:
        for number, line in enumerate(Play(address, settings().demo_password).steps(), start=1):
            click.echo(f"{number:2}. {line}")
    except Trouble as trouble:
        raise click.ClickException(str(trouble)) from trouble
    click.echo(f"All of it can be seen at {address}/manage/ and {address}/postoffice")


def _demand_demo() -> None:
    if not settings().is_demo:
        raise click.ClickException("The demo programme is for EVENTS_MODE=demo only.")


def load(times: int = 1) -> None:
    """Load the demo programme in one transaction, so that a stop half-way leaves nothing."""
    password_hash = PasswordHasher().hash(settings().demo_password)
    today = utc_to_local(now(), settings().timezone).date()
    names, rows, book = Names(), Rows(), directory.AddressBook()
    past = PAST_MEETINGS * times
    with click.progressbar(length=past + 12 + 400, label="Loading the demo programme") as bar:
        seed.load_reference()
        bar.update(100)
        directory.load_advisors(names, rows, password_hash, book)
        organisations = directory.load_organisations(names, rows, ORGANISATIONS * times, book)
        directory.load_people(names, rows, PEOPLE * times, organisations, book, today)
        directory.load_networks(names, rows, book)
        bar.update(100)
        meetings.load_meetings(names, rows, book, past, lambda: bar.update(1))
        # Last, so that all before it stays as it was invented.
        readers.load_readers(names, rows, READERS * times, organisations, book, today)
        surveys.load_surveys(names, rows, today)
        rows.save()
        editions.load_edition(names, today)
        desk.load_desk()
        db.session.commit()
        bar.update(200)

"""`flask demo-load` fills an empty database with the invented programme, with a progress bar."""

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
from eventsapp.demo import directory, meetings
from eventsapp.demo.names import Names
from eventsapp.directory import seed

ORGANISATIONS, PEOPLE, PAST_MEETINGS = 900, 4000, 320


def register(app: Flask) -> None:
    """Add the demo's commands."""
    app.cli.add_command(load_command)


@click.command("demo-load")
@click.option("--times", default=1, help="Make so many times the usual number of everything.")
@with_appcontext
def load_command(times: int) -> None:
    """Fill an empty database with the invented programme."""
    if not settings().is_demo:
        raise click.ClickException("The demo programme is for EVENTS_MODE=demo only.")
    if db.session.scalar(select(Account.id).limit(1)) is not None:
        click.echo("There is a programme already; nothing was changed.")
        return
    load(times)
    click.echo("The demo programme is ready.")


def load(times: int = 1) -> None:
    """Load the demo programme in one transaction, so that a stop half-way leaves nothing."""
    password_hash = PasswordHasher().hash(settings().demo_password)
    today = utc_to_local(now(), settings().timezone).date()
    names, book = Names(), directory.AddressBook()
    past = PAST_MEETINGS * times
    with click.progressbar(length=past + 12 + 200, label="Loading the demo programme") as bar:
        seed.load_reference()
        bar.update(40)
        directory.load_advisors(names, password_hash, book)
        organisations = directory.load_organisations(names, min(ORGANISATIONS * times, 3000), book)
        bar.update(40)
        directory.load_people(names, min(PEOPLE * times, 12000), organisations, book, today)
        directory.load_networks(names, book)
        bar.update(120)
        meetings.load_meetings(names, book, past, lambda: bar.update(1))
        db.session.commit()

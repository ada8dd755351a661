"""Commands for the administrator, who has the terminal: accounts, without signing in.

Each command is one transaction. What can't be done is said in one line, with exit code 2. A
first coordinator is made here: `flask advisors add`, then `flask advisors password`.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from eventsapp.accounts import advisors, colleagues, new_password
from eventsapp.accounts.advisors import ColleagueFacts, OwnFacts
from eventsapp.core.actor import SYSTEM, Level
from eventsapp.core.db import db
from eventsapp.core.errors import DeliveryError, EventsError, InputError
from eventsapp.directory.models import Region
from eventsapp.directory.places import working_regions
from eventsapp.mail import doctor, doctor_servers
from eventsapp.mail.doctor_words import Verdict

MARKS = {Verdict.GOOD: "in order    ", Verdict.BAD: "NOT IN ORDER", Verdict.UNKNOWN: "cannot know "}
advisor_commands = AppGroup("advisors", help="Who may sign in.")


def register(app: Flask) -> None:
    """Add the administrator's commands to the application."""
    app.cli.add_command(advisor_commands)
    app.cli.add_command(examine)


def one_transaction(command: Callable[..., None]) -> Callable[..., None]:
    """Commit what a command did, or say in one line why it can't be done."""

    @wraps(command)
    def run(*args: Any, **values: Any) -> None:
        try:
            command(*args, **values)
            db.session.commit()
        except EventsError as fault:
            db.session.rollback()
            click.echo(f"{fault.field}: {fault}" if fault.field else str(fault), err=True)
            raise SystemExit(2) from fault

    return run


@click.command("doctor")
@click.option("--trial", is_flag=True, help="First send a mail to our own bounce address.")
@with_appcontext
def examine(trial: bool) -> None:
    """Try whether mail can leave and come back; exit code 1 when something is not in order."""
    if trial:
        try:
            doctor_servers.send_trial()
            click.echo("A trial mail is on its way; run this again in some minutes.")
        except (DeliveryError, OSError, smtplib.SMTPException) as fault:
            click.echo(f"The trial mail could not be sent: {fault}", err=True)
    findings = doctor.examine()
    for one in findings:
        values = {name: _written(value) for name, value in one.values.items()}
        click.echo(f"{MARKS[one.verdict]}  {one.about}: {one.seen % values}")
        if one.remedy:
            click.echo(f"{'':13} {one.remedy % values}")
    if any(one.verdict is Verdict.BAD for one in findings):
        raise SystemExit(1)


def _written(value: Any) -> Any:
    """Write a moment or a measure for the terminal, where English is spoken."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return f"{value:.1f}" if isinstance(value, float) else value


@advisor_commands.command("list")
@click.option("--closed", is_flag=True, help="Show closed accounts too.")
@one_transaction
def list_advisors(closed: bool) -> None:
    """Tell who may sign in, at which level, in which regions."""
    accounts = colleagues.all_colleagues() if closed else colleagues.active_colleagues()
    regions = colleagues.regions_by_person([account.person_id for account in accounts])
    for account in accounts:
        named = ", ".join(region.name for region in regions[account.person_id])
        state = "" if account.is_active else "closed"
        state = state or ("" if account.password_hash else "no password yet")
        told = (account.email, account.person.name, account.level, named, state)
        click.echo("\t".join(told).rstrip())


@advisor_commands.command("add")
@click.argument("email")
@click.option("--given-name", default="", help="First name.")
@click.option("--prefix", default="", help="What stands between, such as “van der”.")
@click.option("--family-name", required=True)
@click.option("--phone", default="")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl")
@click.option(
    "--level",
    type=click.Choice([level.value for level in advisors.LEVELS]),
    default=Level.ADVISOR.value,
)
@click.option("--region", "regions", multiple=True, help="Name or code; may be given again.")
@one_transaction
def add_advisor(email: str, level: str, regions: tuple[str, ...], **own: str) -> None:
    """Give somebody an account; a link to choose a password is mailed."""
    account = advisors.add_advisor(
        SYSTEM,
        ColleagueFacts(
            own=OwnFacts(**own),
            email=email,
            level=Level(level),
            region_ids=frozenset(_region(name).id for name in regions),
        ),
    )
    click.echo(f"{account.person.name} may sign in as {account.email}; a mail is on its way.")


@advisor_commands.command("password")
@click.argument("email")
@click.password_option(help="Asked for when it is left out, which is safer.")
@one_transaction
def set_password(email: str, password: str) -> None:
    """Set somebody's password, for when no mail arrives; all sessions end."""
    holder = new_password.holder_of(colleagues.account_named(email))
    db.session.rollback()  # nothing slow while a transaction is open
    new_password.replace_password(holder, password)
    click.echo(f"{holder.name} has a new password.")


@advisor_commands.command("deactivate")
@click.argument("email")
@one_transaction
def deactivate(email: str) -> None:
    """Close an account: sessions end at once, regions are free."""
    account = colleagues.account_named(email)
    ended = advisors.close_account(SYSTEM, account)
    click.echo(f"The account of {account.person.name} is closed; {ended} sessions ended.")


@advisor_commands.command("activate")
@click.argument("email")
@one_transaction
def activate(email: str) -> None:
    """Open a closed account again."""
    account = colleagues.account_named(email)
    advisors.open_account(SYSTEM, account)
    click.echo(f"{account.person.name} can sign in again; give the regions anew.")


def _region(name: str) -> Region:
    """Find a working region by its name or code; raises `InputError`."""
    wanted = name.strip().casefold()
    for region in working_regions():
        if wanted in (region.name.casefold(), region.code.casefold()):
            return region
    raise InputError("There is no working region %(name)s.", "region", name=name)

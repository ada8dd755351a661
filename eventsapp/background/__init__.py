"""The clock's door: what runs without anybody asking. `register(app)` adds its commands."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from eventsapp.background import jobs, overview, queue
from eventsapp.background.serve import serve_command
from eventsapp.background.worker import worker_command
from eventsapp.core.settings import KEY, Settings, settings

jobs_commands = AppGroup("jobs", help="What runs without anybody asking.")


@jobs_commands.command("list")
def list_jobs() -> None:
    """Tell the jobs and how often they run."""
    for job in jobs.TABLE:
        click.echo(f"{job.name:24} every {job.every}")


@jobs_commands.command("run")
@click.argument("name", type=click.Choice([job.name for job in jobs.TABLE]))
def run_job(name: str) -> None:
    """Run one job now."""
    job = next(one for one in jobs.TABLE if one.name == name)
    if not jobs.run(job):
        raise click.ClickException("The job failed; the log tells why.")


@jobs_commands.command("workers")
def list_workers() -> None:
    """Tell which workers live, what they do, and what waits for them."""
    if settings().engine != "workers":
        raise click.ClickException("EVENTS_ENGINE is not workers: the clock is built in.")
    for line in overview.lines():
        click.echo(line)


def register(app: Flask) -> None:
    """Add the commands of this door; where workers run the jobs, have them woken."""
    running: Settings = app.extensions[KEY]
    if running.engine == "workers":
        queue.listen()
    app.cli.add_command(serve_command)
    app.cli.add_command(worker_command)
    app.cli.add_command(jobs_commands)

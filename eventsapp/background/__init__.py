"""The clock's door: what runs without anybody asking. `register(app)` adds its commands."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from eventsapp.background import jobs, overview, queue
from eventsapp.core import heap
from eventsapp.core.settings import KEY, Settings, settings

jobs_commands = AppGroup("jobs", help="What runs without anybody asking.")


# What only one of the two needs (a web server, a queue) is loaded by that one: 5 and 12 MB.


@click.command("serve")
@with_appcontext
def serve_command() -> None:
    """Start the product: database, web, clock and, for a try-out, the post office."""
    from eventsapp.background import serve

    serve.run()


@click.command("worker")
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(sorted({job.queue for job in jobs.TABLE})),
    help="Work off this queue only; may be given again.",
)
@with_appcontext
def worker_command(queues: tuple[str, ...]) -> None:
    """Run jobs and send mail until it is stopped; start as many as you need."""
    heap.share_one_place()
    from eventsapp.background import worker

    worker.run(queues)


@click.command("sender", hidden=True)
@with_appcontext
def sender_command() -> None:
    """Send newsletters until standard input ends; the built-in clock starts this."""
    from eventsapp.background import sender

    sender.run()


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
    app.cli.add_command(sender_command)
    app.cli.add_command(jobs_commands)

"""Whole processes that are killed while an edition goes out: `flask worker`, and `flask serve`.

Workers share a PostgreSQL and its queue of jobs; `flask serve` has a SQLite file and calls senders
of its own. One moment of each is tried in every run, fifteen with TEST_KILLS=60
(`make test-kills`), and then with three senders too. A moment is the number of letters that have
come by then; it stands in the name of the test. A new process takes over.
"""

import os
import signal
from contextlib import suppress
from random import Random
from types import SimpleNamespace

import pytest

from eventsapp.background import senders
from eventsapp.mail import outbox
from tests.delivery.editions import letter_to, open_edition
from tests.delivery.killing import (
    IS_LONG,
    PATIENCE,
    POINTS,
    check_edition,
    check_leavers,
    children_of,
    is_finished,
    lanes_of,
    leave_before,
    leave_while_held,
    told,
    wait_until,
)

MANY = 2000 if IS_LONG else 900
HELPED = senders.MANY + 600  # so many that `flask serve` calls senders; a batch or two for each
SENDERS = (1, 3) if IS_LONG else (1,)
NAMED = "ALTER TABLE procrastinate_workers ADD process text DEFAULT current_setting($$%s$$)"
OLD = """
    UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'
    WHERE process = :process
"""
NOTHING_STAYS = """
    SELECT count(*) = 0 FROM procrastinate_jobs
    WHERE status <> 'todo' OR coalesce(scheduled_at, now()) <= now()
"""


def moments(what, many, *counts):
    """Pairs of how many processes and when one of them is killed; the same in each run."""
    return [
        (count, Random(f"{what} {count} {point}").randrange(4, many * 2 // 3))
        for count in counts
        for point in range(POINTS)
    ]


@pytest.fixture
def edition(transaction, open_smtp):
    """`edition(900, holds_at=40)` queues so many newsletters; some readers leave.

    Of that letter on the server keeps its answers to itself. `its.leave(3)` lets a third leave of
    whose mail three lanes hold then, and lets the server go on; `its.check(8)` looks at the end,
    when so many may be unsure.
    """
    its = SimpleNamespace()

    def leave(lanes):
        open_smtp.wait_for(its.holds_at, PATIENCE)
        its.held, its.lanes = leave_while_held(transaction, open_smtp, lanes)
        open_smtp.go_on()

    def check(may_be_unsure, connections):
        states = told(transaction)
        check_edition(states, open_smtp.letters, may_be_unsure)
        check_leavers(states, its.waited, its.held, its.lanes * connections)

    def act(many, holds_at):
        with transaction():
            mailing = open_edition()
            outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(many)])
        its.waited = leave_before(transaction, many)
        its.holds_at = max(holds_at, 1)
        open_smtp.hold_at(its.holds_at)
        return its

    its.leave, its.check = leave, check
    return act


@pytest.fixture
def workers(start, queue_of_jobs):
    """`workers(3)` starts so many; the queue notes which worker belongs to which process."""
    queue_of_jobs.ask(NAMED % "application_name")
    started = {}

    def act(count):
        made = [start("worker", PGAPPNAME=f"worker-{len(started) + one}") for one in range(count)]
        for process in made:
            process.name = f"worker-{len(started)}"
            started[process.running.pid] = process
        return started

    return act


@pytest.mark.parametrize(("count", "moment"), moments("workers", MANY, 1, 3))
def test_a_killed_worker_loses_nothing_and_another_takes_over(
    count, moment, edition, workers, queue_of_jobs, transaction, open_smtp, settings
):
    its = edition(MANY, holds_at=moment // 2)
    running = workers(count)
    its.leave(lanes=1)
    open_smtp.wait_for(moment, PATIENCE)
    at_work = lanes_of(transaction)
    killed = Random(moment).choice(sorted(at_work))
    running[killed].stop(signal.SIGKILL)
    # What the clock would bring about: its signs of life grow old.
    queue_of_jobs.ask(OLD, process=running[killed].name)
    workers(1)
    wait_until(lambda: is_finished(transaction))
    its.check(at_work[killed] * settings.smtp_connections, settings.smtp_connections)
    queue_of_jobs.wait_until(NOTHING_STAYS)


def kill(process, *, with_senders):
    """Kill it; as a service manager does with all that it started, or it alone."""
    victims = [process.pid, *children_of(process.pid)]
    for pid in victims if with_senders else victims[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("count", "moment"), moments("serve", HELPED, *SENDERS))
def test_a_killed_product_loses_nothing_whether_its_senders_die_with_it_or_not(
    count, moment, edition, serve, environ, transaction, open_smtp, settings
):
    environ["EVENTS_SENDER_PROCESSES"] = str(count)
    its = edition(HELPED, holds_at=moment // 4)
    process = serve()
    its.leave(lanes=count + 1)  # its own one, and those of the senders
    open_smtp.wait_for(moment, PATIENCE)
    kill(process, with_senders=moment % 2 == 0)
    serve()
    wait_until(lambda: is_finished(transaction))
    its.check(its.lanes * settings.smtp_connections, settings.smtp_connections)

"""A worker that is killed with its machine: its journal lies in a data folder that nobody else has.

Nobody speaks for its leases then, so they run out. Time is injected into the rows that hold it: the
workers are processes of their own.
"""

import signal
from collections import Counter
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core import wakeups
from eventsapp.mail import outbox
from eventsapp.mail.models import Message
from tests.checks import check_page
from tests.delivery.editions import letter_to, open_edition
from tests.delivery.killing import PATIENCE, check_edition, is_finished, told, wait_until

READERS, GUESTS = 700, 60  # more than the lane of one worker takes at once
HELD_AT = 40
# What the clock would bring about: signs of life grow old, leases run out, doubt has lasted.
NO_LIFE = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
NO_LEASE = "UPDATE message SET lease_until = lease_until - interval '6 minutes' WHERE lease = :lane"
LONG_AGO = "UPDATE message SET settled_at = settled_at - interval '1 minute' WHERE lease = :lane"


@pytest.fixture
def machine(start, tmp_path):
    """`machine("a")` starts a worker on a machine of its own, which keeps its own data folder."""

    def act(name):
        made = start("worker", EVENTS_DATA_DIR=str(tmp_path / name))
        made.ready()
        return made

    return act


@pytest.fixture
def wake(transaction):
    """`wake("sweep-mail")` lets a worker do this now, as it does each minute."""

    def act(job):
        with transaction():
            wakeups.call(job)

    return act


@pytest.fixture
def lose(machine, queue_of_jobs, open_smtp, transaction):
    """Kill the machine "a" while the server owes it answers; another one, "b", does what it can.

    Gives the lane that was lost, whose mail it held, and the machine that lives.
    """

    def only_its_lease_is_left():
        with transaction() as session:
            waits = select(Message.id).where(Message.state.in_(("queued", "deferred")))
            others = select(Message.id).where(Message.state == "leased", Message.lease != lane)
            return session.scalar(waits) is None and session.scalar(others) is None

    open_smtp.hold_at(HELD_AT)
    killed = machine("a")
    open_smtp.wait_for(HELD_AT, PATIENCE)
    killed.stop(signal.SIGKILL)
    with transaction() as session:
        held = select(Message.lease, Message.address).where(Message.state == "leased")
        found = session.execute(held).all()
    [lane] = {row.lease for row in found}
    open_smtp.go_on()
    queue_of_jobs.ask(NO_LIFE)
    lives = machine("b")
    wait_until(only_its_lease_is_left)
    return SimpleNamespace(lane=lane, to={row.address for row in found}, lives=lives)


@pytest.fixture
def edition(transaction, open_smtp, queue_of_jobs):
    """A newsletter that waits to be sent."""
    with transaction():
        mailing = open_edition()
        letters = [letter_to(number, mailing) for number in range(READERS)]
        outbox.enqueue(mailing, letters)
    return mailing


@pytest.fixture
def doubted(edition, lose, queue_of_jobs, wake, transaction):
    """A newsletter of which a lane was lost with its machine, and its lease has run out."""
    queue_of_jobs.ask(NO_LEASE, lane=lose.lane)
    wake("sweep-mail")
    wait_until(lambda: is_finished(transaction))
    return lose


def by_state(states, wanted):
    return {to for to, state in states.items() if state == wanted}


def test_of_a_newsletter_what_was_lost_with_its_machine_is_named_as_unsure(
    doubted, edition, transaction, open_smtp, client, cast, sign_in
):
    states = told(transaction)
    check_edition(states, open_smtp.letters, len(doubted.to))
    assert by_state(states, "unknown") == doubted.to
    page = check_page(sign_in(client, cast.kees).get(f"/manage/mail/{edition.id}"))
    assert "Onzeker of het is aangekomen" in page
    assert f">{len(doubted.to)}<" in page


def test_a_machine_that_comes_back_late_tells_what_left_and_the_rest_goes(
    doubted, machine, wake, transaction, open_smtp, settings
):
    doubted.lives.stop(signal.SIGTERM)
    machine("a")
    wake("deliver-bulk")
    least = READERS - settings.smtp_connections
    wait_until(lambda: len(by_state(told(transaction), "sent")) >= least)
    wait_until(lambda: is_finished(transaction))
    states = told(transaction)
    check_edition(states, open_smtp.letters, settings.smtp_connections)
    with transaction() as session:
        sent = select(Message.reason, Message.attempts).where(Message.state == "sent").distinct()
        assert session.execute(sent).all() == [("", 1)], "no word of a doubt that is gone"


def test_of_a_round_what_was_lost_with_its_machine_goes_again_as_the_same_mail(
    waiting, request, queue_of_jobs, wake, transaction
):
    server = waiting(GUESTS)
    lost = request.getfixturevalue("lose")
    queue_of_jobs.ask(NO_LEASE, lane=lost.lane)
    wake("sweep-mail")
    wait_until(lambda: by_state(told(transaction), "unknown") == lost.to)
    queue_of_jobs.ask(LONG_AGO, lane=lost.lane)
    wake("sweep-mail")
    wait_until(lambda: "unknown" not in told(transaction).values())
    wake("deliver-mail")
    wait_until(lambda: set(told(transaction).values()) == {"sent"})
    came = Counter(one.to for one in server.letters)
    twice = {to for to, copies in came.items() if copies > 1}
    with transaction() as session:
        rows = list(session.scalars(select(Message)))
    assert len(came) == GUESTS, "nobody is left out"
    assert set(came.values()) == {1, 2}
    assert twice < lost.to
    assert all(len({one.raw for one in server.to(to)}) == 1 for to in twice), "the same mail"
    assert {one.address for one in rows if one.reason == "sent_again"} == lost.to
    assert {one.attempts for one in rows if one.address not in lost.to} == {1}

"""Several senders at once, and a sender that is killed: nothing is lost, nobody is mailed twice."""

import signal
from collections import Counter
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.mail import delivery, journal, repair
from eventsapp.mail.models import Message

MANY = 60
BOTH = pytest.mark.databases("sqlite", "postgresql")


@BOTH
def test_two_senders_at_once_mail_nobody_twice(app, waiting, transaction):
    server, faults = waiting(60), []

    def run():
        try:
            with app.app_context():
                delivery.deliver(jobs.worker(), calendar_part)
        except Exception as fault:
            faults.append(fault)

    threads = [Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=600)
    assert faults == []
    assert Counter(Counter(one.to for one in server.letters).values()) == {1: 60}
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"sent"}


def stop(process, how):
    process.send_signal(how)
    process.wait(timeout=600)


@BOTH
@pytest.mark.parametrize("moment", ["after the last dot", "anywhere"])
def test_after_a_kill_nothing_is_lost_and_only_mails_in_flight_are_doubled(
    moment, waiting, serve, transaction, freeze, tmp_path, settings
):
    server = waiting(MANY)
    server.patience = MANY // 3 if moment == "after the last dot" else 0
    process = serve()
    server.wait_for(MANY // 3)
    stop(process, signal.SIGKILL)
    server.patience = 0
    with transaction() as session:
        in_flight = Message.id.in_(begun_without_result(tmp_path / "journal"))
        doubtful = set(session.scalars(select(Message.address).where(in_flight)))
    assert len(doubtful) <= 2 * settings.smtp_connections  # urgent and bulk
    if moment == "after the last dot":
        assert server.letters[-1].to in doubtful
    process = serve()
    server.wait_for(MANY - 1)
    stop(process, signal.SIGTERM)
    finish(transaction, freeze)
    came = Counter(one.to for one in server.letters)
    assert len(came) == MANY
    assert {to for to, count in came.items() if count > 1} <= doubtful
    with transaction() as session:
        again = set(session.scalars(select(Message.address).where(Message.reason == "sent_again")))
        assert set(session.scalars(select(Message.state))) == {"sent"}
    assert again == doubtful


def begun_without_result(folder):
    with journal.look(folder) as found:
        return set().union(*(left.begun - left.outcomes.keys() for left in found.left))


def finish(transaction, freeze):
    """Let the sweeps and rounds of the next quarter of an hour run."""
    began = now()
    for minutes in (6, 7, 8):
        freeze((began.replace(microsecond=0) + timedelta(minutes=minutes)).isoformat())
        with transaction():
            repair.sweep()
        with transaction():
            delivery.deliver(jobs.worker(), calendar_part)

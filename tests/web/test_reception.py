"""The receiver of mail: whether it is there is noted, told to the coordinator and tried."""

import socket
from contextlib import contextmanager
from threading import Thread

import pytest

from eventsapp.background.reception import Reception
from eventsapp.core.settings import keep
from eventsapp.mail import doctor_database, doctor_servers
from eventsapp.mail.doctor_words import Verdict
from eventsapp.mail.models import Intake
from tests.checks import check_page

WORDS = "Een ander programma heeft de poort van de ontvanger"


@contextmanager
def stranger(greeting=b"220 mail.example ESMTP Postfix\r\n"):
    """Another program that answers whoever calls its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                with link:
                    link.sendall(greeting)

        thread = Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def taken(app, settings, closed_network):
    """Another program has the port that is set for the receiver."""
    with stranger() as port:
        closed_network.open.add(port)
        running = settings.replace(receiver_port=port)
        keep(app, running)
        yield Reception(app, running)
        keep(app, settings)


@pytest.fixture
def free(app, settings, free_port):
    """Nobody has the port that is set for the receiver."""
    running = settings.replace(receiver_port=free_port)
    keep(app, running)
    reception = Reception(app, running)
    yield reception
    reception.close()
    keep(app, settings)


def noted(transaction):
    with transaction() as session:
        return [(one.name, one.fault) for one in session.query(Intake).order_by(Intake.name)]


def test_a_port_that_another_program_has_is_told_to_the_coordinator(taken, kees, transaction):
    taken.look()
    assert noted(transaction) == []
    taken.look()
    assert noted(transaction) == [("receiver", "taken")]
    assert WORDS in check_page(kees.get("/manage/"))


def test_the_doctor_shows_who_answers_instead(taken, app):
    with app.app_context():
        (found,) = doctor_servers.receiver()
    assert found.verdict is Verdict.BAD
    assert "Postfix" in found.values["heard"]


def test_the_doctor_tells_what_keeps_the_receiver_closed(taken, app):
    taken.look()
    taken.look()
    with app.app_context():
        (found,) = doctor_database.intake()
    assert found.verdict is Verdict.BAD
    assert "Postfix" in found.values["detail"]


def test_a_receiver_that_opens_is_noted_and_stood_by(free, app, transaction, settings):
    free.look()
    with app.app_context():
        (found,) = doctor_servers.receiver()
    other = Reception(app, settings.replace(receiver_port=found.values["port"]))
    other.look()
    other.look()
    assert noted(transaction) == [("receiver", "")]
    assert found.verdict is Verdict.GOOD


def test_a_receiver_that_nobody_opened_is_told(free, app):
    with app.app_context():
        (found,) = doctor_servers.receiver()
    assert found.verdict is Verdict.BAD


def test_a_receiver_that_nobody_wants_any_more_is_no_task(taken, app, settings, kees):
    taken.look()
    taken.look()
    keep(app, settings)
    assert WORDS not in check_page(kees.get("/manage/"))

"""Who writes to SQLite waits in order of arrival, and nobody holds others up for good."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from eventsapp.core import db as database
from eventsapp.core.db import db
from eventsapp.core.turns import Turns, patiently
from eventsapp.mail.desk import Desk
from eventsapp.mail.due import BULK
from eventsapp.mail.judging import no_calendar

HOLDER = """
import sys
from pathlib import Path
from eventsapp.core.turns import Turns, patiently
assert Turns(Path(sys.argv[1])).take()
print("taken", flush=True)
sys.stdin.read()
"""
A_WHILE = 60.0  # seconds; a busy machine is slow, and a fault would wait for ever


@pytest.fixture
def file(tmp_path):
    return tmp_path / "events.db"


def wait_for(is_so):
    until = time.monotonic() + A_WHILE
    while not is_so():
        assert time.monotonic() < until


def waiting(turns, name, order, joined):
    """Let a thread queue; come back when it stands in the queue."""

    def stand() -> None:
        assert turns.take(A_WHILE)
        order.append(name)
        turns.give_back()

    thread = threading.Thread(target=stand)
    thread.start()
    wait_for(lambda: len(turns._waiting) == joined)
    return thread


def test_those_who_wait_come_in_the_order_of_their_arrival(file):
    turns, order = Turns(file), []
    assert turns.take()
    threads = [waiting(turns, name, order, name + 1) for name in range(8)]
    turns.give_back()
    for thread in threads:
        thread.join(A_WHILE)
    assert order == list(range(8))


def test_who_waits_too_long_goes_away_and_nobody_waits_for_them(file):
    turns = Turns(file)
    assert turns.take()
    assert not turns.take(0.01)
    turns.give_back()
    assert turns.take()


def is_locked(path):
    """Tell whether somebody holds this file; who looks lets go at once."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_who_is_patient_lets_those_who_come_later_go_first(file):
    # Each has open files of its own, as each process has.
    sender, other_sender, pages = Turns(file), Turns(file), Turns(file)
    order = []

    def send():
        assert other_sender.take_patiently(A_WHILE)
        order.append("an edition")
        other_sender.give_back_patiently()

    def answer():
        assert pages.take(A_WHILE)
        order.append("an answer")
        pages.give_back()

    assert sender.take_patiently()
    threads = [threading.Thread(target=send), threading.Thread(target=answer)]
    threads[0].start()
    wait_for(other_sender._patient_here.locked)
    threads[1].start()
    wait_for(lambda: is_locked(file.with_name(f"{file.name}-next")))
    sender.give_back_patiently()
    for thread in threads:
        thread.join(A_WHILE)
    assert order == ["an answer", "an edition"]


def test_who_waits_patiently_for_too_long_keeps_nobody_waiting(file):
    holder, other = Turns(file), Turns(file)
    assert holder.take()
    assert not other.take_patiently(0.01)
    holder.give_back()
    assert other.take_patiently()


@pytest.fixture
def other_process(file):
    """Another process that has its turn; it holds on until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=os.getcwd(),
    )
    try:
        assert process.stdout.readline() == b"taken\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=A_WHILE)


def test_another_process_is_waited_for_until_it_dies(file, other_process):
    turns = Turns(file)
    assert not turns.take(0.01)
    other_process.kill()
    assert turns.take(A_WHILE)


@pytest.fixture
def on_sqlite(product_on):
    """The product on SQLite; PostgreSQL has locks of its own."""
    return product_on("sqlite").app


def test_a_turn_ends_with_its_transaction(on_sqlite):
    with on_sqlite.app_context():
        with db.engine.begin() as connection:
            turns = connection.connection.dbapi_connection.turns
            assert not turns.take(0.01)
        assert turns.take()
        turns.give_back()


def test_the_turn_of_the_patient_ends_with_their_transaction(on_sqlite):
    with on_sqlite.app_context():
        with patiently(), db.engine.begin() as connection:
            turns = connection.connection.dbapi_connection.turns
            assert not turns.take_patiently(0.01)
        assert turns.take_patiently()
        turns.give_back_patiently()


def test_a_turn_ends_when_all_is_undone(on_sqlite):
    with on_sqlite.app_context(), db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        turns = connection.connection.dbapi_connection.turns
        assert not turns.take(0.01)
        connection.rollback()
        assert turns.take()
        turns.give_back()


def test_reading_takes_no_turn(on_sqlite):
    with on_sqlite.app_context(), database.read_only(), db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        turns = connection.connection.dbapi_connection.turns
        assert turns.take(A_WHILE)
        turns.give_back()


def test_who_reads_first_takes_no_turn_until_the_writing_begins(on_sqlite):
    with on_sqlite.app_context():
        with database.reading_first():
            db.session.execute(text("SELECT 1"))
        assert not db.session().in_transaction()


def test_on_postgresql_what_is_read_first_is_part_of_the_writing(product_on):
    with product_on("postgresql").app.app_context():
        with database.reading_first():
            db.session.execute(text("SELECT 1"))
        assert db.session().in_transaction()


def test_reading_first_keeps_nothing_that_was_written_before(app):
    with app.app_context():
        db.session.execute(text("CREATE TABLE half_done (id integer)"))
        with database.reading_first():
            db.session.execute(text("SELECT 1"))
        db.session.rollback()
        assert not db.inspect(db.engine).has_table("half_done")


def test_an_edition_waits_for_its_next_batch_among_the_patient(on_sqlite):
    with on_sqlite.app_context(), db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        turns = connection.connection.dbapi_connection.turns
        connection.rollback()
        other_sender = Turns(Path(db.engine.url.database))
        assert other_sender.take_patiently()
        other_sender.give_back()  # its turn only: who is not patient may go on
        with Desk("w", BULK, no_calendar) as desk:
            desk.ask_batch([], {})
            wait_for(turns._patient_here.locked)
            other_sender.give_back_patiently()
            assert not desk.answer().ready

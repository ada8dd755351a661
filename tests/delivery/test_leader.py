"""Of several processes one runs the jobs; another takes over when it stops."""

import pytest
from sqlalchemy import text

from eventsapp.background.leader import FileLeader, PostgresLeader
from eventsapp.core.db import db


@pytest.fixture
def two(app):
    with app.app_context():
        pair = PostgresLeader(db.engine), PostgresLeader(db.engine)
        yield pair
        for each in pair:
            each.resign()


def test_one_of_two_leads(two):
    assert [one.leads() for one in two] == [True, False]
    assert [one.leads() for one in two] == [True, False]


def test_who_resigns_is_followed(two):
    first, second = two
    first.leads()
    first.resign()
    assert second.leads()
    assert not first.leads()


def test_who_loses_the_database_is_followed(two):
    first, second = two
    first.leads()
    # Waits for the end of the other session: only then its lock is gone.
    ended = "SELECT pg_terminate_backend(pid, 120000) FROM pg_locks WHERE locktype = 'advisory'"
    db.session.execute(text(ended))
    db.session.rollback()
    assert not first.leads()
    assert second.leads()


def test_a_file_has_one_leader(tmp_path):
    first, second = FileLeader(tmp_path / "lock"), FileLeader(tmp_path / "lock")
    assert [first.leads(), second.leads()] == [True, False]
    first.resign()
    assert second.leads()
    second.resign()

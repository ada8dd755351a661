"""Connections to PostgreSQL: what they keep, and that one whose server left is made anew."""

from sqlalchemy import select, text

from eventsapp.core import postgresql
from eventsapp.core.db import db, read_only
from eventsapp.mail.models import Throttle

PREPARED = text(
    "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%throttle.rate > %'"
)


def ask_often():
    for _ in range(10):
        db.session.scalars(select(Throttle.name).where(Throttle.rate > 1.0)).all()


def test_what_is_prepared_outlives_a_transaction_that_only_read(app):
    with app.app_context():
        with read_only():
            ask_often()
            db.session.rollback()
        assert db.session.scalar(PREPARED) == 1


def test_what_is_prepared_may_be_about_what_a_rollback_undoes(app):
    with app.app_context():
        ask_often()
        db.session.rollback()
        assert db.session.scalar(PREPARED) == 0


def test_a_rollback_undoes_what_was_written_after_a_reading(app):
    with app.app_context():
        with read_only():
            db.session.scalars(select(Throttle.name)).all()
            db.session.rollback()
        db.session.add(Throttle(name="sender:invitations"))
        db.session.flush()
        db.session.rollback()
        assert db.session.scalars(select(Throttle.name)).all() == []


def test_a_connection_that_rested_is_made_anew_when_its_server_left(app, monkeypatch):
    monkeypatch.setattr(postgresql, "RESTED", 0.0)
    with app.app_context(), db.engine.connect() as other:
        with db.engine.connect() as connection:
            number = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:number, 60000)"), {"number": number})
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_backend_pid()")) != number


def test_a_connection_that_was_just_used_is_not_asked_first(app, monkeypatch):
    monkeypatch.setattr(postgresql, "RESTED", 600.0)
    greeted = []
    with app.app_context():
        monkeypatch.setattr(db.engine.dialect, "do_ping", greeted.append)
        for _ in range(3):
            with db.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
    assert not greeted

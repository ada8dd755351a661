"""Questions that must not read the whole outbox are answered by an index on SQLite."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from eventsapp.core.db import db
from eventsapp.mail import counters, finding
from eventsapp.mail.models import Message


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        (finding.with_key(["letter:1"]), "ix_message_key"),
        (finding.about(["invitation:7"]), "ix_message_reference"),
        (finding.with_message_id(["<a@b.example>"]), "ix_message_message_id"),
        (finding.with_message_id([f"<{'a' * 32}.7@b.example>"]), "ix_message_person"),
    ],
)
def test_sqlite_answers_by_an_index(app_on_nothing, condition, index):
    with app_on_nothing("sqlite").app_context():
        db.create_all()
        written = (
            select(Message.id)
            .where(condition)
            .compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        )
        plan = " ".join(row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {written}")))
    assert index in plan
    assert "SCAN message" not in plan


def test_a_frozen_mailing_is_counted_without_a_look_at_what_nobody_holds(app_on_nothing):
    with app_on_nothing("sqlite").app_context():
        db.create_all()
        written = counters.counts_of([7]).compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
        plan = [row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
    read = [line for line in plan if " message" in line]
    assert all("(mailing_id=? AND state=?)" in line for line in read)
    assert read

"""The tables that migrations make are the tables of the models, on both databases."""

import ast
import logging
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, text

from eventsapp.core.db import Model, db
from tests.structure.source import ROOT, files, imports_of, named, tree_of

VERSIONS = files("migrations/versions/*.py")
both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.WARNING, logger="alembic")


def migrated(app_on_nothing, kind):
    app = app_on_nothing(kind)
    with app.app_context():
        flask_migrate.upgrade()
    return app


def tables():
    names = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    return {name for name in names if not name.startswith(("procrastinate_", "person_gram"))}


def names_in(question):
    return set(db.session.scalars(text(question)))


HELD = "SELECT name FROM procrastinate_migrations"
LEFT = """
    SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate%'
    UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%'
    UNION ALL SELECT typname FROM pg_type WHERE typname LIKE '%procrastinate%'
"""


def constants_of(path):
    return {
        node.targets[0].id: node.value.value
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        and isinstance(node.targets[0], ast.Name)
    }  # fmt: skip


def test_migrations_are_numbered_one_after_another():
    numbers = [path.name.partition("_")[0] for path in VERSIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(VERSIONS) + 1)]
    said = [(constants_of(p)["revision"], constants_of(p)["down_revision"]) for p in VERSIONS]
    assert said == list(zip(numbers, [None, *numbers], strict=False))


def test_there_is_one_head():
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


@pytest.mark.parametrize("path", VERSIONS, ids=named)
def test_a_migration_does_not_depend_on_the_code_of_today(path):
    assert not {name for name in imports_of(path) if name.startswith(("eventsapp", "config"))}


def test_the_index_of_letters_follows_the_names_after_all_migrations(app_on_nothing):
    # SQLite drops the triggers of a table that a migration makes anew, and says nothing.
    with migrated(app_on_nothing, "sqlite").app_context():
        found = names_in("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    assert {"person_gram_added", "person_gram_changed", "person_gram_dropped"} <= found


OLD_EDITION = """
    INSERT INTO mailing (id, kind, purpose, reference, title, sender_name, sender_address, reply_to,
        data, created_at, not_before, stream, list_id, course, course_reason)
    VALUES (1, 'edition', 'newsletter', '', '', '', '', '', '{}', '2026-01-01', '2026-01-01',
        'newsletters', '', 'open', '');
    INSERT INTO message (mailing_id, person_id, key, reference, address, name, language, template,
        data, priority, domain, state, reason, not_before, attempts, lease, last_reply, message_id,
        created_at, bounce_kind, bounce_reason)
    SELECT 1, number, '', '', '', '', 'nl', 'letter', '{}', 7, '', 'leased', '', '2026-01-01', 0,
        '', '', '', '2026-01-01', '', ''
    FROM (SELECT 1 AS number UNION SELECT 2 UNION SELECT 3) AS three
"""
COUNTED = "SELECT state, sum(count) FROM mailing_count GROUP BY state"


@both
def test_editions_of_before_are_counted_and_stay_so(app_on_nothing, kind):
    with app_on_nothing(kind).app_context():
        flask_migrate.upgrade(revision="0006")
        for statement in OLD_EDITION.split(";"):
            db.session.execute(text(statement))
        db.session.commit()
        flask_migrate.upgrade()
        db.session.execute(text("UPDATE message SET state = 'sent' WHERE person_id = 2"))
        assert dict(db.session.execute(text(COUNTED)).all()) == {"queued": 2, "sent": 1}
        db.session.remove()


@both
def test_from_nothing_upward_gives_the_models(app_on_nothing, kind):
    with migrated(app_on_nothing, kind).app_context():
        assert tables() == set(Model.metadata.tables)
        flask_migrate.check()


@both
def test_the_last_step_goes_down_and_up_again(app_on_nothing, kind):
    with migrated(app_on_nothing, kind).app_context():
        flask_migrate.downgrade(revision="-1")
        flask_migrate.upgrade()
        assert tables() == set(Model.metadata.tables)
        flask_migrate.check()


def test_the_queue_of_the_workers_holds_all_that_its_library_needs(app_on_nothing):
    with migrated(app_on_nothing, "postgresql").app_context():
        needed = {path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql")}
        assert names_in(HELD) == needed
        db.session.remove()


def test_without_the_queue_nothing_of_it_is_left(app_on_nothing):
    with migrated(app_on_nothing, "postgresql").app_context():
        assert names_in(LEFT)
        db.session.remove()
        flask_migrate.downgrade(revision="0002")
        assert names_in(LEFT) == set()
        db.session.remove()


def test_the_newest_migration_of_the_queue_is_one_that_we_know():
    newest = max(path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    why = "a new version of the library: write a migration that applies what 0003 did not hold"
    assert newest == "03.04.00_50_post_add_retry_failed_job_procedure", why

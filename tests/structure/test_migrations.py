"""The tables that migrations make are the tables of the models, on both databases."""

import ast
import logging

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

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
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


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

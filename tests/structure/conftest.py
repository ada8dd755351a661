"""Fresh databases on which the migrations are tried."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from config import Settings
from eventsapp.app import create_app
from eventsapp.core.db import db
from tests.application import load_models


@pytest.fixture
def app_on_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, worker: str
) -> Iterator[Callable[[str], Flask]]:
    """`app_on_nothing("sqlite")` gives the application on a database without tables."""
    made: list[Flask] = []

    def make(kind: str) -> Flask:
        url = f"sqlite:///{tmp_path}/empty.db"
        if kind == "postgresql":
            url = request.getfixturevalue("postgres").create(f"migrations_{worker}")
        load_models()
        made.append(create_app(Settings(mode="demo", database_url=url, data_dir=tmp_path)))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()

"""The product for tests: made once per process and database, emptied after each test."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import eventsapp
from config import Settings
from tests.databases import Database, PostgresDatabase, SQLiteFile
from tests.network import MailServer


class Visitor(FlaskClient):
    """A test client for which a fault of the product fails the test."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Ask for a page; status 500 is never what a test wants."""
        response = super().open(*args, **kwargs)
        assert response.status_code != 500, "the product broke; its log line tells where"
        return response


@dataclass
class Product:
    """An application with its settings, its database, and the port on which it may be served."""

    app: Flask
    settings: Settings
    database: Database
    listener: socket.socket

    def close(self) -> None:
        """Let go of the port and of every connection to the database."""
        from eventsapp.core.db import db

        self.listener.close()
        with self.app.app_context():
            db.engine.dispose()
        self.database.close()


@pytest.fixture(scope="session")
def product_on(
    request: pytest.FixtureRequest,
    fast_folder: Path,
    worker: str,
    mail_server: MailServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Product]]:
    """`product_on("sqlite")` gives the product on that database, made when first asked for."""
    made: dict[str, Product] = {}

    def give(kind: str) -> Product:
        if kind not in made:
            database: Database = SQLiteFile(fast_folder)
            if kind == "postgresql":
                server = request.getfixturevalue("postgres")
                database = PostgresDatabase(server.create(f"events_{worker}"))
            made[kind] = make_product(database, mail_server, tmp_path_factory.mktemp(kind))
        return made[kind]

    yield give
    for product in made.values():
        product.close()


def load_models() -> None:
    """Make every table known, also that of a file which no page needs yet."""
    for module in walk_packages(eventsapp.__path__, "eventsapp."):
        import_module(module.name)


def make_product(database: Database, mail_server: MailServer, folder: Path) -> Product:
    """An application whose links, mail and files stay within the test."""
    from eventsapp.app import create_app
    from eventsapp.core.db import Model, db

    load_models()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        mode="demo",
        secret_key="a key for tests, never for a product",
        database_url=database.url,
        data_dir=folder,
        port=port,
        base_url=f"http://127.0.0.1:{port}",
        smtp_url=f"smtp://127.0.0.1:{mail_server.port}?starttls=never",
        deliver=False,
        log_level="warning",
    )
    app = create_app(settings)
    app.testing = True
    app.test_client_class = Visitor
    with app.app_context():
        Model.metadata.create_all(db.engine)
    return Product(app, settings, database, listener)


@pytest.fixture
def product(product_on: Callable[[str], Product], database_kind: str) -> Iterator[Product]:
    """The product with an empty database."""
    from eventsapp.core.db import Model

    product = product_on(database_kind)
    yield product
    product.database.empty(Model.metadata)


@pytest.fixture
def settings(product: Product) -> Settings:
    """The settings of the product under test."""
    return product.settings


@pytest.fixture
def app(product: Product) -> Flask:
    """The application under test."""
    return product.app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.fixture
def transaction(app: Flask) -> Callable[[], AbstractContextManager[Session]]:
    """Work as a door does: what happens in the block of `with` is committed at its end.

    What was loaded stays readable afterwards. Requests run outside it, or they would share its
    session and see what was never committed.
    """
    from eventsapp.core.db import db

    @contextmanager
    def begin() -> Iterator[Session]:
        with app.app_context():
            session = db.session()
            session.expire_on_commit = False
            yield session
            session.commit()

    return begin

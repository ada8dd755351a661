"""Signed in without the slow hashing of a password: `sign_in(client, account)`.

The client then carries the CSRF token by itself in a header, as htmx does, so that a test may post
a form in one line. That each form brings its own token is tested by `tests/web/test_rights.py`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session as Transaction

from eventsapp.accounts.models import Account
from eventsapp.accounts.sessions import open_session

COOKIE = "eventsapp_session"

SignIn = Callable[[FlaskClient, Account], FlaskClient]


def with_csrf(client: FlaskClient) -> FlaskClient:
    """Let a client send the CSRF token with all that it posts."""
    app: Flask = client.application
    with client.session_transaction() as kept, app.test_request_context():
        from flask import session

        token = generate_csrf()
        kept.update(session)
    client.environ_base["HTTP_X_CSRFTOKEN"] = token
    return client


@pytest.fixture
def sign_in(transaction: Callable[[], AbstractContextManager[Transaction]]) -> SignIn:
    """`sign_in(client, account)` opens a session for somebody and gives the client back."""

    def sign_in(client: FlaskClient, account: Account) -> FlaskClient:
        with transaction():
            secret = open_session(account.id, "Firefox")
        client.set_cookie(COOKIE, secret)
        return with_csrf(client)

    return sign_in


@pytest.fixture
def cast(transaction: Callable[[], AbstractContextManager[Transaction]]) -> Any:
    """Anna of Noord, Bram of Zuid, Kees, Ilse and Petra, kept in the database."""
    from tests.factories import make_cast

    with transaction():
        return make_cast()

"""Subscribing for tests: a newsletter, the form filled in, the link in the mail, who reads."""

import re

import pytest
from sqlalchemy import func, select

from eventsapp.contacts.models import Subscription
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from tests.checks import check_page

ADDRESS = "truus@post.example"


@pytest.fixture
def newsletter(transaction):
    with transaction() as session:
        made = Newsletter(name="Nieuwsbrief Samen", slug="samen", about="Zes keer per jaar.")
        session.add(made)
        session.flush()
        return made


@pytest.fixture
def ask(client, newsletter):
    """`ask(email=…)` fills in the form and presses; gives the page that follows."""

    def ask(email=ADDRESS, status=200, **values):
        sent = {"email": email, "language": "nl", **values}
        answer = client.post(f"/subscribe/{newsletter.id}", data=sent)
        assert answer.status_code == status
        return check_page(answer, status)

    return ask


@pytest.fixture
def mails(transaction):
    def mails():
        with transaction() as session:
            return [compose(one) for one in session.scalars(select(Message).order_by(Message.id))]

    return mails


@pytest.fixture
def link(mails):
    """`link()` gives the path in the newest mail."""
    return lambda: re.search(r"https?://[^/]+(/\S+)", mails()[-1].text)[1]


def count(transaction, model):
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model))


def readers(transaction):
    with transaction() as session:
        return [
            (one.person.name, one.address.email, one.ended_at is None)
            for one in session.scalars(select(Subscription).order_by(Subscription.id))
        ]

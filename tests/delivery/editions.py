"""An edition for tests: a mailing with its letters in the outbox, as bulk mail."""

from collections import Counter

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.settings import keep
from eventsapp.mail import delivery, outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Message

DATA = {
    "letter_subject": "Nieuws uit de regio",
    "letter_text": "Beste lezer,\n.Dit is het nieuws.",
    "letter_html": "<p>Dit is het nieuws.</p>",
    "letter_has_when": False,
    "letter_asks": False,
    "letter_is_neutral": False,
    "letter_papers": [],
    "letter_from": {"name": "Anna Bos", "phone": "070 000 00 00"},
}


def open_edition():
    """Begin a newsletter whose words are shared by all its readers."""
    return outbox.open_mailing(
        kind=MailingKind.EDITION,
        purpose=Purpose.NEWSLETTER,
        reference="",
        title="Nieuws uit de regio",
        by=None,
        data=DATA,
        undo=False,
    )


def letter_to(number, mailing, domain="raad.example"):
    """The row of one reader."""
    return outbox.Letter(
        key=f"edition:{mailing.id}:{number}",
        address=f"lezer{number}@{domain}",
        name=f"Lezer {number}",
        language="nl",
        template="letter",
        data={"salutation": f"Beste lezer {number}", "role_line": "U leest dit als lezer."},
        person_id=number + 1,
        reference=f"person:{number + 1}",
        priority=7,
    )


@pytest.fixture
def edition(transaction, open_smtp):
    """`edition(3)` queues so many letters; gives the number of their mailing."""

    def act(count, domain="raad.example"):
        with transaction():
            mailing = open_edition()
            letters = [letter_to(one, mailing, domain) for one in range(count)]
            outbox.enqueue(mailing, letters)
            return mailing.id

    return act


@pytest.fixture
def send_bulk(transaction):
    """`send_bulk()` sends what waits, newsletters too, as the bulk lane does."""

    def act():
        with transaction():
            return delivery.deliver(jobs.worker(), lane=delivery.BULK)

    return act


@pytest.fixture
def states(transaction):
    """`states()` counts the mails in each state."""

    def read():
        with transaction() as session:
            return Counter(session.scalars(select(Message.state)))

    return read


@pytest.fixture
def at_most(app, settings):
    """`at_most(5)` sets the mails a second."""

    def act(rate):
        keep(app, settings.replace(mail_rate=rate))

    yield act
    keep(app, settings)

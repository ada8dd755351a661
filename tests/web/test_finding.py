"""How a mail is found: by the indexes of letters, and a mail of an edition by its reader."""

import re

import pytest
from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.mail import finding, freezing, outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Message
from tests.factories import make_person
from tests.structure.source import files

READERS = select(
    Person.id.label("person_id"),
    PersonAddress.email.label("address"),
    Person.given_name.label("name"),
    Person.language.label("language"),
).join(PersonAddress)


def open_mailing():
    return outbox.open_mailing(
        kind=MailingKind.EDITION, purpose=Purpose.NEWSLETTER, reference="", title="Nieuws", by=None
    )


@pytest.fixture
def mails(transaction):
    """Two mails of one edition, and a letter by itself."""
    with transaction():
        people = [make_person(f"{one} Bos", f"{one}@raad.example") for one in ("Riet", "Joop")]
        db.session.flush()
        mailing = open_mailing()
        freezing.freeze(mailing, READERS, template="letter")
        letter = outbox.Letter(
            "letter:1", "riet@raad.example", "Riet", "nl", "letter",
            person_id=people[0].id, reference="invitation:7",
        )  # fmt: skip
        outbox.enqueue(mailing, [letter])


@pytest.fixture
def found(transaction, mails):
    """`found(condition)` gives the numbers of the mails that it finds."""

    def ask(condition):
        with transaction() as session:
            return list(session.scalars(select(Message.id).where(condition).order_by(Message.id)))

    return ask


@pytest.fixture
def rows(transaction, mails):
    """All mails, in the order in which they were queued."""
    with transaction() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def test_every_mail_is_found_by_its_message_id(found, rows):
    assert [found(finding.with_message_id([one.message_id])) for one in rows] == [
        [one.id] for one in rows
    ]


def test_a_message_id_that_names_another_reader_finds_nothing(found, rows):
    riet, joop = rows[:2]
    other = re.sub(r"\.\d+@", f".{joop.person_id}@", riet.message_id)
    assert (
        found(finding.with_message_id([other, "", "<>", "<x.99999999999999@raad.example>"])) == []
    )


def test_a_number_beyond_the_database_is_nobody(found):
    assert found(finding.with_message_id([f"<{'a' * 32}.9999999999@raad.example>"])) == []


def test_a_letter_is_found_by_its_key_and_by_what_it_is_about(found, rows):
    assert found(finding.with_key(["letter:1"])) == [rows[2].id]
    assert found(finding.about(["invitation:7"])) == [rows[2].id]


def test_rows_of_an_edition_have_no_key_and_are_about_nothing(found):
    assert found(finding.with_key([""])) == found(finding.about([""])) == []


def test_nobody_else_asks_by_key_reference_or_message_id():
    asking = re.compile(r"Message\.(key|reference|message_id)(\.in_| ==)")
    asked = {one.name for one in files("eventsapp/**/*.py") if asking.search(one.read_text())}
    assert asked == {"finding.py"}

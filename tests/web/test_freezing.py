"""Freezing an edition: one statement makes a row of each reader, on both databases."""

import re

import pytest
from sqlalchemy import literal, quoted_name, select, union_all

from eventsapp.directory.models import Person, PersonAddress
from eventsapp.mail import freezing, outbox, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Message
from tests.factories import make_person


def open_edition():
    return outbox.open_mailing(
        kind=MailingKind.EDITION,
        purpose=Purpose.NEWSLETTER,
        reference="",
        title="Nieuws",
        by=None,
        undo=False,
    )


READERS = select(
    Person.id.label("person_id"),
    PersonAddress.email.label("address"),
    Person.given_name.label("name"),
    Person.language.label("language"),
    literal("Beste lezer").label("salutation"),
).join(PersonAddress)


@pytest.fixture
def people(transaction):
    """Riet, Joop and Ans, each with an address."""
    with transaction():
        names = ("Riet", "Joop", "Ans")
        return [make_person(f"{one} Bos", f"{one}@Raad.Example").id for one in names]


@pytest.fixture
def freeze_readers(transaction, people):
    """`freeze_readers()` freezes all of them; gives the rows by name."""

    def act(readers=READERS, before=lambda: None):
        with transaction() as session:
            before()
            session.flush()
            mailing = open_edition()
            act.count = freezing.freeze(mailing, readers, template="letter")
        with transaction() as session:
            return {row.name: row for row in session.scalars(select(Message))}

    return act


def test_each_reader_gets_a_row_with_values_of_its_own(freeze_readers, people):
    rows = freeze_readers()
    assert freeze_readers.count == 3
    riet = rows["Riet"]
    assert (riet.person_id, riet.address, riet.language) == (people[0], "Riet@Raad.Example", "nl")
    assert (riet.state, riet.template, riet.priority) == ("queued", "letter", 7)
    assert riet.data == {"salutation": "Beste lezer"}
    assert (riet.domain, riet.reference) == ("raad.example", "")


def test_a_column_of_a_table_is_a_value_of_its_reader_too(freeze_readers):
    named = quoted_name("family_name", quote=None)  # as the columns of a plain table are
    rows = freeze_readers(READERS.add_columns(Person.family_name.label(named)))
    assert rows["Riet"].data["family_name"] == "Bos"


def test_message_ids_are_random_and_those_of_our_domain(freeze_readers):
    made = {row.message_id for row in freeze_readers().values()}
    assert len(made) == 3
    assert all(
        re.fullmatch(r"<[0-9a-fA-F-]{20,36}\.[0-9]+@programma\.example>", one) for one in made
    )


def test_all_readers_take_one_statement(freeze_readers, statements):
    with statements() as asked:
        freeze_readers()
    assert len([one for one in asked if "INTO message" in one]) == 1


def test_who_opted_out_has_a_row_that_says_why(freeze_readers, people):
    def opt_out():
        suppression.withhold_person(people[1], Purpose.NEWSLETTER, "opted_out")
        suppression.withhold_person(people[2], Purpose.MEETINGS, "opted_out")

    rows = freeze_readers(before=opt_out)
    assert (rows["Joop"].state, rows["Joop"].reason) == ("skipped", "opted_out")
    assert [rows[one].state for one in ("Riet", "Ans")] == ["queued", "queued"]


def test_an_address_that_rests_has_a_row_that_says_why(freeze_readers):
    rows = freeze_readers(
        before=lambda: suppression.withhold_address("ans@raad.example", None, "does_not_exist")
    )
    assert (rows["Ans"].state, rows["Ans"].reason) == ("skipped", "does_not_exist")
    assert rows["Riet"].state == "queued"


def test_who_is_named_twice_gets_one_mail(freeze_readers):
    twice = union_all(READERS, READERS).subquery()
    assert len(freeze_readers(select(twice))) == 3


def test_freezing_once_more_adds_only_who_is_new(freeze_readers, transaction):
    freeze_readers()
    with transaction() as session:
        make_person("Piet Bos", "piet@raad.example")
        session.flush()
        mailing = session.scalars(select(Mailing)).one()
        assert freezing.freeze(mailing, READERS, template="letter") == 1

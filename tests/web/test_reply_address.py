"""The reply address says who answers, shows nobody's number, and can't be made by anybody else."""

import re

import pytest
from icalendar import Calendar
from sqlalchemy import select

from eventsapp.core.settings import keep
from eventsapp.invitations import reply_address
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.mailings import sender_of
from eventsapp.invitations.models import Invitation
from eventsapp.mail.delivery import deliver
from tests.factories import actor_of, make_cast, make_meeting, make_person


@pytest.fixture
def running(app, settings):
    """`running(reply_address="…")` changes settings until the test is over."""
    with app.app_context():
        yield lambda **changes: keep(app, settings.replace(**changes))
        keep(app, settings)


@pytest.fixture
def invited(transaction, freeze, open_smtp):
    """`invited()` invites Riet, sends the mail, and gives what her server got."""
    freeze("2027-01-04 09:00")
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        riet = make_person("Riet Bos", "riet@raad.example")
        anna = actor_of(cast.anna)

    def act():
        with transaction():
            invite(anna, meeting, Choice(person_ids=frozenset({riet.id})))
        with transaction():
            deliver("w", calendar_part)
        return open_smtp.letters[-1]

    return act


def entry_of(letter):
    """The calendar entry in a mail."""
    part = next(each for each in letter.message.walk() if each.get_content_subtype() == "calendar")
    return Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]


@pytest.mark.parametrize("base", ["antwoord@programma.example", "@antwoord.programma.example"])
@pytest.mark.parametrize("person_id", [1, 77, 2**31 - 1])
def test_the_address_carries_the_person(running, base, person_id):
    running(reply_address=base)
    address = reply_address.reply_address_for(person_id)
    token = address.rpartition("@")[0].rpartition("+")[2]
    assert re.fullmatch("[a-z2-7]{26}", token)
    assert reply_address.person_of(address.upper()) == person_id


def test_each_person_has_one_address_that_looks_like_no_other(running):
    running(reply_address="antwoord@programma.example")
    made = [reply_address.reply_address_for(number) for number in (1, 2, 3, 1)]
    assert (made[0], len(set(made))) == (made[3], 3)
    assert len({address[:16] for address in made}) == 3


@pytest.mark.parametrize(
    "address",
    [
        "antwoord@programma.example",
        "antwoord+@programma.example",
        "antwoord+aaaaaaaaaaaaaaaaaaaaaaaaaa@programma.example",
        "antwoord+11111111111111111111111111@programma.example",
        "antwoord+éaaaaaaaaaaaaaaaaaaaaaaaaa@programma.example",
        "petra@post.example",
        "",
        "\0@",
    ],
)
def test_an_invented_address_is_nobodys(running, address):
    running(reply_address="antwoord@programma.example")
    assert reply_address.person_of(address) is None


def test_an_address_made_with_another_key_is_nobodys(running):
    running(reply_address="antwoord@programma.example")
    address = reply_address.reply_address_for(7)
    running(secret_key="another key that is as long as it has to be")
    assert reply_address.person_of(address) is None


def test_any_changed_character_makes_it_nobodys(running):
    running(reply_address="antwoord@programma.example")
    address = reply_address.reply_address_for(7)
    for place in range(len("antwoord+"), len("antwoord+") + 25):
        other = "b" if address[place] == "a" else "a"
        assert reply_address.person_of(address[:place] + other + address[place + 1 :]) is None


def test_sender_reply_to_and_organizer_are_the_reply_address(invited, running):
    letter = invited()
    event = entry_of(letter)
    sender = letter.message["From"].addresses[0]
    assert reply_address.person_of(sender.addr_spec) is not None
    assert letter.message["Reply-To"].addresses[0].addr_spec == sender.addr_spec
    assert event["ORGANIZER"] == f"mailto:{sender.addr_spec}"
    assert event["ATTENDEE"].params["RSVP"] == "TRUE"
    assert sender.display_name.startswith("Anna de Vries")


def test_where_no_answers_are_read_all_stays_with_the_advisor(invited, running):
    running(reply_address="")
    letter = invited()
    event = entry_of(letter)
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["ORGANIZER"] == "mailto:bijeenkomsten@programma.example"
    assert letter.message["From"].addresses[0].addr_spec == "bijeenkomsten@programma.example"
    assert letter.message["Reply-To"].addresses[0].username.startswith("anna")


def test_an_entry_keeps_its_organizer_as_long_as_its_uid(invited, running, transaction):
    running(reply_address="")
    invited()
    running(reply_address="antwoord@programma.example")
    with transaction() as session:
        kept = session.scalars(select(Invitation)).one()
        assert (kept.organizer, sender_of(kept)) == ("bijeenkomsten@programma.example", "")
        kept.withdrawn_at = kept.invited_at  # who is asked anew gets another entry
    assert reply_address.person_of(invited().message["From"].addresses[0].addr_spec) is not None


def test_the_mail_says_that_it_may_be_answered_where_answers_are_read(invited, running):
    words = "U mag ook antwoorden vanuit uw agenda"
    assert words in invited().message.get_body(("plain",)).get_content()


def test_the_mail_does_not_say_so_where_nobody_reads(invited, running):
    running(reply_address="")
    assert "vanuit uw agenda" not in invited().message.get_body(("html",)).get_content()


def test_mail_comes_back_to_the_address_of_the_mail_and_not_to_the_reader(invited):
    assert invited().sender.startswith("retour+")

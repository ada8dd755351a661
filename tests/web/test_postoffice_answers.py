"""Who tries the product out answers a mail at the post office, and the real way in is taken."""

import re

import pytest
from sqlalchemy import select

from eventsapp.background import inbox
from eventsapp.core.settings import keep
from eventsapp.core.settings import settings as current
from eventsapp.invitations import reply_address
from eventsapp.mail.models import InboundMail
from eventsapp.mail.postoffice import PostOffice, open_postoffice
from tests.checks import check_page
from tests.signing_in import with_csrf

CALENDAR = """Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:abc@programma.example
SEQUENCE:1
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def office(app, settings, keep_port, tmp_path):
    """An open post office in which Riet, number 7, has a mail that invites."""
    port = keep_port()
    ours = {"reply_address": "antwoord@programma.example", "data_dir": tmp_path}
    with app.app_context():
        keep(app, settings.replace(**ours, postoffice_port=port))
        sender = reply_address.reply_address_for(7)
    folder = tmp_path / "postoffice"
    server = open_postoffice(folder, port, inbox.door(app, "postoffice"))
    head = f"From: Anna <{sender}>\nMessage-ID: <1@programma.example>\nSubject: Uitnodiging\n"
    PostOffice(folder).keep("riet@raad.example", (head + CALENDAR).replace("\n", "\r\n").encode())
    yield server
    server.stop()
    with app.app_context():
        keep(app, settings)


def came_in(transaction):
    with transaction() as session:
        return list(session.scalars(select(InboundMail)))


def press(client, way, words=""):
    return with_csrf(client).post("/postoffice/1/answer", data={"way": way, "words": words})


def test_the_page_offers_what_a_reader_can_do(client, office):
    ways = re.findall(r'name="way" value="(\w+)"', check_page(client.get("/postoffice/1")))
    assert ways == ["accepted", "tentative", "declined", "letter", "undeliverable"]


def test_a_letter_comes_in_with_its_words(client, office, transaction):
    assert press(client, "letter", "Ik kom, met Piet.").status_code == 303
    (mail,) = came_in(transaction)
    assert (mail.kind, mail.sender, mail.body) == (
        "letter",
        "riet@raad.example",
        "Ik kom, met Piet.",
    )


@pytest.mark.parametrize("way", ["accepted", "tentative", "declined"])
def test_an_answer_of_a_calendar_comes_in(client, office, transaction, way):
    press(client, way)
    (mail,) = came_in(transaction)
    assert mail.kind == "calendar_reply"
    assert f"PARTSTAT={way.upper()}".encode() in mail.octets


def test_a_mail_that_comes_back_comes_in_as_a_report(client, office, transaction):
    press(client, "undeliverable")
    (mail,) = came_in(transaction)
    assert (mail.kind, mail.reason) == ("bounce", "not_ours")  # no row of ours has this number


def test_an_empty_letter_is_asked_for_its_words(client, office, transaction):
    press(client, "letter", "  ")
    assert came_in(transaction) == []
    assert "Typ eerst een antwoord" in client.get("/postoffice/1").text


def test_a_way_that_is_not_offered_is_not_there(client, office):
    assert press(client, "dance").status_code == 404


def test_a_closed_post_office_is_told(app, client, office, free_port):
    with app.app_context():
        keep(app, current().replace(postoffice_port=free_port))
    press(client, "letter", "Ik kom.")
    assert "postkantoor is dicht" in client.get("/postoffice/1").text

"""Mail to our own addresses is taken in at the door, kept before it is said; no other is."""

import smtplib

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from eventsapp.background import inbox
from eventsapp.core.settings import keep
from eventsapp.invitations import reply_address
from eventsapp.mail import return_path
from eventsapp.mail.models import InboundMail
from eventsapp.mail.postoffice import open_postoffice
from eventsapp.mail.receiver import MOST_RECIPIENTS, Door, open_receiver
from tests.samples import sample


@pytest.fixture
def ours(app, settings):
    """Our bounce address of message 42 and the reply address of person 7."""
    with app.app_context():
        base = {"bounce_address": "retour@programma.example"}
        keep(app, settings.replace(**base, reply_address="antwoord@programma.example"))
        yield return_path.address_for(42), reply_address.reply_address_for(7)
        keep(app, settings)


@pytest.fixture
def call():
    """`call(server)` gives an SMTP client that talks to a server of ours."""
    opened = []

    def act(server):
        port = server.server.sockets[0].getsockname()[1]
        opened.append(smtplib.SMTP("127.0.0.1", port, timeout=60))
        return opened[-1]

    yield act
    for client in opened:
        client.close()


@pytest.fixture
def receiver(app, ours, free_port):
    server = open_receiver(inbox.door(app, "receiver"), "127.0.0.1", free_port)
    yield server
    server.stop()


def rows(transaction):
    with transaction() as session:
        columns = select(InboundMail.source, InboundMail.kind, InboundMail.recipient)
        return [tuple(row) for row in session.execute(columns.order_by(InboundMail.id))]


def test_what_is_ours_is_kept_before_it_is_said(receiver, call, ours, transaction):
    call(receiver).sendmail("riet@raad.example", ours, sample("letter"))
    assert rows(transaction) == [("receiver", "letter", address) for address in ours]


@pytest.mark.parametrize(
    "address",
    ["anna@programma.example", "antwoord+geraden@programma.example", "riet@raad.example"],
)
def test_what_is_not_ours_is_refused_at_once(receiver, call, address):
    client = call(receiver)
    client.ehlo()
    client.mail("riet@raad.example")
    assert client.rcpt(address)[0] == 550


def test_a_report_without_a_sender_is_taken(receiver, call, ours, transaction):
    call(receiver).sendmail("", ours[0], sample("qmail"))
    assert rows(transaction) == [("receiver", "bounce", ours[0])]


def test_the_same_mail_sent_again_is_once(receiver, call, ours, transaction):
    client = call(receiver)
    for _ in range(2):
        client.sendmail("riet@raad.example", ours[1], sample("letter"))
    assert len(rows(transaction)) == 1


def test_too_many_recipients_wait_for_the_next_turn(app, call, ours, free_port):
    server = open_receiver(Door(lambda _: True, lambda *_: None), "127.0.0.1", free_port)
    client = call(server)
    client.ehlo()
    client.mail("riet@raad.example")
    codes = [client.rcpt(f"x{n}@programma.example")[0] for n in range(MOST_RECIPIENTS + 1)]
    server.stop()
    assert codes == [250] * MOST_RECIPIENTS + [452]


def test_while_the_database_is_away_the_sender_keeps_the_mail(app, call, ours, free_port):
    def away(_octets, _address):
        raise OperationalError("", None, ConnectionError())

    server = open_receiver(Door(lambda _: True, away), "127.0.0.1", free_port)
    client = call(server)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("riet@raad.example", ours[1], sample("letter"))
    assert refused.value.smtp_code == 451
    assert client.mail("riet@raad.example")[0] == 250
    server.stop()


def test_the_post_office_hands_answers_to_the_product(
    app, call, ours, transaction, tmp_path, free_port
):
    office = open_postoffice(tmp_path, free_port, inbox.door(app, "postoffice"))
    call(office).sendmail("riet@raad.example", [ours[1], "petra@post.example"], sample("letter"))
    office.stop()
    assert rows(transaction) == [("postoffice", "letter", ours[1])]
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_what_comes_in_over_two_doors_is_one_mail(receiver, call, app, ours, transaction):
    call(receiver).sendmail("riet@raad.example", ours[1], sample("letter"))
    with app.app_context():
        stamped = f"Delivered-To: {ours[1]}\r\n".encode() + sample("letter")
        assert inbox.take_in(stamped) is inbox.Taken.KNOWN
    with transaction() as session:
        assert session.scalar(select(func.count(InboundMail.id))) == 1

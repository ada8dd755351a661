"""The ground on which other tests stand: clean databases, a closed network, real mail."""

import smtplib
import socket

import pytest
from sqlalchemy import func, select

from eventsapp.core.dates import now
from eventsapp.directory.models import Theme


def count(transaction):
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(Theme))


@pytest.mark.parametrize("turn", ["first", "second"])
def test_no_test_finds_rows_of_another(transaction, turn):
    assert count(transaction) == 0
    with transaction() as session:
        session.add(Theme(name_nl="Wonen"))
    assert count(transaction) == 1


def test_each_database_is_the_one_it_says(app, database_kind, transaction):
    with transaction() as session:
        assert session.get_bind().dialect.name == database_kind


def test_mail_that_was_not_asked_for_is_refused_and_told(closed_network, mail_server):
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", mail_server.port)
    assert closed_network.refused.pop()[1] == mail_server.port


def test_no_test_reaches_the_world(closed_network):
    with socket.socket() as link, pytest.raises(ConnectionRefusedError):
        link.connect(("192.0.2.1", 443))
    assert closed_network.refused.pop() == ("192.0.2.1", 443)


def test_mail_arrives_at_a_real_server_even_when_the_clock_stands_still(open_smtp, freeze):
    freeze("2027-01-12 13:30")
    open_smtp.refusals["weg@raad.example"] = "550 5.1.1 unknown"
    with smtplib.SMTP("127.0.0.1", open_smtp.port) as link:
        refused = link.sendmail(
            "a@programma.example",
            ["petra@raad.example", "weg@raad.example"],
            "Subject: Dag\r\n\r\nTot dan.\r\n",
        )
    assert set(refused) == {"weg@raad.example"}
    (letter,) = open_smtp.wait_for(1)
    assert letter.to == "petra@raad.example"
    assert letter.message["Subject"] == "Dag"


def test_a_mail_server_can_be_away(open_smtp, closed_network):
    with open_smtp.away(), pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", open_smtp.port)
    assert not closed_network.refused


def test_the_clock_can_be_set_to_a_dutch_time(freeze):
    freeze("2027-07-01 13:30")
    assert now().isoformat() == "2027-07-01T11:30:00+00:00"

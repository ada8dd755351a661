"""A mail that leaves and comes back: from the envelope to the question who succeeds."""

import pytest
from sqlalchemy import select

from eventsapp.background.inbox import Taken, take_in
from eventsapp.mail.models import Message, Suppression
from tests.samples import sample


@pytest.fixture
def sent(invite_people, send, story):
    """An invitation that Riet's mail server took, as that server got it."""
    invite_people("Riet Bos")
    send()
    (letter,) = story.server.letters
    return letter


def test_each_mail_leaves_with_a_return_path_of_its_own(sent, transaction):
    assert sent.sender.startswith("retour+")
    assert sent.sender.endswith("@programma.example")
    assert sent.message["From"].rpartition("<")[2].rstrip(">") != sent.sender


def test_what_comes_back_to_it_is_tied_to_that_mail(sent, transaction):
    report = sample("qmail").replace(
        b"retour+42.k3vq7m2xw5ta@programma.example", sent.sender.encode()
    )
    with transaction() as session:
        assert take_in(report) is Taken.NEW
        message = session.scalars(select(Message)).one()
        assert (message.bounce_kind, message.bounce_reason) == ("hard", "no_such_user")
        assert session.scalars(select(Suppression.reason)).one() == "no_such_user"


def test_nobody_is_invited_at_an_address_at_rest(
    sent, story, transaction, invite_people, send, rows
):
    report = sample("qmail").replace(
        b"retour+42.k3vq7m2xw5ta@programma.example", sent.sender.encode()
    )
    with transaction():
        take_in(report)
    invite_people("Riet Anders")  # shares the mailbox: riet@raad.example
    send()
    assert len(story.server.letters) == 1
    assert rows() == [("riet@raad.example", "sent", "")]


def test_a_server_that_refuses_at_the_door_makes_an_address_rest(
    story, invite_people, send, transaction
):
    story.server.refusals["riet@raad.example"] = "550 5.1.1 User unknown"
    invite_people("Riet Bos")
    send()
    with transaction() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["no_such_user"]
        assert session.scalars(select(Message.state)).one() == "failed"


def test_a_full_mailbox_at_the_door_does_not(story, invite_people, send, transaction):
    story.server.refusals["riet@raad.example"] = "552 5.2.2 Mailbox full"
    invite_people("Riet Bos")
    send()
    with transaction() as session:
        assert session.scalars(select(Suppression.reason)).all() == []

"""One connection to the relay: what is told apart, and what never leaves in the clear."""

import pytest

from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import MailServer as Relay
from eventsapp.mail.smtp import Connection, ServerAway

MAIL = b"Subject: Dag\r\n\r\n.Tot dan.\r\n"
SENDER, RIET = "a@programma.example", "riet@raad.example"


@pytest.fixture
def relay(open_smtp):
    """`relay("never")` gives the settings of the test's server with that security."""
    return lambda security: Relay("127.0.0.1", open_smtp.port, security=security)


def test_without_encryption_nothing_leaves_where_it_is_required(relay, open_smtp):
    with Connection(relay("required")) as connection, pytest.raises(ServerAway):
        connection.open()
    assert open_smtp.letters == []


@pytest.mark.parametrize("security", ["optional", "never"])
def test_a_relay_without_encryption_is_used_where_that_is_allowed(relay, open_smtp, security):
    with Connection(relay(security)) as connection:
        reply = connection.send(SENDER, RIET, MAIL)
    assert reply.startswith("250")
    assert open_smtp.letters[0].raw == MAIL


def test_one_connection_carries_many_mails(relay, open_smtp):
    with Connection(relay("never")) as connection:
        for number in range(3):
            connection.send(SENDER, f"lid{number}@raad.example", MAIL)
        assert connection.is_open
    assert len(open_smtp.letters) == 3


def test_after_a_refusal_the_connection_goes_on(relay, open_smtp):
    open_smtp.refusals = {RIET: "550 5.1.1 unknown"}
    with Connection(relay("never")) as connection:
        with pytest.raises(DeliveryError) as refused:
            connection.send(SENDER, RIET, MAIL)
        connection.send(SENDER, "joop@raad.example", MAIL)
    assert refused.value.permanent
    assert [letter.to for letter in open_smtp.letters] == ["joop@raad.example"]


def test_a_server_that_hung_up_meanwhile_is_called_again(relay, open_smtp):
    with Connection(relay("never")) as connection:
        connection.send(SENDER, RIET, MAIL)
        connection._smtp.sock.shutdown(2)
        connection.send(SENDER, "joop@raad.example", MAIL)
    assert len(open_smtp.letters) == 2


@pytest.mark.parametrize(
    "address", ["riët@raad.example", "a@b.example>\r\nRCPT TO:<x@raad.example"]
)
def test_an_address_that_is_none_is_refused_and_says_nothing_to_the_server(
    relay, open_smtp, address
):
    with Connection(relay("never")) as connection, pytest.raises(DeliveryError) as refused:
        connection.send(SENDER, address, MAIL)
    assert refused.value.permanent
    assert open_smtp.letters == []

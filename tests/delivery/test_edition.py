"""An edition on the wire: compiled once, and to each reader the mail that was meant."""

from dataclasses import replace

import pytest

from eventsapp.core.settings import keep
from eventsapp.mail import outbox, suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from tests.delivery.editions import letter_to, open_edition


@pytest.fixture
def queue(transaction, open_smtp):
    """`queue(letters)` puts an edition in the outbox; each letter is changed by the dict given."""

    def act(*changes):
        with transaction():
            mailing = open_edition()
            letters = [
                replace(letter_to(number, mailing), **change)
                for number, change in enumerate(changes)
            ]
            outbox.enqueue(mailing, letters)

    return act


def test_each_reader_gets_the_same_words_and_own_ones(queue, send_bulk, open_smtp):
    queue({}, {}, {})
    send_bulk()
    texts = [one.message.get_body(("plain",)).get_content() for one in open_smtp.letters]
    assert sorted(text.split(",")[0] for text in texts) == [
        f"Beste lezer {one}" for one in range(3)
    ]
    assert all("\n.Dit is het nieuws." in text for text in texts)


def test_who_opts_out_after_the_freezing_gets_nothing(queue, send_bulk, transaction, open_smtp):
    queue({}, {})
    with transaction():
        suppression.withhold_person(1, Purpose.NEWSLETTER, "opted_out")
    send_bulk()
    assert [one.to for one in open_smtp.letters] == ["lezer1@raad.example"]


def test_every_reader_can_leave_with_one_click(queue, send_bulk, open_smtp):
    queue({}, {})
    send_bulk()
    ways = {one.message["List-Unsubscribe"] for one in open_smtp.letters}
    assert len(ways) == 2
    assert all(one.message["List-Unsubscribe-Post"] for one in open_smtp.letters)


@pytest.fixture
def one_at_a_time(app, settings, lane):
    """The relay takes one connection only, where the product would open eight."""
    lane.server.at_once = 1
    address = f"smtp://127.0.0.1:{lane.server.port}?starttls=never"
    keep(app, settings.replace(smtp_url=address, smtp_connections=8))
    yield lane.server
    keep(app, settings)


def test_an_edition_goes_over_the_one_connection_that_the_relay_takes(
    queue, send_bulk, transaction, one_at_a_time
):
    queue(*[{}] * 40)
    assert send_bulk().sent == 40
    assert set(one_at_a_time.kept.values()) == {1}
    with transaction() as session:
        assert session.query(Message).filter_by(state="sent", attempts=1).count() == 40

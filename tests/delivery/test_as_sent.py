"""What a mail said stays as it was, also when the meeting is changed after it left."""

import pytest
from sqlalchemy import select

from eventsapp.core.actor import Actor, Level
from eventsapp.invitations.answer import answer
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.organisers import hand_over
from eventsapp.mail import claims, due, judging, resending, results
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from eventsapp.mail.reading import copy_of
from eventsapp.mail.results import Result
from tests.factories import actor_of, wall
from tests.meeting_changes import change_meeting

pytestmark = pytest.mark.databases("sqlite", "postgresql")

RIET, JOOP = "riet@raad.example", "joop@raad.example"
BEFORE, AFTER = "12 januari", "20 januari"
MOVED = {"starts_wall": wall(2027, 1, 20, 13, 30), "ends_wall": wall(2027, 1, 20, 16)}


@pytest.fixture
def change(story, transaction):
    """`change(title="…")` changes the meeting as one request of Anna's."""

    def act(**new):
        with transaction():
            change_meeting(story.anna, story.meeting.id, **new)

    return act


@pytest.fixture
def shown(transaction):
    """`shown("riet@…")` gives what the page shows of the first mail to her, of a template."""

    def act(address, template="invitation"):
        asked = select(Message).where(Message.address == address, Message.template == template)
        with transaction() as session:
            return copy_of(session.scalars(asked.order_by(Message.id)).first())

    return act


@pytest.fixture
def got(story, transaction):
    """`got("riet@…")` gives the subject and the text of the invitation that arrived there."""

    def act(address):
        asked = select(Message.message_id).where(
            Message.address == address, Message.template == "invitation"
        )
        with transaction() as session:
            name = session.scalars(asked).one()
        came = [one.message for one in story.server.to(address)]
        mail = next(one for one in came if one["Message-ID"] == name)
        return str(mail["Subject"]), mail.get_body(("plain",)).get_content()

    return act


@pytest.fixture
def send_failed_again(story, transaction):
    def act():
        with transaction() as session:
            failed = select(Message.id).where(Message.state == MessageState.FAILED.value)
            resending.send_again(story.anna, session.scalars(failed).one())

    return act


@pytest.fixture
def on_its_way(transaction):
    """A lane with one mail in hand, step by step: `claim()`, `read()`, `sent()`."""

    class Lane:
        def claim(self):
            with transaction():
                self.claimed = claims.claim("one", due.URGENT, claims.Places(), 1)

        def read(self):
            with transaction():
                ready, _ = judging.judge(self.claimed)
                self.ready, _ = judging.attach("one", ready, calendar_part)

        def sent(self):
            with transaction():
                results.settle("one", [Result(self.ready[0].row.id, MessageState.SENT)])

    return Lane()


def test_a_mail_that_left_says_what_its_reader_got(story, invite_people, send, change, shown):
    story.server.refusals = {JOOP: "451 4.3.0 later"}
    invite_people("Riet Bos", "Joop Smit")
    send()
    change(**MOVED)
    assert BEFORE in shown(RIET).text
    assert AFTER not in shown(RIET).text + shown(RIET).html
    assert AFTER in shown(JOOP).text


def test_a_mail_that_waited_says_the_new_facts_as_it_left(
    story, invite_people, send, change, shown, got, freeze
):
    story.server.refusals = {JOOP: "451 4.3.0 later"}
    invite_people("Riet Bos", "Joop Smit")
    send()
    change(**MOVED)
    story.server.refusals = {}
    freeze("2027-01-04 09:01")
    send()
    assert AFTER in got(JOOP)[1]
    assert AFTER in shown(JOOP).text


def test_each_change_leaves_what_left_before_it(
    story, invite_people, send, change, shown, got, freeze
):
    story.server.refusals = {JOOP: "451 4.3.0 later"}
    invite_people("Riet Bos", "Joop Smit")
    send()
    change(**MOVED)
    change(title="Samen verder")
    story.server.refusals = {}
    freeze("2027-01-04 09:01")
    send()
    change(place_name="De Zaal")
    for address, title in ((RIET, "Netwerkbijeenkomst Noord"), (JOOP, "Samen verder")):
        assert title in got(address)[0]
        assert shown(address).subject == got(address)[0]
    assert (BEFORE in shown(RIET).text, AFTER in shown(JOOP).text) == (True, True)


def test_a_confirmation_stays_as_it_was_when_later_ones_say_more(
    invite_people, send, change, shown, transaction, story
):
    invite_people("Riet Bos", "Joop Smit")
    send()
    answer_of(RIET, transaction)
    send()
    change(place_name="De Zaal")
    answer_of(JOOP, transaction)
    send()
    assert "De Linde" in shown(RIET, "confirmation").text
    assert "De Zaal" in shown(JOOP, "confirmation").text


def answer_of(address, transaction):
    with transaction() as session:
        one = session.scalars(select(Invitation).where(Invitation.email == address)).one()
        answer(Actor(level=Level.LINK), one, Reply.ACCEPTED, via=Via.LINK)


def test_sent_again_after_a_change_it_says_the_new_facts(
    story, invite_people, send, change, shown, got, send_failed_again
):
    story.server.refusals = {RIET: "550 5.7.1 relaying denied"}
    invite_people("Riet Bos")
    send()
    change(**MOVED)
    assert BEFORE in shown(RIET).text
    story.server.refusals = {}
    send_failed_again()
    send()
    assert AFTER in got(RIET)[1]
    assert AFTER in shown(RIET).text


def test_what_is_being_sent_says_what_it_had_read(invite_people, on_its_way, change, shown):
    invite_people("Riet Bos")
    on_its_way.claim()
    on_its_way.read()
    change(**MOVED)
    on_its_way.sent()
    assert BEFORE in shown(RIET).text


def test_what_was_claimed_and_not_read_yet_says_the_new_facts(
    invite_people, on_its_way, change, shown
):
    invite_people("Riet Bos")
    on_its_way.claim()
    change(**MOVED)
    on_its_way.read()
    assert AFTER in on_its_way.ready[0].cover.data["when"]["nl"]
    on_its_way.sent()
    assert AFTER in shown(RIET).text


def test_the_name_of_who_organised_it_then_stays(story, invite_people, send, shown, transaction):
    story.server.refusals = {JOOP: "451 4.3.0 later"}
    invite_people("Riet Bos", "Joop Smit")
    send()
    with transaction() as session:
        bram = session.merge(story.cast.bram)
        hand_over(actor_of(story.cast.kees), story.anna.person_id, bram.person_id)
    assert "Anna" in shown(RIET).text
    assert "Anna" not in shown(JOOP).text

"""An invitation leaves, a calendar or a person answers it by mail, and both screens show it."""

import re
import smtplib

import pytest
from icalendar import Calendar
from sqlalchemy import select

from eventsapp.background import inbox
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import InboundMail, Message
from eventsapp.mail.receiver import open_receiver
from tests.calendar_replies import REPLIES, letter
from tests.checks import check_page

RIET = "riet@raad.example"


@pytest.fixture
def receiver(app, free_port):
    """The built-in receiver on a free port; gives the port."""
    server = open_receiver(inbox.door(app, "receiver"), "127.0.0.1", free_port)
    yield free_port
    server.stop()


@pytest.fixture
def invited(story, invite_people, send):
    """What Riet's mail server got: her invitation."""
    invite_people("Riet Bos")
    send()
    return story.server.letters[0]


@pytest.fixture
def mails(receiver):
    """`mails(sender, to, octets)` brings a mail to us, as Riet's mail server would."""

    def act(sender, to, octets):
        with smtplib.SMTP("127.0.0.1", receiver, timeout=60) as server:
            server.sendmail(sender, [to], octets)

    return act


@pytest.fixture
def anna(app, story, sign_in):
    """Anna's browser."""
    return sign_in(app.test_client(), story.cast.anna)


def entry_in(mail):
    part = next(each for each in mail.message.walk() if each.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")[0]


def reply_address_in(mail):
    return str(entry_in(mail)["ORGANIZER"]).removeprefix("mailto:")


def answer_page_in(mail):
    text = mail.message.get_body(("plain",)).get_content()
    return re.search(r"http://[^/\s]+(/a/\S+)", text)[1]


@pytest.mark.parametrize("write", REPLIES.values(), ids=REPLIES)
def test_an_answer_of_a_calendar_stands_on_both_screens(story, invited, mails, client, anna, write):
    to, uid = reply_address_in(invited), str(entry_in(invited)["UID"])
    assert invited.message["From"].addresses[0].addr_spec == to
    stamp = "20270104T080100Z"
    mails(RIET, to, write(uid, RIET, to, "ACCEPTED", stamp=stamp))
    assert "Wij weten dat u komt" in check_page(client.get(answer_page_in(invited)))
    page = check_page(anna.get(f"/manage/meetings/{story.meeting.id}/answers"))
    assert "vanuit een agenda" in page


def test_the_same_answer_by_two_ways_is_one(story, invited, mails, transaction):
    to, uid = reply_address_in(invited), str(entry_in(invited)["UID"])
    for _ in range(2):
        mails(RIET, to, REPLIES["google"](uid, RIET, to, stamp="20270104T080100Z"))
    with transaction() as session:
        (inbound,) = session.scalars(select(InboundMail))
        (invitation,) = session.scalars(select(Invitation))
        assert (inbound.state, invitation.reply) == ("applied", "accepted")


def test_an_answer_of_somebody_else_is_shown_to_the_advisor(story, invited, mails, anna):
    to, uid = reply_address_in(invited), str(entry_in(invited)["UID"])
    mails("jan@elders.example", to, REPLIES["apple"](uid, "jan@elders.example", to))
    page = check_page(anna.get("/manage/post/"))
    assert "op de uitnodiging van Riet Bos" in page


def test_a_letter_goes_to_the_post_and_to_the_advisor_and_the_answer_back(
    story, invited, mails, anna, send, transaction
):
    to, ours = reply_address_in(invited), invited.message["Message-ID"]
    mails(RIET, to, letter(RIET, to, "Ik kom, met Piet", In_Reply_To=ours))
    assert "Ik kom, met Piet" in check_page(anna.get("/manage/post/"))
    send()
    copy = story.server.letters[-1]
    assert copy.to.startswith("anna")
    assert copy.message["Reply-To"].addresses[0].addr_spec == RIET
    with transaction() as session:
        number = session.scalars(select(InboundMail.id)).one()
    anna.post(f"/manage/post/{number}/reply", data={"text": "Gezellig!"})
    send()
    back = story.server.letters[-1]
    assert (back.to, back.message["In-Reply-To"]) == (RIET, "<letter-1@post.example>")
    assert back.message["From"].addresses[0].addr_spec == to


def test_our_own_copy_that_comes_round_ends_there(story, invited, mails, send, transaction):
    to = reply_address_in(invited)
    mails(RIET, to, letter(RIET, to, "Ik kom"))
    send()
    copy = story.server.letters[-1]
    mails(copy.message["From"].addresses[0].addr_spec, to, copy.raw)
    with transaction() as session:
        states = session.scalars(select(InboundMail.state).order_by(InboundMail.id))
        assert list(states) == ["waiting", "ignored"]
        copies = select(Message).where(Message.template == "letter_copy")
        assert len(list(session.scalars(copies))) == 1

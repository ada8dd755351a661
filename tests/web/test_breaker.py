"""The breaker: an edition of which too many of the first mails are no good pauses itself."""

import pytest
from sqlalchemy import select, update

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.mail import bounces, course, outbox
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.reports import Report
from tests.delivery.editions import letter_to, open_edition

NOBODY = Report("failed", status="5.1.1", diagnostic="550 5.1.1 User unknown")
FULL = Report("failed", status="4.2.2", diagnostic="452 4.2.2 Mailbox full")


@pytest.fixture
def edition(transaction):
    """`edition(510)` is one of which so many were sent and two wait; gives their numbers."""

    def act(sent, waiting=2):
        with transaction() as session:
            mailing = open_edition()
            letters = [letter_to(one, mailing) for one in range(sent + waiting)]
            numbers = sorted(outbox.enqueue(mailing, letters))
            left = update(Message).where(Message.id.in_(numbers[:sent]))
            session.execute(left.values(state="sent", settled_at=now()))
        return numbers[:sent]

    return act


@pytest.fixture
def come_back(transaction):
    """`come_back(numbers)` reports each of these mails, one after the other."""

    def act(numbers, report=NOBODY):
        for number in numbers:
            with transaction() as session:
                bounces.record(session.get(Message, number), report)

    return act


@pytest.fixture
def courses(transaction):
    def read():
        with transaction() as session:
            found = session.execute(select(Mailing.course, Mailing.course_reason))
            return [tuple(row) for row in found]

    return read


def test_an_edition_of_which_too_many_come_back_pauses_itself(edition, come_back, courses):
    numbers = edition(510)
    come_back(numbers[:15])
    assert courses() == [("open", "")]
    come_back(numbers[499:500])
    assert courses() == [("paused", "breaker")]


def test_what_comes_back_of_later_mails_stops_nothing(edition, come_back, courses):
    come_back(edition(520)[500:])
    assert courses() == [("open", "")]


def test_what_comes_back_for_now_stops_nothing(edition, come_back, courses):
    come_back(edition(100)[:20], FULL)
    assert courses() == [("open", "")]


def test_refused_at_the_door_and_come_back_count_together(edition, come_back, courses, transaction):
    numbers = edition(100)
    with transaction() as session:
        refused = update(Message).where(Message.id.in_(numbers[:15]))
        session.execute(refused.values(state="failed", reason="refused"))
    come_back(numbers[15:16])
    assert courses() == [("paused", "breaker")]


def test_an_edition_that_has_left_to_the_last_reader_is_not_paused(edition, come_back, courses):
    come_back(edition(100, waiting=0)[:16])
    assert courses() == [("open", "")]


def test_an_edition_that_somebody_let_go_on_is_left_alone(edition, come_back, courses, transaction):
    numbers = edition(100)
    come_back(numbers[:16])
    with transaction() as session:
        course.resume(SYSTEM, session.scalars(select(Mailing.id)).one())
    come_back(numbers[16:20])
    assert courses() == [("open", "")]


@pytest.mark.databases("postgresql")
def test_a_report_locks_the_mailing_before_the_mail(edition, transaction, statements):
    (number,) = edition(1)
    with transaction() as session:
        name = session.get(Message, number).message_id
    with statements() as asked, transaction():
        bounces.message_of([], Report("failed", about=name))
    locks = [one.split("FROM ")[1].split()[0] for one in asked if "FOR UPDATE" in one]
    assert locks == ["mailing", "message"]

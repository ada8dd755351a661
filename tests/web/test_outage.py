"""A mail server that is away is told: on the page of today, in the figures, by the doctor."""

from datetime import timedelta

import pytest

from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.mail import (
    claims,
    doctor_database,
    figures,
    outbox,
    resending,
    server_away,
    throttle,
)
from eventsapp.mail.doctor_words import Verdict
from eventsapp.mail.due import BULK, URGENT
from eventsapp.mail.kinds import MailingKind, Purpose, Stream
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rules import AWAY
from tests.checks import check_page

HOME = "/manage/"
WORDS = "De mailserver neemt geen mail aan"
LETTERS = "De mailserver van nieuwsbrieven neemt geen mail aan"

pytestmark = pytest.mark.usefixtures("nine")


@pytest.fixture
def nine(freeze):
    freeze("2027-01-11 09:00")


@pytest.fixture
def queue(transaction):
    """`queue(3)` puts mails in the outbox."""

    def act(count=3, priority=5):
        with transaction():
            mailing = outbox.open_mailing(
                kind=MailingKind.LETTER, purpose=Purpose.MEETINGS, reference="", title="Brief",
                by=None, undo=False,
            )  # fmt: skip
            letters = [
                outbox.Letter(
                    f"{priority}:{one}", f"lid{one}@post.example", "Lid", "nl", "letter",
                    priority=priority,
                )
                for one in range(count)
            ]  # fmt: skip
            return outbox.enqueue(mailing, letters)

    return act


@pytest.fixture
def turn_away(transaction, freeze):
    """`turn_away("09:05", "09:15")` lets a lane call a mail server in vain at these times."""

    def act(*times, lane=URGENT, stream=Stream.INVITATIONS):
        for time in times:
            freeze(f"2027-01-11 {time}")
            with transaction():
                server_away.begin(stream, now() + AWAY, "[Errno 111] Connection refused")
                claims.put_off(lane, now() + AWAY, "[Errno 111] Connection refused")

    return act


def test_the_coordinator_hears_that_the_mail_server_takes_nothing(kees, queue, turn_away):
    queue()
    turn_away("09:00", "09:10")
    html = check_page(kees.get(HOME))
    assert WORDS in html
    assert "heeft niets aangenomen sinds maandag 11 januari 2027, 09.00 uur" in html
    assert "Connection refused" in html
    assert 'href="/manage/doctor/"' in html


@pytest.mark.parametrize(("time", "is_told"), [("09:20", True), ("09:21", False)])
def test_it_is_told_for_as_long_as_on_the_page_of_a_mailing(
    app, kees, queue, turn_away, freeze, time, is_told
):
    queue()
    turn_away("09:00", "09:10")
    freeze(f"2027-01-11 {time}")
    assert (WORDS in check_page(kees.get(HOME))) is is_told
    with app.app_context():
        assert (server_away.lasting(Stream.INVITATIONS) is not None) is is_told


def test_a_mail_server_that_only_greets_with_no_is_told_too(kees, queue, transaction, freeze):
    queue()
    for time in ("09:00", "09:05", "09:10"):
        freeze(f"2027-01-11 {time}")
        with transaction():
            server_away.begin(Stream.INVITATIONS, now(), "421 4.3.2 closing")
    assert "421 4.3.2 closing" in check_page(kees.get(HOME))


def test_who_cannot_have_it_mended_does_not_hear_it(anna, queue, turn_away):
    queue()
    turn_away("09:00", "09:10")
    assert WORDS not in check_page(anna.get(HOME))


def test_a_hiccup_tells_nobody(kees, queue, turn_away):
    queue()
    turn_away("09:00", "09:09")
    assert WORDS not in check_page(kees.get(HOME))


def test_a_hiccup_in_a_long_sending_tells_nobody(kees, queue, turn_away, transaction, freeze):
    first, *_ = queue()
    freeze("2027-01-11 10:55")
    with transaction() as session:
        left = session.get(Message, first)
        left.state, left.settled_at = "sent", now()
    turn_away("11:00")
    assert WORDS not in check_page(kees.get(HOME))


def test_a_mail_server_that_is_back_is_no_task(kees, queue, turn_away, transaction, freeze):
    numbers = queue()
    turn_away("09:00", "09:20")
    freeze("2027-01-11 09:21")
    with transaction() as session:
        throttle.note({throttle.of_outage(Stream.INVITATIONS): throttle.Word(0.0)}, ())
        for number in numbers:
            left = session.get(Message, number)
            left.state, left.settled_at = "sent", now()
    assert WORDS not in check_page(kees.get(HOME))


def test_the_server_of_newsletters_is_told_apart(kees, app, settings, queue, turn_away):
    keep(app, settings.replace(newsletter_smtp_url="smtp://bulk.example:25"))
    queue(priority=8)
    turn_away("09:00", "09:10", lane=BULK, stream=Stream.NEWSLETTERS)
    html = check_page(kees.get(HOME))
    keep(app, settings)
    assert LETTERS in html
    assert WORDS not in html


@pytest.fixture
def refused(queue, turn_away):
    """Three urgent mails wait for an hour and a minute, because the mail server lets nobody in."""
    queue()
    turn_away("09:00", "09:30", "10:01")


def test_what_waits_for_the_mail_server_waits_since_it_was_made(app, refused):
    with app.app_context():
        found = figures.waiting(outbox.FIRST_BULK)
    assert (found.urgent, found.bulk) == (3, 0)
    assert now() - found.since == timedelta(minutes=61)


def test_the_doctor_says_that_mail_waits_for_the_mail_server(app, refused):
    with app.app_context():
        (found,) = doctor_database.waiting()
    assert (found.verdict, found.values["minutes"]) == (Verdict.BAD, 61)


def test_each_mail_that_waits_counts_once(app, refused, freeze):
    freeze("2027-01-11 10:03")
    with app.app_context():
        assert figures.waiting(outbox.FIRST_BULK).urgent == 3


def test_a_mail_that_a_receiver_put_off_is_tried_in_time(app, queue, turn_away, transaction):
    (number,) = queue(1)
    with transaction() as session:
        row = session.get(Message, number)
        row.state, row.reason, row.not_before = "deferred", "later", now() + timedelta(minutes=10)
    turn_away("09:05")
    with app.app_context():
        assert figures.waiting(outbox.FIRST_BULK).since is None


def test_a_paused_mailing_does_not_wait_for_the_mail_server(app, refused, transaction):
    with transaction() as session:
        session.query(Mailing).one().course = "paused"
    with app.app_context():
        assert figures.waiting(outbox.FIRST_BULK).since is None


def test_what_somebody_sends_again_waits_since_then(app, queue, turn_away, transaction, freeze):
    (number,) = queue(1)
    with transaction() as session:
        session.get(Message, number).state = "failed"
    freeze("2027-01-11 11:00")
    with transaction() as session:
        resending.send_failed_again(SYSTEM, session.query(Mailing).one().id)
    turn_away("11:01", "11:02")
    with app.app_context():
        assert now() - figures.waiting(outbox.FIRST_BULK).since == timedelta(minutes=2)


def test_a_newsletter_of_which_nothing_leaves_is_not_on_its_way(app, queue, freeze):
    queue(priority=8)
    freeze("2027-01-11 19:00")
    with app.app_context():
        (found,) = doctor_database.waiting()
    assert (found.verdict, found.values["count"]) == (Verdict.BAD, 3)
    assert found.values["minutes"] == 600


def test_a_newsletter_that_takes_hours_is_on_its_way(app, queue, freeze, transaction):
    first, *_ = queue(priority=8)
    freeze("2027-01-11 18:55")
    with transaction() as session:
        left = session.get(Message, first)
        left.state, left.settled_at = "sent", now()
    queue(1)
    freeze("2027-01-11 18:57")
    with app.app_context():
        (found,) = doctor_database.waiting()
    assert found.verdict is Verdict.GOOD


def test_a_paused_newsletter_stands_still_on_purpose(app, queue, freeze, transaction):
    queue(priority=8)
    with transaction() as session:
        session.query(Mailing).one().course = "paused"
    freeze("2027-01-11 19:00")
    with app.app_context():
        (found,) = doctor_database.waiting()
    assert found.verdict is Verdict.GOOD

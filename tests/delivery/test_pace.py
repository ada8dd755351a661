"""How fast mail goes: limits of our own, domains that ask for slower, editions that stop."""

import dataclasses
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from sqlalchemy import select, text

from eventsapp.background import jobs
from eventsapp.core.db import db
from eventsapp.mail import claims, delivery, outbox, rules, throttle
from eventsapp.mail.models import Mailing, Message, Throttle
from eventsapp.mail.throttle import Word
from tests.delivery.editions import letter_to, open_edition
from tests.network import PATIENCE

SLOW, QUICK = "traag.example", "vlot.example"
BOTH = pytest.mark.databases("sqlite", "postgresql")
HELD_UP = text(
    "SELECT count(*) > 0 FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture(autouse=True)
def nine(freeze):
    freeze("2027-01-04 09:00:00")


@pytest.fixture
def bucket(transaction):
    """`bucket("traag.example")` gives the bucket of a domain, None where there is none."""

    def read(domain):
        with transaction() as session:
            return session.get(Throttle, throttle.of_domain(domain))

    return read


@BOTH
def test_no_more_leave_in_a_second_than_we_allow_ourselves(
    edition, send_bulk, at_most, freeze, open_smtp
):
    at_most(5)
    edition(30)
    came = []
    for second in range(4):
        freeze(f"2027-01-04 09:00:0{second}")
        send_bulk()
        came.append(len(open_smtp.letters))
    assert came == [0, 5, 10, 15]


@BOTH
def test_less_than_one_mail_a_second_can_be_agreed(edition, send_bulk, at_most, freeze, open_smtp):
    at_most(0.5)
    edition(10)
    came = []
    for second in range(0, 9, 2):
        freeze(f"2027-01-04 09:00:0{second}")
        send_bulk()
        came.append(len(open_smtp.letters))
    assert came == [0, 1, 2, 3, 4]


@pytest.fixture
def two_lanes(app):
    """`two_lanes()` lets two senders work at once, each in sessions of its own, to their end."""

    def run(faults):
        try:
            with app.app_context():
                delivery.deliver(jobs.worker(), lane=delivery.BULK)
        except Exception as fault:
            faults.append(fault)

    def act():
        faults = []
        threads = [Thread(target=run, args=(faults,)) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(PATIENCE)
        assert faults == []

    return act


@BOTH
def test_two_lanes_together_send_no_more_in_a_second_than_we_allow_ourselves(
    edition, two_lanes, at_most, freeze, open_smtp
):
    at_most(5)
    edition(40)
    came = []
    for second in range(5):
        freeze(f"2027-01-04 09:00:0{second}")
        two_lanes()
        came.append(len(open_smtp.letters))
    assert came == [0, 5, 10, 15, 20]


@pytest.fixture
def claim(app):
    """`claim("one", 3)` takes so many mails in a session of its own; gives how many it got."""

    def act(lane, most):
        with app.app_context():
            got = claims.claim(lane, delivery.BULK, claims.Places(), most)
            db.session.commit()
            return len(got)

    return act


def test_a_lane_that_asks_while_another_takes_gets_what_that_one_leaves(
    edition, claim, at_most, freeze, transaction
):
    def is_held_up():
        with db.engine.connect() as link:
            return link.scalar(HELD_UP)

    at_most(5)
    edition(40)
    claim("before", 1)  # makes the bucket
    freeze("2027-01-04 09:00:01")
    with ThreadPoolExecutor(1) as beside, transaction():
        first = claims.claim("one", delivery.BULK, claims.Places(), 3)
        second = beside.submit(claim, "two", 10)
        while not (second.done() or is_held_up()):
            Event().wait(0.02)
        db.session.commit()
        assert (len(first), second.result(PATIENCE)) == (3, 2)
    assert claim("three", 10) == 0


def test_what_a_limit_holds_back_is_looked_at_again_soon(edition, send_bulk, at_most):
    at_most(5)
    edition(3)
    assert send_bulk().again_at is not None


@BOTH
def test_an_answer_that_comes_while_a_slow_domain_holds_mail_back_is_confirmed_at_once(
    transaction, open_smtp
):
    def one_more(_message):
        if len(came) == 1:
            outbox.enqueue(mailing, [came.pop()])

    with transaction() as session:
        session.add(Throttle(name=throttle.of_domain(SLOW), rate=2.0, level=0.0))
        mailing = open_edition()
        urgent = [
            dataclasses.replace(letter_to(number, mailing, domain), priority=1)
            for number, domain in enumerate((SLOW, QUICK, QUICK))
        ]
        outbox.enqueue(mailing, urgent[:2])
    came = urgent[2:]
    with transaction() as session:
        mailing = session.scalars(select(Mailing)).one()
        delivery.deliver(jobs.worker(), one_more)
    assert [one.to for one in open_smtp.letters] == [f"lezer1@{QUICK}", f"lezer2@{QUICK}"]


@pytest.fixture
def hear(transaction):
    """`hear("450 4.7.1 slower", 50, 0.5)`: so many answers in so many seconds, the last says so."""

    def act(reply, taken, seconds):
        word = Word(since=100.0, until=100.0 + seconds, taken=taken, slower=reply)
        with transaction():
            throttle.note({throttle.of_domain(SLOW): word}, ())

    return act


@pytest.mark.parametrize(
    ("taken", "seconds", "rate"),
    [(50, 0.5, 50.0), (50, 10.0, 2.5), (1, 0.001, 2.5), (2, 20.0, 1.0)],
)
def test_the_first_slower_halves_the_pace_that_there_was(hear, bucket, taken, seconds, rate):
    hear("450 4.7.1 too fast", taken, seconds)
    assert bucket(SLOW).rate == rate


def test_the_next_slower_halves_the_rate(hear, bucket, freeze):
    hear("450 4.7.1 too fast", 50, 0.5)
    freeze("2027-01-04 09:00:11")
    hear("450 4.7.1 too fast", 50, 0.5)
    assert bucket(SLOW).rate == 25.0


@BOTH
def test_one_full_mailbox_slows_nobody_at_its_domain(edition, send_bulk, open_smtp, bucket):
    open_smtp.refusals = {f"lezer0@{SLOW}": "452 4.2.2 mailbox full"}
    edition(4, SLOW)
    send_bulk()
    assert bucket(SLOW) is None
    assert len(open_smtp.letters) == 3


@BOTH
def test_a_domain_that_says_slower_gets_half_and_holds_up_nobody(
    edition, send_bulk, open_smtp, bucket, states, freeze
):
    open_smtp.refusals = {f"lezer{one}@{SLOW}": "450 4.7.1 too fast" for one in range(8)}
    edition(8, SLOW)
    send_bulk()
    slowed = bucket(SLOW)
    most = 8 / 2 / rules.MEASURED
    assert 1 <= slowed.rate <= most
    assert slowed.last_reply.startswith("450")
    edition(40, SLOW)
    edition(8, QUICK)
    freeze("2027-01-04 09:00:01")
    send_bulk()
    assert Counter(one.to.partition("@")[2] for one in open_smtp.letters)[QUICK] == 8
    assert bucket(QUICK) is None
    assert states()["queued"] >= 40 - most


def test_a_slow_domain_is_tried_at_moments_of_its_own(
    edition, send_bulk, transaction, freeze, open_smtp
):
    with transaction() as session:
        name = throttle.of_domain(SLOW)
        session.add(Throttle(name=name, rate=2.0, level=0.0))
    edition(6, SLOW)
    send_bulk()
    with transaction() as session:
        due = sorted(session.scalars(select(Message.not_before)))
    assert [f"{one:%S.%f}"[:4] for one in due] == ["00.5", "01.0", "01.5", "02.0", "02.5", "03.0"]
    freeze("2027-01-04 09:00:02")
    send_bulk()
    assert len(open_smtp.letters) == 4


def test_success_gives_a_domain_its_speed_back(edition, send_bulk, transaction, freeze, bucket):
    with transaction() as session:
        name = throttle.of_domain(SLOW)
        session.add(Throttle(name=name, rate=40.0, level=50.0))
    rates = []
    for minute in (1, 2, 3):
        freeze(f"2027-01-04 09:0{minute}:00")
        edition(1, SLOW)
        send_bulk()
        rates.append(bucket(SLOW) and bucket(SLOW).rate)
    assert rates == [80.0, None, None]


def test_without_any_limit_a_batch_asks_once(edition, send_bulk, statements):
    edition(20)
    with statements() as asked:
        send_bulk()
    about = [one for one in asked if "FROM throttle" in one]
    assert len(about) <= 3  # at the start, and at each of two claims
    assert not [one for one in asked if "INTO throttle" in one]


@BOTH
def test_an_edition_of_which_too_many_are_refused_pauses_itself(
    edition, send_bulk, open_smtp, transaction, states
):
    open_smtp.refusals = {f"lezer{one}@raad.example": "550 5.1.1 unknown" for one in range(16)}
    number = edition(600)
    send_bulk()
    with transaction() as session:
        found = session.get(Mailing, number)
    assert (found.course, found.course_reason) == ("paused", "breaker")
    assert states()["failed"] == 16
    assert states()["queued"] > 0


def test_a_few_refusals_stop_nothing(edition, send_bulk, open_smtp, states):
    open_smtp.refusals = {f"lezer{one}@raad.example": "550 5.1.1 unknown" for one in range(15)}
    edition(500)
    while send_bulk().settled:  # a round has its end, also where it did not get far
        pass
    assert states() == {"failed": 15, "sent": 485}

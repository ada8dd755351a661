"""What lay too long is held until somebody says so; what only waits for a limit is not."""

import dataclasses

import pytest

from eventsapp.background import jobs
from eventsapp.core.actor import SYSTEM
from eventsapp.mail import delivery, outbox, resending, throttle
from eventsapp.mail.models import Mailing, Throttle
from tests.delivery.editions import letter_to

SLOW, QUICK = "traag.example", "vlot.example"
BOTH = pytest.mark.databases("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def nine(freeze):
    freeze("2027-01-04 09:00:00")


@BOTH
def test_what_only_waits_for_our_own_limit_is_not_held(
    edition, send_bulk, at_most, freeze, open_smtp, states
):
    at_most(5)
    edition(30)
    send_bulk()
    for day in (5, 6, 7):
        freeze(f"2027-01-0{day} 10:00:00")
        send_bulk()
    assert states() == {"sent": 30}


@BOTH
def test_an_edition_that_waits_behind_another_one_is_not_held(
    edition, send_bulk, at_most, freeze, states
):
    at_most(5)
    edition(30)
    edition(5)
    for day in (4, 5, 6, 7, 8):
        freeze(f"2027-01-0{day} 10:00:00")
        send_bulk()
    assert states() == {"sent": 35}


@BOTH
def test_what_only_waits_for_a_slow_domain_is_not_held(
    edition, send_bulk, transaction, freeze, states
):
    with transaction() as session:
        session.add(Throttle(name=throttle.of_domain(SLOW), rate=2.0, level=0.0))
    edition(16, SLOW)
    edition(2, SLOW)
    for day in range(4, 10):
        freeze(f"2027-01-0{day} 10:00:00")
        send_bulk()
    assert states() == {"sent": 18}


def test_a_domain_that_was_slow_for_days_is_still_known_when_it_is_quick_again(
    edition, send_bulk, transaction, freeze, states
):
    with transaction() as session:
        session.add(Throttle(name=throttle.of_domain(SLOW), rate=15.0, level=0.0))
    edition(230, SLOW)
    for moment in ("05 09:00", "06 10:00", "07 09:01", "07 09:02"):
        freeze(f"2027-01-{moment}:00")
        send_bulk()
    assert states() == {"sent": 230}


@BOTH
@pytest.mark.parametrize(("rate", "level"), [(0, 1), (5, 6)])
def test_a_fresh_mail_that_leaves_lets_nothing_go_that_lay_for_days(
    edition, send_bulk, at_most, freeze, states, transaction, rate, level
):
    at_most(rate)
    number = edition(3)
    freeze("2027-01-08 09:00:00")
    with transaction() as session:
        mailing = session.get_one(Mailing, number)
        fresh = [letter_to(one, mailing) for one in range(3, 15)]
        outbox.enqueue(mailing, [dataclasses.replace(one, priority=level) for one in fresh])
    for second in range(5):
        freeze(f"2027-01-08 09:00:0{second}")
        with transaction():
            delivery.deliver(jobs.worker())
        send_bulk()
    assert states() == {"sent": 12, "failed": 3}


@BOTH
def test_what_lay_while_our_mail_server_was_away_for_days_is_held(
    edition, send_bulk, at_most, freeze, open_smtp, states
):
    at_most(5)
    edition(1)
    send_bulk()
    edition(3)
    with open_smtp.away():
        for day in (4, 5, 6, 7):
            freeze(f"2027-01-0{day} 10:00:00")
            send_bulk()
    for second in (0, 1):
        freeze(f"2027-01-07 10:05:0{second}")
        send_bulk()
    assert states() == {"failed": 4}


@pytest.fixture
def halted(edition, send_bulk, at_most, freeze):
    """An edition of 30 of which ten left before the machine stood still for three days."""
    at_most(5)
    number = edition(30)
    send_bulk()
    freeze("2027-01-04 09:00:02")
    send_bulk()
    freeze("2027-01-07 10:00:00")
    return number


@BOTH
def test_what_lay_still_in_mid_edition_is_held(halted, send_bulk, freeze, states):
    send_bulk()
    freeze("2027-01-07 10:00:02")
    send_bulk()
    assert states() == {"sent": 10, "failed": 20}


@BOTH
def test_who_lets_held_mail_go_lets_the_rest_go_too(halted, send_bulk, freeze, states, transaction):
    send_bulk()
    with transaction():
        assert resending.send_held(SYSTEM, halted) == 10
    for second in (2, 4):
        freeze(f"2027-01-07 10:00:0{second}")
        send_bulk()
    assert states() == {"sent": 30}

"""Two machines on one database: what one of them cannot reach holds up nobody else."""

from dataclasses import replace
from threading import Thread

import pytest
import structlog
from sqlalchemy import select

from eventsapp.app import create_app
from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import keep
from eventsapp.mail import claims, delivery, outbox, rules, throttle
from eventsapp.mail.journal import Journal
from eventsapp.mail.models import Throttle
from tests.delivery.editions import letter_to, open_edition
from tests.network import PATIENCE

pytestmark = pytest.mark.databases("sqlite", "postgresql")
CLOSED = 9  # nobody listens there
MANY = 2 * claims.BATCH[delivery.BULK] + 20  # more than a lane takes in hand


@pytest.fixture(autouse=True)
def nine(freeze):
    freeze("2027-01-04 09:00:00")


@pytest.fixture
def queue(transaction, open_smtp):
    """`queue(3)` puts so many mails of an edition in the outbox, `queue(1, priority=1)` others."""

    def act(count, priority=7):
        with transaction():
            mailing = open_edition()
            letters = [letter_to(number, mailing) for number in range(count)]
            outbox.enqueue(mailing, [replace(one, priority=priority) for one in letters])

    return act


@pytest.fixture
def elsewhere(app, settings, tmp_path, closed_network):
    """`elsewhere()` is a round on a machine of its own, which cannot reach the mail server."""
    closed_network.open.add(CLOSED)
    closed_network.away.add(CLOSED)
    own = {"data_dir": tmp_path, "smtp_url": f"smtp://127.0.0.1:{CLOSED}?starttls=never"}
    other = create_app(settings.replace(**own))

    def act(lane=delivery.BULK, **values):
        keep(other, settings.replace(**own, **values))
        with other.app_context():
            return delivery.deliver(jobs.worker(), lane=lane)

    yield act
    with other.app_context():
        db.engine.dispose()


@pytest.fixture
def here(app):
    """`here()` is a round on the machine on which all is well; gives how many mails left."""

    def act(lane=delivery.BULK):
        with app.app_context():
            return delivery.deliver(jobs.worker(), lane=lane).sent

    return act


@pytest.fixture
def blocks(transaction):
    """`blocks()` gives the streams that rest, for all machines."""

    def read():
        with transaction() as session:
            rests = select(Throttle.name).where(Throttle.blocked_until.is_not(None))
            return list(session.scalars(rests.order_by(Throttle.name)))

    return read


def test_while_others_send_only_the_machine_that_cannot_rests(
    queue, here, elsewhere, open_smtp, states, blocks
):
    queue(MANY)
    open_smtp.hold_at(30)
    sent = []
    sending = Thread(target=lambda: sent.append(here()))
    sending.start()
    open_smtp.wait_for(30)
    assert not elsewhere().is_server_away
    assert (blocks(), states()["deferred"]) == ([], 0)
    open_smtp.go_on()
    sending.join(PATIENCE)
    assert (sent, states()) == ([MANY], {"sent": MANY})


@pytest.mark.parametrize(("lane", "priority"), [(delivery.URGENT, 1), (delivery.BULK, 7)])
def test_what_left_a_moment_ago_tells_that_others_can(
    queue, here, elsewhere, freeze, blocks, lane, priority
):
    queue(1, priority)
    here(lane)
    queue(1, priority)
    freeze("2027-01-04 09:00:09")
    assert not elsewhere(lane).is_server_away
    assert (blocks(), here(lane)) == ([], 1)


@pytest.mark.parametrize(("lane", "priority"), [(delivery.URGENT, 1), (delivery.BULK, 7)])
def test_when_nobody_sends_any_more_the_server_is_away(
    queue, here, elsewhere, freeze, states, lane, priority
):
    queue(1, priority)
    here(lane)
    queue(1, priority)
    freeze("2027-01-04 09:00:11")
    assert elsewhere(lane).is_server_away
    assert states() == {"sent": 1, "deferred": 1}


def test_a_lane_that_is_heard_of_no_more_reaches_nothing(
    queue, elsewhere, transaction, freeze, blocks
):
    queue(12)
    with transaction():
        claims.claim("killed", delivery.BULK, claims.Places(), 10)
    freeze("2027-01-04 09:00:40")
    assert elsewhere().is_server_away
    assert blocks() == [throttle.of_outage(claims.stream_of(7))]


def test_an_edition_that_was_queued_behind_it_hides_no_mail_that_left(
    queue, here, elsewhere, freeze, blocks
):
    queue(1, priority=1)
    here(delivery.URGENT)
    queue(600)
    queue(1, priority=1)
    freeze("2027-01-04 09:00:05")
    assert not elsewhere(delivery.URGENT).is_server_away
    assert (blocks(), here(delivery.URGENT)) == ([], 1)


def test_an_edition_that_leaves_tells_that_invitations_can(queue, elsewhere, transaction, blocks):
    queue(12)
    queue(1, priority=1)
    with transaction():
        claims.claim("sending", delivery.BULK, claims.Places(), 10)
    assert not elsewhere(delivery.URGENT).is_server_away
    assert blocks() == []


def test_newsletters_with_a_server_of_their_own_tell_nothing_of_the_other_one(
    queue, elsewhere, transaction
):
    queue(12)
    queue(1, priority=1)
    with transaction():
        claims.claim("sending", delivery.BULK, claims.Places(), 10)
    own = {"newsletter_smtp_url": "smtp://bulk.example:25"}
    assert elsewhere(delivery.URGENT, **own).is_server_away


def test_a_lane_that_only_calls_the_server_itself_tells_nothing(queue, elsewhere, tmp_path, blocks):
    queue(1, priority=1)
    calling = Journal(tmp_path / "journal", "calling")
    assert elsewhere(delivery.URGENT).is_server_away
    calling.close(is_settled=True)
    assert blocks() == [throttle.of_outage(claims.stream_of(1))]


def test_the_machine_that_cannot_rests_as_long_as_with_a_busy_server(
    queue, here, elsewhere, freeze
):
    queue(1, priority=1)
    here(delivery.URGENT)
    queue(1, priority=1)
    freeze("2027-01-04 09:00:05")
    assert elsewhere(delivery.URGENT).again_at == now() + rules.BUSY


def test_that_only_one_machine_cannot_is_logged_when_it_begins(
    queue, elsewhere, transaction, freeze
):
    queue(12)
    with transaction():
        claims.claim("sending", delivery.BULK, claims.Places(), 10)
    with structlog.testing.capture_logs() as said:
        for seconds in (0, 10, 20):
            freeze(f"2027-01-04 09:00:{seconds:02}")
            elsewhere()
    assert [one["event"] for one in said] == ["mail server away, but not for other senders"]

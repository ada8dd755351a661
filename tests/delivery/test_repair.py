"""The sweep: who speaks for a lease, clocks that were set back, a machine that is lost."""

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.mail import claims, delivery, due, journal, outbox, repair, set_back
from eventsapp.mail.models import Bounce, Mailing, Message, Suppression
from eventsapp.mail.wire import Fate, Outcome
from tests.delivery.editions import letter_to, open_edition

BOTH = pytest.mark.databases("sqlite", "postgresql")
pytestmark = BOTH


@pytest.fixture
def claimed(transaction, freeze, open_smtp):
    """Three letters that the lane "lost" holds since nine o'clock."""
    freeze("2027-01-04 09:00:00")
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(3)])
    with transaction():
        return [one.id for one in claims.claim("lost", due.BULK, claims.Places(), 10)]


@pytest.fixture
def sweep(transaction):
    def act(**how):
        with transaction():
            return repair.sweep(**how)

    return act


@pytest.fixture
def folder(app):
    """The folder of the journals, left empty."""
    with app.app_context():
        found = repair.journal_folder()
    yield found
    for path in found.glob("*"):
        path.unlink()


@pytest.fixture
def states(transaction):
    def read():
        with transaction() as session:
            return list(session.scalars(select(Message.state).order_by(Message.id)))

    return read


def test_a_journal_tells_all_three_fates_at_once(claimed, folder, sweep, states):
    lane = journal.Journal(folder, "lost")
    for number in claimed[:2]:
        lane.begun(number)
    lane.ended(Outcome(claimed[0], Fate.SENT, 250, "250 kept"))
    lane.close(is_settled=False)
    assert sweep() == 3
    assert states() == ["sent", "unknown", "queued"]
    assert sweep() == 0
    assert list(folder.glob("*.journal")) == []


def test_a_lane_that_lives_is_left_alone_whatever_the_clock_says(
    claimed, folder, sweep, states, freeze
):
    lane = journal.Journal(folder, "lost")
    freeze("2027-01-04 11:00:00")
    sweep()
    assert states() == ["leased"] * 3
    lane.close(is_settled=True)


def test_a_clock_that_is_set_back_makes_no_lease_run_out(claimed, sweep, states, freeze):
    freeze("2027-01-04 08:00:00")
    sweep()
    assert states() == ["leased"] * 3
    freeze("2027-01-04 09:06:00")
    sweep()
    assert states() == ["unknown"] * 3


@pytest.fixture
def returned(claimed, folder, sweep, freeze):
    """The lease of the three letters has run out; the machine comes back, and its lane tells."""

    def act(boot=""):
        freeze("2027-01-04 09:06:00")
        sweep()
        lane = journal.Journal(folder, "lost")
        for number in claimed[:2]:
            lane.begun(number)
        lane.ended(Outcome(claimed[0], Fate.SENT, 250, "250 kept"))
        lane.close(is_settled=False)
        if boot:
            path = folder / "lost.journal"
            path.write_text("boot another\n" + path.read_text().partition("\n")[2])
        return sweep

    return act


def test_a_lost_machine_that_comes_back_takes_the_doubt_away(returned, states, folder):
    sweep = returned()
    assert sweep() == 2
    assert states() == ["sent", "unknown", "queued"]
    assert sweep() == 0
    assert list(folder.glob("*.journal")) == []


def test_what_its_journal_tells_is_as_if_there_had_been_no_doubt(returned, claimed, transaction):
    returned()()
    with transaction() as session:
        sent, _, waits = (session.get(Message, number) for number in claimed)
    assert (sent.attempts, sent.started_at, sent.reason, sent.lease) == (1, None, "", "")
    assert (waits.attempts, waits.started_at, waits.reason, waits.lease) == (0, None, "", "")


def test_a_lost_machine_that_was_started_anew_knows_less(returned, states):
    returned(boot="another")()
    assert states() == ["sent", "unknown", "unknown"]


def test_after_another_start_of_the_machine_all_without_result_is_unsure(
    claimed, folder, sweep, states
):
    folder.mkdir(parents=True, exist_ok=True)
    sent = f"- {claimed[0]} sent 250 receiver 250 kept"
    (folder / "lost.journal").write_text(f"boot another\n+ {claimed[0]}\n{sent}\n")
    sweep()
    assert states() == ["sent", "unknown", "unknown"]


@pytest.fixture
def refuse(folder):
    """`refuse(numbers)` leaves the journal of a killed lane to which a server refused these."""

    def act(numbers):
        lane = journal.Journal(folder, "lost")
        for number in numbers:
            lane.begun(number)
            lane.ended(Outcome(number, Fate.REFUSED, 550, "550 5.1.1 User unknown"))
        lane.close(is_settled=False)

    return act


def test_an_address_that_only_a_journal_calls_refused_gets_no_more(
    claimed, refuse, sweep, transaction
):
    refuse(claimed[:1])
    sweep()
    sweep()
    with transaction() as session:
        row = session.get(Message, claimed[0])
        assert (row.state, row.reason, row.bounce_reason) == ("failed", "refused", "no_such_user")
        assert list(session.scalars(select(Bounce.message_id))) == [claimed[0]]
        assert list(session.scalars(select(Suppression.reason))) == ["no_such_user"]


def test_what_only_a_journal_calls_refused_may_pause_an_edition(
    transaction, open_smtp, refuse, sweep
):
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(18)])
    with transaction():
        held = claims.claim("lost", due.BULK, claims.Places(), 17)
    refuse([one.id for one in held[:16]])
    sweep()
    with transaction() as session:
        assert session.scalars(select(Mailing.course_reason)).one() == "breaker"


def test_mail_goes_on_when_the_clock_is_set_back(transaction, freeze, open_smtp):
    freeze("2027-01-04 09:00:00")
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(3)])
    nine = now()
    freeze("2027-01-04 08:00:00")
    with transaction():
        assert list(set_back.make_due(nine)) == [3]
    with transaction():
        assert delivery.deliver("one", lane=delivery.BULK).sent == 3

"""A wake-up stands or falls with the transaction that needs it, and never piles up."""

import re
from functools import partial
from itertools import islice
from threading import Thread

import psycopg
import pytest
from sqlalchemy import event, make_url

from eventsapp.background import jobs
from eventsapp.core import submissions, wakeups
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.core.settings import keep
from eventsapp.mail import doctor_database, due, outbox, resending, throttle
from eventsapp.mail.doctor_words import Verdict
from eventsapp.mail.models import Message, Throttle
from tests.delivery.editions import letter_to, open_edition
from tests.factories import utc

SENDER = "deliver-mail"


@pytest.fixture
def another_session(settings):
    """A connection to the same database that is no part of the product."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as link:
        yield link


def take_one(link):
    """Take a wake-up as a worker would; give the name of its job."""
    asked = "SELECT task_name FROM procrastinate_fetch_job_v2(NULL, NULL)"
    return link.execute(asked).fetchone()[0]


def next_wakeup(queue_of_jobs):
    """Take all that waits; give the moment of the first."""
    asked = "DELETE FROM procrastinate_jobs RETURNING COALESCE(scheduled_at, now())"
    return min((moment for (moment,) in queue_of_jobs.ask(asked)), default=None)


@pytest.fixture
def just_before_the_commit():
    """`just_before_the_commit(look)` looks when all is written but nothing is kept yet."""
    hung = []

    def act(look):
        hung.append(lambda _session: look())
        event.listen(db.session, "before_commit", hung[0])

    yield act
    event.remove(db.session, "before_commit", hung[0])


def test_a_commit_leaves_one_wakeup_for_all_its_mails(queue_of_jobs, story, invite_people):
    invite_people("Riet Bos", "Aad Vis", "Mina Tas")
    assert queue_of_jobs.waiting == [SENDER]


def test_a_rollback_leaves_none(app, queue_of_jobs):
    with app.app_context():
        wakeups.call(SENDER)
        db.session.rollback()
        db.session.commit()
    assert queue_of_jobs.waiting == []


def test_what_is_rolled_back_is_not_told_by_the_next_commit(app, queue_of_jobs):
    with app.app_context():
        wakeups.call(SENDER)
        db.session.rollback()
        wakeups.call("tidy")
        db.session.commit()
    assert queue_of_jobs.waiting == ["tidy"]


def test_a_part_that_is_rolled_back_takes_no_wakeup_of_the_rest_along(app, queue_of_jobs):
    with app.app_context():
        wakeups.call(SENDER)
        db.session.begin_nested().rollback()
        db.session.commit()
    assert queue_of_jobs.waiting == [SENDER]


def test_the_mails_at_hand_go_on_where_nobody_can_be_woken_to_help(queue_of_jobs, waiting, app):
    server = waiting(60)  # more than a batch, so that help is called
    queue_of_jobs.ask("ALTER TABLE procrastinate_jobs RENAME TO procrastinate_away")
    with app.app_context():
        jobs.deliver_mail()
    queue_of_jobs.ask("ALTER TABLE procrastinate_away RENAME TO procrastinate_jobs")
    assert len(server.letters) == 60


def test_a_round_that_was_cut_short_calls_for_the_rest(queue_of_jobs, waiting, app):
    server = waiting(40)  # one batch
    queue_of_jobs.ask("DELETE FROM procrastinate_jobs")
    with app.app_context():
        jobs._deliver(outbox.SENDER, due.URGENT, lambda: bool(server.letters))
    assert 0 < len(server.letters) < 40
    assert queue_of_jobs.waiting == [SENDER]


def test_a_round_after_which_nothing_is_left_does_not_look_again(
    queue_of_jobs, waiting, app, statements
):
    server = waiting(3)
    queue_of_jobs.ask("DELETE FROM procrastinate_jobs")
    with app.app_context(), statements() as asked:
        jobs.deliver_mail()
    assert (len(server.letters), queue_of_jobs.waiting) == (3, [])
    assert len([one for one in asked if "due_0" in one]) == 1


def test_mails_to_a_slow_domain_are_called_for_until_the_last_has_left(
    queue_of_jobs, waiting, app, transaction, freeze
):
    server = waiting(5)
    with transaction() as session:
        session.add(Throttle(name=throttle.of_domain("raad.example"), rate=0.2, level=1.0))
    for wakeup in islice(iter(partial(next_wakeup, queue_of_jobs), None), 20):
        freeze(wakeup.isoformat())
        with app.app_context():
            jobs.deliver_mail()
    assert len(server.letters) == 5


def test_a_newsletter_that_was_held_wakes_the_sender_of_newsletters(queue_of_jobs, transaction):
    with transaction() as session:
        mailing = open_edition()
        [number] = outbox.enqueue(mailing, [letter_to(1, mailing)])
        row = session.get(Message, number)
        row.state, row.reason = "failed", "overdue"
    queue_of_jobs.ask("DELETE FROM procrastinate_jobs")
    with transaction():
        assert resending.send_held(SYSTEM, mailing.id) == 1
    assert "deliver-bulk" in queue_of_jobs.waiting


def test_wakeups_do_not_pile_up(queue_of_jobs, story, invite_people):
    for name in ("Riet Bos", "Aad Vis", "Mina Tas"):
        invite_people(name)
    assert queue_of_jobs.waiting == [SENDER]


def test_who_counts_on_a_wakeup_that_waits_keeps_it_until_the_commit(
    app, queue_of_jobs, another_session, just_before_the_commit
):
    taken = []
    with app.app_context():
        wakeups.call(SENDER)
        db.session.commit()
        just_before_the_commit(lambda: taken.append(take_one(another_session)))
        wakeups.call(SENDER)
        db.session.commit()
    assert taken == [None], "a worker that took it now would not see the mail"
    assert take_one(another_session) == SENDER


def test_of_many_transactions_at_once_none_is_left_without_a_wakeup(
    app, queue_of_jobs, another_session
):
    def write(number):
        with app.app_context():
            for turn in range(25):
                submissions.claim(f"{number}-{turn}")
                wakeups.call(SENDER)
                db.session.commit()

    writers = [Thread(target=write, args=(number,)) for number in range(4)]
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        work_off(another_session)
    for each in writers:
        each.join()
    work_off(another_session)
    assert queue_of_jobs.ask("SELECT count(*) FROM submitted_form") == [(0,)]


def work_off(link):
    """Do as a worker does: with each wake-up, deal with what can be seen then."""
    while take_one(link):
        link.execute("DELETE FROM submitted_form")
        link.execute("DELETE FROM procrastinate_jobs WHERE status = 'doing'")


def test_mail_that_can_be_taken_back_is_called_for_when_its_time_has_come(
    app, settings, queue_of_jobs, story, invite_people, another_session
):
    keep(app, settings.replace(engine="workers", undo_seconds=60))
    invite_people("Riet Bos")
    assert queue_of_jobs.ask("SELECT queueing_lock, scheduled_at FROM procrastinate_jobs") == [
        (f"{SENDER}@20270104T080100", utc(2027, 1, 4, 8, 1))
    ]
    with app.app_context():
        wakeups.call(SENDER)
        db.session.commit()
    assert take_one(another_session) == SENDER, "an urgent mail does not wait for it"


def test_the_embedded_clock_needs_no_wakeups(app, settings, queue_of_jobs, story, invite_people):
    keep(app, settings)
    invite_people("Riet Bos")
    assert queue_of_jobs.waiting == []


def test_the_administrator_sees_what_waits_and_that_no_worker_lives(
    app, queue_of_jobs, story, invite_people
):
    invite_people("Riet Bos")
    queue_of_jobs.ask(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '90 s')"
    )
    told = app.test_cli_runner().invoke(args=["jobs", "workers"]).output
    assert "no sign of life for 90 s" in told
    assert "No worker lives" in told
    assert re.search(r"deliver-mail +1 due, 0 for later", told)


def test_a_worker_is_not_told_as_one_worker_for_each_of_its_queues(app, queue_of_jobs):
    for _ in range(3):
        queue_of_jobs.ask("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    with app.app_context():
        (found,) = doctor_database.workers()
    assert found.values["count"] == 3
    assert "3 signs of life this minute: one for each queue of each" in found.seen % found.values


def test_a_queue_that_nobody_works_off_is_named(app, queue_of_jobs, story, invite_people):
    invite_people("Riet Bos")
    at = "'2027-01-04 08:00+00'"
    queue_of_jobs.ask(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({at})")
    found = []
    for moment in (at, "'2027-01-04 07:50+00'"):
        queue_of_jobs.ask(f"UPDATE procrastinate_events SET at = {moment}")
        queue_of_jobs.ask(f"UPDATE procrastinate_jobs SET scheduled_at = {moment}")
        with app.app_context():
            found += doctor_database.workers()
    assert [one.verdict for one in found] == [Verdict.GOOD, Verdict.BAD]
    assert found[1].values["queues"] == "mail"

"""The counts of a frozen mailing are those of its rows, whatever becomes of them."""

import random
from collections import Counter

import pytest
from sqlalchemy import delete, select, text, update

from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import db
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.mail import (
    claims,
    course,
    figures,
    freezing,
    outbox,
    resending,
    results,
    suppression,
)
from eventsapp.mail.due import BULK
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing, MailingCount, Message
from eventsapp.mail.results import Result
from tests.factories import make_person

READERS = select(
    Person.id.label("person_id"),
    PersonAddress.email.label("address"),
    Person.given_name.label("name"),
    Person.language.label("language"),
).join(PersonAddress)


def open_mailing(kind=MailingKind.EDITION):
    return outbox.open_mailing(
        kind=kind, purpose=Purpose.NEWSLETTER, reference="", title="Nieuws", by=None, undo=False
    )


@pytest.fixture
def edition(transaction):
    """An edition to eight readers, of whom one opted out and one has an address that rests."""
    with transaction() as session:
        people = [make_person(f"Lid{one} Bos", f"lid{one}@raad.example") for one in range(8)]
        session.flush()
        suppression.withhold_person(people[0].id, Purpose.NEWSLETTER, "opted_out")
        suppression.withhold_address("lid1@raad.example", None, "does_not_exist")
        mailing = open_mailing()
        freezing.freeze(mailing, READERS, template="letter")
        return mailing.id


@pytest.fixture
def numbers(transaction, edition):
    with transaction() as session:
        queued = Message.mailing_id == edition, Message.state == "queued"
        return list(session.scalars(select(Message.id).where(*queued).order_by(Message.id)))


@pytest.fixture
def told(transaction, edition):
    """`told()` gives what the page counts; it is what the rows say, or the test fails."""

    def act():
        with transaction() as session:
            rows = session.execute(
                select(Message.state, Message.reason).where(Message.mailing_id == edition)
            ).all()
            found = figures.figures_of(session.get(Mailing, edition))
        by_state = Counter(state for state, _ in rows)
        shown = {state.value: count for state, count in found.tally.rows()}
        assert shown == by_state
        reasons = {(why.state.value, why.reason): why.count for why in found.reasons}
        trouble = {one.value for one in figures.TROUBLE}
        assert reasons == Counter(tuple(row) for row in rows if row[0] in trouble and row[1])
        return shown

    return act


@pytest.fixture
def claim(transaction, edition):
    """`claim(3)` lets a sender take so many in hand."""

    def act(most):
        with transaction():
            return [one.id for one in claims.claim("lane", BULK, claims.Places(), most)]

    return act


@pytest.fixture
def settle(transaction, claim):
    """`settle(failed, "refused")` lets one mail end so."""

    def act(state, reason=""):
        (number,) = claim(1)
        with transaction():
            results.settle("lane", [Result(number, state, reason)])
        return number

    return act


def test_who_gets_none_is_counted_when_it_is_frozen(told):
    assert told() == {"queued": 6, "skipped": 2}


def test_what_a_sender_holds_is_told_apart_from_what_waits(told, claim):
    claim(2)
    assert told() == {"queued": 4, "leased": 2, "skipped": 2}


def test_what_a_sender_puts_back_waits_again(told, claim, transaction):
    held = claim(2)
    with transaction():
        claims.release("lane", held[:1])
    assert told() == {"queued": 5, "leased": 1, "skipped": 2}


def test_each_end_of_a_mail_is_counted_with_its_reason(told, settle):
    settle(MessageState.SENT)
    settle(MessageState.SENT, "sent_again")
    settle(MessageState.FAILED, "refused")
    settle(MessageState.DEFERRED, "later")
    settle(MessageState.UNKNOWN, "cut_off")
    assert told()["sent"] == 2


def test_a_mail_that_is_tried_again_is_counted_once(told, settle, transaction):
    number = settle(MessageState.DEFERRED, "later")
    with transaction() as session:
        session.execute(update(Message).where(Message.id == number).values(state="leased"))
    assert told() == {"queued": 5, "leased": 1, "skipped": 2}


def test_stopping_counts_what_was_taken_back(told, settle, edition, transaction):
    settle(MessageState.SENT)
    with transaction():
        course.stop(SYSTEM, edition)
    assert told() == {"sent": 1, "cancelled": 5, "skipped": 2}


def test_what_is_sent_again_waits_once_more(told, settle, transaction):
    number = settle(MessageState.FAILED, "refused")
    with transaction():
        resending.send_again(SYSTEM, number)
    assert told() == {"queued": 6, "skipped": 2}


def test_what_is_taken_back_with_its_transaction_was_never_counted(told, numbers, app):
    with app.app_context():
        db.session.execute(update(Message).where(Message.id.in_(numbers)).values(state="sent"))
        db.session.rollback()
    assert told() == {"queued": 6, "skipped": 2}


def test_a_mail_that_is_deleted_is_not_counted_any_more(told, numbers, transaction):
    with transaction() as session:
        session.execute(delete(Message).where(Message.id == numbers[0]))
    assert told() == {"queued": 5, "skipped": 2}


def test_who_is_frozen_later_is_added(told, edition, transaction):
    with transaction() as session:
        make_person("Piet Bos", "piet@raad.example")
        session.flush()
        freezing.freeze(session.get(Mailing, edition), READERS, template="letter")
    assert told() == {"queued": 7, "skipped": 2}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_to_its_mails_the_counts_are_theirs(told, numbers, transaction, seed):
    chance = random.Random(seed)
    for _ in range(12):
        some = chance.sample(numbers, chance.randint(1, len(numbers)))
        fate = {"state": chance.choice(list(MessageState)).value, "reason": chance.choice("ab")}
        with transaction() as session:
            session.execute(update(Message).where(Message.id.in_(some)).values(**fate))
        told()


@pytest.mark.databases("postgresql")
def test_two_senders_at_once_do_not_wait_for_each_other(told, numbers, app):
    sending = text("UPDATE message SET state = 'sent' WHERE id = :one")
    with app.app_context(), db.engine.connect() as first, db.engine.connect() as second:
        for way, number in ((first, numbers[0]), (second, numbers[1])):
            way.execute(text("SET LOCAL lock_timeout = '1s'"))
            way.execute(sending, {"one": number})
        first.commit()
        second.commit()
    assert told() == {"queued": 4, "sent": 2, "skipped": 2}


def test_letters_need_no_counts_of_their_own(transaction):
    with transaction() as session:
        letter = outbox.Letter("a", "a@raad.example", "Lid", "nl", "letter")
        made = open_mailing(MailingKind.LETTER)
        outbox.enqueue(made, [letter])
        session.flush()
        session.execute(update(Message).values(state="sent"))
        assert figures.tallies([made.id])[made.id].of(MessageState.SENT) == 1
        assert session.scalars(select(MailingCount)).all() == []


def test_editions_and_letters_stand_in_one_list(transaction, edition):
    with transaction():
        made = open_mailing(MailingKind.LETTER)
        outbox.enqueue(made, [outbox.Letter("a", "a@raad.example", "Lid", "nl", "letter")])
        found = figures.tallies([edition, made.id])
        assert [found[edition].total, found[made.id].total] == [8, 1]

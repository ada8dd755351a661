"""Whoever says yes elsewhere becomes a reader of the newsletter by itself."""

import pytest
from sqlalchemy import select

from eventsapp.contacts import consent, subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.mail.kinds import Purpose
from eventsapp.newsletters import joining
from eventsapp.newsletters.models import Newsletter
from tests.factories import make_meeting


@pytest.fixture
def newsletter(transaction):
    with transaction() as session:
        session.add(Newsletter(id=1, name="Nieuwsbrief", slug="nieuwsbrief"))
        session.add(Newsletter(id=2, name="Jeugd", slug="jeugd"))


@pytest.fixture
def say(transaction, cast):
    def say(is_given, how="walk_in"):
        with transaction():
            consent.record(SYSTEM, cast.petra.id, Purpose.NEWSLETTER, is_given=is_given, how=how)

    return say


def take_in(transaction, **who):
    with transaction():
        return joining.take_in(**who)


def reads(transaction):
    with transaction() as session:
        rows = session.scalars(select(Subscription).where(Subscription.ended_at.is_(None)))
        return [(one.newsletter_id, one.person.given_name, one.how) for one in rows]


def test_who_says_yes_reads_the_first_newsletter(newsletter, say, transaction):
    say(True)
    assert take_in(transaction) == 1
    assert reads(transaction) == [(1, "Petra", "walk_in")]


def test_taking_in_twice_is_taking_in_once(newsletter, say, transaction):
    say(True)
    assert (take_in(transaction), take_in(transaction)) == (1, 0)
    assert len(reads(transaction)) == 1


def test_without_a_newsletter_nobody_is_taken_in_until_there_is_one(say, transaction):
    say(True)
    assert take_in(transaction) == 0
    with transaction() as session:
        session.add(Newsletter(name="Nieuwsbrief", slug="nieuwsbrief"))
    assert take_in(transaction) == 1


def test_who_says_no_afterwards_stays_away(newsletter, say, transaction):
    say(True)
    take_in(transaction)
    say(False, "telephone")
    assert take_in(transaction) == 0
    assert reads(transaction) == []


def test_who_left_by_the_own_link_stays_away(newsletter, say, transaction):
    say(True)
    take_in(transaction)
    with transaction() as session:
        found = session.scalars(select(Subscription)).one()
        subscriptions.leave(SYSTEM, found, how="link")
    assert take_in(transaction) == 0


def test_who_left_one_of_two_newsletters_stays_away_from_that_one(
    newsletter, say, transaction, cast
):
    say(True)
    take_in(transaction)
    with transaction() as session:
        petra = session.get(Person, cast.petra.id)
        subscriptions.subscribe(SYSTEM, 2, petra, how="page", words="Ja")
        subscriptions.leave(SYSTEM, subscriptions.subscription_of(1, petra.id), how="link")
    assert take_in(transaction) == 0
    assert [number for number, *_ in reads(transaction)] == [2]


def test_who_left_and_says_yes_at_a_meeting_reads_again(newsletter, say, transaction):
    for is_given in (True, False, True):
        say(is_given)
        take_in(transaction)
    assert len(reads(transaction)) == 1


def test_who_was_erased_is_not_taken_in(newsletter, say, transaction, cast):
    say(True)
    with transaction() as session:
        session.get(Person, cast.petra.id).erased_at = now()
    assert take_in(transaction) == 0


def test_a_walk_in_who_says_yes_reads_at_once(newsletter, transaction, cast, client, sign_in):
    with transaction():
        held = make_meeting(cast.anna.person, cast.noord, days=-1)
    sign_in(client, cast.anna)
    client.get(f"/manage/meetings/{held.id}/attendance")
    answer = client.post(
        f"/manage/meetings/{held.id}/walk-in",
        data={
            "name": "Nel Visser",
            "email": "nel@post.example",
            "may_invite": "yes",
            "may_send_newsletter": "yes",
        },
    )
    assert answer.status_code == 303, answer.text
    assert reads(transaction) == [(1, "Nel", "walk_in")]


def test_a_yes_on_the_telephone_reads_at_once(newsletter, transaction, cast, client, sign_in):
    sign_in(client, cast.kees)
    answer = client.post(
        f"/manage/people/{cast.petra.id}/mail",
        data={"wants": "yes", "wants_newsletter": "yes", "how": "telephone", "words": "Graag"},
    )
    assert answer.status_code == 303
    assert [name for _, name, _ in reads(transaction)] == ["Petra"]

"""Who is forgotten without asking: readers who left long ago, people nobody hears from."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.contacts.models import Consent, ContactList, Membership, Subscription
from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from eventsapp.privacy import erasing
from tests.factories import make_invitation, make_meeting, make_organisation, make_person, make_role

LONG_AGO = datetime(2019, 5, 1, 12, tzinfo=UTC)


def _clock(app):
    job = next(one for one in jobs.TABLE if one.name == "erase-who-is-gone")
    with app.app_context():
        assert jobs.run(job)


@pytest.fixture
def now_then(freeze):
    freeze("2027-03-02 10:00")


@pytest.fixture
def riet(transaction, now_then):
    """The number of somebody whom we know since long and of whom we heard nothing since."""
    with transaction() as session:
        session.add(Newsletter(id=1, name="Nieuwsbrief Samen", slug="samen"))
        return make_person("Riet Vos", "riet@post.example", updated_at=LONG_AGO).id


@pytest.fixture
def is_gone(app, transaction, riet):
    """`is_gone()` lets the clock do its round and tells whether Riet was erased."""

    def is_gone():
        _clock(app)
        with transaction() as session:
            return session.get(Person, riet).erased_at is not None

    return is_gone


def _reads(session, riet, ended_at=None):
    session.add(Subscription(newsletter_id=1, person_id=riet, how="page", ended_at=ended_at))


def test_who_is_silent_for_years_is_erased_without_a_mail(is_gone, transaction):
    assert is_gone()
    with transaction() as session:
        assert session.scalars(select(Message)).all() == []


@pytest.mark.parametrize(("days", "gone"), [(729, False), (731, True)])
def test_a_reader_who_left_is_erased_after_two_years(is_gone, riet, transaction, days, gone):
    with transaction() as session:
        session.get(Person, riet).updated_at = now()
        _reads(session, riet, now() - timedelta(days=days))
    assert is_gone() is gone


def test_who_left_one_newsletter_and_reads_another_stays(is_gone, riet, transaction):
    with transaction() as session:
        session.add(Newsletter(id=2, name="Andere", slug="andere"))
        _reads(session, riet, LONG_AGO)
        session.add(Subscription(newsletter_id=2, person_id=riet, how="page"))
    assert not is_gone()


@pytest.mark.parametrize("why", ["role", "list", "meeting", "mailbox", "reads", "changed"])
def test_who_is_still_of_use_stays(is_gone, riet, transaction, cast, why):
    with transaction() as session:
        person = session.get(Person, riet)
        noord, anna = session.merge(cast.noord), session.merge(cast.anna)
        if why == "role":
            make_role(person, make_organisation(), valid_from=date(2018, 1, 1))
        elif why == "list":
            listed = ContactList(name="Trouw", owner_person_id=anna.person_id)
            session.add(listed)
            session.flush()
            session.add(Membership(list_id=listed.id, person_id=riet, is_added=True))
        elif why == "meeting":
            make_invitation(make_meeting(anna.person, noord, days=-400), person)
        elif why == "mailbox":
            person.external_id = "mailbox:3"
        elif why == "reads":
            _reads(session, riet)
        person.updated_at = now() if why == "changed" else LONG_AGO
    assert not is_gone()


def test_an_old_function_and_an_old_meeting_do_not_keep_anybody(is_gone, riet, transaction, cast):
    with transaction() as session:
        person, anna = session.get(Person, riet), session.merge(cast.anna)
        make_role(person, make_organisation(), valid_from=date(2015, 1, 1),
                  valid_until=date(2018, 1, 1))  # fmt: skip
        held = make_meeting(anna.person, session.merge(cast.noord), days=-2500)
        make_invitation(held, person)
        person.updated_at = LONG_AGO
    assert is_gone()


def test_colleagues_stay(app, transaction, cast, now_then):
    with transaction() as session:
        for person in session.scalars(select(Person)):
            person.updated_at = LONG_AGO
    _clock(app)
    with transaction() as session:
        left = session.scalars(select(Person).where(Person.erased_at.is_(None))).all()
        assert {one.given_name for one in left} == {"Anna", "Bram", "Kees", "Ilse"}


def test_the_proof_of_consent_goes_five_years_after_the_erasing(
    is_gone, riet, app, transaction, freeze
):
    with transaction() as session:
        session.add(Consent(person_id=riet, purpose="newsletter", is_given=True, how="page"))
        erasing.erase(session.get(Person, riet))
    freeze("2032-02-20 10:00")
    is_gone()
    with transaction() as session:
        assert len(session.scalars(select(Consent)).all()) == 1
    freeze("2032-03-10 10:00")
    is_gone()
    with transaction() as session:
        assert session.scalars(select(Consent)).all() == []


def test_a_list_of_long_ago_says_that_the_name_was_erased(riet, transaction):
    with transaction() as session:
        erasing.erase(session.get(Person, riet))
        assert session.get(Person, riet).name == "Naam gewist"

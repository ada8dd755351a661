"""Who reads a newsletter: subscribing, choosing, pausing, leaving, coming back; with its proof."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from eventsapp.contacts import consent, subscriptions
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.subscriptions import Choices
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now, today
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound
from eventsapp.directory.models import Person
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from tests.factories import (
    make_cast,
    make_municipality,
    make_organisation,
    make_person,
    make_region,
    make_role,
    make_theme,
)

LETTER, OTHER = 1, 2


@pytest.fixture
def riet(transaction):
    with transaction():
        return make_person("Riet van der Berg", email="riet@raad.example")


@pytest.fixture
def act(transaction, riet):
    """`act(subscriptions.leave, …)` does something with Riet's subscription in one request."""

    def act(verb, *values, newsletter=LETTER, **more):
        with transaction() as session:
            found = subscriptions.subscription_of(newsletter, riet.id)
            done = verb(subscriptions.holder_of(found), found, *values, **more)
            session.flush()
            return done

    return act


@pytest.fixture
def subscribe(transaction, riet):
    def subscribe(newsletter=LETTER, **more):
        with transaction() as session:
            made = subscriptions.subscribe(
                SYSTEM, newsletter, session.get(Person, riet.id), how="page", words="Ja", **more
            )
            return made.id

    return subscribe


@pytest.fixture
def readers(transaction):
    def readers(newsletter=LETTER, on=None):
        with transaction() as session:
            return session.execute(subscriptions.reading(newsletter, on or today())).all()

    return readers


def log(transaction):
    with transaction() as session:
        lines = session.scalars(select(Consent).order_by(Consent.id))
        return [(one.is_given, one.how) for one in lines]


def withheld(transaction, person):
    with transaction():
        return suppression.withheld([person.id], [], Purpose.NEWSLETTER)


def test_who_subscribes_is_a_reader_with_what_a_mail_needs(subscribe, readers, riet):
    number = subscribe(choices=Choices(wants_text=True, language="en"))
    (row,) = readers()
    assert row.person_id == riet.id
    assert (row.address, row.name) == ("riet@raad.example", "Riet van der Berg")
    assert (row.language, bool(row.wants_text)) == ("en", True)
    assert (row.region_ids, row.theme_ids) == ("", "")
    assert (row.subscription_id, row.generation) == (number, 1)


def test_regions_and_themes_are_numbers_in_their_order(subscribe, readers, transaction):
    with transaction():
        regions = [make_region(f"Regio {each}").id for each in range(12)]
        themes = [make_theme(f"Thema {each}").id for each in range(3)]
    subscribe(choices=Choices(region_ids=frozenset(regions), theme_ids=frozenset(themes)))
    (row,) = readers()
    assert row.region_ids == ",".join(map(str, sorted(regions)))
    assert row.theme_ids == ",".join(map(str, sorted(themes)))


def test_without_choice_the_regions_are_those_of_the_own_municipality(
    subscribe, readers, transaction
):
    with transaction():
        region = make_region("Noord")
        town = make_municipality("Noordwolde", region).id
    subscribe(choices=Choices(municipality_id=town))
    assert [row.region_ids for row in readers()] == [str(region.id)]


def test_who_has_no_own_municipality_reads_of_the_region_of_the_function(
    subscribe, readers, transaction, riet
):
    with transaction() as session:
        region = make_region("Noord")
        council = make_organisation(municipality=make_municipality("Noordwolde", region))
        make_role(session.get(Person, riet.id), council)
    subscribe()
    assert [row.region_ids for row in readers()] == [str(region.id)]


def test_a_region_that_was_dissolved_falls_away(subscribe, readers, transaction):
    with transaction():
        region = make_region("Noord").id
    subscribe(choices=Choices(region_ids=frozenset({region, region + 1000})))
    assert [row.region_ids for row in readers()] == [str(region)]


def test_an_address_of_which_only_the_own_one_was_removed_is_replaced_by_the_first(
    subscribe, readers, transaction, riet
):
    subscribe(address_id=None)
    with transaction() as session:
        session.get(Person, riet.id).addresses[0].ended_on = date(2020, 1, 1)
    assert [row.address for row in readers()] == [""]


def test_each_newsletter_has_readers_of_its_own(subscribe, readers):
    subscribe()
    assert (len(readers(LETTER)), len(readers(OTHER))) == (1, 0)


def test_nobody_reads_after_an_erasure(subscribe, readers, transaction, riet):
    subscribe()
    with transaction() as session:
        session.get(Person, riet.id).erased_at = now()
    assert readers() == []


def test_subscribing_twice_is_one_subscription(subscribe, readers, transaction):
    assert subscribe() == subscribe()
    assert len(readers()) == 1


def test_the_words_that_were_agreed_to_are_kept(subscribe, transaction):
    subscribe(proof="Oude lijst, 2024")
    with transaction() as session:
        line = session.scalars(select(Consent)).one()
        assert (line.words, line.proof, line.newsletter_id) == ("Ja", "Oude lijst, 2024", LETTER)


def test_who_leaves_reads_no_more_and_no_import_brings_that_back(
    subscribe, act, readers, transaction, riet
):
    subscribe()
    act(subscriptions.leave, how="link")
    assert readers() == []
    assert withheld(transaction, riet) == {riet.id: "opted_out"}
    assert log(transaction) == [(True, "page"), (False, "link")]


def test_leaving_twice_is_leaving_once(subscribe, act, transaction):
    subscribe()
    for _ in range(3):
        act(subscriptions.leave, how="link")
    assert len(log(transaction)) == 2


def test_leaving_one_newsletter_keeps_the_other(subscribe, act, readers, transaction, riet):
    subscribe(LETTER)
    subscribe(OTHER)
    act(subscriptions.leave, how="link")
    assert (len(readers(LETTER)), len(readers(OTHER))) == (0, 1)
    assert withheld(transaction, riet) == {}
    with transaction():
        assert consent.present_consent(riet.id)[Purpose.NEWSLETTER].is_given


def test_who_says_no_to_all_newsletters_reads_none(subscribe, readers, transaction, riet):
    subscribe(LETTER)
    subscribe(OTHER)
    with transaction():
        consent.record(SYSTEM, riet.id, Purpose.NEWSLETTER, is_given=False, how="telephone")
    assert readers(LETTER) == readers(OTHER) == []


def test_who_comes_back_keeps_the_choices_of_before(subscribe, act, readers, transaction, riet):
    number = subscribe(choices=Choices(wants_text=True))
    act(subscriptions.leave, how="link")
    act(subscriptions.come_back, how="link", words="Toch wel")
    (row,) = readers()
    assert (row.subscription_id, bool(row.wants_text)) == (number, True)
    assert withheld(transaction, riet) == {}


def test_why_somebody_left_is_told_afterwards_and_gone_when_they_come_back(
    subscribe, act, transaction
):
    subscribe()
    act(subscriptions.leave, how="link")
    act(lambda _actor, found: subscriptions.say_why(found, "too_much"))
    with transaction() as session:
        assert session.scalars(select(Subscription.end_reason)).one() == "too_much"
    subscribe()
    with transaction() as session:
        assert session.scalars(select(Subscription.end_reason)).one() == ""


def test_a_pause_ends_on_its_day_by_itself(subscribe, act, readers):
    subscribe()
    until = act(subscriptions.pause, "2")
    assert readers() == []
    assert readers(on=until - timedelta(days=1)) == []
    assert len(readers(on=until)) == 1


def test_a_pause_can_be_ended_early(subscribe, act, readers):
    subscribe()
    act(subscriptions.pause, "12")
    act(subscriptions.resume)
    assert len(readers()) == 1


@pytest.mark.parametrize("months", ["", "0", "-1", "999", "x"])
def test_a_pause_that_is_not_offered_is_refused(subscribe, act, months):
    subscribe()
    with pytest.raises(InputError):
        act(subscriptions.pause, months)


def test_who_left_cannot_pause(subscribe, act):
    subscribe()
    act(subscriptions.leave, how="link")
    with pytest.raises(Conflict):
        act(subscriptions.pause, "2")


def test_a_change_on_a_page_that_is_old_is_told_so(subscribe, act):
    subscribe()
    act(subscriptions.change, Choices(wants_text=True), 1)
    with pytest.raises(Conflict):
        act(subscriptions.change, Choices(wants_text=False), 1)


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        (Choices(reader_kind="king"), "reader_kind"),
        (Choices(municipality_id=999_999), "municipality_id"),
    ],
)
def test_what_cannot_be_chosen_is_refused_at_its_field(subscribe, choices, field):
    with pytest.raises(InputError) as fault:
        subscribe(choices=choices)
    assert fault.value.field == field


def test_the_own_link_leads_to_the_own_subscription(subscribe, transaction):
    number = subscribe()
    with transaction() as session:
        link = subscriptions.link_for(session.get(Subscription, number))
        assert subscriptions.subscription_by_token(link.rpartition("/")[2]).id == number


def test_a_link_that_was_revoked_opens_nothing(subscribe, transaction):
    number = subscribe()
    with transaction() as session:
        found = session.get(Subscription, number)
        link = subscriptions.link_for(found)
        subscriptions.revoke_links(found)
        with pytest.raises(Expired):
            subscriptions.subscription_by_token(link.rpartition("/")[2])


def test_the_link_of_who_was_erased_opens_nothing(subscribe, transaction, riet):
    number = subscribe()
    with transaction() as session:
        session.get(Person, riet.id).erased_at = now()
        link = subscriptions.link_for(session.get(Subscription, number))
        with pytest.raises(NotFound):
            subscriptions.subscription_by_token(link.rpartition("/")[2])


def test_an_advisor_who_writes_down_a_yes_lifts_the_own_opt_out(subscribe, act, transaction, riet):
    with transaction():
        cast = make_cast()
    subscribe()
    act(subscriptions.leave, how="link")
    with transaction():
        consent.record(SYSTEM, riet.id, Purpose.NEWSLETTER, is_given=True, how=f"{cast.anna.id}")
    assert withheld(transaction, riet) == {}

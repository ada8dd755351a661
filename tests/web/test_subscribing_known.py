"""Who subscribes and is known already: who is one person, who is somebody else, who comes back."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from tests.checks import check_page
from tests.factories import (
    make_municipality,
    make_organisation,
    make_person,
)
from tests.subscribing import ADDRESS, readers


def test_the_page_says_the_same_to_whoever_is_known(ask, transaction):
    with transaction():
        make_person("Truus Vos", email=ADDRESS)
    known, unknown = ask(ADDRESS), ask("iemand@post.example")
    plain = [re.sub(r'value="[^"]*"', "", page) for page in (known, unknown)]
    assert plain[0].replace(ADDRESS, "") == plain[1].replace("iemand@post.example", "")


def test_who_is_known_by_name_and_address_stays_one_person(ask, client, link, transaction):
    with transaction():
        truus = make_person("Truus Vos", email=ADDRESS, note="Vast")
    ask("TRUUS@post.example", name="truus VOS")
    client.post(link())
    with transaction() as session:
        assert session.scalars(select(Subscription.person_id)).one() == truus.id


def test_without_a_name_nobody_is_recognised_who_shares_the_mailbox(ask, client, link, transaction):
    with transaction():
        known = {make_person(name, email=ADDRESS).id for name in ("Riet Bos", "Jan Bos")}
    ask()
    client.post(link())
    with transaction() as session:
        made = session.scalars(select(Subscription)).one()
        assert made.person_id not in known
        assert made.person.salutation == "Beste lezer"


def test_who_is_known_subscribes_without_a_name_and_stays_one_person(
    ask, client, link, transaction
):
    with transaction():
        number = make_person("Truus Bos", ADDRESS).id
    page = ask()
    assert "Truus" not in page
    assert "Truus" not in check_page(client.get(link()))
    client.post(link())
    assert readers(transaction) == [("Truus Bos", ADDRESS, True)]
    with transaction() as session:
        assert session.scalars(select(Subscription.person_id)).one() == number


@pytest.mark.parametrize("told", ["Truus", "T. Bos", "truus  BOS"])
def test_another_way_to_write_the_name_is_the_same_person(ask, client, link, transaction, told):
    with transaction():
        make_person("Truus Bos", ADDRESS)
    ask(name=told)
    client.post(link())
    assert readers(transaction) == [("Truus Bos", ADDRESS, True)]


def test_somebody_else_in_the_same_house_is_somebody_else(ask, client, link, transaction):
    with transaction():
        make_person("Truus Bos", ADDRESS)
    ask(name="Wim Bos")
    client.post(link())
    assert readers(transaction) == [("Wim Bos", ADDRESS, True)]


@pytest.mark.parametrize("kind", ["shared", "council", "via", "out of use", "erased", "gone"])
def test_an_address_that_is_not_of_one_person_alone_recognises_nobody(
    ask, client, link, transaction, kind
):
    with transaction():
        truus = make_person("Truus Bos", ADDRESS)
        if kind == "shared":
            make_person("Wim Bos", ADDRESS)
        elif kind == "council":
            make_organisation(email=ADDRESS)
        elif kind == "via":
            truus.addresses[0].via = "het secretariaat"
        elif kind == "out of use":
            truus.addresses[0].ended_on = date(2026, 1, 1)
        elif kind == "erased":
            truus.erased_at = now()
        else:
            truus.ended_on = date(2026, 1, 1)
    ask()
    client.post(link())
    assert readers(transaction) == [(ADDRESS, ADDRESS, True)]


def test_nobody_is_recognised_before_the_press(ask, client, link, transaction):
    with transaction():
        make_person("Truus Bos", ADDRESS)
    ask()
    client.get(link())
    assert readers(transaction) == []


def test_who_forgot_it_and_subscribes_again_without_a_name_gets_one_newsletter(
    ask, client, link, transaction
):
    ask(name="Truus Vos")
    client.post(link())
    ask()
    client.post(link())
    assert readers(transaction) == [("Truus Vos", ADDRESS, True)]


def test_who_tells_the_name_later_gets_it(ask, client, link, transaction):
    ask()
    client.post(link())
    ask(name="Truus Vos")
    client.post(link())
    assert readers(transaction) == [("Truus Vos", ADDRESS, True)]


def test_what_is_left_open_the_second_time_stays(ask, client, link, transaction):
    with transaction():
        town = make_municipality("Noordwolde").id
    ask(municipality_id=town, reader_kind="official")
    client.post(link())
    ask()
    client.post(link())
    with transaction() as session:
        made = session.scalars(select(Subscription)).one()
        assert (made.reader_kind, made.person.municipality_id) == ("official", town)


def test_who_left_before_can_come_back_by_the_page(ask, client, link, transaction):
    ask(name="Truus Vos")
    client.post(link())
    with transaction() as session:
        made = session.scalars(select(Subscription)).one()
        subscriptions.leave(SYSTEM, made, how="link")
        suppression.withhold_address(ADDRESS, Purpose.NEWSLETTER, "opted_out")
    ask(name="Truus Vos")
    client.post(link())
    assert readers(transaction) == [("Truus Vos", ADDRESS, True)]
    with transaction() as session:
        number = session.scalars(select(Subscription.person_id)).one()
        assert suppression.withheld([number], [ADDRESS], Purpose.NEWSLETTER) == {}

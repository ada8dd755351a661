"""The directory's use cases: people, functions and organisations over time, and who may."""

from datetime import date

import pytest
from sqlalchemy import func, select

from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.directory import organisations, people, queries, seed, ties
from eventsapp.directory.facts import AddressFacts, OrganisationFacts, PersonFacts, RoleFacts
from eventsapp.directory.models import Municipality, Region, Theme
from tests import factories as make


@pytest.fixture
def session(transaction):
    with transaction() as session:
        yield session


@pytest.fixture
def cast(session):
    return make.make_cast()


@pytest.fixture
def anna(cast):
    return make.actor_of(cast.anna)


@pytest.fixture
def bram(cast):
    return make.actor_of(cast.bram)


@pytest.fixture
def raad(cast):
    town = make.make_municipality("Noordwolde", cast.noord)
    return make.make_organisation("Adviesraad Noordwolde", town, email="raad@noordwolde.example")


RIET = PersonFacts("Riet", "van der", "Berg", addresses=(AddressFacts("riet@raad.example"),))


def chair(**values):
    return RoleFacts(kind="chair", valid_from=date(2026, 1, 1), **values)


def test_somebody_is_added_with_greeting_and_address(anna):
    riet = people.add_person(anna, RIET)
    assert (riet.name, riet.salutation) == ("Riet van der Berg", "Beste Riet")
    assert queries.addresses_of([riet.id]) == {riet.id: "riet@raad.example"}


def test_a_person_belongs_where_the_functions_are(anna, raad, cast):
    home = make.make_municipality("Zuidhorn", cast.zuid)
    riet = people.add_person(make.actor_of(cast.kees), PersonFacts("Riet", municipality_id=home.id))
    assert queries.working_regions_of_people([riet.id]) == {riet.id: {cast.zuid.id}}
    people.add_role(anna, riet, raad, chair())
    assert queries.working_regions_of_people([riet.id]) == {riet.id: {cast.noord.id}}


def test_an_organisation_of_a_province_belongs_to_the_regions_inside_it(session, cast, raad):
    scheme = make.RegionScheme(code="province", name="Provincies")
    province = make.make_region("Drenthe", scheme=scheme)
    raad.municipality.regions.append(province)
    session.flush()
    wide = make.make_organisation("Patiëntenvereniging", region=province)
    found = queries.working_regions_of_organisations([wide.id, raad.id])
    assert found == {wide.id: {cast.noord.id}, raad.id: {cast.noord.id}}


def test_an_advisor_of_another_region_may_read_but_not_change(anna, bram, raad):
    riet = people.add_person(anna, RIET)
    people.add_role(anna, riet, raad, chair())
    assert queries.person_for(bram, riet.id) is riet
    with pytest.raises(Forbidden):
        people.change_person(bram, riet, RIET, riet.version)
    with pytest.raises(Forbidden):
        people.add_role(bram, riet, raad, RoleFacts("member", date(2026, 1, 1)))
    with pytest.raises(Forbidden):
        people.end_role(bram, riet.roles[0], today())
    with pytest.raises(Forbidden):
        organisations.end_organisation(bram, raad, today())
    people.change_person(anna, riet, RIET, riet.version)


def test_an_organisation_is_not_added_in_another_region(anna, bram, raad):
    facts = OrganisationFacts("Seniorenraad", municipality_id=raad.municipality_id)
    with pytest.raises(Forbidden):
        organisations.add_organisation(bram, facts)
    assert organisations.add_organisation(anna, facts).id


def test_an_editor_has_no_address_book(cast, raad):
    ilse = make.actor_of(cast.ilse)
    for ask in (queries.people_page, queries.organisations_page):
        with pytest.raises(Forbidden):
            ask(ilse)
    with pytest.raises(Forbidden):
        queries.person_for(ilse, cast.petra.id)
    with pytest.raises(Forbidden):
        queries.organisation_for(ilse, raad.id)


def test_the_second_of_two_editors_is_told(anna, session):
    riet = people.add_person(anna, RIET)
    seen = riet.version
    people.change_person(anna, riet, PersonFacts("Riet", "", "Bos"), seen)
    session.flush()
    with pytest.raises(Conflict):
        people.change_person(anna, riet, RIET, seen)
    assert riet.family_name == "Bos"


def test_a_change_of_addresses_alone_counts_as_a_change(anna, session):
    riet = people.add_person(anna, RIET)
    seen = riet.version
    people.change_person(anna, riet, PersonFacts("Riet", "van der", "Berg"), seen)
    session.flush()
    assert riet.version > seen
    assert queries.addresses_of([riet.id]) == {riet.id: None}


def test_an_outside_number_belongs_to_one_person(anna):
    people.add_person(anna, PersonFacts("Riet", external_id="17"))
    with pytest.raises(InputError, match="number"):
        people.add_person(anna, PersonFacts("Ad", external_id="17"))


def test_the_same_address_with_another_name_is_somebody_else(anna):
    riet = people.add_person(anna, RIET)
    assert people.find_same("RIET@raad.example", "riet van der BERG") is riet
    assert people.find_same("riet@raad.example", "Ad Bos") is None


def test_a_function_held_already_is_refused(anna, raad):
    riet = people.add_person(anna, RIET)
    role = people.add_role(anna, riet, raad, chair())
    with pytest.raises(InputError, match="already"):
        people.add_role(anna, riet, raad, chair())
    people.end_role(anna, role, date(2026, 6, 1))
    people.add_role(anna, riet, raad, RoleFacts("chair", date(2026, 6, 1)))


def test_a_function_does_not_end_before_it_began(anna, raad):
    role = people.add_role(anna, people.add_person(anna, RIET), raad, chair())
    with pytest.raises(InputError):
        people.end_role(anna, role, date(2025, 12, 31))


def test_a_successor_takes_the_function_over_and_history_stays(anna, raad):
    riet = people.add_person(anna, RIET)
    ad = people.add_person(anna, PersonFacts("Ad", family_name="Bos"))
    role = people.add_role(anna, riet, raad, chair(is_contact=True))
    people.succeed(anna, role, ad, date(2026, 9, 1))
    held = [(each.person.given_name, each.valid_until) for each in ties.roles_at(raad.id)]
    assert held == [("Ad", None), ("Riet", date(2026, 9, 1))]


def test_an_organisation_is_reached_through_its_contact_then_chair_then_mailbox(anna, raad):
    day = date(2026, 5, 1)
    assert queries.present_contacts([raad.id], day)[raad.id].person_id is None
    riet = people.add_person(anna, RIET)
    people.add_role(anna, riet, raad, chair())
    assert queries.present_contacts([raad.id], day)[raad.id].person_id == riet.id
    ad = people.add_person(anna, PersonFacts("Ad", addresses=(AddressFacts("ad@raad.example"),)))
    people.add_role(anna, ad, raad, RoleFacts("member", date(2026, 1, 1), is_contact=True))
    contact = queries.present_contacts([raad.id], day)[raad.id]
    assert (contact.person_id, contact.email) == (ad.id, "ad@raad.example")


def test_a_function_is_written_at_its_own_address_until_that_ends(anna, raad, session):
    own = AddressFacts("voorzitter@raad.example")
    riet = people.add_person(anna, PersonFacts("Riet", addresses=(*RIET.addresses, own)))
    session.flush()
    first, second = riet.addresses
    people.add_role(anna, riet, raad, chair(address_id=second.id))
    day = date(2026, 5, 1)
    assert queries.present_contacts([raad.id], day)[raad.id].email == second.email
    second.ended_on = day
    assert queries.present_contacts([raad.id], day)[raad.id].email == first.email


def test_a_contact_without_address_yields_to_the_mailbox(anna, raad):
    riet = people.add_person(anna, PersonFacts("Riet"))
    people.add_role(anna, riet, raad, chair(is_contact=True))
    contact = queries.present_contacts([raad.id], date(2026, 5, 1))[raad.id]
    assert (contact.person_id, contact.email) == (None, "raad@noordwolde.example")


def test_nobody_and_no_mailbox_is_left_out(cast):
    lonely = make.make_organisation("Stille raad")
    assert queries.present_contacts([lonely.id], today()) == {}


def test_a_new_contact_replaces_the_one_before(anna, raad):
    riet, ad = people.add_person(anna, RIET), people.add_person(anna, PersonFacts("Ad"))
    first = people.add_role(anna, riet, raad, chair(is_contact=True))
    people.add_role(anna, ad, raad, RoleFacts("contact", date(2026, 1, 1), is_contact=True))
    assert not first.is_contact


def test_a_mailbox_is_one_person_and_in_no_list(anna, raad):
    stand_in = people.mailbox_person(anna, raad)
    assert people.mailbox_person(anna, raad) is stand_in
    assert stand_in.salutation == "Beste mensen van Adviesraad Noordwolde"
    assert queries.people_page(anna, "noordwolde").items == []


def test_a_merged_council_hands_people_and_networks_to_its_successor(anna, raad, cast, session):
    riet = people.add_person(anna, RIET)
    people.add_role(anna, riet, raad, chair(is_contact=True))
    network = make.make_network(region=cast.noord, organisations=[raad])
    new = make.make_organisation("Adviesraad Westerwolde", raad.municipality)
    organisations.end_organisation(anna, raad, date(2026, 9, 1), new, carry_over=True)
    session.flush()
    assert [(role.organisation.name, role.valid_from) for role in ties.roles_held_by(riet.id)][
        0
    ] == ("Adviesraad Westerwolde", date(2026, 9, 1))
    assert network.organisations == [new]
    assert (raad.ended_on, raad.successor_id) == (date(2026, 9, 1), new.id)


def test_an_organisation_can_not_succeed_itself(anna, raad):
    with pytest.raises(InputError):
        organisations.end_organisation(anna, raad, today(), raad)


def test_search_forgives_accents_case_and_knows_other_names(anna, session):
    town = make.make_municipality("'s-Gravenhage", aliases="Den Haag")
    one = organisations.add_organisation(
        anna, OrganisationFacts("Cliëntenraad Escamp", municipality_id=town.id)
    )
    for typed in ("den haag", "'s-Gravenhage", "CLIENTENRAAD", "Cliënt haag"):
        found = queries.organisations_page(anna, typed).items
        assert [each.id for each in found] == [one.id], typed
    assert [each.id for each in queries.organisations_page(anna, "raad").items] == [one.id]
    assert queries.organisations_page(anna, "aad").items == []


def test_people_are_filtered_by_region_municipality_kind_and_function(anna, raad, cast):
    riet = people.add_person(anna, RIET)
    people.add_role(anna, riet, raad, chair())
    for found in (
        {"region_id": cast.noord.id},
        {"municipality_id": raad.municipality_id},
        {"organisation_kind": "social_council"},
        {"role_kind": "chair"},
        {"text": "riet@raad"},
    ):
        assert [line.id for line in queries.people_page(anna, **found).items] == [riet.id], found
    for missed in ({"region_id": cast.zuid.id}, {"organisation_kind": "church"}):
        assert queries.people_page(anna, **missed).items == []


def test_pages_of_people_neither_repeat_nor_skip(anna, cast):
    for number in range(120):
        make.make_person(f"Jan Jansen{number % 7}", email=None)
    seen, cursor = [], None
    while True:
        page = queries.people_page(anna, "jansen", cursor=cursor)
        seen += [line.id for line in page.items]
        cursor = page.after
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 120


def test_organisations_are_sorted_by_place(anna, cast):
    for town in ("Zwolle", "Aalten"):
        make.make_organisation("Raad", make.make_municipality(town))
    page = queries.organisations_page(anna, sort="place")
    assert [one.place for one in page.items] == ["Aalten", "Zwolle"]


def test_a_closed_network_is_seen_by_organiser_and_deputies_only(cast, anna):
    closed = make.make_network(
        region=cast.noord,
        is_confidential=True,
        organiser_person_id=cast.anna.person_id,
        deputies=[cast.bram.person],
    )
    assert queries.network_for(anna, closed.id) is closed
    assert queries.network_for(make.actor_of(cast.bram), closed.id) is closed
    with pytest.raises(NotFound):
        queries.network_for(make.actor_of(cast.kees), closed.id)


def test_loading_the_country_twice_adds_nothing_the_second_time(session):
    first = seed.load_reference()
    session.flush()
    assert (first.municipalities, first.regions, first.themes) == (342, 72, 12)
    assert seed.load_reference() == seed.Loaded(0, 0, 0)
    session.flush()
    for table, count in ((Municipality, 342), (Region, 72), (Theme, 12)):
        assert session.scalar(select(func.count()).select_from(table)) == count


def test_each_municipality_lies_in_one_region_of_each_scheme(session):
    seed.load_reference()
    session.flush()
    haag = session.scalar(select(Municipality).where(Municipality.search_key.like("%haag%")))
    assert haag.name == "'s-Gravenhage"
    assert {region.scheme.code for region in haag.regions} == {"labour", "province", "safety"}
    assert len(queries.working_regions()) == 35

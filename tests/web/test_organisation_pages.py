"""The pages of organisations, networks, regions and the one search box."""

from datetime import date

import pytest
from sqlalchemy import select

from eventsapp.directory import seed
from eventsapp.directory.models import Network, Organisation
from tests import factories as make
from tests.checks import check_page


@pytest.fixture
def raad(cast, transaction):
    with transaction() as session:
        town = make.make_municipality("Noordwolde", session.merge(cast.noord))
        raad = make.make_organisation("Adviesraad Noordwolde", town, email="raad@post.example")
        make.make_role(make.make_person("Riet van der Berg"), raad)
        return raad


@pytest.fixture
def network(raad, cast, transaction):
    with transaction() as session:
        return make.make_network(
            region=session.merge(cast.noord), organisations=[session.merge(raad)], cadence_weeks=12
        )


@pytest.fixture
def anna(client, sign_in, cast):
    return sign_in(client, cast.anna)


@pytest.fixture
def bram(app, sign_in, cast):
    return sign_in(app.test_client(), cast.bram)


def test_the_list_of_the_whole_country_stays_small(anna, transaction, statements):
    with transaction() as session:
        seed.load_reference()
        towns = session.scalars(select(make.Municipality)).all()[:60]
        for town in towns:
            raad = make.make_organisation(f"Adviesraad sociaal domein {town.name}", town)
            make.make_role(make.make_person(f"Riet van {town.name}"), raad)
    with statements() as asked:
        check_page(anna.get("/manage/organisations/?sort=place"))
    assert len(asked) <= 12, "\n".join(asked)
    check_page(anna.get("/manage/people/"))


def test_an_organisation_shows_who_is_invited_and_which_function_is_free(anna, raad):
    page = check_page(anna.get(f"/manage/organisations/{raad.id}"))
    assert "Riet van der Berg" in page
    assert "krijgt de uitnodigingen" in page
    assert "Secretaris: functie vrij of onbekend" in page


def test_an_organisation_is_added_and_changed(anna, cast, raad, transaction):
    data = {"name": "Wmo-raad", "kind": "social_council", "municipality_id": raad.municipality_id}
    answer = anna.post("/manage/organisations/new", data=data)
    assert answer.status_code == 303
    page = check_page(anna.get(answer.location + "/edit"))
    version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
    changed = {**data, "name": "Adviesraad", "version": version, "website": "raad.example"}
    assert anna.post(answer.location + "/edit", data=changed).status_code == 303
    page = check_page(anna.get(answer.location))
    assert 'href="https://raad.example"' in page


def test_the_second_of_two_is_told_and_keeps_what_was_typed(anna, raad):
    path = f"/manage/organisations/{raad.id}/edit"
    data = {"name": "Adviesraad", "kind": "social_council", "version": str(raad.version)}
    data["municipality_id"] = str(raad.municipality_id)
    anna.post(path, data=data)
    page = check_page(anna.post(path, data={**data, "note": "Mijn opmerking"}), 409)
    assert "Mijn opmerking" in page
    assert "Anna de Vries" in page


def test_a_script_is_no_website(anna, raad):
    data = {"name": "Raad", "kind": "other", "website": "javascript:alert(1)//x.example"}
    page = check_page(anna.post("/manage/organisations/new", data=data), 422)
    assert 'id="website-error"' in page


def test_an_advisor_of_another_region_changes_nothing(bram, raad, network):
    page = check_page(bram.get(f"/manage/organisations/{raad.id}"))
    assert '/edit"' not in page
    for path in (
        f"/manage/organisations/{raad.id}/edit",
        f"/manage/organisations/{raad.id}/end",
        f"/manage/networks/{network.id}/edit",
        f"/manage/networks/{network.id}/end",
    ):
        check_page(bram.get(path), 403)
        check_page(bram.post(path, data={"name": "x", "on": "2026-01-01"}), 403)
    members = f"/manage/networks/{network.id}/members"
    check_page(bram.post(members, data={"organisation": raad.id}), 403)
    check_page(bram.post(f"{members}/remove", data={"organisation": raad.id}), 403)


def test_an_organisation_ends_and_its_people_go_on_at_the_successor(anna, raad, transaction):
    with transaction() as session:
        town = session.get(Organisation, raad.id).municipality
        new = make.make_organisation("Adviesraad Westerwolde", town)
    path = f"/manage/organisations/{raad.id}/end"
    assert f"successor={new.id}" in check_page(anna.get(f"{path}?q=westerwolde"))
    path = f"{path}?successor={new.id}"
    check_page(anna.get(path))
    assert anna.post(path, data={"on": "2026-02-01", "carry_over": "y"}).status_code == 303
    assert "Riet van der Berg" in check_page(anna.get(f"/manage/organisations/{new.id}"))
    page = check_page(anna.get(f"/manage/organisations/{raad.id}"))
    assert "Adviesraad Westerwolde" in page
    assert "Wie het eerder deed" in page


def test_somebody_else_is_made_the_contact(anna, raad, transaction):
    with transaction() as session:
        role = make.make_role(
            make.make_person("Ad Bos"),
            session.get(Organisation, raad.id),
            "member",
            is_contact=False,
        )
    assert anna.post(f"/manage/functions/{role.id}/contact").status_code == 303
    page = check_page(anna.get("/manage/organisations/"))
    assert "Ad Bos" in page
    assert "Riet" not in page


def test_the_list_of_networks_says_who_did_not_meet_for_long(anna, network, cast, transaction):
    assert "lang niet bij elkaar geweest" in check_page(anna.get("/manage/networks/"))
    with transaction() as session:
        organiser = session.merge(cast.anna).person
        make.make_meeting(
            organiser, session.merge(cast.noord), days=-7, network_id=network.id, title="Overleg"
        )
    assert "lang niet bij elkaar" not in check_page(anna.get("/manage/networks/"))
    assert "Overleg" in check_page(anna.get(f"/manage/networks/{network.id}"))


def test_a_network_is_added_with_members(anna, raad, cast, transaction):
    data = {"name": "Netwerk", "region_id": cast.noord.id, "cadence_weeks": "12"}
    answer = anna.post("/manage/networks/new", data=data)
    assert answer.status_code == 303
    path = answer.location
    assert "Adviesraad Noordwolde" in check_page(anna.get(f"{path}?q=noordwolde"))
    anna.post(f"{path}/members", data={"organisation": raad.id})
    with transaction() as session:
        network = session.scalars(select(Network)).one()
        assert [one.id for one in network.organisations] == [raad.id]
    anna.post(f"{path}/members/remove", data={"organisation": raad.id})
    with transaction() as session:
        assert session.get(Network, network.id).organisations == []


def test_nobody_makes_a_closed_group_that_is_then_out_of_sight(anna, cast):
    data = {
        "name": "Besloten",
        "region_id": cast.noord.id,
        "is_confidential": "y",
        "organiser_person_id": "",
    }
    page = check_page(anna.post("/manage/networks/new", data=data), 422)
    assert 'id="is_confidential-error"' in page
    data["organiser_person_id"] = cast.anna.person_id
    assert anna.post("/manage/networks/new", data=data).status_code == 303


def test_a_closed_group_of_others_is_nowhere(app, sign_in, cast, network, raad, transaction):
    with transaction() as session:
        row = session.get(Network, network.id)
        row.is_confidential, row.organiser_person_id = True, cast.anna.person_id
    kees = sign_in(app.test_client(), cast.kees)
    check_page(kees.get(f"/manage/networks/{network.id}"), 404)
    for path in (
        "/manage/networks/",
        "/manage/search/?q=netwerk",
        f"/manage/organisations/{raad.id}",
    ):
        assert f"/manage/networks/{network.id}" not in check_page(kees.get(path))
    anna = sign_in(app.test_client(), cast.anna)
    assert f"/manage/networks/{network.id}" in check_page(anna.get("/manage/networks/"))


def test_a_network_that_ended_leaves_the_list(anna, network):
    assert (
        anna.post(f"/manage/networks/{network.id}/end", data={"on": "2026-01-01"}).status_code
        == 303
    )
    assert f"/manage/networks/{network.id}" not in check_page(anna.get("/manage/networks/"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("den haag", "'s-Gravenhage"),
        ("gravenhage", "'s-Gravenhage"),
        ("Den Bosch", "'s-Hertogenbosch"),
        ("friesland", "Fryslân"),
        ("sudwest fryslan", "Súdwest-Fryslân"),
    ],
)
def test_one_box_finds_places_by_the_names_people_use(anna, transaction, typed, found):
    with transaction():
        seed.load_reference()
    page = check_page(anna.get("/manage/search/", query_string={"q": typed}))
    assert found.replace("'", "&#39;") in page


def test_one_box_finds_people_and_organisations(anna, raad):
    page = check_page(anna.get("/manage/search/?q=NOORDWOLDE"))
    assert "Adviesraad Noordwolde" in page
    assert "Riet van der Berg" in check_page(anna.get("/manage/search/?q=riet+berg"))
    assert "Niets gevonden" in check_page(anna.get("/manage/search/?q=qqq"))


def test_regions_and_municipalities_are_shown_with_their_organisations(anna, raad, cast):
    assert "Noord" in check_page(anna.get("/manage/regions/"))
    page = check_page(anna.get(f"/manage/regions/{cast.noord.id}"))
    assert "Noordwolde" in page
    assert "Anna de Vries" in page
    path = f"/manage/regions/municipalities/{raad.municipality_id}"
    assert "Adviesraad Noordwolde" in check_page(anna.get(path))
    check_page(anna.get("/manage/regions/municipalities/999999"), 404)


def test_an_organisation_ended_later_is_still_there_today(anna, raad, transaction):
    with transaction() as session:
        session.get(Organisation, raad.id).ended_on = date(2099, 1, 1)
    page = check_page(anna.get(f"/manage/organisations/{raad.id}"))
    assert "stopt op" in page
    assert "Adviesraad Noordwolde" in check_page(anna.get("/manage/organisations/"))

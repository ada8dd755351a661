"""Regions and their municipalities: a coordinator moves one, and whoever works there follows."""

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.directory.models import Municipality
from eventsapp.directory.places import working_regions_of_organisations
from tests.checks import check_page
from tests.factories import make_municipality, make_organisation
from tests.meetings import hidden


@pytest.fixture
def town(cast, transaction):
    """A municipality of Noord, with a council."""
    with transaction():
        town = make_municipality("Noordwolde", cast.noord)
        town.council = make_organisation(municipality=town)
        return town


def at(region):
    return f"/manage/regions/{region.id}"


def move(browser, region, town_id):
    form = hidden(check_page(browser.get(at(region))))
    data = {**form, "municipality": str(town_id)}
    place = f"{at(region)}/municipalities"
    return check_page(browser.post(place, data=data, follow_redirects=True))


def regions_of(transaction, town):
    with transaction() as session:
        return [one.id for one in session.get(Municipality, town.id).regions]


def test_a_municipality_moves_and_rights_follow(kees, cast, town, transaction):
    page = move(kees, cast.zuid, town.id)
    assert "Noordwolde hoort nu bij Zuid." in page
    assert regions_of(transaction, town) == [cast.zuid.id]
    with transaction() as session:
        found = working_regions_of_organisations([town.council.id])
        assert found == {town.council.id: {cast.zuid.id}}
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.detail == {"municipality": town.id, "before": [cast.noord.id]}
    assert "Gemeente in een andere regio gezet" in check_page(kees.get("/manage/log/"))


def test_moving_it_to_where_it_is_changes_nothing(kees, cast, town, transaction):
    assert "staat al in deze regio" in move(kees, cast.noord, town.id)
    with transaction() as session:
        assert session.scalars(select(AuditEntry)).all() == []


def test_a_form_without_a_choice_says_so(kees, cast, town):
    assert "Kies een gemeente." in move(kees, cast.zuid, "")


def test_an_advisor_divides_nothing(anna, cast, town, transaction):
    page = check_page(anna.get(at(cast.noord)))
    assert "Gemeente toevoegen" not in page
    form = hidden(check_page(anna.get("/manage/meetings/new")))
    data = {**form, "municipality": str(town.id)}
    check_page(anna.post(f"{at(cast.noord)}/municipalities", data=data), 403)
    assert regions_of(transaction, town) == [cast.noord.id]

"""Regions added, renamed, given advisors, dissolved: by a coordinator, and seen beforehand."""

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import ContactList, SubscriptionRequest
from eventsapp.core.audit import AuditEntry
from eventsapp.directory.models import AdvisorRegion, Municipality, Network, Region
from eventsapp.meetings.models import Meeting
from eventsapp.newsletters.models import Block, Edition
from tests.checks import check_page
from tests.factories import (
    make_meeting,
    make_municipality,
    make_network,
    make_organisation,
    make_person,
    make_region,
    working_scheme,
)
from tests.meetings import hidden
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

REGIONS = "/manage/regions"


@pytest.fixture
def send(kees):
    """Open a page as the coordinator, fill its form in and press; gives page and status."""

    def send(place, status=200, form=None, **values):
        form = form or hidden(check_page(kees.get(f"{REGIONS}/{place}")))
        answer = kees.post(f"{REGIONS}/{place}", data={**form, **values}, follow_redirects=True)
        return check_page(answer, status)

    return send


@pytest.fixture
def full(cast, transaction):
    """All that can name the region of Noord; gives the numbers of what was made."""
    with transaction() as session:
        town = make_municipality("Noordwolde", cast.noord)
        network = make_network(region_id=cast.noord.id)
        anna = session.get(AdvisorRegion, (cast.anna.person_id, cast.noord.id))
        noord = session.get(Region, cast.noord.id)
        coming = make_meeting(cast.anna.person, noord)
        before = make_meeting(cast.anna.person, noord, days=-21)
        criteria = {"all": [{"any": [{"kind": "in_region", "region": noord.id}]}]}
        kept = ContactList(
            name="Vaste gasten", owner_person_id=anna.person_id, region_id=noord.id,
            criteria=criteria,
        )  # fmt: skip
        newsletter = make_newsletter()
        reader = make_reader(make_person("Riet Vos"), newsletter.id)
        reader.regions = [noord]
        asked = SubscriptionRequest(
            newsletter_id=newsletter.id, email="ko@post.example", region_ids=[noord.id]
        )
        edition = make_edition(newsletter, status="signed_off", criteria=criteria)
        block = make_block(edition, limits={"regions": [noord.id, cast.zuid.id]})
        session.add_all([kept, asked])
        session.flush()
        rows = {
            "town": town, "network": network, "coming": coming, "before": before, "list": kept,
            "reader": reader, "asked": asked, "edition": edition, "block": block,
        }  # fmt: skip
        return {name: row.id for name, row in rows.items()}


def dissolve(send, cast, **values):
    return send(
        f"{cast.noord.id}/dissolve", **{"successor": str(cast.zuid.id), "has_read": "y", **values}
    )


def acts(transaction):
    with transaction() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_list_tells_of_each_region_who_works_there_and_how_many_read(kees, cast, full):
    page = check_page(kees.get(REGIONS + "/"))
    assert "Anna de Vries" in page
    assert f"region={cast.noord.id}" in page
    assert "Lezers" in page


def test_each_region_counts_its_own_organisations(kees, cast, transaction):
    with transaction():
        make_organisation(municipality=make_municipality("Noordwolde", cast.noord))
        make_organisation("Raad Zuid", region_id=cast.zuid.id)
        make_organisation("Raad Zuiderdorp", region_id=cast.zuid.id)
    page = check_page(kees.get(REGIONS + "/"))
    assert f'href="/manage/organisations/?region={cast.noord.id}">1<' in page
    assert f'href="/manage/organisations/?region={cast.zuid.id}">2<' in page


def test_a_region_is_added_with_a_name(send, cast, transaction):
    page = send("new", name="  Gooi en Vecht ")
    assert "Gooi en Vecht is toegevoegd. Voeg nu de gemeenten toe." in page
    with transaction() as session:
        made = session.scalars(select(Region).where(Region.name == "Gooi en Vecht")).one()
        assert made.scheme.is_working
    assert acts(transaction) == ["region.added"]


def test_a_double_click_adds_one_region(kees, cast, transaction):
    form = hidden(check_page(kees.get(f"{REGIONS}/new")))
    for _ in range(2):
        kees.post(f"{REGIONS}/new", data={**form, "name": "Gooi"})
    with transaction() as session:
        assert len(session.scalars(select(Region).where(Region.name == "Gooi")).all()) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Vul een naam in."),
        ("noord", "Er is al een regio met deze naam."),
        ("x" * 10_000, "120"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_beside_its_field(send, cast, name, words):
    assert words in send("new", status=422, name=name)


def test_a_region_is_renamed_everywhere(send, kees, cast, transaction):
    page = send(f"{cast.noord.id}/rename", name="Hoge Noorden")
    assert "De regio heet nu Hoge Noorden." in page
    assert acts(transaction) == ["region.renamed"]
    assert "Regio een andere naam gegeven" in check_page(kees.get("/manage/log/"))


def test_the_second_who_renames_is_told_and_loses_nothing(send, kees, cast, transaction):
    place = f"{cast.noord.id}/rename"
    form = hidden(check_page(kees.get(f"{REGIONS}/{place}")))
    send(place, name="Hoge Noorden")
    page = send(place, status=409, form=form, name="Boven het IJ")
    assert "Hoge Noorden" in page
    assert 'value="Boven het IJ"' in page
    assert "De regio heet nu Boven het IJ." in send(place, form=hidden(page), name="Boven het IJ")


def test_a_region_gets_its_advisors(send, kees, cast, transaction):
    place = f"{cast.noord.id}/advisors"
    page = send(place, seen=str(cast.anna.person_id), person_ids=[str(cast.bram.person_id)])
    assert "Bram" in page
    with transaction() as session:
        tied = select(AdvisorRegion.person_id).where(AdvisorRegion.region_id == cast.noord.id)
        assert list(session.scalars(tied)) == [cast.bram.person_id]
    assert acts(transaction) == ["account.changed"] * 2
    page = check_page(kees.get("/manage/log/"))
    assert "+\u00a0Noord" in page
    assert "−\u00a0Noord" in page


def test_who_names_advisors_second_is_told_and_loses_nothing(send, cast, transaction):
    place = f"{cast.noord.id}/advisors"
    page = send(place, status=409, seen="", person_ids=[str(cast.bram.person_id)])
    assert "Nu zijn het: Anna de Vries." in page
    assert f'name="seen" type="hidden" value="{cast.anna.person_id}"' in page
    assert acts(transaction) == []


def test_somebody_who_cannot_be_advisor_is_refused(send, cast, transaction):
    send(
        f"{cast.noord.id}/advisors", status=422,
        seen=str(cast.anna.person_id), person_ids=[str(cast.ilse.person_id)],
    )  # fmt: skip
    assert acts(transaction) == []


def test_what_dissolving_touches_is_shown_beforehand_and_changes_nothing(
    kees, cast, full, transaction
):
    page = check_page(kees.get(f"{REGIONS}/{cast.noord.id}/dissolve"))
    for words in ("Noordwolde", "Anna de Vries", "Vaste gasten", "Nieuwsbrief van maart"):
        assert words in page
    assert "komende bijeenkomst" in page
    assert acts(transaction) == []


def test_what_is_there_goes_to_the_region_that_takes_over(send, cast, full, transaction):
    assert "Noord is opgeheven." in dissolve(send, cast)
    zuid = cast.zuid.id
    with transaction() as session:
        assert [one.id for one in session.get(Municipality, full["town"]).regions] == [zuid]
        assert session.get(Network, full["network"]).region_id == zuid
        assert session.get(AdvisorRegion, (cast.anna.person_id, zuid)) is not None
        kept = session.get(ContactList, full["list"])
        assert kept.region_id == zuid
        assert kept.criteria == {"all": [{"any": [{"kind": "in_region", "region": zuid}]}]}
        assert session.get(SubscriptionRequest, full["asked"]).region_ids == [zuid]


def test_coming_meetings_are_of_the_new_region_and_earlier_ones_of_both(
    send, cast, full, transaction
):
    dissolve(send, cast)
    with transaction() as session:
        coming, before = (session.get(Meeting, full[name]) for name in ("coming", "before"))
        assert coming.lead_region_id == cast.zuid.id
        assert [one.name for one in coming.regions] == ["Zuid"]
        assert before.lead_region_id == cast.noord.id
        assert [one.name for one in before.regions] == ["Noord", "Zuid"]


def test_readers_have_chosen_the_new_region(send, kees, cast, full, transaction):
    dissolve(send, cast)
    page = check_page(kees.get(f"/manage/subscribers/all?region={cast.zuid.id}"))
    assert "Riet Vos" in page


def test_an_edition_that_was_signed_off_must_be_signed_off_anew(send, cast, full, transaction):
    dissolve(send, cast)
    with transaction() as session:
        edition = session.get(Edition, full["edition"])
        assert edition.status == "review"
        assert edition.content_version > 1
        assert session.get(Block, full["block"]).limits["regions"] == [cast.zuid.id]


def test_an_earlier_meeting_can_still_be_changed(send, anna, cast, full):
    dissolve(send, cast)
    page = check_page(anna.get(f"/manage/meetings/{full['before']}/edit"))
    assert f'<option selected value="{cast.noord.id}">' in page


def test_a_dissolved_region_is_offered_nowhere_and_still_has_its_page(send, kees, cast, full):
    dissolve(send, cast)
    assert ">Noord</option>" not in check_page(kees.get("/manage/networks/new"))
    page = check_page(kees.get(f"{REGIONS}/{cast.noord.id}"))
    assert "Opgeheven op" in page
    assert "Wat hier was, hoort nu bij" in page
    assert "→ Zuid" in check_page(kees.get("/manage/log/"))
    check_page(kees.get(f"{REGIONS}/{cast.noord.id}/rename"), 409)


def test_without_a_successor_what_is_there_would_be_nowhere(send, cast, full, transaction):
    page = dissolve(send, cast, status=422, successor="")
    assert "Kies de regio die overneemt wat er is." in page
    assert acts(transaction) == []


def test_an_empty_region_needs_no_successor(send, cast, transaction):
    with transaction():
        empty = make_region("Leeg").id
    page = send(f"{empty}/dissolve", successor="", has_read="y")
    assert "Leeg is opgeheven." in page
    assert acts(transaction) == ["region.dissolved"]


def test_nobody_dissolves_without_having_read(send, cast, full, transaction):
    page = dissolve(send, cast, status=422, has_read="")
    assert "Vink aan dat je hebt gelezen wat er verandert." in page
    assert f'<option selected value="{cast.zuid.id}">' in page
    assert acts(transaction) == []


def test_who_dissolves_what_was_renamed_meanwhile_is_told(send, kees, cast, transaction):
    place = f"{cast.noord.id}/dissolve"
    form = hidden(check_page(kees.get(f"{REGIONS}/{place}")))
    send(f"{cast.noord.id}/rename", name="Hoge Noorden")
    values = {"successor": str(cast.zuid.id), "has_read": "y"}
    page = send(place, status=409, form=form, **values)
    assert "Hoge Noorden" in page
    assert "Hoge Noorden is opgeheven." in send(place, form=hidden(page), **values)


def test_a_region_is_not_dissolved_into_one_that_is_no_more(send, cast, transaction):
    with transaction():
        gone = make_region("Weg", scheme=working_scheme()).id
    send(f"{gone}/dissolve", successor="", has_read="y")
    dissolve(send, cast, status=422, successor=str(gone))


@pytest.mark.parametrize("page", ["new", "{}/rename", "{}/advisors", "{}/dissolve"])
def test_an_advisor_changes_no_region(anna, cast, page):
    check_page(anna.get(f"{REGIONS}/{page.format(cast.noord.id)}"), 403)

"""The advisors' pages of inviting: choosing, seeing what will happen, sending, undoing."""

import re

import pytest
from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import (
    actor_of,
    make_cast,
    make_meeting,
    make_municipality,
    make_network,
    make_organisation,
    make_person,
    make_role,
    make_theme,
)


@pytest.fixture
def story(transaction):
    """Two councils and a church in Noord, one council in Zuid; Riet chairs the first."""
    with transaction():
        cast = make_cast()
        north = make_municipality("Noordwolde", cast.noord)
        south = make_municipality("Zuidlaren", cast.zuid)
        cast.meeting = make_meeting(cast.anna.person, cast.noord)
        cast.council = make_organisation("Adviesraad Noordwolde", north)
        cast.second = make_organisation("Adviesraad Weststad", north, email="west@raad.example")
        cast.church = make_organisation("Dorpskerk", north, kind="church")
        cast.far = make_organisation("Adviesraad Zuidlaren", south, email="zuid@raad.example")
        cast.riet = make_person("Riet van der Berg", "riet@raad.example")
        make_role(cast.riet, cast.council)
        cast.address = f"/manage/meetings/{cast.meeting.id}/invite"
    return cast


@pytest.fixture
def anna(story, client, sign_in):
    """Anna's browser."""
    return sign_in(client, story.anna)


def councils(story):
    return f"region={story.noord.id}&kind=social_council"


def test_before_anything_is_asked_nobody_is_chosen(story, anna):
    page = check_page(anna.get(story.address))
    assert "Nog niemand gekozen" in page
    assert "Riet" not in page


def test_councils_of_a_region_are_found_with_how_they_are_reached(story, anna):
    page = check_page(anna.get(f"{story.address}?what=organisations&{councils(story)}"))
    assert "2 kunnen worden uitgenodigd" in page
    for words in ("Riet van der Berg", "riet@raad.example", "west@raad.example"):
        assert words in page
    assert "zuid@raad.example" not in page


def test_who_cannot_be_reached_stands_there_with_the_reason(story, anna):
    page = check_page(anna.get(f"{story.address}?region={story.noord.id}"))
    assert "Er is geen contactpersoon" in page
    assert "Dorpskerk" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("what=people&role=chair", "Riet"),
        ("what=people&municipality=noordw", "Riet"),
        ("what=people&role=secretary", None),
        ("what=people&kind=church", None),
        ("what=organisations&municipality=ZUIDL", "zuid@raad.example"),
        ("what=organisations&role=chair", "Riet"),
    ],
)
def test_each_condition_narrows_down(story, anna, query, found):
    page = check_page(anna.get(f"{story.address}?{query}"))
    assert (found in page) if found else ("Niemand voldoet" in page)


def test_theme_and_network_narrow_down(story, anna, transaction):
    with transaction() as session:
        theme = make_theme("Vervoer")
        council = session.get(type(story.council), story.council.id)
        council.themes = [theme]
        network = make_network("Netwerk", organisations=[council])
    for query in (f"theme={theme.id}", f"network={network.id}"):
        page = check_page(anna.get(f"{story.address}?what=organisations&{query}"))
        assert "1 kan worden uitgenodigd" in page


def test_somebody_is_found_by_name_and_added_by_hand(story, anna):
    page = check_page(anna.get(f"{story.address}?find=zuidl"))
    assert f'value="o{story.far.id}"' in page
    page = check_page(anna.get(f"{story.address}?what=organisations&add=o{story.far.id}"))
    assert "1 kan worden uitgenodigd" in page
    assert "zuid@raad.example" in page


def test_one_is_left_out_and_stays_in_sight(story, anna):
    out = f"out=o{story.council.id}"
    page = check_page(anna.get(f"{story.address}?what=organisations&{councils(story)}&{out}"))
    assert "1 kan worden uitgenodigd" in page
    assert "Riet van der Berg" in page
    assert re.search(r'name="choice" value="o(\d+)"', page)[1] == str(story.second.id)


@pytest.mark.parametrize(
    "query",
    ["region=x&kind=<b>&page=999", "add=o9999999,px,zz&out=%00", "find=" + "x" * 3000, "list=77"],
)
def test_an_address_may_hold_anything(story, anna, query):
    check_page(anna.get(f"{story.address}?{query}"))


def test_a_change_of_a_filter_fetches_only_the_part_that_follows(story, anna):
    part = anna.get(f"{story.address}?{councils(story)}", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "Riet van der Berg" in part.text


def test_the_preview_shows_what_will_happen_and_sends_nothing(story, anna, transaction):
    page = check_page(
        anna.post(f"{story.address}/preview", data={"choice": f"o{story.council.id}"})
    )
    assert "krijgt een uitnodiging per mail" in page
    assert "Verstuur 1 uitnodiging" in page
    with transaction() as session:
        assert session.scalars(select(Message)).all() == []


def test_the_way_back_from_the_preview_keeps_the_conditions(story, anna):
    data = {"choice": f"o{story.council.id}", "back": 'region=1&find="><script>'}
    page = check_page(anna.post(f"{story.address}/preview", data=data))
    assert f'href="{story.address}?region=1&amp;find=&#34;&gt;&lt;script&gt;"' in page


def test_the_example_is_the_mail_of_one_who_is_chosen(story, anna):
    shown = anna.get(f"{story.address}/example?who=o{story.council.id}")
    assert "U krijgt dit als voorzitter van Adviesraad Noordwolde." in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert anna.get(f"{story.address}/example?who=o99999").status_code == 404


def test_the_example_of_a_mailbox_makes_no_person(story, anna, transaction):
    shown = anna.get(f"{story.address}/example?who=o{story.second.id}")
    assert "algemene e-mailadres van Adviesraad Weststad" in shown.text


def test_opening_lines_are_kept_and_shown_in_the_example(story, anna, transaction):
    data = {"choice": f"o{story.council.id}", "opening": "Welkom allen.", "save": "1"}
    check_page(anna.post(f"{story.address}/preview", data=data))
    assert "Welkom allen." in anna.get(f"{story.address}/example?who=o{story.council.id}").text


def test_opening_lines_that_are_too_long_are_kept_in_the_form(story, anna):
    data = {"choice": f"o{story.council.id}", "opening": "x" * 10_000, "save": "1"}
    page = check_page(anna.post(f"{story.address}/preview", data=data), status=422)
    assert "hooguit 2000 tekens" in page
    assert "x" * 10_000 in page


def send(anna, story, **values):
    data = {"choice": f"o{story.council.id},o{story.second.id}", "opening": "", **values}
    return anna.post(f"{story.address}/send", data=data)


def test_sending_invites_and_says_so(story, anna, transaction):
    answer = send(anna, story, form_key="a")
    assert answer.status_code == 303
    page = check_page(anna.get(answer.location))
    assert "2 uitnodigingen zijn gemaakt" in page
    assert "Riet van der Berg" in page
    with transaction() as session:
        assert len(session.scalars(select(Invitation)).all()) == 2


def test_a_double_click_sends_once(story, anna, transaction):
    places = {send(anna, story, form_key="same").location for _ in range(2)}
    assert len(places) == 1
    with transaction() as session:
        assert len(session.scalars(select(Mailing)).all()) == 1


def test_sending_can_be_undone_for_a_minute(story, anna, transaction, settings):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        chosen = Choice(person_ids=frozenset({story.riet.id}))
        mailing = invite(actor_of(story.anna), meeting, chosen)
    answer = anna.post(f"{story.address}/undo/{mailing.id}")
    assert "1 uitnodiging is teruggenomen" in check_page(anna.get(answer.location))
    with transaction() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_one_invitation_is_withdrawn_after_showing_what_it_means(story, anna, transaction):
    send(anna, story)
    with transaction() as session:
        statement = select(Invitation).where(Invitation.person_id == story.riet.id)
        number = session.scalars(statement).one().id
    address = f"{story.address}/{number}/withdraw"
    assert "hoort niets" in check_page(anna.get(address))
    page = check_page(anna.get(anna.post(address).location))
    assert "Uitnodiging ingetrokken" in page


def test_a_draft_says_to_make_it_visible_first(story, anna, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).status = "draft"
    page = check_page(anna.get(f"{story.address}?{councils(story)}"))
    assert "nog een concept" in page
    assert "Bekijk wat er gebeurt" not in page
    assert send(anna, story).status_code == 409


def test_an_advisor_of_another_region_may_not_invite_here(story, client, sign_in):
    bram = sign_in(client, story.bram)
    assert bram.get(story.address).status_code == 403
    assert send(bram, story).status_code == 403


def test_the_editor_may_not_invite(story, client, sign_in):
    ilse = sign_in(client, story.ilse)
    assert ilse.get(story.address).status_code == 403


def test_a_closed_group_of_another_does_not_exist(story, client, sign_in, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).is_confidential = True
    kees = sign_in(client, story.kees)
    assert kees.get(story.address).status_code == 404


def test_three_hundred_councils_come_fifty_a_page_and_stay_small(
    story, anna, transaction, statements
):
    with transaction():
        place = make_municipality("Grootstad", db.session.merge(story.noord))
        for number in range(300):
            make_organisation(f"Raad {number}", place, email=f"raad{number}@raad.example")
    address = f"{story.address}?what=organisations&municipality=grootstad"
    with statements() as asked:
        page = check_page(anna.get(address))
    assert "300 kunnen worden uitgenodigd" in page
    assert page.count('name="out"') == 50
    assert len(asked) < 45
    second = check_page(anna.get(f"{address}&page=6"))
    assert "Bladzijde 6 van 6" in second

"""The pages of attendance: one press saves, with and without script; walk-ins; paper; rights."""

import re

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import Consent
from eventsapp.directory.models import Organisation, Person
from eventsapp.invitations.models import AccessNeed, Attendance
from eventsapp.mail.models import Suppression
from eventsapp.meetings.models import Meeting
from tests.factories import (
    make_attendance,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    make_role,
    wall,
)


@pytest.fixture
def held(cast, transaction, freeze):
    """A meeting of Anna's that is going on: Riet said yes, Piet no, Toos nothing."""
    freeze("2027-01-12 14:00")
    with transaction() as session:
        session.add_all([cast.anna.person, cast.noord])
        meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        council = make_organisation("Adviesraad Noordwolde")
        cast.riet, cast.piet = make_person("Riet van der Berg"), make_person("Piet Jansen")
        cast.toos = make_person("Toos Tak")
        cast.invited = make_invitation(meeting, cast.riet, organisation=council, reply="accepted")
        make_invitation(meeting, cast.piet, reply="declined")
        make_invitation(meeting, cast.toos)
        cast.meeting, cast.council = meeting, council
    return cast


@pytest.fixture
def anna(client, held, sign_in):
    """Anna's browser."""
    return sign_in(client, held.anna)


def at(held, rest=""):
    return f"/manage/meetings/{held.meeting.id}/attendance{rest}"


def presence_of(transaction, person):
    with transaction() as session:
        return session.scalar(select(Attendance.presence).where(Attendance.person_id == person.id))


def test_the_list_shows_who_was_invited_with_their_answer(anna, held):
    text = anna.get(at(held)).text
    assert "Riet van der Berg" in text
    assert "Adviesraad Noordwolde" in text
    assert text.count('class="marks"') == 3


def test_one_press_starts_from_the_answers(anna, held, transaction):
    answer = anna.post(at(held, "/start"), follow_redirects=True)
    assert "2 personen zijn aangekruist." in answer.text
    assert presence_of(transaction, held.riet) == "present"
    assert presence_of(transaction, held.piet) == "excused"


def test_a_press_saves_and_comes_back_at_the_same_line(anna, held, transaction):
    answer = anna.post(at(held, "/mark?show=unmarked"), data={"mark": f"{held.toos.id}:absent"})
    assert answer.status_code == 303
    assert answer.location == at(held, f"?show=unmarked#line-{held.toos.id}")
    assert presence_of(transaction, held.toos) == "absent"


def test_with_script_only_the_line_and_the_counts_come_back(anna, held):
    answer = anna.post(
        at(held, "/mark"),
        data={"mark": f"{held.toos.id}:present"},
        headers={"HX-Request": "true"},
    )
    assert f'id="line-{held.toos.id}" hx-swap-oob="true"' in answer.text
    assert "Riet van der Berg" not in answer.text
    assert re.search(r'value="\d+:present" aria-pressed="true"', answer.text)
    assert "1 aanwezig, 2 nog niet aangekruist" in answer.text


def test_a_mark_is_cleared_with_one_press(anna, held, transaction):
    anna.post(at(held, "/start"))
    anna.post(at(held, "/mark"), data={"mark": f"{held.riet.id}:none"})
    assert presence_of(transaction, held.riet) is None


@pytest.mark.parametrize(
    "pressed", ["", "1", ":present", "x:present", "9" * 30 + ":present", "²:absent"]
)
def test_a_forged_press_is_refused(anna, held, pressed):
    assert anna.post(at(held, "/mark"), data={"mark": pressed}).status_code == 422


def test_a_mark_that_does_not_exist_is_refused(anna, held):
    answer = anna.post(at(held, "/mark"), data={"mark": f"{held.riet.id}:dancing"})
    assert answer.status_code == 422


def test_before_the_day_the_page_says_when_one_can_begin(client, held, sign_in, freeze):
    freeze("2027-01-11 14:00")
    anna = sign_in(client, held.anna)
    text = anna.get(at(held)).text
    assert "nog niet begonnen" in text
    assert "dinsdag 12 januari 2027" in text
    assert 'name="mark"' not in text
    assert anna.post(at(held, "/start")).status_code == 409


def test_on_the_day_one_may_mark_before_the_beginning(client, held, sign_in, freeze):
    freeze("2027-01-12 12:45")
    anna = sign_in(client, held.anna)
    text = anna.get(at(held)).text
    assert "begint om 13.30" in text
    assert 'name="mark"' in text


def test_the_list_is_searched_and_narrowed_down(anna, held):
    assert "Toos Tak" not in anna.get(at(held, "?q=berg")).text
    anna.post(at(held, "/start"))
    text = anna.get(at(held, "?show=unmarked")).text
    assert "Toos Tak" in text
    assert "Riet van der Berg" not in text


def walk_in(held, **fields):
    return {"name": "Karin de Boer", "form_key": "k", **fields}


def test_somebody_new_walks_in_and_both_permissions_are_kept(anna, held, transaction):
    data = walk_in(held, email="karin@post.example", may_invite="yes", may_send_newsletter="no")
    answer = anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    assert answer.status_code == 303
    with transaction() as session:
        row = session.scalar(select(Attendance).where(Attendance.is_walk_in))
        assert (row.person.name, row.may_invite, row.may_send_newsletter) == (
            "Karin de Boer",
            True,
            False,
        )
        said = session.execute(select(Consent.purpose, Consent.is_given, Consent.words)).all()
        assert [(line.purpose, line.is_given) for line in said] == [
            ("meetings", True),
            ("newsletter", False),
        ]
        assert "nieuwsbrief" in said[1].words
        assert session.scalar(select(Suppression.purpose)) == "newsletter"


def test_a_permission_that_was_not_asked_is_not_written_down(anna, held, transaction):
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=walk_in(held))
    with transaction() as session:
        assert session.scalars(select(Consent)).all() == []
    assert anna.get(at(held)).text.count('name="permission"') == 4


def test_a_permission_can_be_asked_afterwards(anna, held, transaction):
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=walk_in(held))
    with transaction() as session:
        number = session.scalar(select(Attendance.person_id))
    anna.post(at(held, "/mark"), data={"permission": f"{number}:may_invite:yes"})
    with transaction() as session:
        assert session.scalar(select(Attendance.may_invite)) is True
        assert session.scalar(select(Consent.is_given)) is True


def test_a_name_that_is_known_is_asked_about_first(anna, held, transaction):
    with transaction() as session:
        known = make_person("Karin de Boer")
        make_role(known, session.get(Organisation, held.council.id))
    address = f"/manage/meetings/{held.meeting.id}/walk-in"
    answer = anna.post(address, data=walk_in(held))
    assert answer.status_code == 422
    assert "Karin de Boer – Adviesraad Noordwolde" in answer.text
    assert anna.post(address, data=walk_in(held, person=str(known.id))).status_code == 303
    with transaction() as session:
        row = session.scalar(select(Attendance))
        assert (row.person_id, row.organisation_id) == (known.id, held.council.id)


def test_nothing_is_asked_when_name_and_address_are_both_known(anna, held, transaction):
    with transaction():
        known = make_person("Karin de Boer", email="karin@post.example")
    address = f"/manage/meetings/{held.meeting.id}/walk-in"
    answer = anna.post(address, data=walk_in(held, email="karin@post.example"))
    assert answer.status_code == 303
    with transaction() as session:
        assert session.scalar(select(Attendance.person_id)) == known.id


def test_somebody_with_a_known_name_may_be_new_all_the_same(anna, held, transaction):
    with transaction():
        known = make_person("Karin de Boer")
    address = f"/manage/meetings/{held.meeting.id}/walk-in"
    assert anna.post(address, data=walk_in(held, person="new")).status_code == 303
    with transaction() as session:
        assert session.scalar(select(Attendance.person_id)) != known.id


def test_an_address_and_name_that_we_have_make_nobody_twice(anna, held, transaction):
    with transaction():
        known = make_person("Karin de Boer", email="karin@post.example")
    data = walk_in(held, email="karin@post.example", person="new")
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    with transaction() as session:
        assert session.scalar(select(Attendance.person_id)) == known.id


def test_a_double_click_adds_one_person(anna, held, transaction):
    address = f"/manage/meetings/{held.meeting.id}/walk-in"
    places = {anna.post(address, data=walk_in(held)).location for _ in range(2)}
    assert len(places) == 1
    with transaction() as session:
        found = session.scalars(select(Person).where(Person.family_name == "Boer")).all()
        assert len(found) == 1


def test_an_organisation_that_we_do_not_know_is_not_lost(anna, held, transaction):
    data = walk_in(held, organisation="Wijkteam Zevenhuizen")
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    with transaction() as session:
        assert "Wijkteam Zevenhuizen" in session.scalar(select(Attendance)).person.note


def test_an_organisation_that_is_typed_in_full_is_recognised(anna, held, transaction):
    data = walk_in(held, organisation="adviesraad noordwolde")
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    with transaction() as session:
        assert session.scalar(select(Attendance.organisation_id)) == held.council.id


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Vul een naam in."),
        ({"name": "x" * 10_000}, "te lang"),
        ({"email": "geen adres"}, "adres"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_is_kept(anna, held, fields, sentence):
    data = walk_in(held) | fields
    answer = anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert next(iter(fields.values())) in answer.text


def test_html_in_a_name_stays_text(anna, held):
    data = walk_in(held, name="<script>alert(1)</script> 🚲")
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    assert "<script>alert" not in anna.get(at(held)).text


def test_while_a_name_is_typed_who_is_known_appears(anna, held, transaction):
    with transaction():
        make_person("Karin de Boer")
    found = anna.get(f"/manage/meetings/{held.meeting.id}/walk-in/found?name=kar boe").text
    assert "Karin de Boer" in found
    assert "<html" not in found


def test_a_substitute_is_added_with_what_the_invitee_wrote(anna, held, transaction):
    with transaction() as session:
        invitation = session.merge(held.invited)
        invitation.reply, invitation.substitute_name = "declined", "Koos Kok"
    page = anna.get(f"/manage/meetings/{held.meeting.id}/walk-in?represents={held.riet.id}")
    assert 'value="Koos Kok"' in page.text
    data = walk_in(held, name="Koos Kok", represents=str(held.riet.id))
    anna.post(f"/manage/meetings/{held.meeting.id}/walk-in", data=data)
    assert presence_of(transaction, held.riet) == "represented"
    assert "Koos Kok kwam in de plaats." in anna.get(at(held)).text


def test_who_came_instead_is_chosen_from_those_present(anna, held, transaction):
    anna.post(at(held, "/start"))
    page = anna.get(at(held, f"/{held.piet.id}/represented"))
    assert "Wie kwam er in plaats van Piet Jansen?" in page.text
    anna.post(at(held, f"/{held.piet.id}/represented"), data={"by": held.riet.id})
    assert presence_of(transaction, held.piet) == "represented"


def test_the_list_is_closed_with_a_question_about_who_is_missing(anna, held, transaction):
    assert "1 persoon zou komen" in anna.get(at(held, "/close")).text
    answer = anna.post(at(held, "/close"), data={"absent": "yes"}, follow_redirects=True)
    assert "De lijst is afgesloten op" in answer.text
    assert presence_of(transaction, held.riet) == "absent"
    assert "weer open" in anna.post(at(held, "/reopen"), follow_redirects=True).text


def test_who_was_there_can_be_written_to_by_who_may_write(anna, app, held, sign_in):
    link = f"/manage/meetings/{held.meeting.id}/letter?to=present"
    assert link not in anna.get(at(held)).text
    anna.post(at(held, "/start"))
    assert link in anna.get(at(held)).text
    assert link not in sign_in(app.test_client(), held.bram).get(at(held)).text


def test_the_sheet_leaves_out_who_declined_and_has_empty_lines(anna, held):
    text = anna.get(at(held, "/sheet")).text
    assert "Presentielijst" in text
    assert "Riet van der Berg" in text
    assert "Piet Jansen" not in text
    assert text.count("sheet__signature") == 1 + 2 + 8


@pytest.fixture
def needs(held, transaction):
    """Riet needs a ring loop."""
    with transaction() as session:
        session.add(
            AccessNeed(invitation_id=held.invited.id, kinds=["ring_loop"], remark="Vooraan graag")
        )


def test_the_venue_reads_no_names(anna, held, needs):
    text = anna.get(at(held, "/venue")).text
    assert "Ringleiding" in text
    assert "Vooraan graag" in text
    assert "Riet" not in text


@pytest.mark.parametrize("who", ["kees", "bram"])
def test_needs_are_refused_to_coordinator_and_other_advisors(client, held, needs, sign_in, who):
    visitor = sign_in(client, getattr(held, who))
    assert visitor.get(at(held, "/venue")).status_code == 403
    assert "/venue" not in visitor.get(at(held)).text


def test_an_advisor_of_another_region_reads_only(client, held, sign_in, transaction):
    bram = sign_in(client, held.bram)
    text = bram.get(at(held)).text
    assert "Riet van der Berg" in text
    assert 'name="mark"' not in text
    assert bram.post(at(held, "/mark"), data={"mark": f"{held.riet.id}:present"}).status_code == 403
    address = f"/manage/meetings/{held.meeting.id}/walk-in"
    assert bram.post(address, data=walk_in(held)).status_code == 403
    assert presence_of(transaction, held.riet) is None


def test_an_editor_is_refused(client, held, sign_in):
    assert sign_in(client, held.ilse).get(at(held)).status_code == 403


def test_a_closed_group_of_others_is_not_there(client, held, sign_in, transaction):
    with transaction() as session:
        session.get(Meeting, held.meeting.id).is_confidential = True
    assert sign_in(client, held.kees).get(at(held)).status_code == 404


@pytest.fixture
def crowd(held, transaction):
    """A hundred and twenty invitees of as many organisations, a third of them marked."""
    with transaction() as session:
        meeting = session.get(Meeting, held.meeting.id)
        for index in range(120):
            person = make_person(f"Deelnemer Nummer{index:03}")
            council = make_organisation(f"Adviesraad van gemeente {index:03}")
            make_invitation(meeting, person, organisation=council, reply="accepted")
            if index % 3 == 0:
                make_attendance(meeting, person, organisation=council)


def test_a_full_list_asks_little_and_stays_light(anna, held, crowd, statements):
    with statements() as asked:
        answer = anna.get(at(held))
    assert answer.text.count('class="mark-list__name"') == 50
    assert len([one for one in asked if one.startswith("SELECT")]) <= 12
    assert len(answer.data) < 60_000


def test_a_press_asks_little(anna, held, crowd, statements):
    with statements() as asked:
        anna.post(
            at(held, "/mark"),
            data={"mark": f"{held.toos.id}:present"},
            headers={"HX-Request": "true"},
        )
    assert len(asked) <= 24

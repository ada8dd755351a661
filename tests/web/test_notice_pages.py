"""Settling what invitees told, own questions added up, and needs seen by few."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.directory.models import Person, Role
from eventsapp.invitations.models import AccessNeed, Notice, QuestionAnswer
from eventsapp.meetings.models import Meeting, Question
from tests.checks import check_page
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_municipality,
    make_organisation,
    make_person,
    make_role,
)


@pytest.fixture
def story(transaction, freeze):
    """Riet says that Toon does it now, Jan that he is not Jan; Piet comes and needs a ring loop."""
    freeze("2027-01-04 10:00")
    with transaction() as session:
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        council = make_organisation("Adviesraad", make_municipality("Noordwolde", cast.noord))
        riet = make_person("Riet van der Berg", "riet@raad.example")
        role = make_role(riet, council)
        asked = make_invitation(meeting, riet, organisation=council)
        piet = make_invitation(meeting, make_person("Piet Jansen"), reply="accepted")
        jan = make_invitation(meeting, make_person("Jan Adriaans", "jan@raad.example"))
        told = {
            "name": "Toon Bos",
            "email": "toon@raad.example",
            "phone": "",
            "remark": "Mei",
        }
        moved = Notice(invitation_id=asked.id, kind="successor", detail=told)
        wrong = Notice(invitation_id=jan.id, kind="not_me", detail={"remark": "Ik ben Els"})
        options = [{"label": "Soep", "seats": None}, {"label": "Brood", "seats": 12}]
        lunch = Question(meeting_id=meeting.id, kind="choice", label="Lunch?", options=options)
        wish = Question(meeting_id=meeting.id, kind="text", label="Uw vraag?", position=1)
        diet = Question(
            meeting_id=meeting.id, kind="text", label="Dieet?", position=2, is_sensitive=True
        )
        session.add_all([moved, wrong, lunch, wish, diet])
        session.flush()
        session.add_all(
            [
                AccessNeed(invitation_id=piet.id, kinds=["ring_loop"], remark="Links vooraan"),
                QuestionAnswer(invitation_id=piet.id, question_id=lunch.id, value="Soep"),
                QuestionAnswer(invitation_id=piet.id, question_id=wish.id, value="Hoe <b>nu</b>?"),
                QuestionAnswer(invitation_id=piet.id, question_id=diet.id, value="geen noten"),
            ]
        )
        return SimpleNamespace(
            **vars(cast),
            meeting=meeting,
            role=role,
            moved=moved,
            wrong=wrong,
            lunch=lunch,
            wish=wish,
            diet=diet,
            piet=piet,
            notices=f"/manage/meetings/{meeting.id}/notices",
            totals=f"/manage/meetings/{meeting.id}/totals",
            answers=f"/manage/meetings/{meeting.id}/answers",
        )


@pytest.fixture
def anna(story, client, sign_in):
    """Anna's browser."""
    return sign_in(client, story.anna)


def settled(transaction, notice):
    with transaction() as session:
        return session.get(Notice, notice.id).settled_at is not None


def handing(story, **values):
    told = {"roles": [story.role.id], "on": "2027-01-04", "who": "somebody"}
    return {**told, "name": "Toon Bos", "email": "toon@raad.example", **values}


def test_what_was_told_is_announced_and_shown(story, anna):
    assert "2 genodigden hebben iets gemeld" in check_page(anna.get(story.answers))
    page = check_page(anna.get(story.notices))
    for words in ("Toon Bos", "toon@raad.example", "Mei", "Ik ben Els"):
        assert words in page


def test_a_notice_is_settled_with_one_press(story, anna, transaction):
    page = check_page(anna.post(f"{story.notices}/{story.wrong.id}/settle", follow_redirects=True))
    assert "Ik ben Els" not in page
    assert settled(transaction, story.wrong)


def test_the_form_stands_filled_in_as_was_told(story, anna):
    page = check_page(anna.get(f"{story.notices}/{story.moved.id}/hand-over"))
    assert 'value="Toon Bos"' in page
    assert f'value="{story.role.id}"' in page


def test_the_function_goes_to_the_successor(story, anna, transaction):
    anna.post(f"{story.notices}/{story.moved.id}/hand-over", data=handing(story))
    with transaction() as session:
        toon = session.scalars(select(Person).where(Person.family_name == "Bos")).one()
        begun = session.scalars(select(Role).where(Role.person_id == toon.id)).one()
        ended = session.get(Role, story.role.id)
        assert (str(begun.valid_from), str(ended.valid_until)) == ("2027-01-04", "2027-01-04")
    assert settled(transaction, story.moved)


def test_without_successor_the_function_just_ends(story, anna, transaction):
    data = handing(story, who="nobody", name="")
    anna.post(f"{story.notices}/{story.moved.id}/hand-over", data=data)
    with transaction() as session:
        assert session.get(Role, story.role.id).valid_until is not None
        assert session.scalars(select(Person).where(Person.family_name == "Bos")).all() == []


@pytest.mark.parametrize(
    "wrong", [{"roles": []}, {"name": ""}, {"email": "geen adres"}, {"on": "31-31"}, {"on": ""}]
)
def test_what_is_wrong_is_told_and_nothing_changes(story, anna, transaction, wrong):
    data = handing(story, **wrong)
    page = check_page(anna.post(f"{story.notices}/{story.moved.id}/hand-over", data=data), 422)
    assert "field__error" in page
    assert not settled(transaction, story.moved)


def test_a_notice_that_was_settled_meanwhile_is_not_settled_again(story, anna):
    anna.post(f"{story.notices}/{story.moved.id}/hand-over", data=handing(story))
    again = anna.post(f"{story.notices}/{story.moved.id}/hand-over", data=handing(story))
    assert again.status_code == 409


def test_an_advisor_of_another_region_settles_nothing(story, client, sign_in):
    bram = sign_in(client, story.bram)
    assert "Dit is afgehandeld" not in check_page(bram.get(story.notices))
    assert bram.post(f"{story.notices}/{story.wrong.id}/settle").status_code == 403
    assert bram.get(f"{story.notices}/{story.moved.id}/hand-over").status_code == 403


def test_a_notice_under_another_meeting_is_not_found(story, anna, transaction):
    with transaction():
        other = make_meeting(story.anna.person, story.noord)
    place = f"/manage/meetings/{other.id}/notices/{story.wrong.id}/settle"
    assert anna.post(place).status_code == 404


def test_options_are_added_up_and_lead_to_who_chose_them(story, anna):
    page = check_page(anna.get(story.totals))
    assert f'href="{story.totals}/{story.lunch.id}?value=Soep"' in page
    page = check_page(anna.get(f"{story.totals}/{story.lunch.id}?value=Soep"))
    assert "Piet Jansen" in page


def test_texts_are_read_by_name(story, anna):
    page = check_page(anna.get(f"{story.totals}/{story.wish.id}"))
    assert "Hoe &lt;b&gt;nu&lt;/b&gt;?" in page


SECRETS = ("Ringleiding", "Links vooraan", "geen noten")


def test_the_organiser_sees_who_needs_what(story, anna):
    page = check_page(anna.get(story.totals))
    assert "Ringleiding" in page
    assert "Links vooraan" in page


def test_a_named_deputy_sees_who_needs_what(story, client, sign_in, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        meeting.deputies.append(session.get(Person, story.bram.person_id))
    assert "Links vooraan" in check_page(sign_in(client, story.bram).get(story.totals))


@pytest.mark.parametrize("who", ["kees", "bram"])
def test_neither_coordinator_nor_other_advisor_sees_needs(story, client, sign_in, who):
    browser = sign_in(client, getattr(story, who))
    places = (story.totals, story.answers, f"{story.answers}/{story.piet.id}")
    pages = [check_page(browser.get(place)) for place in places]
    assert [word for word in SECRETS for page in pages if word in page] == []


@pytest.mark.parametrize("who", ["kees", "bram"])
def test_neither_of_them_reads_a_question_about_diet(story, client, sign_in, who):
    browser = sign_in(client, getattr(story, who))
    assert browser.get(f"{story.totals}/{story.diet.id}").status_code == 403


def test_an_editor_sees_neither(story, client, sign_in):
    ilse = sign_in(client, story.ilse)
    assert [ilse.get(place).status_code for place in (story.totals, story.notices)] == [403, 403]


def test_the_totals_ask_a_bounded_number_of_questions(story, anna, transaction, statements):
    with transaction() as session:
        for number in range(60):
            one = make_invitation(story.meeting, make_person(f"P {number}"), reply="accepted")
            session.add(AccessNeed(invitation_id=one.id, kinds=["diet"], remark="x"))
    with statements() as asked:
        check_page(anna.get(story.totals))
    assert len(asked) <= 14, asked

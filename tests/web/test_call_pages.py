"""The call list and the waiting list on the advisors' pages."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.invitations.models import CallNote, Invitation
from eventsapp.mail.models import Message
from tests.checks import check_page
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
)

PART = {"HX-Request": "true"}


@pytest.fixture
def story(transaction, freeze):
    """A full meeting of Anna's: Riet is silent, Piet comes, Jan and Els wait."""
    freeze("2027-01-04 10:00")
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8, capacity=1)
        council = make_organisation("Adviesraad Noordwolde", phone="+31700000009")
        wait = {"reply": "waitlisted", "waiting_since": now()}
        return SimpleNamespace(
            **vars(cast),
            meeting=meeting,
            calls=f"/manage/meetings/{meeting.id}/calls",
            waiting=f"/manage/meetings/{meeting.id}/waiting",
            riet=make_invitation(meeting, make_person("Riet Berg"), organisation=council),
            piet=make_invitation(meeting, make_person("Piet Jansen"), reply="accepted"),
            jan=make_invitation(meeting, make_person("Jan Bos", "jan@raad.example"), **wait),
            els=make_invitation(meeting, make_person("Els Dam", "els@raad.example"), **wait),
        )


@pytest.fixture
def anna(story, client, sign_in):
    """Anna's browser."""
    return sign_in(client, story.anna)


def reply_of(transaction, row):
    with transaction() as session:
        return session.get(Invitation, row.id).reply


def test_only_who_is_silent_is_there_with_a_number_to_tap(story, anna):
    page = check_page(anna.get(story.calls))
    assert 'href="tel:+31700000009"' in page
    assert "Piet Jansen" not in page


def test_one_press_answers_by_telephone(story, anna, transaction):
    anna.post(story.calls, data={"said": f"{story.riet.id} declined"})
    with transaction() as session:
        kept = session.get(Invitation, story.riet.id)
        assert (kept.reply, kept.replied_via) == ("declined", "phone")


def test_who_says_yes_to_a_full_meeting_waits_and_the_advisor_is_told(story, anna):
    data = {"said": f"{story.riet.id} accepted"}
    page = check_page(anna.post(story.calls, data=data, follow_redirects=True))
    assert "Riet Berg: Staat op de wachtlijst" in page


def test_a_call_without_answer_is_kept_and_shown(story, anna, transaction):
    data = {"said": f"{story.riet.id} left_message"}
    page = check_page(anna.post(story.calls, data=data, follow_redirects=True))
    assert "Vorige keer: " in page
    assert "Anna de Vries" in page
    assert reply_of(transaction, story.riet) == "needs_action"


def test_with_script_only_the_line_comes_back(story, anna):
    data = {"said": f"{story.riet.id} no_reply"}
    part = anna.post(story.calls, data=data, headers=PART).text
    assert part.lstrip().startswith("<li")
    assert "Vorige keer" in part


def test_a_double_press_is_one_call(story, anna, transaction):
    for _ in range(2):
        anna.post(story.calls, data={"said": f"{story.riet.id} no_reply"})
    with transaction() as session:
        assert len(session.scalars(select(CallNote)).all()) == 1


def test_who_answered_meanwhile_keeps_that_answer(story, anna, transaction):
    data = {"said": f"{story.piet.id} declined"}
    part = anna.post(story.calls, data=data, headers=PART).text
    assert "marks__button" not in part
    assert reply_of(transaction, story.piet) == "accepted"


@pytest.mark.parametrize("said", ["", "x accepted", "99999999999 accepted", "{} withdrawn", "{}"])
def test_a_forged_press_changes_nothing(story, anna, transaction, said):
    done = anna.post(story.calls, data={"said": said.format(story.riet.id)})
    assert 400 <= done.status_code < 500
    assert reply_of(transaction, story.riet) == "needs_action"


def test_an_advisor_of_another_region_reads_the_list_and_presses_nothing(story, client, sign_in):
    bram = sign_in(client, story.bram)
    assert "marks__button" not in check_page(bram.get(story.calls))
    said = {"said": f"{story.riet.id} accepted"}
    assert bram.post(story.calls, data=said).status_code == 403


def test_an_editor_has_no_call_list(story, client, sign_in):
    assert sign_in(client, story.ilse).get(story.calls).status_code == 403


def test_a_full_page_is_light_and_asks_few_questions(story, anna, transaction, statements):
    with transaction():
        for number in range(60):
            council = make_organisation(f"Vereniging van ouderen en ouderenbonden {number}")
            person = make_person(f"Marie-Antoinette van den Heuvel {number}", phone="+31612345678")
            make_invitation(story.meeting, person, organisation=council)
    with statements() as asked:
        page = check_page(anna.get(story.calls))
    assert page.count('class="marks"') == 25
    assert len(asked) <= 14, asked


def test_the_waiting_list_stands_in_its_order(story, anna):
    page = check_page(anna.get(story.waiting))
    assert page.index("Jan Bos") < page.index("Els Dam")


def test_a_seat_by_hand_goes_beyond_the_number_and_says_so(story, anna, transaction):
    done = anna.post(f"{story.waiting}/{story.els.id}", follow_redirects=True)
    page = check_page(done)
    assert "1 persoon meer dan er plaatsen zijn" in page
    assert reply_of(transaction, story.els) == "accepted"
    with transaction() as session:
        assert session.scalars(select(Message)).one().template == "seat_offered"


def test_a_seat_given_twice_is_refused_the_second_time(story, anna):
    anna.post(f"{story.waiting}/{story.els.id}")
    assert anna.post(f"{story.waiting}/{story.els.id}").status_code == 409


def test_an_advisor_of_another_region_gives_no_seat(story, client, sign_in):
    bram = sign_in(client, story.bram)
    assert "Geef een plaats" not in check_page(bram.get(story.waiting))
    assert bram.post(f"{story.waiting}/{story.els.id}").status_code == 403

"""What advisors do with answers: ring, give a seat, add up, settle what invitees told."""

from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from eventsapp.core.dates import today
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.directory.models import Organisation, Person, Role
from eventsapp.invitations import calls, handover, notices, totals
from eventsapp.invitations.handover import Successor
from eventsapp.invitations.kinds import CallOutcome, Need, NoticeKind
from eventsapp.invitations.models import AccessNeed, CallNote, QuestionAnswer
from eventsapp.meetings.models import Meeting, Question
from tests.factories import (
    actor_of,
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    make_role,
)


@pytest.fixture
def story(transaction, freeze):
    """A meeting of Anna's to come, with Riet who has not answered and Piet who comes."""
    freeze("2027-01-04 10:00")
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        council = make_organisation("Adviesraad Noordwolde", phone="+31700000009")
        riet, piet = make_person("Riet van der Berg"), make_person("Piet Jansen")
        actors = {name: actor_of(getattr(cast, name)) for name in ("anna", "bram", "kees", "ilse")}
        return SimpleNamespace(
            **actors,
            meeting=meeting,
            council=council,
            riet=make_invitation(meeting, riet, organisation=council),
            piet=make_invitation(meeting, piet, reply="accepted"),
        )


def ask(meeting, label="Wat eet u?", kind="choice", options=("Soep", "Brood"), **values):
    return Question(
        meeting_id=meeting.id,
        kind=kind,
        label=label,
        options=[{"label": each, "seats": None} for each in options],
        **values,
    )


def test_only_who_has_not_answered_is_rung(story, transaction):
    with transaction():
        (line,) = calls.call_page(story.anna, story.meeting).items
        assert line.invitation.id == story.riet.id


def test_without_an_own_number_the_organisation_is_rung(story, transaction):
    with transaction():
        (line,) = calls.call_page(story.anna, story.meeting).items
        assert line.phone == "+31700000009"


def test_the_last_outcome_of_a_call_is_shown_with_who_rang(story, transaction, freeze):
    with transaction():
        calls.note_call(story.anna, story.riet, CallOutcome.NO_REPLY)
    freeze("2027-01-04 11:00")
    with transaction():
        calls.note_call(story.kees, story.riet, CallOutcome.LEFT_MESSAGE)
        (line,) = calls.call_page(story.anna, story.meeting).items
        assert (line.last.note.outcome, line.last.caller) == ("left_message", "Kees Smit")


def test_an_outcome_that_is_pressed_twice_is_one_call(story, transaction):
    with transaction() as session:
        for _ in range(2):
            calls.note_call(story.anna, story.riet, CallOutcome.NO_REPLY)
        assert session.scalar(select(func.count(CallNote.id))) == 1


def test_an_advisor_of_another_region_keeps_no_calls(story, transaction):
    with transaction(), pytest.raises(Forbidden):
        calls.note_call(story.bram, story.riet, CallOutcome.NO_REPLY)


def test_options_are_added_up_for_those_who_come(story, transaction):
    with transaction() as session:
        question = ask(story.meeting)
        session.add(question)
        session.flush()
        for invitation, value in ((story.piet, "Soep"), (story.riet, "Brood")):
            answer = QuestionAnswer(
                invitation_id=invitation.id, question_id=question.id, value=value
            )
            session.add(answer)
    with transaction() as session:
        (total,) = totals.question_totals(story.kees, session.get(Meeting, story.meeting.id))
        assert [(one.label, one.count) for one in total.options] == [("Soep", 1), ("Brood", 0)]


@pytest.fixture
def needs(story, transaction):
    """Piet needs a ring loop and told what he cannot eat."""
    with transaction() as session:
        question = ask(story.meeting, "Allergie?", "text", (), is_sensitive=True)
        session.add_all(
            [
                AccessNeed(invitation_id=story.piet.id, kinds=["ring_loop"], remark="Links voor"),
                question,
            ]
        )
        session.flush()
        session.add(
            QuestionAnswer(invitation_id=story.piet.id, question_id=question.id, value="geen noten")
        )
    return question


@pytest.mark.parametrize("who", ["kees", "bram", "ilse"])
def test_needs_are_seen_by_nobody_but_organiser_and_deputies(story, needs, transaction, who):
    actor = getattr(story, who)
    for ask_for in (totals.needs_page, totals.need_totals, totals.for_venue):
        with transaction() as session, pytest.raises(Forbidden):
            ask_for(actor, session.get(Meeting, story.meeting.id))


def test_a_named_deputy_sees_needs(story, needs, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        meeting.deputies.append(session.get(Person, story.bram.person_id))
    with transaction() as session:
        assert totals.need_totals(story.bram, session.get(Meeting, story.meeting.id)) == [
            (Need.RING_LOOP, 1)
        ]


def test_a_question_about_health_is_hidden_from_others(story, needs, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        (hidden,) = totals.question_totals(story.kees, meeting)
        (shown,) = totals.question_totals(story.anna, meeting)
        assert (hidden.is_hidden, hidden.answered) == (True, 0)
        assert (shown.is_hidden, shown.answered) == (False, 1)
        with pytest.raises(Forbidden):
            totals.answers_to(story.kees, meeting, needs.id)


def test_the_venue_is_told_without_names(story, needs, transaction):
    with transaction() as session:
        venue = totals.for_venue(story.anna, session.get(Meeting, story.meeting.id))
        assert (venue.coming, venue.needs, venue.remarks) == (
            1,
            [(Need.RING_LOOP, 1)],
            ["Links voor"],
        )
        assert venue.questions[0][1] == [("geen noten", 1)]


@pytest.fixture
def told(story, transaction):
    """Riet, chair of the council, told that Karin does it now."""
    with transaction() as session:
        riet = session.get(Person, story.riet.person_id)
        role = make_role(riet, session.get(Organisation, story.council.id))
        notice = notices.tell_successor(story.riet, "Karin de Boer", "karin@raad.example")
        session.flush()
        return SimpleNamespace(id=notice.id, role=role)


def test_a_function_is_handed_over_to_a_new_person(story, told, transaction):
    with transaction() as session:
        karin = handover.hand_over(
            story.anna,
            told.id,
            [told.role.id],
            Successor(name="Karin de Boer", email="karin@raad.example"),
            today(),
        )
        new = session.scalar(select(Role).where(Role.person_id == karin.id))
        assert (new.kind, new.organisation_id) == ("chair", story.council.id)
        assert session.get(Role, told.role.id).valid_until == today()
        assert notices.open_notices(story.anna, story.meeting) == []


def test_a_successor_who_is_known_is_not_added_again(story, told, transaction):
    with transaction():
        known = make_person("Karin de Boer", email="karin@raad.example")
        successor = Successor(name="Karin de Boer", email="karin@raad.example")
        found = handover.hand_over(story.anna, told.id, [told.role.id], successor, today())
        assert found.id == known.id


def test_a_function_may_end_without_a_successor(story, told, transaction):
    with transaction() as session:
        assert handover.hand_over(story.anna, told.id, [told.role.id], None, today()) is None
        assert session.get(Role, told.role.id).valid_until == today()


def test_a_notice_is_settled_once(story, told, transaction):
    with transaction():
        handover.hand_over(story.anna, told.id, [told.role.id], None, today())
    with transaction(), pytest.raises(Conflict):
        handover.hand_over(story.anna, told.id, [told.role.id], None, today())


def test_at_least_one_function_is_handed_over(story, told, transaction):
    with transaction(), pytest.raises(InputError):
        handover.hand_over(story.anna, told.id, [], None, today())


def test_an_advisor_of_another_region_hands_nothing_over(story, told, transaction):
    with transaction(), pytest.raises(Forbidden):
        handover.hand_over(story.bram, told.id, [told.role.id], None, today())


def test_not_me_hands_nothing_over(story, transaction):
    with transaction() as session:
        notice = notices.tell_not_me(story.riet)
        session.flush()
        assert notice.kind == NoticeKind.NOT_ME
        with pytest.raises(NotFound):
            handover.hand_over(story.anna, notice.id, [1], None, today())

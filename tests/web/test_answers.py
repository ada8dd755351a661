"""Answering: seats, the waiting list, the log, confirmations, and what is added afterwards."""

import threading

import pytest
from sqlalchemy import select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, Forbidden, InputError
from eventsapp.core.links import answer_token
from eventsapp.invitations.answer import Extras, add_extras, answer, name_substitute
from eventsapp.invitations.extras import question_field
from eventsapp.invitations.invite import withdraw
from eventsapp.invitations.kinds import NoticeKind, Reply, Via
from eventsapp.invitations.models import (
    AccessNeed,
    Answer,
    Invitation,
    Notice,
    QuestionAnswer,
    RememberedNeed,
)
from eventsapp.invitations.notices import settle_notice, tell_not_me, tell_successor
from eventsapp.invitations.queries import (
    counts,
    invitation_by_token,
    invitation_of_old_token,
    needs_at,
    own_needs,
)
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting, Question
from tests.factories import (
    actor_of,
    make_cast,
    make_invitation,
    make_meeting,
    make_network,
    make_person,
)

LINK = Actor(level=Level.LINK)


@pytest.fixture
def story(transaction):
    """A meeting with two seats; Petra, Riet and Wim are invited."""
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        network = make_network()
        cast.meeting = make_meeting(cast.anna.person, cast.noord, capacity=2, network=network)
        riet, wim = make_person("Riet Bos"), make_person("Wim Smit")
        cast.to_petra = make_invitation(cast.meeting, cast.petra)
        cast.to_riet = make_invitation(cast.meeting, riet)
        cast.to_wim = make_invitation(cast.meeting, wim)
    return cast


@pytest.fixture
def say(transaction):
    """`say(invitation, "accepted")` answers by the personal link, as one request."""

    def say(invitation, reply, **values):
        with transaction():
            return answer(LINK, invitation, Reply(reply), via=Via.LINK, **values)

    return say


def replies(transaction, story):
    with transaction() as session:
        numbers = (story.to_petra.id, story.to_riet.id, story.to_wim.id)
        return [session.get(Invitation, number).reply for number in numbers]


def mails(transaction, template):
    with transaction() as session:
        return session.scalars(
            select(Message).where(Message.template == template).order_by(Message.id)
        ).all()


def test_an_answer_holds_at_once_and_is_logged_and_confirmed(story, say, transaction):
    outcome = say(story.to_petra, "accepted")
    assert (outcome.reply, outcome.is_waitlisted) == (Reply.ACCEPTED, False)
    with transaction() as session:
        kept = session.get(Invitation, story.to_petra.id)
        (line,) = session.scalars(select(Answer))
        assert (kept.reply, kept.replied_via) == ("accepted", "link")
        assert (line.asked, line.reply, line.via) == ("accepted", "accepted", "link")
        (mail,) = session.scalars(select(Message))
        assert (mail.template, mail.priority) == ("confirmation", 1)
        assert mail.state == "queued"
        assert mail.not_before <= now()


def test_the_same_answer_again_changes_nothing_and_mails_nobody(story, say, transaction):
    say(story.to_petra, "accepted")
    say(story.to_petra, "accepted")
    assert len(mails(transaction, "confirmation")) == 1


def test_who_comes_when_all_seats_are_taken_waits(story, say, transaction):
    say(story.to_petra, "accepted")
    say(story.to_riet, "accepted")
    assert say(story.to_wim, "accepted").is_waitlisted
    assert replies(transaction, story) == ["accepted", "accepted", "waitlisted"]


def test_doubt_takes_no_seat(story, say, transaction):
    say(story.to_petra, "tentative")
    say(story.to_riet, "tentative")
    assert say(story.to_wim, "accepted").reply is Reply.ACCEPTED


def test_declining_frees_a_seat_for_the_waiting_list_with_a_mail(story, say, transaction):
    for invitation in (story.to_petra, story.to_riet, story.to_wim):
        say(invitation, "accepted")
    outcome = say(story.to_petra, "declined")
    assert outcome.moved_up == [story.to_wim.id]
    assert replies(transaction, story) == ["declined", "accepted", "accepted"]
    (mail,) = mails(transaction, "seat_offered")
    assert mail.reference == f"invitation:{story.to_wim.id}"


def test_a_freed_seat_goes_to_the_first_who_fits(story, say, transaction):
    say(story.to_petra, "accepted", guests=1)
    say(story.to_riet, "accepted", guests=2)
    say(story.to_wim, "accepted")
    say(story.to_petra, "declined")
    assert replies(transaction, story) == ["declined", "waitlisted", "accepted"]


def test_withdrawing_frees_a_seat_as_well(story, say, transaction):
    for invitation in (story.to_petra, story.to_riet, story.to_wim):
        say(invitation, "accepted")
    with transaction():
        withdraw(story.anna_actor, story.to_petra)
    assert replies(transaction, story) == ["withdrawn", "accepted", "accepted"]


def test_a_seat_that_comes_free_after_the_start_stays_free(story, say, transaction, freeze):
    for invitation in (story.to_petra, story.to_riet, story.to_wim):
        say(invitation, "accepted")
    freeze(story.meeting.starts_at.isoformat())
    with transaction(), pytest.raises(Expired):
        answer(story.anna_actor, story.to_petra, Reply.DECLINED, via=Via.PHONE)
    assert replies(transaction, story) == ["accepted", "accepted", "waitlisted"]


def test_two_at_once_cannot_take_the_last_seat(story, say, app, transaction):
    say(story.to_petra, "accepted")
    gate, faults = threading.Barrier(2), []

    def press(number):
        try:
            with app.app_context():
                invitation = db.session.get(Invitation, number)
                db.session.rollback()
                gate.wait(120)
                answer(LINK, invitation, Reply.ACCEPTED, via=Via.LINK)
                db.session.commit()
        except Exception as fault:
            faults.append(fault)

    presses = [
        threading.Thread(target=press, args=(one.id,)) for one in (story.to_riet, story.to_wim)
    ]
    for each in presses:
        each.start()
    for each in presses:
        each.join(120)
    assert not faults
    assert sorted(replies(transaction, story)) == ["accepted", "accepted", "waitlisted"]


def test_the_entry_says_tentative_while_waiting_and_raises_sequence_when_seated(
    story, say, transaction
):
    for invitation in (story.to_petra, story.to_riet, story.to_wim):
        say(invitation, "accepted")
    with transaction() as session:
        assert session.get(Invitation, story.to_wim.id).sequence == 1
        assert session.get(Invitation, story.to_petra.id).sequence == 0
    say(story.to_riet, "declined")
    with transaction() as session:
        assert session.get(Invitation, story.to_wim.id).sequence == 2


def test_an_older_confirmation_that_still_waits_is_taken_back(story, say, transaction):
    say(story.to_petra, "accepted")
    say(story.to_petra, "declined")
    assert [mail.state for mail in mails(transaction, "confirmation")] == ["cancelled", "queued"]


def test_a_plan_without_confirmations_sends_none(story, say, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).mail_plan = {"confirmation": False}
    say(story.to_petra, "accepted")
    assert mails(transaction, "confirmation") == []


def test_an_advisor_answers_for_somebody_who_rang_and_it_is_in_the_audit_log(story, transaction):
    with transaction() as session:
        answer(story.anna_actor, story.to_petra, Reply.DECLINED, via=Via.PHONE)
        line = session.scalars(select(Answer)).one()
        assert (line.via, line.by_person_id) == ("phone", story.anna.person_id)
        assert session.scalars(select(AuditEntry)).one().detail == {"reply": "declined"}


def test_an_advisor_of_another_region_may_not_answer_for_anybody(story, transaction):
    with transaction(), pytest.raises(Forbidden):
        answer(actor_of(story.bram), story.to_petra, Reply.ACCEPTED, via=Via.PHONE)


@pytest.mark.parametrize("word", ["waitlisted", "withdrawn", "needs_action"])
def test_only_the_three_answers_can_be_given(story, say, word):
    with pytest.raises(InputError):
        say(story.to_petra, word)


def test_a_cancelled_meeting_takes_no_answers(story, say, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).status = "cancelled"
    with pytest.raises(Conflict):
        say(story.to_petra, "accepted")


def test_a_substitute_takes_the_seat_and_a_name_is_enough(story, say, transaction):
    with transaction():
        name_substitute(LINK, story.to_petra, "Truus Vos", via=Via.LINK)
    say(story.to_riet, "accepted")
    assert say(story.to_wim, "accepted").is_waitlisted
    with transaction() as session:
        kept = session.get(Invitation, story.to_petra.id)
        assert (kept.reply, kept.substitute_name) == ("declined", "Truus Vos")


def test_who_comes_after_all_needs_no_substitute(story, say, transaction):
    with transaction():
        name_substitute(LINK, story.to_petra, "Truus Vos", "truus@raad.example", via=Via.LINK)
    say(story.to_petra, "accepted")
    with transaction() as session:
        kept = session.get(Invitation, story.to_petra.id)
        assert (kept.substitute_name, kept.substitute_email) == ("", "")


@pytest.mark.parametrize(
    ("name", "email"), [("", ""), ("x" * 10_000, ""), ("Truus", "no address\r\nBcc: x@y.example")]
)
def test_a_substitute_that_makes_no_sense_is_refused_at_the_field(story, transaction, name, email):
    with transaction(), pytest.raises(InputError) as fault:
        name_substitute(LINK, story.to_petra, name, email, via=Via.LINK)
    assert fault.value.field.startswith("substitute_")


def test_guests_take_seats(story, say, transaction):
    say(story.to_petra, "accepted")
    with transaction():
        add_extras(LINK, story.to_petra, Extras(guests=1), via=Via.LINK)
    assert say(story.to_riet, "accepted").is_waitlisted
    with transaction():
        found = counts([story.meeting.id])[story.meeting.id]
    assert (found.accepted, found.waitlisted, found.silent, found.seats_taken) == (1, 1, 1, 2)


def test_more_guests_than_seats_are_refused_and_nothing_is_lost(story, say, transaction):
    say(story.to_petra, "accepted")
    with pytest.raises(InputError) as fault, transaction():
        add_extras(LINK, story.to_petra, Extras(guests=5, remark="Graag"), via=Via.LINK)
    assert fault.value.field == "guests"
    with transaction() as session:
        session.rollback()
        assert session.get(Invitation, story.to_petra.id).reply == "accepted"


def question(story, **values):
    row = Question(meeting_id=story.meeting.id, **values)
    db.session.add(row)
    db.session.flush()
    return row.id


def test_own_questions_are_kept_and_can_be_taken_away(story, transaction):
    with transaction():
        asked = question(story, kind="text", label="Waarover wilt u praten?")
        add_extras(LINK, story.to_petra, Extras(answers={asked: " Vervoer "}), via=Via.LINK)
    with transaction() as session:
        assert session.scalars(select(QuestionAnswer.value)).all() == ["Vervoer"]
        add_extras(LINK, story.to_petra, Extras(answers={asked: ""}), via=Via.LINK)
    with transaction() as session:
        assert session.scalars(select(QuestionAnswer)).all() == []


def test_a_workshop_takes_no_more_than_its_seats(story, say, transaction):
    options = [{"label": "Zang", "seats": 1}, {"label": "Dans", "seats": 5}]
    with transaction():
        asked = question(story, kind="workshop", label="Workshop", options=options)
    for invitation in (story.to_petra, story.to_riet):
        say(invitation, "accepted")
    with transaction():
        add_extras(LINK, story.to_petra, Extras(answers={asked: "Zang"}), via=Via.LINK)
    with transaction(), pytest.raises(InputError) as fault:
        add_extras(LINK, story.to_riet, Extras(answers={asked: "Zang"}), via=Via.LINK)
    assert fault.value.field == question_field(asked)


def test_what_is_no_choice_cannot_be_chosen(story, transaction):
    with transaction():
        asked = question(story, kind="choice", label="Lunch?", options=[{"label": "Ja"}])
    with transaction(), pytest.raises(InputError):
        add_extras(LINK, story.to_petra, Extras(answers={asked: "<b>Nee</b>"}), via=Via.LINK)


def test_needs_are_seen_by_the_organiser_and_not_by_the_coordinator(story, say, transaction):
    say(story.to_petra, "accepted")
    told = Extras(needs=frozenset({"ring_loop", "made_up"}), needs_remark="Vooraan")
    with transaction():
        add_extras(LINK, story.to_petra, told, via=Via.LINK)
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        need = needs_at(story.anna_actor, meeting)[story.to_petra.id]
        assert (need.kinds, need.remark) == (["ring_loop"], "Vooraan")
        with pytest.raises(Forbidden):
            needs_at(actor_of(story.kees), meeting)


def test_needs_are_remembered_for_the_network_only_when_asked(story, transaction):
    needs = frozenset({"large_print"})
    with transaction() as session:
        add_extras(LINK, story.to_petra, Extras(needs=needs, remember_needs=False), via=Via.LINK)
        session.flush()
        assert session.scalars(select(RememberedNeed)).all() == []
        add_extras(LINK, story.to_petra, Extras(needs=needs, remember_needs=True), via=Via.LINK)
        session.flush()
        next_time = make_meeting(
            story.anna.person, story.noord, network_id=story.meeting.network_id
        )
        invitation = Invitation(meeting=next_time, person_id=story.petra.id)
        assert own_needs(invitation) == (["large_print"], "", True)


def test_needs_that_are_taken_back_leave_nothing(story, transaction):
    with transaction() as session:
        add_extras(LINK, story.to_petra, Extras(needs=frozenset({"diet"})), via=Via.LINK)
        session.flush()
        add_extras(LINK, story.to_petra, Extras(needs=frozenset()), via=Via.LINK)
        session.flush()
        assert session.scalars(select(AccessNeed)).all() == []


def test_a_link_leads_to_its_invitation_until_it_is_replaced(story, transaction):
    token = None
    with transaction():
        token = answer_token(story.to_petra.id, 0)
        assert invitation_by_token(token).id == story.to_petra.id
    with transaction() as session:
        session.get(Invitation, story.to_petra.id).generation = 1
    with transaction():
        with pytest.raises(Expired):
            invitation_by_token(token)
        assert invitation_of_old_token(token).id == story.to_petra.id


def test_what_invitees_tell_is_kept_once_and_settled_by_an_advisor(story, transaction):
    with transaction() as session:
        tell_successor(story.to_petra, "Truus Vos", "truus@raad.example")
        tell_successor(story.to_petra, "Truus de Vos")
        tell_not_me(story.to_riet)
        session.flush()
        kept = {one.kind: one for one in session.scalars(select(Notice))}
        assert kept[NoticeKind.SUCCESSOR].detail["name"] == "Truus de Vos"
        assert len(kept) == 2
        settle_notice(story.anna_actor, kept[NoticeKind.NOT_ME].id)
        assert kept[NoticeKind.NOT_ME].settled_by == story.anna.person_id


def test_an_answer_asks_the_database_a_bounded_number_of_questions(
    story, say, transaction, statements
):
    say(story.to_petra, "accepted")
    with statements() as asked:
        say(story.to_riet, "accepted")
    assert len(asked) <= 15, "\n".join(asked)

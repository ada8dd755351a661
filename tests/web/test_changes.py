"""Changing, moving and cancelling: who is told what, and what happens to answers and entries."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.invitations import changes
from eventsapp.invitations.answer import answer
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.planning import plan_of
from eventsapp.meetings.rules import Change
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person, wall
from tests.meeting_changes import change_meeting

LINK = Actor(level=Level.LINK)


@pytest.fixture
def story(transaction):
    """Petra comes, Riet declined, Wim is silent; all three hold a calendar entry."""
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        riet, wim = make_person("Riet Bos"), make_person("Wim Smit")
        held = {"last_method": "REQUEST"}
        cast.to_petra = make_invitation(cast.meeting, cast.petra, reply="accepted", **held)
        cast.to_riet = make_invitation(cast.meeting, riet, reply="declined", **held)
        cast.to_wim = make_invitation(cast.meeting, wim, **held)
    return cast


@pytest.fixture
def change(story, transaction):
    """`change(title="…")` changes the meeting as one request of Anna's."""

    def change(tell=True, **new):
        with transaction():
            return change_meeting(story.anna_actor, story.meeting.id, tell=tell, **new)

    return change


MOVED = {"starts_wall": wall(2027, 1, 19, 13, 30), "ends_wall": wall(2027, 1, 19, 16)}


def invitations(transaction):
    with transaction() as session:
        return session.scalars(select(Invitation).order_by(Invitation.id)).all()


def mails(transaction, template):
    with transaction() as session:
        statement = select(Message).where(Message.template == template).order_by(Message.id)
        return session.scalars(statement).all()


def test_another_time_asks_everybody_again(change, transaction):
    change(**MOVED)
    kept = invitations(transaction)
    assert [one.reply for one in kept] == ["needs_action"] * 3
    assert [one.sequence for one in kept] == [1, 1, 1]
    assert len(mails(transaction, "update")) == 3


def test_answers_to_the_old_time_stay_in_the_log(story, change, transaction):
    with transaction():
        answer(LINK, story.to_wim, Reply.ACCEPTED, via=Via.LINK)
    change(**MOVED)
    with transaction() as session:
        statement = select(Answer).where(Answer.invitation_id == story.to_wim.id)
        lines = session.scalars(statement.order_by(Answer.id)).all()
        assert [(one.via, one.reply) for one in lines] == [
            ("link", "accepted"),
            ("moved", "needs_action"),
        ]


def test_the_update_says_what_was_and_what_is(change, transaction):
    change(**MOVED)
    with transaction() as session:
        first = session.scalars(select(Message).order_by(Message.id)).first()
        mail = compose(first)
    assert mail.subject == "Ander tijdstip: Netwerkbijeenkomst Noord, nu di 19 jan 2027"
    assert "dinsdag 19 januari 2027" in mail.text
    assert "dinsdag 12 januari 2027" in mail.text
    assert "U liet weten dat u kwam." in mail.text


def test_another_place_raises_sequence_and_keeps_answers(change, transaction):
    change(place_name="Buurthuis")
    kept = invitations(transaction)
    assert [one.reply for one in kept] == ["accepted", "declined", "needs_action"]
    assert [one.sequence for one in kept] == [1, 1, 1]


def test_a_new_text_keeps_sequence_and_is_told_only_when_asked(change, transaction):
    before = [one.dtstamp for one in invitations(transaction)]
    assert change(tell=False, description="<p>Nieuw</p>") is None
    assert mails(transaction, "update") == []
    change(tell=True, description="<p>Nog nieuwer</p>")
    kept = invitations(transaction)
    assert [one.sequence for one in kept] == [0, 0, 0]
    assert all(one.dtstamp > earlier for one, earlier in zip(kept, before, strict=True))
    assert len(mails(transaction, "update")) == 3


def test_texts_may_be_told_twice(change, transaction):
    change(description="<p>Een</p>")
    change(description="<p>Twee</p>")
    assert [one.state for one in mails(transaction, "update")].count("queued") == 3


def test_what_nobody_is_told_of_changes_nothing_in_calendars(change, transaction):
    assert change(capacity=30) is None
    assert [one.sequence for one in invitations(transaction)] == [0, 0, 0]


def test_an_update_that_waits_is_taken_back_and_its_news_goes_along(change, transaction):
    change(place_name="Buurthuis")
    change(**MOVED)
    states = [one.state for one in mails(transaction, "update")]
    assert states == ["cancelled"] * 3 + ["queued"] * 3
    latest = mails(transaction, "update")[-1]
    assert set(latest.data["changed"]) == {"place", "time"}
    assert latest.data["was"]["place"][0] == "Dorpshuis De Linde"


def test_an_invitation_that_waits_says_how_things_are_now(story, change, transaction):
    with transaction():
        newcomer = make_person("Truus Vos")
        choice = Choice(person_ids=frozenset({newcomer.id}))
        invite(story.anna_actor, story.meeting, choice)
    change(**MOVED)
    with transaction() as session:
        statement = select(Message).where(Message.person_id == newcomer.id)
        (only,) = session.scalars(statement)
        assert only.template == "invitation"
        assert "19 januari" in compose(only).text


def test_more_seats_let_the_waiting_list_in(story, change, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).capacity = 1
        answer(LINK, story.to_wim, Reply.ACCEPTED, via=Via.LINK)
        assert session.get(Invitation, story.to_wim.id).reply == "waitlisted"
    change(capacity=2)
    assert invitations(transaction)[2].reply == "accepted"
    assert len(mails(transaction, "seat_offered")) == 1


def test_who_will_be_told_what_is_foreseen(story, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        moved = changes.foresee_change(meeting, {Change.TIME})
        text = changes.foresee_change(meeting, {"text"})
        off = changes.foresee_cancel(meeting)
    assert (moved.updates, moved.asked_again, moved.entries) == (3, 2, 3)
    assert not moved.is_optional
    assert (text.updates, text.asked_again, text.is_optional) == (3, 0, True)
    assert (off.updates, off.entries) == (3, 3)


def test_cancelling_sends_one_cancel_to_every_holder_and_to_nobody_else(story, transaction):
    with transaction() as session:
        never = make_person("Nooit Gemaild")
        invite(story.anna_actor, story.meeting, Choice(person_ids=frozenset({never.id})))
        gone = make_person("Al Weg")
        meeting = session.get(Meeting, story.meeting.id)
        make_invitation(meeting, gone, reply="withdrawn", withdrawn_at=meeting.created_at)
    with transaction() as session:
        changes.cancel(story.anna_actor, session.get(Meeting, story.meeting.id), "Ziek")
    told = mails(transaction, "cancellation")
    holders = {f"invitation:{one.id}" for one in (story.to_petra, story.to_riet, story.to_wim)}
    assert {one.reference for one in told} == holders
    assert len(told) == 3
    assert all(one.data["entry"]["sequence"] == 1 for one in told)
    assert [one.state for one in mails(transaction, "invitation")] == ["cancelled"]


def test_whoever_comes_without_an_entry_hears_of_a_cancel_by_letter(story, transaction):
    with transaction() as session:
        shared = session.get(Invitation, story.to_petra.id)
        shared.last_method, shared.is_letter_only = "", True
    with transaction() as session:
        changes.cancel(story.anna_actor, session.get(Meeting, story.meeting.id), "")
    to_petra = mails(transaction, "cancellation")[0]
    assert "entry" not in to_petra.data


def test_a_request_that_never_arrived_is_not_cancelled(story, transaction):
    with transaction() as session:
        mailing = Mailing(
            kind="invitation",
            purpose="meetings",
            reference=f"meeting:{story.meeting.id}",
            sender_name="x",
            sender_address="x@y.example",
        )
        failed = Message(
            mailing=mailing,
            key="k",
            reference=f"invitation:{story.to_wim.id}",
            address="wim@weg.example",
            template="invitation",
            state="failed",
            message_id="<x@y.example>",
        )
        session.add(failed)
    with transaction() as session:
        changes.cancel(story.anna_actor, session.get(Meeting, story.meeting.id), "")
    told = {one.reference: one.data for one in mails(transaction, "cancellation")}
    assert "entry" not in told[f"invitation:{story.to_wim.id}"]


def test_cancelling_twice_tells_nobody_twice(story, transaction):
    for turn in range(2):
        with transaction() as session:
            meeting = session.get(Meeting, story.meeting.id)
            if turn:
                with pytest.raises(Conflict):
                    changes.cancel(story.anna_actor, meeting, "")
            else:
                changes.cancel(story.anna_actor, meeting, "")
    assert len(mails(transaction, "cancellation")) == 3


def test_the_second_of_two_who_change_at_once_is_told(story, change, transaction):
    with transaction() as session:
        version = session.get(Meeting, story.meeting.id).version
    change(title="Eerste")
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        plan = replace(plan_of(meeting), title="Tweede")
        with pytest.raises(Conflict):
            changes.change(story.anna_actor, meeting, plan, version)


def test_an_advisor_of_another_region_changes_nothing(story, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        with pytest.raises(Forbidden):
            changes.cancel(actor_of(story.bram), meeting, "")

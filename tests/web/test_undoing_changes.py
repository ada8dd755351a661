"""Undoing a change or a cancellation: all is as it was, and what came in meanwhile holds."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict, Forbidden, NotFound
from eventsapp.core.settings import keep
from eventsapp.invitations import changes, undoing
from eventsapp.invitations.answer import answer
from eventsapp.invitations.invite import Choice, invite, withdraw
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Answer, Invitation, MeetingBefore
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.plan import AgendaLine, CoOrganiserLine, QuestionLine, SpeakerLine
from eventsapp.meetings.planning import plan_of, whole_plan_of
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person, wall
from tests.meeting_changes import change_meeting

LINK = Actor(level=Level.LINK)
MOVED = {"starts_wall": wall(2027, 1, 19, 13, 30), "ends_wall": wall(2027, 1, 19, 16)}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def story(app, settings, transaction, freeze):
    """Petra comes, for Riet a substitute comes, Wim is silent; all hold an entry."""
    freeze("2027-01-04 09:00")
    keep(app, settings.replace(undo_seconds=60))
    with transaction():
        cast = make_cast()
        cast.anna_actor, cast.bram_actor = actor_of(cast.anna), actor_of(cast.bram)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        riet, wim = make_person("Riet Bos"), make_person("Wim Smit")
        held = {"last_method": "REQUEST"}
        cast.to_petra = make_invitation(cast.meeting, cast.petra, reply="accepted", **held)
        cast.to_riet = make_invitation(
            cast.meeting, riet, reply="declined", substitute_name="Piet Vos", **held
        )
        cast.to_wim = make_invitation(cast.meeting, wim, **held)
    freeze("2027-01-04 09:01")
    yield cast
    keep(app, settings)


@pytest.fixture
def change(story, transaction):
    """`change(title="…")` changes the meeting as one request of Anna's; gives the sending."""

    def act(**new):
        with transaction():
            return change_meeting(story.anna_actor, story.meeting.id, **new).id

    return act


@pytest.fixture
def cancel(story, transaction):
    """`cancel()` cancels the meeting as one request of Anna's; gives the sending."""

    def act():
        with transaction() as session:
            meeting = session.get(Meeting, story.meeting.id)
            return changes.cancel(story.anna_actor, meeting, "Ziekte").id

    return act


@pytest.fixture
def undo(story, transaction, freeze):
    """`undo(number)` undoes it half a minute later."""

    def act(number, actor=None, at="2027-01-04 09:01:30"):
        freeze(at)
        with transaction():
            undoing.undo(actor or story.anna_actor, number)

    return act


def stands(transaction):
    """Give what people were told, and how each invitation stands."""
    with transaction() as session:
        meeting = session.scalars(select(Meeting)).one()
        rows = session.scalars(select(Invitation).order_by(Invitation.id)).all()
        return whole_plan_of(meeting), meeting.status, [
            (one.reply, one.replied_at, one.substitute_name, one.sequence, one.time_sequence)
            for one in rows
        ]  # fmt: skip


def mails(transaction, template):
    with transaction() as session:
        statement = select(Message).where(Message.template == template).order_by(Message.id)
        return [(one.reference, one.state) for one in session.scalars(statement)]


@pytest.mark.parametrize(
    "new",
    [
        MOVED,
        {"place_name": "De Schakel", "town": "Zutphen"},
        {"title": "Iets anders", "capacity": 1, "answer_by": None},
        {
            **MOVED,
            "agenda": (AgendaLine(title="Opening", speakers=(SpeakerLine(name="Jo"),)),),
            "questions": (QuestionLine(label="Eet je mee?"),),
            "co_organisers": (CoOrganiserLine(name="De Kring"),),
        },
    ],
)
def test_after_an_undo_all_is_as_it_was_and_nobody_is_mailed(change, undo, transaction, new):
    before = stands(transaction)
    number = change(**new)
    assert stands(transaction) != before
    undo(number)
    assert stands(transaction) == before
    assert {state for _, state in mails(transaction, "update")} == {"cancelled"}


def test_lines_and_pictures_that_a_change_removed_come_back(story, change, undo, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        logo = CoOrganiserLine(name="De Kring", logo=PICTURE, logo_type="image/png")
        lines = {"co_organisers": (logo,), "questions": (QuestionLine(label="Eet je mee?"),)}
        plan = replace(plan_of(meeting), **lines)
        changes.change(story.anna_actor, meeting, plan, meeting.version, tell=False)
    undo(change(**MOVED, co_organisers=(), questions=()))
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        assert [one.logo for one in meeting.co_organisers] == [PICTURE]
        assert [one.label for one in meeting.questions] == ["Eet je mee?"]


def test_the_log_says_that_an_answer_holds_again(story, change, undo, transaction):
    undo(change(**MOVED))
    with transaction() as session:
        log = select(Answer.reply).where(Answer.via == Via.RESTORED).order_by(Answer.invitation_id)
        assert list(session.scalars(log)) == ["accepted", "declined"]


def test_after_the_undo_of_a_cancellation_the_meeting_takes_place(cancel, undo, transaction):
    before = stands(transaction)
    undo(cancel())
    assert stands(transaction) == before
    assert {state for _, state in mails(transaction, "cancellation")} == {"cancelled"}


def test_mails_that_a_cancellation_took_back_wait_again(story, cancel, undo, transaction):
    with transaction():
        joop = make_person("Joop Kok", "joop@raad.example")
        chosen = Choice(person_ids=frozenset({joop.id}))
        invite(story.anna_actor, story.meeting, chosen)
    number = cancel()
    assert [state for _, state in mails(transaction, "invitation")] == ["cancelled"]
    undo(number)
    assert [state for _, state in mails(transaction, "invitation")] == ["queued"]


def test_an_answer_that_came_in_meanwhile_holds_and_hears_of_the_undo(
    story, change, undo, transaction
):
    number = change(**MOVED)
    with transaction() as session:
        wim = session.get(Invitation, story.to_wim.id)
        answer(LINK, wim, Reply.ACCEPTED, via=Via.LINK)
    undo(number)
    _, _, ((petra, *_), _, (wim, *_)) = stands(transaction)
    assert (petra, wim) == ("accepted", "accepted")
    told = [name for name, state in mails(transaction, "update") if state == "queued"]
    assert told == [f"invitation:{story.to_wim.id}"]
    with transaction() as session:
        wim = session.get(Invitation, story.to_wim.id)
        assert wim.time_sequence == wim.sequence == 2


def test_who_was_withdrawn_meanwhile_stays_so(story, cancel, undo, transaction):
    number = cancel()
    with transaction() as session:
        withdraw(story.anna_actor, session.get(Invitation, story.to_petra.id))
    undo(number)
    with transaction() as session:
        assert session.get(Invitation, story.to_petra.id).withdrawn_at == now().replace(second=0)


def test_once_one_mail_has_left_nothing_is_undone(change, undo, transaction):
    number = change(**MOVED)
    with transaction() as session:
        session.scalars(select(Message).limit(1)).one().state = "leased"
    after = stands(transaction)
    with pytest.raises(Conflict):
        undo(number)
    assert stands(transaction) == after
    assert "cancelled" not in {state for _, state in mails(transaction, "update")}


def test_what_was_changed_again_is_not_undone(change, undo):
    number = change(**MOVED)
    change(title="Iets anders")
    with pytest.raises(Conflict):
        undo(number)


def test_an_advisor_of_another_region_undoes_nothing(story, change, undo):
    number = change(**MOVED)
    with pytest.raises(Forbidden):
        undo(number, story.bram_actor)


def test_a_second_undo_finds_nothing(change, undo):
    number = change(**MOVED)
    undo(number)
    with pytest.raises(Conflict):
        undo(number)


def test_another_sending_is_not_undone_here(story, undo, transaction):
    with transaction():
        joop = make_person("Joop Kok", "joop@raad.example")
        chosen = Choice(person_ids=frozenset({joop.id}))
        number = invite(story.anna_actor, story.meeting, chosen).id
    with pytest.raises(NotFound):
        undo(number)


def test_what_can_be_undone_no_longer_is_not_kept(change, transaction, freeze):
    change(**MOVED)
    freeze("2027-01-04 09:02:01")
    with transaction() as session:
        assert undoing.forget() == 1
        assert session.scalars(select(MeetingBefore)).all() == []

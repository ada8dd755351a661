"""What participants need is erased two weeks after the meeting, as the pages promise."""

from sqlalchemy import func, select

from eventsapp.background.jobs import erase_needs
from eventsapp.directory.models import Person
from eventsapp.invitations.models import AccessNeed, QuestionAnswer, RememberedNeed
from eventsapp.meetings.models import Question
from tests.factories import make_invitation, make_meeting, make_network


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def fill(session, cast, days):
    """A meeting of so many days from now, with a need, and one plain and one sensitive answer."""
    held = make_meeting(cast.anna.person, cast.noord, days=days, network=make_network())
    held.questions = [
        Question(kind="text", label="Dieet?", is_sensitive=True),
        Question(kind="text", label="Met de trein?"),
    ]
    invitation = make_invitation(held, session.get(Person, cast.petra.id), reply="accepted")
    session.add(AccessNeed(invitation_id=invitation.id, kinds=["ring_loop"]))
    session.flush()
    for question in held.questions:
        session.add(
            QuestionAnswer(invitation_id=invitation.id, question_id=question.id, value="ja")
        )
    return held


def test_needs_and_answers_about_health_go_after_two_weeks(cast, transaction):
    with transaction() as session:
        fill(session, cast, days=-15)
        assert erase_needs() == 2
        assert count(session, AccessNeed) == 0
        labels = session.scalars(select(Question.label).join(QuestionAnswer)).all()
        assert labels == ["Met de trein?"]


def test_they_stay_until_then(cast, transaction):
    with transaction() as session:
        fill(session, cast, days=-13)
        assert erase_needs() == 0


def test_what_was_asked_to_be_remembered_stays(cast, transaction):
    with transaction() as session:
        held = fill(session, cast, days=-15)
        session.add(
            RememberedNeed(person_id=cast.petra.id, network_id=held.network_id, kinds=["diet"])
        )
        erase_needs()
        assert count(session, RememberedNeed) == 1

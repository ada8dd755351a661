"""What participants need is erased two weeks after the meeting, as the pages promise."""

from datetime import timedelta

from sqlalchemy import func, select

from eventsapp.background.jobs import erase_needs, erase_sign_ups
from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.invitations.models import AccessNeed, QuestionAnswer, RememberedNeed, SignUp
from eventsapp.invitations.signup import ask
from eventsapp.mail.models import Message
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


def sign_up(session, cast, days, **values):
    """Somebody began to sign up so many days ago, and the mail about it left."""
    held = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord), is_public=True)
    ask(held, name="Riet Bos", email=f"riet{days}@raad.example")
    row = session.scalars(select(SignUp).order_by(SignUp.id.desc())).first()
    row.at = now() - timedelta(days=days)
    for name, value in values.items():
        setattr(row, name, value)
    mail = session.scalars(select(Message).where(Message.reference == f"sign_up:{row.id}")).one()
    mail.state = "sent"


def test_who_never_confirmed_is_forgotten_after_a_week_with_the_mail(cast, transaction):
    with transaction() as session:
        sign_up(session, cast, 8)
        sign_up(session, cast, 6)
        session.flush()
        assert erase_sign_ups() == 1
        assert session.scalars(select(SignUp.email)).all() == ["riet6@raad.example"]
        assert session.scalars(select(Message.address)).all() == ["riet6@raad.example"]


def test_who_confirmed_is_kept(cast, transaction):
    with transaction() as session:
        sign_up(session, cast, 30, confirmed_at=now())
        session.flush()
        assert erase_sign_ups() == 0

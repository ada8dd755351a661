"""A mailing for tests of the pages that tell of it: two invitations, and how they fared."""

from sqlalchemy import select

from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail.models import Message
from tests.factories import actor_of, make_meeting, make_person

MAIL = "/manage/mail/"


def invite_two(cast, transaction):
    """Let Anna invite Riet and Joop; the mails still wait."""
    with transaction() as session:
        meeting = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
        people = [make_person("Riet Bos", "riet@raad.example"), make_person("Joop Smit")]
        chosen = Choice(person_ids=frozenset(one.id for one in people))
        return invite(actor_of(cast.anna), meeting, chosen)


def change(transaction, mailing, **values):
    """Let all messages of a mailing be in this state."""
    with transaction() as session:
        for row in session.scalars(select(Message).where(Message.mailing_id == mailing.id)):
            for name, value in values.items():
                setattr(row, name, value)


def first(transaction, mailing):
    """Give the number of the first message of a mailing."""
    with transaction() as session:
        return session.scalars(
            select(Message.id).where(Message.mailing_id == mailing.id).order_by(Message.id)
        ).first()

"""Mail scanners open every link of every mail: opening them must change nothing."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.accounts.new_password import mail_link
from eventsapp.core.actor import SYSTEM, Actor, Level
from eventsapp.invitations import invite, reminders, signup
from eventsapp.invitations.answer import answer
from eventsapp.invitations.fresh_links import mail_fresh_link
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.every_page import rows_of_everything
from tests.factories import actor_of, make_meeting, make_person

LINK = Actor(level=Level.LINK)


@pytest.fixture
def mails(transaction, cast, settings):
    """One mail of each kind that one person's story brings about, with their links."""
    with transaction():
        meeting = make_meeting(
            cast.anna.person,
            cast.noord,
            is_public=True,
            online_url="https://video.example/zaal",
            capacity=1,
        )
        people = [make_person(name) for name in ("Riet Vos", "Joop Visser", "Wim Postma")]
    with transaction() as session:
        anna = actor_of(session.get_one(Account, cast.anna.id))
        meeting = session.get_one(Meeting, meeting.id)
        ids = frozenset(person.id for person in people)
        invite.invite(anna, meeting, invite.Choice(ids, frozenset()))
        riet, joop, wim = session.scalars(select(Invitation).order_by(Invitation.id))
        answer(LINK, riet, Reply.ACCEPTED, via=Via.LINK)
        answer(LINK, joop, Reply.ACCEPTED, via=Via.LINK)
        answer(LINK, riet, Reply.DECLINED, via=Via.LINK)
        reminders.remind(anna, meeting, [wim.id])
        mail_fresh_link(wim)
        invite.withdraw(anna, riet)
        mail_link(SYSTEM, session.get_one(Account, cast.kees.id))
    with transaction() as session:
        open_day = session.get_one(Meeting, meeting.id)
        signup.ask(open_day, name="Nel Bos", email="nel@post.example")
    with transaction() as session:
        found = {}
        for message in session.scalars(select(Message)):
            composed = compose(message)
            links = re.findall(r"https?://[^\s\"'<>)]+", composed.text + composed.html)
            found[message.template] = {one for one in links if one.startswith(settings.base_url)}
    return found


def test_every_mail_leads_somewhere(mails):
    assert set(mails) >= {"invitation", "confirmation", "sign_up", "choose_password"}
    assert all(links for name, links in mails.items() if name != "cancellation")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_every_link_of_every_mail_changes_nothing(client, mails, transaction, method):
    with transaction():
        before = rows_of_everything()
    for link in {one for links in mails.values() for one in links}:
        parts = urlsplit(link)
        answered = client.open(f"{parts.path}?{parts.query}", method=method)
        # Gone is right for the link of somebody whose invitation was withdrawn.
        assert answered.status_code in (200, 303, 410), link
    with transaction():
        assert rows_of_everything() == before

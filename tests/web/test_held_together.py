"""Organisations with which a meeting is held: names and logos where invitees and visitors look."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from eventsapp.core.links import answer_token
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.models import Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.meetings.models import CoOrganiser
from tests.checks import check_page
from tests.factories import actor_of, make_cast, make_meeting

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PICTURE = re.compile(r'<img[^>]*src="([^"]*)"[^>]*alt="([^"]*)"')


@pytest.fixture
def story(transaction):
    """Petra is invited to a public meeting, held with one that has a logo and one that has none."""
    with transaction():
        cast = make_cast()
        others = [
            CoOrganiser(name="Zorgbelang <i>", position=1, logo=PNG, logo_type="image/png"),
            CoOrganiser(name="Seniorenraad", position=2),
        ]
        cast.meeting = make_meeting(
            cast.anna.person, cast.noord, is_public=True, co_organisers=others
        )
        invite(actor_of(cast.anna), cast.meeting, Choice(person_ids=frozenset({cast.petra.id})))
    return cast


def pictures(html):
    return PICTURE.findall(html)


def answer_page(transaction):
    with transaction() as session:
        invitation = session.scalars(select(Invitation)).one()
        return f"/a/{answer_token(invitation.id, invitation.generation)}"


def test_a_mail_names_them_and_shows_the_logo_from_our_own_address(
    story, transaction, client, settings
):
    with transaction() as session:
        mail = compose(session.scalars(select(Message)).one())
    assert "Samen met: Zorgbelang <i>, Seniorenraad" in mail.text
    ((address, words),) = pictures(mail.html)
    assert words == "Zorgbelang &lt;i&gt;"
    assert address.startswith(f"{settings.base_url}/logos/")
    assert client.get(urlsplit(address).path).data == PNG


@pytest.mark.parametrize("place", ["answer", "public"])
def test_the_pages_of_participants_show_them(story, transaction, client, place):
    path = answer_page(transaction) if place == "answer" else f"/meetings/{story.meeting.id}"
    page = check_page(client.get(path))
    assert "Samen met Zorgbelang &lt;i&gt;, Seniorenraad." in page
    ((address, words),) = pictures(page)
    assert words == "Logo van Zorgbelang &lt;i&gt;"
    assert client.get(address).data == PNG


def test_a_meeting_of_our_own_shows_nobody(story, transaction, client):
    with transaction() as session:
        session.query(CoOrganiser).delete()
    page = check_page(client.get(answer_page(transaction)))
    assert "Samen met" not in page
    assert not pictures(page)


def test_a_mail_that_is_looked_at_fetches_our_own_pictures_only(story, transaction, app, sign_in):
    anna = sign_in(app.test_client(), story.anna)
    with transaction() as session:
        number = session.scalars(select(Message.id)).one()
    shown = anna.post(f"/manage/mail/messages/{number}/open").location
    answer = anna.get(f"/manage/mail/messages/{number}/html?{urlsplit(shown).query}")
    assert len(pictures(answer.text)) == 1
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]

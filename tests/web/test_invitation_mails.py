"""The mails of a meeting as their readers see them, and the calendar entries that go along."""

import pytest
from icalendar import Calendar
from sqlalchemy import select, update

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.links import answer_link
from eventsapp.invitations import changes
from eventsapp.invitations.answer import answer, name_substitute
from eventsapp.invitations.calendar_event import calendar_part, download, public_download
from eventsapp.invitations.invite import Choice, invite, withdraw
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.delivery import deliver
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.reading import copy_of
from eventsapp.meetings.models import AgendaItem, Meeting, Speaker
from tests.factories import (
    actor_of,
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    make_role,
    wall,
)

LINK = Actor(level=Level.LINK)


@pytest.fixture
def story(transaction):
    """Riet chairs a council; the meeting has an agenda, a place and a link."""
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        opening = AgendaItem(
            title="Welkom",
            starts=wall(2027, 1, 12, 13, 30).time(),
            speakers=[Speaker(name="Ad Bos", organisation="Gemeente")],
        )
        cast.meeting = make_meeting(
            cast.anna.person,
            cast.noord,
            starts=wall(2027, 1, 12, 13, 30),
            title="Vervoer & <b>zorg</b>",
            online_url="https://video.example/zaal",
            description="<p>Over <strong>vervoer</strong>.</p>",
            access=["ring_loop"],
            agenda=[opening],
        )
        cast.riet = make_person("Riet van der Berg", "riet@raad.example")
        make_role(cast.riet, make_organisation("Adviesraad Noordwolde"))
    return cast


@pytest.fixture
def invited(story, transaction, open_smtp):
    """Riet's invitation, mailed and received."""
    with transaction():
        invite(story.anna_actor, story.meeting, people(story.riet))
    deliver_all(transaction)
    open_smtp.forget()
    with transaction() as session:
        return session.scalars(select(Invitation)).one()


def people(*chosen):
    return Choice(person_ids=frozenset(one.id for one in chosen))


def deliver_all(transaction):
    with transaction():
        deliver("test", calendar_part)


def composed(session, template):
    statement = select(Message).where(Message.template == template).order_by(Message.id.desc())
    return compose(session.scalars(statement.limit(1)).one())


def entry(letter):
    """The calendar entry of a mail: its method, and the properties of its one event."""
    for part in letter.message.walk():
        if part.get_content_type() == "text/calendar":
            calendar = Calendar.from_ical(part.get_payload(decode=True))
            return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]
    return "", None


def test_an_invitation_says_what_when_where_and_why(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet))
        mail = composed(session, "invitation")
    assert mail.subject == "Uitnodiging: Vervoer & <b>zorg</b>, di 12 jan 2027"
    for words in (
        "dinsdag 12 januari 2027, 13.30 tot 16.00 uur",
        "Dorpshuis De Linde, Noordwolde",
        "U krijgt dit als voorzitter van Adviesraad Noordwolde.",
        "Klopt dat niet?",
        "Anna de Vries",
        "13.30 uur",
        "Ad Bos, Gemeente",
        "Ringleiding",
        "Over vervoer.",
        "Beste Riet,",
    ):
        assert words in mail.text
    assert "&lt;b&gt;zorg&lt;/b&gt;" in mail.html
    assert mail.html.count("Geef uw antwoord") == 1


def test_an_english_reader_gets_it_in_english(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(make_person("John Smith", language="en")))
        mail = composed(session, "invitation")
    assert mail.subject.startswith("Invitation: ")
    assert "Tuesday 12 January 2027, 13:30 to 16:00" in mail.text
    assert "Dear John," in mail.text


def test_opening_lines_of_the_advisor_stand_in_the_mail(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet), "Eerste regel.\n\n<i>Tweede")
        mail = composed(session, "invitation")
    assert "Eerste regel.\n\n<i>Tweede" in mail.text
    assert "&lt;i&gt;Tweede" in mail.html


def test_an_invitation_carries_a_request_for_its_reader_alone(story, transaction, open_smtp):
    with transaction():
        invite(story.anna_actor, story.meeting, people(story.riet, story.petra))
    deliver_all(transaction)
    for letter in open_smtp.wait_for(2):
        method, event = entry(letter)
        assert method == "REQUEST"
        assert event["ATTENDEE"] == f"mailto:{letter.to}"
        assert event["ATTENDEE"].params["RSVP"] == "TRUE"
        assert event["SEQUENCE"] == 0
        sender = letter.message["From"].addresses[0]
        assert event["ORGANIZER"] == f"mailto:{sender.addr_spec}"
        assert sender.display_name.startswith("Anna de Vries, ")
    links = {event["UID"] for _, event in map(entry, open_smtp.letters)}
    assert len(links) == 2


def test_no_personal_link_stands_in_a_calendar_entry(story, transaction, open_smtp):
    with transaction():
        invite(story.anna_actor, story.meeting, people(story.riet))
    deliver_all(transaction)
    _, event = entry(open_smtp.wait_for(1)[0])
    assert "/a/" not in event.to_ical().decode().replace("\r\n ", "")
    assert str(event["DESCRIPTION"]).startswith("Online meedoen: https://video.example/zaal")


def test_the_ledger_is_written_when_the_mail_leaves_and_not_before(story, transaction, open_smtp):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet))
        assert session.scalars(select(Invitation)).one().last_method == ""
    deliver_all(transaction)
    with transaction() as session:
        kept = session.scalars(select(Invitation)).one()
        assert (kept.last_method, bool(kept.organizer)) == ("REQUEST", True)


def test_the_second_at_an_address_gets_a_letter_that_says_why_it_has_no_entry(
    story, transaction, open_smtp
):
    with transaction():
        pair = [
            make_person("Aad Bos", "info@raad.example"),
            make_person("Bea", "info@raad.example"),
        ]
        invite(story.anna_actor, story.meeting, people(*pair))
    deliver_all(transaction)
    first, second = open_smtp.wait_for(2)
    assert [entry(first)[0], entry(second)[0]] == ["REQUEST", ""]
    assert "geen agenda-afspraak" in second.message.get_body(("plain",)).get_content()


def test_a_closed_group_has_a_neutral_subject_and_calendar_title(story, transaction, open_smtp):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).is_confidential = True
        invite(story.anna_actor, story.meeting, people(story.riet))
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    _, event = entry(letter)
    assert "Vervoer" not in letter.message["Subject"]
    assert event["SUMMARY"] == "Bijeenkomst met Anna de Vries"
    assert "vervoer" not in str(event["DESCRIPTION"]).lower()


def test_a_confirmation_keeps_sequence_and_carries_the_answer(invited, transaction, open_smtp):
    with transaction():
        answer(LINK, invited, Reply.ACCEPTED, via=Via.LINK)
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    method, event = entry(letter)
    assert (method, event["SEQUENCE"]) == ("REQUEST", 0)
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["UID"] == invited.uid
    assert event["DTSTAMP"].dt > invited.dtstamp.replace(microsecond=0)
    assert "Wij weten dat u komt." in letter.message.get_body(("plain",)).get_content()


def test_a_confirmation_can_be_read_where_those_of_before_were_erased(
    invited, transaction, open_smtp
):
    with transaction():
        answer(LINK, invited, Reply.ACCEPTED, via=Via.LINK)
    deliver_all(transaction)
    with transaction() as session:
        session.execute(update(Mailing).values(data={}, purged_at=now()))
    with transaction():
        answer(LINK, invited, Reply.DECLINED, via=Via.LINK)
    deliver_all(transaction)
    assert "Vervoer" in open_smtp.wait_for(2)[1].message.get_body(("plain",)).get_content()
    with transaction() as session:
        last = session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
        assert copy_of(last) is not None


def test_who_declines_gets_no_cancel(invited, transaction, open_smtp):
    with transaction():
        answer(LINK, invited, Reply.DECLINED, via=Via.LINK)
    deliver_all(transaction)
    method, event = entry(open_smtp.wait_for(1)[0])
    assert (method, event["ATTENDEE"].params["PARTSTAT"]) == ("REQUEST", "DECLINED")


def test_who_sends_a_substitute_is_told_so_and_stays_away(invited, transaction, open_smtp):
    with transaction():
        name_substitute(LINK, invited, "Truus Vos", via=Via.LINK)
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    assert "Truus Vos in uw plaats" in letter.message.get_body(("plain",)).get_content()
    assert str(letter.message["Subject"]).startswith("Uw antwoord: ")
    assert entry(letter)[1]["ATTENDEE"].params["PARTSTAT"] == "DECLINED"


def above_own_link(session, invitation):
    """Give the line that stands above the reader's own link in the text of a confirmation."""
    lines = composed(session, "confirmation").text.splitlines()
    return lines[lines.index(answer_link(invitation.id, invitation.generation)) - 1]


@pytest.mark.parametrize("reply", [Reply.ACCEPTED, Reply.TENTATIVE, Reply.DECLINED])
def test_the_text_of_a_confirmation_says_what_the_own_link_is_for(invited, transaction, reply):
    with transaction() as session:
        answer(LINK, session.get(Invitation, invited.id), reply, via=Via.LINK)
        assert above_own_link(session, invited) == "Bekijk of verander uw antwoord:"


def test_the_own_link_does_not_seem_to_be_for_a_substitute(invited, transaction):
    with transaction() as session:
        name_substitute(LINK, session.get(Invitation, invited.id), "Joop Smit", via=Via.LINK)
        assert above_own_link(session, invited) == "Bekijk of verander uw antwoord:"


def test_who_waits_has_a_tentative_entry_that_says_so(invited, transaction, open_smtp):
    with transaction() as session:
        meeting = session.get(Meeting, invited.meeting_id)
        meeting.capacity = 1
        make_invitation(meeting, meeting.organiser, reply="accepted")
        answer(LINK, invited, Reply.ACCEPTED, via=Via.LINK)
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    _, event = entry(letter)
    assert "video.example" not in letter.message.get_body(("plain",)).get_content()
    assert (event["STATUS"], event["SEQUENCE"]) == ("TENTATIVE", 1)
    assert str(event["SUMMARY"]).startswith("Wachtlijst: ")


def test_a_mail_that_no_longer_holds_does_not_leave(story, transaction, open_smtp):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet))
        session.get(Meeting, story.meeting.id).status = "cancelled"
    deliver_all(transaction)
    with transaction() as session:
        assert session.scalars(select(Message)).one().state == "cancelled"
    assert open_smtp.letters == []


def test_withdrawing_cancels_the_entry_with_a_higher_sequence(
    story, invited, transaction, open_smtp
):
    with transaction():
        withdraw(story.anna_actor, invited)
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    method, event = entry(letter)
    assert (method, event["SEQUENCE"], event["STATUS"]) == ("CANCEL", 1, "CANCELLED")
    assert event["UID"] == invited.uid
    assert "Uw uitnodiging is ingetrokken" in letter.message["Subject"]


def test_a_cancel_that_waits_still_names_the_old_entry_when_one_is_invited_again(
    story, invited, transaction, open_smtp
):
    with transaction():
        withdraw(story.anna_actor, invited)
    with transaction():
        invite(story.anna_actor, story.meeting, people(story.riet))
    deliver_all(transaction)
    found = {method: event["UID"] for method, event in map(entry, open_smtp.wait_for(2))}
    assert found["CANCEL"] == invited.uid
    assert found["REQUEST"] != invited.uid
    with transaction() as session:
        assert session.scalars(select(Invitation)).one().last_method == "REQUEST"


def test_cancelling_says_why_and_takes_the_entry_out(story, invited, transaction, open_smtp):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        changes.cancel(story.anna_actor, meeting, "De spreker is ziek.")
    deliver_all(transaction)
    (letter,) = open_smtp.wait_for(1)
    assert entry(letter)[0] == "CANCEL"
    assert "De spreker is ziek." in letter.message.get_body(("plain",)).get_content()


def test_entries_to_download_have_no_attendee_and_no_method(invited, transaction):
    with transaction() as session:
        invitation = session.get(Invitation, invited.id)
        own = Calendar.from_ical(download(invitation))
        public = Calendar.from_ical(public_download(invitation.meeting))
    for calendar in (own, public):
        assert "METHOD" not in calendar
        assert "ATTENDEE" not in calendar.walk("VEVENT")[0]
    assert own.walk("VEVENT")[0]["UID"] == invited.uid
    assert public.walk("VEVENT")[0]["UID"] != invited.uid


def test_the_public_file_speaks_to_who_got_no_mail_and_keeps_the_online_link(story, transaction):
    with transaction() as session:
        meeting = session.get_one(Meeting, story.meeting.id)
        meeting.is_public = True
        calendar = Calendar.from_ical(public_download(meeting))
    words = str(calendar.walk("VEVENT")[0]["DESCRIPTION"])
    assert f"/meetings/{story.meeting.id}" in words
    assert "Meld u hier aan:" in words
    assert "onze mail" not in words
    assert "Over vervoer." in words
    assert b"video.example" not in calendar.to_ical()


def test_an_entry_writes_a_telephone_number_as_mails_and_pages_do(invited, transaction):
    with transaction() as session:
        octets = download(session.get(Invitation, invited.id))
    event = Calendar.from_ical(octets).walk("VEVENT")[0]
    assert "070 000 0001" in event["DESCRIPTION"]

"""Who comes in somebody's place, and gave an address, hears of changes like everybody else."""

import pytest
from icalendar import Calendar

from eventsapp.core.actor import Actor, Level
from eventsapp.invitations import changes
from eventsapp.invitations.answer import answer, name_substitute, take_back
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.invite import withdraw
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.mail.delivery import deliver
from eventsapp.meetings.models import Meeting
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, wall
from tests.meeting_changes import change_meeting

LINK = Actor(level=Level.LINK)
PIET = "piet@elders.example"
MOVED = {"starts_wall": wall(2027, 1, 19, 13, 30), "ends_wall": wall(2027, 1, 19, 16)}
PLACE = {"place_name": "De Schakel", "town": "Zutphen"}


@pytest.fixture
def story(transaction, open_smtp, freeze):
    """Piet Vos comes in Petra's place, who holds an entry herself."""
    freeze("2027-01-04 09:00")
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        cast.to_petra = make_invitation(cast.meeting, cast.petra, last_method="REQUEST")
        name_substitute(LINK, cast.to_petra, "Piet Vos", PIET, via=Via.LINK)
    deliver_all(transaction)
    open_smtp.forget()
    return cast


@pytest.fixture
def change(story, transaction):
    """`change(title="…")` changes the meeting, and the mails leave."""

    def act(**new):
        with transaction():
            change_meeting(story.anna_actor, story.meeting.id, **new)
        deliver_all(transaction)

    return act


@pytest.fixture
def to_piet(open_smtp):
    """`to_piet()` gives what came to him: subject, words, and what his calendar is told."""

    def read():
        found = open_smtp.to(PIET)
        return [
            (str(one.message["Subject"]), words_of(one.message), entry_of(one.message))
            for one in found
        ]

    return read


def deliver_all(transaction):
    with transaction():
        deliver("test", calendar_part)


def words_of(message):
    return message.get_body(("plain",)).get_content()


def entry_of(message):
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            calendar = Calendar.from_ical(part.get_payload(decode=True))
            event = calendar.walk("VEVENT")[0]
            return str(calendar["METHOD"]), str(event["UID"]), event["SEQUENCE"], event["ATTENDEE"]
    return None


def act_on(story, transaction, act):
    with transaction() as session:
        act(session.get(Invitation, story.to_petra.id))
    deliver_all(transaction)


def test_another_place_comes_with_an_entry_of_ones_own(story, change, to_piet):
    change(**PLACE)
    ((subject, words, (method, uid, sequence, attendee)),) = to_piet()
    assert subject.startswith("Andere plaats")
    assert "Beste Piet Vos" in words
    assert "U komt in plaats van Petra" in words
    assert "De Schakel" in words
    assert "/i/" not in words  # the link is the invitee's
    assert (method, sequence, str(attendee)) == ("REQUEST", 1, f"mailto:{PIET}")
    assert uid != story.to_petra.uid


def test_a_second_change_is_about_the_same_entry(change, to_piet):
    change(**PLACE)
    change(place_name="De Brug")
    (_, _, first), (_, _, second) = to_piet()
    assert (first[1], first[2], second[2]) == (second[1], 1, 2)


def test_another_time_tells_to_wait_for_the_invitee(change, to_piet):
    change(**MOVED)
    ((subject, words, entry),) = to_piet()
    assert subject.startswith(("Ander tijdstip", "Andere tijd"))
    assert "Kom alleen als u dat van Petra" in words
    assert entry is None


def test_another_time_takes_out_an_entry_that_he_holds(change, to_piet):
    change(**PLACE)
    change(**MOVED)
    (_, _, asked), (_, _, cancelled) = to_piet()
    assert (cancelled[0], cancelled[1], cancelled[2]) == ("CANCEL", asked[1], 2)


def test_a_cancellation_reaches_him(story, transaction, change, to_piet):
    change(**PLACE)
    with transaction() as session:
        changes.cancel(story.anna_actor, session.get(Meeting, story.meeting.id), "Ziekte")
    deliver_all(transaction)
    _, (subject, words, entry) = to_piet()
    assert subject.startswith("Gaat niet door")
    assert "Ziekte" in words
    assert (entry[0], entry[2]) == ("CANCEL", 2)


@pytest.mark.parametrize(
    "act",
    [
        lambda one: answer(LINK, one, Reply.ACCEPTED, via=Via.LINK),
        lambda one: name_substitute(LINK, one, "Els Smit", "els@elders.example", via=Via.LINK),
        lambda one: take_back(LINK, one),
    ],
)
def test_who_holds_an_entry_and_is_expected_no_more_is_told(
    story, transaction, change, to_piet, act
):
    change(**PLACE)
    act_on(story, transaction, act)
    _, (subject, _, entry) = to_piet()
    assert subject.startswith("U hoeft niet te komen")
    assert (entry[0], entry[2]) == ("CANCEL", 2)


def test_who_never_heard_from_us_hears_nothing_when_the_invitee_comes(story, transaction, to_piet):
    act_on(story, transaction, lambda one: answer(LINK, one, Reply.ACCEPTED, via=Via.LINK))
    assert to_piet() == []


def test_withdrawing_the_invitation_tells_him_too(story, transaction, to_piet):
    act_on(story, transaction, lambda one: withdraw(story.anna_actor, one))
    ((subject, words, entry),) = to_piet()
    assert subject.startswith("U hoeft niet te komen")
    assert entry is None


def test_a_substitute_without_an_address_gets_no_mail(story, transaction, change, open_smtp):
    act_on(
        story,
        transaction,
        lambda one: name_substitute(LINK, one, "Els Smit", via=Via.LINK),
    )
    open_smtp.forget()
    change(**PLACE)
    assert [one.to for one in open_smtp.letters] == [story.to_petra.email]


def test_who_gets_a_mail_is_foreseen(story, transaction):
    with transaction() as session:
        told = changes.foresee_cancel(session.get(Meeting, story.meeting.id))
        assert (told.updates, told.substitutes, told.mails) == (1, 1, 2)

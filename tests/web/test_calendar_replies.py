"""What becomes of the answers of calendars: applied in order, held, or passed over."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.invitations import answer as answering
from eventsapp.invitations import calendar_replies, ledger
from eventsapp.invitations.changes import cancel, change
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.invitations.reply_address import reply_address_for
from eventsapp.mail.models import InboundMail, Message
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.planning import plan_of
from tests.calendar_replies import REPLIES, google, reply_lines
from tests.factories import actor_of, make_cast, make_invitation, make_meeting, make_person, wall

LINK = Actor(Level.LINK)
RIET = "riet@raad.example"


@pytest.fixture
def story(transaction, freeze):
    """Riet is invited to Anna's meeting of the 12th; it is Tuesday 5 January, half past ten."""
    freeze("2027-01-05 10:30")
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        starts = wall(2027, 1, 12, 13, 30)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=starts, capacity=1)
        cast.riet = make_person("Riet Bos", RIET)
        cast.invitation = make_invitation(cast.meeting, cast.riet, last_method="REQUEST")
        assert cast.invitation.email == RIET
    return cast


@pytest.fixture
def arrives(story, transaction):
    """`arrives(octets)` takes a mail in; gives (state, reason) and what Riet's answer is then."""
    numbers = iter(range(1_000))

    def act(octets, recipient=None, sender=RIET, **values):
        with transaction() as session:
            inbound = InboundMail(
                fingerprint=f"mail-{next(numbers)}",
                source="test",
                received_at=now(),
                recipient=recipient or reply_address_for(story.riet.id),
                sender=sender,
                kind="calendar_reply",
                octets=octets,
                **values,
            )
            session.add(inbound)
            calendar_replies.apply(inbound)
            kept = session.get(Invitation, story.invitation.id)
            return inbound, kept

    return act


def said(story, partstat="ACCEPTED", attendee=RIET, **values):
    values.setdefault("stamp", "20270105T093000Z")
    return calendar(reply_lines(story.invitation.uid, attendee, partstat, **values))


def calendar(lines):
    return b"Content-Type: text/calendar; charset=utf-8\r\n\r\n" + lines.encode()


def mails(transaction, template):
    with transaction() as session:
        return list(session.scalars(select(Message).where(Message.template == template)))


def press(story, transaction, reply, via=Via.LINK):
    with transaction() as session:
        invitation = session.get(Invitation, story.invitation.id)
        return answering.answer(LINK, invitation, reply, via=via)


def move(story, transaction, day):
    """Anna moves the meeting to another day of January."""
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        plan = plan_of(meeting)
        plan = replace(
            plan,
            starts_wall=plan.starts_wall.replace(day=day),
            ends_wall=plan.ends_wall.replace(day=day),
        )
        change(story.anna_actor, meeting, plan, meeting.version)


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize(
    ("partstat", "reply"),
    [("ACCEPTED", "accepted"), ("TENTATIVE", "tentative"), ("DECLINED", "declined")],
)
def test_an_answer_of_each_calendar_holds(story, arrives, transaction, name, partstat, reply):
    to = reply_address_for_riet(story, transaction)
    octets = REPLIES[name](story.invitation.uid, RIET, to, partstat)
    inbound, kept = arrives(octets)
    assert (inbound.state, inbound.reason) == ("applied", "")
    assert (kept.reply, kept.replied_via) == (reply, "calendar")
    assert inbound.reference == f"invitation:{kept.id}"


def reply_address_for_riet(story, transaction):
    with transaction():
        return reply_address_for(story.riet.id)


def test_a_calendar_gets_no_mail_about_its_own_answer(story, arrives, transaction):
    arrives(said(story))
    assert mails(transaction, "confirmation") == []


def test_who_finds_the_meeting_full_waits_and_is_told(story, arrives, transaction):
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        make_invitation(meeting, make_person("Jan Bos"), reply="accepted")
    _, kept = arrives(said(story))
    assert (kept.reply, kept.sequence) == ("waitlisted", 1)
    assert len(mails(transaction, "confirmation")) == 1
    _, kept = arrives(said(story, sequence=1, stamp="20270105T093100Z"))
    assert (kept.reply, kept.sequence) == ("waitlisted", 2)


def test_declining_from_a_calendar_gives_the_seat_to_who_waits(story, arrives, transaction):
    arrives(said(story))
    with transaction() as session:
        meeting = session.get(Meeting, story.meeting.id)
        waits = make_invitation(
            meeting, make_person("Jan Bos"), reply="waitlisted", waiting_since=now()
        ).id
    arrives(said(story, "DECLINED", stamp="20270105T093500Z"))
    with transaction() as session:
        assert session.get(Invitation, waits).reply == "accepted"


def test_an_older_answer_that_comes_late_changes_nothing(story, arrives, transaction):
    arrives(said(story, "DECLINED", stamp="20270105T092900Z"))
    inbound, kept = arrives(said(story, "ACCEPTED", stamp="20270105T092800Z"))
    assert (inbound.state, inbound.reason) == ("ignored", "older")
    assert kept.reply == "declined"


def test_an_answer_by_the_link_beats_an_earlier_one_that_comes_late(story, arrives, transaction):
    press(story, transaction, Reply.DECLINED)
    inbound, kept = arrives(said(story, stamp="20270105T092000Z"))
    assert (inbound.reason, kept.reply) == ("older", "declined")


def test_a_later_answer_of_the_calendar_beats_the_link(story, arrives, transaction, freeze):
    press(story, transaction, Reply.DECLINED)
    freeze("2027-01-05 11:00")
    inbound, kept = arrives(said(story, stamp="20270105T095900Z"))
    assert (inbound.state, kept.reply) == ("applied", "accepted")


def test_a_clock_that_runs_ahead_does_not_beat_what_comes_later(
    story, arrives, transaction, freeze
):
    arrives(said(story, stamp="20300101T000000Z"))
    freeze("2027-01-05 10:31")
    press(story, transaction, Reply.DECLINED)
    freeze("2027-01-05 10:32")
    _, kept = arrives(said(story, "TENTATIVE", stamp="20270105T093130Z"))
    assert kept.reply == "tentative"


def test_an_answer_to_the_time_before_is_held_and_asked_again(story, arrives, transaction, freeze):
    press(story, transaction, Reply.ACCEPTED)
    move(story, transaction, 13)
    freeze("2027-01-05 10:40")
    for minute in (35, 36):
        inbound, kept = arrives(said(story, stamp=f"20270105T09{minute}00Z"))
        assert (inbound.state, inbound.reason) == ("waiting", "older_time")
        assert kept.reply == "needs_action"
    again = [one for one in mails(transaction, "update") if one.key.startswith("again:")]
    assert [one.data["earlier_reply"] for one in again] == ["accepted"]
    inbound, kept = arrives(said(story, sequence=1, stamp="20270105T093900Z"))
    assert (inbound.state, kept.reply) == ("applied", "accepted")
    with transaction() as session:
        states = session.scalars(select(InboundMail.state).order_by(InboundMail.id))
        assert list(states) == ["ignored", "ignored", "applied"]


def test_an_answer_to_an_earlier_place_holds(story, arrives, transaction, freeze):
    with transaction() as session:
        ledger.renew_entry(session.get(Invitation, story.invitation.id), is_new_round=True)
    inbound, kept = arrives(said(story, sequence=0))
    assert (inbound.state, kept.reply) == ("applied", "accepted")


def test_an_alias_is_taken_and_remembered(story, arrives, transaction):
    inbound, kept = arrives(said(story, attendee="r.bos@werk.example"))
    assert (inbound.state, kept.reply_alias) == ("applied", "r.bos@werk.example")
    inbound, kept = arrives(
        said(story, "DECLINED", attendee="R.Bos@werk.example", stamp="20270105T093001Z"),
        sender="r.bos@werk.example",
    )
    assert (inbound.state, kept.reply) == ("applied", "declined")


def test_a_forwarded_invitation_changes_nothing_and_is_shown(story, arrives, transaction):
    octets = said(story, attendee="jan@elders.example")
    inbound, kept = arrives(octets, sender="jan@elders.example")
    assert (inbound.state, inbound.reason) == ("waiting", "forwarded")
    assert inbound.detail["attendee"] == "jan@elders.example"
    assert (kept.reply, kept.reply_alias) == ("needs_action", "")


def test_the_address_of_somebody_else_is_held(story, arrives, transaction):
    with transaction():
        other = reply_address_for(story.petra.id)
    for recipient in (other, "antwoord@programma.example", "antwoord+bad@programma.example"):
        inbound, kept = arrives(said(story), recipient=recipient)
        assert (inbound.state, inbound.reason) == ("waiting", "wrong_address")
        assert kept.reply == "needs_action"


def test_an_unknown_entry_is_held_beside_the_nearest_meeting(story, arrives):
    inbound, kept = arrives(calendar(reply_lines("unknown@elsewhere.example", RIET)))
    assert (inbound.state, inbound.reason) == ("waiting", "unknown_event")
    assert inbound.reference == f"invitation:{kept.id}"


@pytest.mark.parametrize(
    ("method", "state", "reason"),
    [
        ("COUNTER", "waiting", "proposal"),
        ("REQUEST", "ignored", "not_for_us"),
        ("CANCEL", "ignored", "not_for_us"),
        ("ADD", "ignored", "not_for_us"),
        ("PUBLISH", "ignored", "not_for_us"),
    ],
)
def test_what_is_no_answer_changes_nothing(story, arrives, method, state, reason):
    inbound, kept = arrives(said(story, method=method))
    assert (inbound.state, inbound.reason) == (state, reason)
    assert kept.reply == "needs_action"


def test_somebody_who_delegates_is_shown(story, arrives):
    inbound, _ = arrives(said(story, "DELEGATED"))
    assert (inbound.state, inbound.reason) == ("waiting", "delegated")


@pytest.mark.parametrize(
    "octets", [b"", b"x" * 1_100_000, b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"]
)
def test_what_cannot_be_read_waits_for_somebody(arrives, octets):
    inbound, _ = arrives(octets)
    assert (inbound.state, inbound.reason) == ("waiting", "unreadable")


def test_an_answer_after_the_beginning_waits_for_somebody(story, arrives, freeze):
    freeze("2027-01-12 14:00")
    inbound, kept = arrives(said(story))
    assert (inbound.state, inbound.reason) == ("waiting", "too_late")
    assert kept.reply == "needs_action"


def test_declining_what_was_cancelled_needs_nobody(story, arrives, transaction):
    with transaction() as session:
        cancel(story.anna_actor, session.get(Meeting, story.meeting.id), "Ziek")
    inbound, _ = arrives(said(story, "DECLINED"))
    assert inbound.state == "ignored"


def test_the_substitute_stays_when_the_own_calendar_declines(story, arrives, transaction):
    with transaction() as session:
        invitation = session.get(Invitation, story.invitation.id)
        answering.name_substitute(LINK, invitation, "Toon Bos", via=Via.LINK)
    _, kept = arrives(said(story, "DECLINED", stamp="20270105T093000Z"))
    assert kept.substitute_name == "Toon Bos"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_answers_come_in_the_latest_holds(story, arrives, order):
    given = [("ACCEPTED", 27), ("DECLINED", 28), ("TENTATIVE", 29)]
    for place in order:
        partstat, minute = given[place]
        _, kept = arrives(said(story, partstat, stamp=f"20270105T09{minute}00Z"))
    assert kept.reply == "tentative"


def test_a_comment_stands_with_the_remark(story, arrives, transaction):
    octets = google(story.invitation.uid, RIET, "a@b.example", comment="Ik kom\\, met Piet")
    _, kept = arrives(octets)
    assert kept.remark == "Ik kom, met Piet"


def test_each_answer_stands_in_the_log_with_how_it_came(story, arrives, transaction, freeze):
    arrives(said(story))
    freeze("2027-01-05 10:45")
    arrives(said(story, "DECLINED", stamp="20270105T094400Z"))
    with transaction() as session:
        rows = session.scalars(select(Answer).order_by(Answer.id))
        assert [(row.reply, row.via) for row in rows] == [
            ("accepted", "calendar"),
            ("declined", "calendar"),
        ]


def test_whoever_is_asked_anew_begins_a_new_order(story, arrives, transaction):
    arrives(said(story))
    with transaction() as session:
        kept = session.get(Invitation, story.invitation.id)
        ledger.begin_anew(kept)
        assert kept.replied_at_order is None
        story.invitation.uid = kept.uid
    inbound, kept = arrives(said(story, stamp="20270105T080000Z"))
    assert (inbound.state, kept.reply) == ("applied", "accepted")


def test_the_last_moment_counts_to_the_second(story, arrives, transaction, freeze):
    before = now() - timedelta(seconds=30)
    with transaction() as session:
        kept = session.get(Invitation, story.invitation.id)
        kept.replied_sequence, kept.replied_dtstamp = 0, before
    _, kept = arrives(said(story, stamp=f"{before:%Y%m%dT%H%M%SZ}"))
    assert kept.reply == "accepted"

"""Who was there: first marks from the answers, corrections, representatives, walk-ins, counts."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.invitations import attendance, attendees
from eventsapp.invitations.attendance import WalkIn
from eventsapp.invitations.kinds import Presence
from eventsapp.invitations.models import Attendance, Invitation, InvitedOrganisation
from eventsapp.meetings.models import Meeting
from tests.factories import (
    actor_of,
    make_account,
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    wall,
)

DAY = "2027-01-12 15:00"
REPLIES = ("accepted", "declined", "tentative", "needs_action", "waitlisted")


@pytest.fixture
def held(transaction, freeze):
    """A meeting that is going on: who acts, the meeting, and one invitee for each answer."""
    freeze(DAY)
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        people = {}
        for reply in REPLIES:
            people[reply] = make_person(f"Piet {reply.title()}")
            organisation = make_organisation(f"Raad {reply}")
            make_invitation(meeting, people[reply], organisation=organisation, reply=reply)
        actors = {name: actor_of(getattr(cast, name)) for name in ("anna", "bram", "kees", "ilse")}
    return SimpleNamespace(**actors, petra=cast.petra, noord=cast.noord), meeting, people


def marks(session):
    return {row.person_id: row.presence for row in session.scalars(select(Attendance))}


def test_the_first_marks_follow_from_the_answers(held, transaction):
    cast, meeting, people = held
    with transaction() as session:
        assert attendance.start(cast.anna, meeting) == 2
        assert marks(session) == {
            people["accepted"].id: "present",
            people["declined"].id: "excused",
        }


def test_starting_twice_changes_no_mark_that_was_made_meanwhile(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction() as session:
        attendance.mark(anna, meeting, people["accepted"].id, Presence.ABSENT)
        assert attendance.start(anna, meeting) == 1
        assert attendance.start(anna, meeting) == 0
        assert marks(session)[people["accepted"].id] == "absent"


def test_who_sends_a_substitute_is_marked_as_represented(held, transaction):
    cast, meeting, _ = held
    with transaction() as session:
        riet = make_person("Riet Jansen")
        make_invitation(meeting, riet, reply="declined", substitute_name="Koos")
        attendance.start(cast.anna, meeting)
        assert marks(session)[riet.id] == "represented"


def test_guests_who_were_announced_are_counted_with_who_is_present(held, transaction):
    cast, meeting, _ = held
    with transaction():
        make_invitation(meeting, make_person("Riet Jansen"), reply="accepted", guests=2)
        attendance.start(cast.anna, meeting)
        count = attendees.tally(meeting)
        assert (count.present, count.guests, count.people) == (2, 2, 4)


def test_a_later_mark_stands_over_an_earlier_one(held, transaction):
    cast, meeting, people = held
    with transaction() as session:
        for presence in (Presence.PRESENT, Presence.EXCUSED, Presence.ABSENT):
            attendance.mark(cast.anna, meeting, people["tentative"].id, presence)
        assert marks(session) == {people["tentative"].id: "absent"}


def test_pressing_twice_keeps_who_marked_first(held, transaction):
    cast, meeting, people = held
    with transaction():
        pia = actor_of(make_account("Pia Post", regions=(cast.noord,)))
        for actor in (cast.anna, pia):
            row = attendance.mark(actor, meeting, people["accepted"].id, Presence.PRESENT)
        assert row.marked_by == cast.anna.person_id


def test_a_present_attendee_speaks_for_somebody_who_is_away(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction():
        speaker = attendance.mark(anna, meeting, people["accepted"].id, Presence.PRESENT)
        row = attendance.mark(
            anna, meeting, people["declined"].id, Presence.REPRESENTED, people["accepted"].id
        )
        assert row.represented_by_id == speaker.id


@pytest.mark.parametrize("who", ["tentative", "declined"])
def test_nobody_is_represented_by_who_was_not_present_or_by_themselves(held, transaction, who):
    cast, meeting, people = held
    with transaction(), pytest.raises(InputError) as fault:
        attendance.mark(
            cast.anna,
            meeting,
            people["declined"].id,
            Presence.REPRESENTED,
            people[who].id,
        )
    assert fault.value.field == "represented_by"


def test_who_turns_out_not_to_be_there_speaks_for_nobody(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    one, other = people["accepted"].id, people["declined"].id
    with transaction() as session:
        attendance.mark(anna, meeting, one, Presence.PRESENT)
        attendance.mark(anna, meeting, other, Presence.REPRESENTED, one)
        attendance.mark(anna, meeting, one, Presence.ABSENT)
    with transaction() as session:
        row = session.scalar(select(Attendance).where(Attendance.person_id == other))
        assert (row.presence, row.represented_by_id) == ("represented", None)


def test_a_mark_can_be_taken_away(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction() as session:
        attendance.mark(anna, meeting, people["accepted"].id, Presence.PRESENT)
        attendance.unmark(anna, meeting, people["accepted"].id)
        attendance.unmark(anna, meeting, people["accepted"].id)
        assert marks(session) == {}


def test_who_is_not_on_the_list_cannot_be_marked(held, transaction):
    cast, meeting, _ = held
    with transaction(), pytest.raises(NotFound):
        attendance.mark(cast.anna, meeting, cast.petra.id, Presence.PRESENT)


def test_somebody_walks_in(held, transaction):
    cast, meeting, _ = held
    with transaction():
        row = attendance.add_walk_in(
            cast.anna, meeting, WalkIn(person_id=cast.petra.id, may_invite=True)
        )
        assert (row.is_walk_in, row.presence) == (True, "present")
        assert (row.may_invite, row.may_send_newsletter) == (True, None)


def test_an_invitee_who_reports_at_the_door_is_no_walk_in(held, transaction):
    cast, meeting, people = held
    with transaction():
        row = attendance.add_walk_in(
            cast.anna, meeting, WalkIn(person_id=people["needs_action"].id)
        )
        assert (row.is_walk_in, row.presence) == (False, "present")


def test_the_same_person_walks_in_once(held, transaction):
    cast, meeting, _ = held
    with transaction():
        attendance.add_walk_in(cast.anna, meeting, WalkIn(person_id=cast.petra.id))
    with transaction(), pytest.raises(InputError):
        attendance.add_walk_in(cast.anna, meeting, WalkIn(person_id=cast.petra.id))


def test_a_substitute_who_walks_in_represents_the_invitee(held, transaction):
    cast, meeting, people = held
    invitee = people["declined"].id
    with transaction() as session:
        row = attendance.add_walk_in(
            cast.anna, meeting, WalkIn(person_id=cast.petra.id, represents=invitee)
        )
        other = session.scalar(select(Attendance).where(Attendance.person_id == invitee))
        assert (other.presence, other.represented_by_id) == ("represented", row.id)


def test_organisations_and_persons_are_counted_apart(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction():
        attendance.start(anna, meeting)
        attendance.mark(
            anna, meeting, people["declined"].id, Presence.REPRESENTED, people["accepted"].id
        )
        count = attendees.tally(meeting)
        assert (count.present, count.represented, count.organisations) == (1, 1, 2)
        assert (count.listed, count.unmarked) == (5, 3)


def test_a_contact_of_two_organisations_brings_both(held, transaction):
    cast, meeting, people = held
    with transaction() as session:
        mine = select(Invitation).where(Invitation.person_id == people["accepted"].id)
        second = make_organisation("Seniorenraad")
        session.add(
            InvitedOrganisation(
                meeting_id=meeting.id, organisation=second, via=session.scalar(mine)
            )
        )
        attendance.mark(cast.anna, meeting, people["accepted"].id, Presence.PRESENT)
        assert attendees.tally(meeting).organisations == 2


def test_closing_may_mark_who_said_yes_and_did_not_come(held, transaction):
    cast, meeting, people = held
    with transaction() as session:
        assert attendance.close(cast.anna, meeting, mark_absent=True) == 1
        assert marks(session) == {people["accepted"].id: "absent"}
        assert session.get(Meeting, meeting.id).attendance_closed_at is not None


def test_closing_does_not_stand_in_the_way_of_who_edits_the_meeting(held, transaction):
    cast, meeting, _ = held
    with transaction() as session:
        attendance.close(cast.anna, meeting, mark_absent=False)
        assert session.get(Meeting, meeting.id, populate_existing=True).version == meeting.version


def test_a_closed_list_opens_again_with_all_its_marks(held, transaction):
    cast, meeting, _ = held
    with transaction() as session:
        attendance.start(cast.anna, meeting)
        attendance.close(cast.anna, meeting, mark_absent=False)
        attendance.reopen(cast.anna, meeting)
        assert session.get(Meeting, meeting.id).attendance_closed_at is None
        assert len(marks(session)) == 2


def test_nothing_is_marked_before_the_day(held, transaction, freeze):
    cast, meeting, people = held
    freeze("2027-01-11 23:59")
    with transaction(), pytest.raises(Conflict):
        attendance.mark(cast.anna, meeting, people["accepted"].id, Presence.PRESENT)
    freeze("2027-01-12 00:00")
    with transaction():
        attendance.mark(cast.anna, meeting, people["accepted"].id, Presence.PRESENT)


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_nothing_is_marked_of_a_meeting_that_is_not_held(held, transaction, status):
    cast, meeting, _ = held
    with transaction() as session:
        session.get(Meeting, meeting.id).status = status
    with transaction(), pytest.raises(Conflict):
        attendance.start(cast.anna, meeting)


def test_the_list_is_closed_after_the_start_only(held, transaction, freeze):
    cast, meeting, _ = held
    freeze("2027-01-12 13:29")
    with transaction(), pytest.raises(Conflict):
        attendance.close(cast.anna, meeting, mark_absent=True)


def test_an_advisor_of_another_region_reads_and_does_not_mark(held, transaction):
    cast, meeting, people = held
    with transaction():
        assert attendees.attendees_page(cast.bram, meeting).items
        with pytest.raises(Forbidden):
            attendance.mark(cast.bram, meeting, people["accepted"].id, Presence.PRESENT)


def test_an_editor_sees_no_attendance(held, transaction):
    cast, meeting, _ = held
    with transaction(), pytest.raises(Forbidden):
        attendees.attendees_page(cast.ilse, meeting)


@pytest.mark.parametrize("who", ["kees", "bram"])
def test_a_closed_group_exists_for_its_organiser_only(held, transaction, who):
    cast, meeting, _ = held
    with transaction() as session:
        session.get(Meeting, meeting.id).is_confidential = True
    with transaction(), pytest.raises(NotFound):
        attendance.start(getattr(cast, who), meeting)
    with transaction():
        assert attendance.start(cast.anna, meeting) == 2


def test_the_log_says_who_started_closed_and_corrected(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction() as session:
        attendance.start(anna, meeting)
        attendance.close(anna, meeting, mark_absent=False)
        attendance.mark(anna, meeting, people["accepted"].id, Presence.ABSENT)
    with transaction() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert actions == ["attendance.start", "attendance.close", "attendance.correct"]


def test_the_list_can_be_searched_and_narrowed_down(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction():
        attendance.start(anna, meeting)

        def found(**filters):
            lines = attendees.attendees_page(anna, meeting, **filters).items
            return {line.person.id for line in lines}

        assert found(text="piet decl") == {people["declined"].id}
        assert found(show="present") == {people["accepted"].id}
        unmarked = ("tentative", "needs_action", "waitlisted")
        assert found(show="unmarked") == {people[reply].id for reply in unmarked}


def test_who_was_withdrawn_is_on_the_list_only_when_they_came(held, transaction):
    cast, meeting, people = held
    anna = cast.anna
    with transaction() as session:
        row = session.scalar(
            select(Invitation).where(Invitation.person_id == people["accepted"].id)
        )
        row.withdrawn_at, row.reply = now(), "withdrawn"
        session.flush()
        assert attendees.tally(meeting).listed == 4
        attendance.add_walk_in(anna, meeting, WalkIn(person_id=people["accepted"].id))
        assert attendees.tally(meeting).listed == 5

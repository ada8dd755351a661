"""Inviting: who is let through, who is left out and why, and nobody twice."""

import threading

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, NotFound
from eventsapp.directory.models import Organisation, Person
from eventsapp.invitations.invite import Choice, foresee, invite, undo, withdraw
from eventsapp.invitations.kinds import LeftOutReason
from eventsapp.invitations.models import Answer, Invitation, InvitedOrganisation
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.models import Meeting
from tests.factories import (
    actor_of,
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
    make_role,
)


@pytest.fixture
def story(transaction):
    """Anna plans a meeting in Noord; Riet chairs a council there."""
    with transaction():
        cast = make_cast()
        cast.anna_actor = actor_of(cast.anna)
        cast.meeting = make_meeting(cast.anna.person, cast.noord)
        cast.council = make_organisation("Adviesraad Noordwolde")
        cast.riet = make_person("Riet van der Berg", "riet@raad.example")
        make_role(cast.riet, cast.council)
    return cast


def people(*chosen):
    return Choice(person_ids=frozenset(one.id for one in chosen))


def organisations(*chosen):
    return Choice(organisation_ids=frozenset(one.id for one in chosen))


def questions(asked):
    return sum(1 for statement in asked if statement.startswith("SELECT"))


def reasons(story, choice):
    foreseen = foresee(story.anna_actor, story.meeting, choice)
    return {one.name: one.reason for one in foreseen.left_out}


def invited(story, person, **values):
    meeting = db.session.get(Meeting, story.meeting.id)
    return make_invitation(meeting, db.session.get(Person, person.id), **values)


def test_an_organisation_is_invited_through_its_present_contact(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, organisations(story.council))
        (invitation,) = session.scalars(select(Invitation))
        (message,) = session.scalars(select(Message))
        (asked,) = session.scalars(select(InvitedOrganisation))
        assert invitation.person_id == story.riet.id
        assert (invitation.email, message.address) == ("riet@raad.example",) * 2
        assert message.key == f"invitation:{invitation.id}:0"
        assert asked.organisation_id == story.council.id
        assert asked.via_invitation_id == invitation.id


def test_the_mail_says_as_what_one_is_invited(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, organisations(story.council))
        data = session.scalars(select(Message)).one().data
        assert data["role_line"] == "U krijgt dit als voorzitter van Adviesraad Noordwolde."
        assert data["salutation"] == "Beste Riet"
        assert "/a/" in data["link"]


def test_a_contact_of_two_organisations_gets_one_mail_that_names_both(story, transaction):
    with transaction() as session:
        other = make_organisation("Seniorenraad Noordwolde", kind="senior_council")
        make_role(story.riet, other, "secretary")
        invite(story.anna_actor, story.meeting, organisations(story.council, other))
        (message,) = session.scalars(select(Message))
        assert "Adviesraad Noordwolde en Seniorenraad Noordwolde" in message.data["role_line"]
        assert len(session.scalars(select(InvitedOrganisation)).all()) == 2


def test_an_organisation_without_contact_is_written_at_its_mailbox(story, transaction):
    with transaction() as session:
        church = make_organisation("Dorpskerk", kind="church", email="kerk@dorp.example")
        invite(story.anna_actor, story.meeting, organisations(church))
        (invitation,) = session.scalars(select(Invitation))
        assert invitation.email == "kerk@dorp.example"
        assert invitation.person.external_id == f"mailbox:{church.id}"
        (message,) = session.scalars(select(Message))
        assert (
            message.data["role_line"]
            == "Deze mail gaat naar het algemene e-mailadres van Dorpskerk."
        )


def test_who_is_left_out_is_named_with_the_reason(story, transaction):
    with transaction():
        known = make_person("Jan Jansen")
        invited(story, known)
        silent = make_person("Ans Bos", None)
        opted_out = make_person("Wim Smit")
        suppression.withhold_person(opted_out.id, Purpose.MEETINGS, "opted_out")
        failing = make_person("Bep Vos", "bep@weg.example")
        suppression.withhold_address("bep@weg.example", None, "bounced")
        db.session.flush()
        assert reasons(story, people(known, silent, opted_out, failing)) == {
            "Ans Bos": LeftOutReason.NO_ADDRESS,
            "Bep Vos": LeftOutReason.ADDRESS_FAILS,
            "Jan Jansen": LeftOutReason.INVITED,
            "Wim Smit": LeftOutReason.OPTED_OUT,
        }


def test_organisations_are_left_out_with_the_reason(story, transaction):
    with transaction():
        ended = make_organisation("Oude raad", email="x@oud.example", ended_on=today())
        empty = make_organisation("Lege raad")
        busy = make_organisation("Tweede raad")
        make_role(story.riet, busy)
        council = db.session.get(Organisation, story.council.id)
        invited(story, story.riet, organisation=council)
        assert reasons(story, organisations(ended, empty, busy, story.council)) == {
            "Adviesraad Noordwolde": LeftOutReason.INVITED,
            "Lege raad": LeftOutReason.NO_CONTACT,
            "Oude raad": LeftOutReason.ENDED,
            "Tweede raad": LeftOutReason.CONTACT_INVITED,
        }


def test_the_second_at_one_address_gets_a_letter_without_calendar(story, transaction):
    with transaction() as session:
        one = make_person("Aad Bos", "info@raad.example")
        two = make_person("Bea Bos", "Info@raad.example")
        foreseen = foresee(story.anna_actor, story.meeting, people(one, two))
        assert [each.is_letter_only for each in foreseen.invitees] == [False, True]
        invite(story.anna_actor, story.meeting, people(one, two))
        kept = {each.person_id: each.is_letter_only for each in session.scalars(select(Invitation))}
        assert kept == {one.id: False, two.id: True}


def test_inviting_twice_invites_nobody_twice(story, transaction):
    for _ in range(2):
        with transaction():
            invite(story.anna_actor, story.meeting, organisations(story.council))
    with transaction() as session:
        assert len(session.scalars(select(Invitation)).all()) == 1
        assert len(session.scalars(select(Message)).all()) == 1


def test_two_advisors_at_once_invite_nobody_twice(story, app, transaction):
    with transaction():
        others = [make_person(f"Deelnemer {number}") for number in range(20)]
    choice = people(story.riet, *others)
    gate, faults = threading.Barrier(2), []

    def press():
        try:
            with app.app_context():
                meeting = db.session.get(Meeting, story.meeting.id)
                db.session.rollback()
                gate.wait(120)
                invite(story.anna_actor, meeting, choice)
                db.session.commit()
        except Exception as fault:
            faults.append(fault)

    advisors = [threading.Thread(target=press) for _ in range(2)]
    for advisor in advisors:
        advisor.start()
    for advisor in advisors:
        advisor.join(120)
    assert not faults
    with transaction() as session:
        assert len(session.scalars(select(Invitation)).all()) == 21
        assert len(session.scalars(select(Message)).all()) == 21
        assert len(session.scalars(select(Mailing)).all()) == 1


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_nobody_is_invited_to_a_draft_or_a_cancelled_meeting(story, transaction, status):
    with transaction():
        db.session.get(Meeting, story.meeting.id).status = status
    with transaction(), pytest.raises(Conflict):
        invite(story.anna_actor, story.meeting, people(story.riet))


def test_nobody_is_invited_to_a_meeting_that_has_begun(story, transaction):
    with transaction():
        past = make_meeting(story.anna.person, story.noord, days=-3)
    with transaction(), pytest.raises(Conflict):
        invite(story.anna_actor, past, people(story.riet))


def test_an_advisor_of_another_region_may_not_invite(story, transaction):
    with transaction(), pytest.raises(Forbidden):
        invite(actor_of(story.bram), story.meeting, people(story.riet))


def test_the_organiser_of_a_closed_group_alone_invites_to_it(story, transaction):
    with transaction():
        closed = make_meeting(story.anna.person, story.noord, is_confidential=True)
    with transaction(), pytest.raises(NotFound):
        invite(actor_of(story.kees), closed, people(story.riet))
    with transaction() as session:
        mailing = invite(story.anna_actor, closed, people(story.riet))
        assert mailing.data["shown_title"]["nl"] == "Bijeenkomst met Anna de Vries"
        assert session.scalars(select(Invitation)).one().meeting_id == closed.id


def test_undo_takes_back_mails_and_invitations(story, transaction):
    with transaction():
        mailing = invite(story.anna_actor, story.meeting, people(story.riet, story.petra))
    with transaction() as session:
        assert undo(story.anna_actor, mailing.id) == 2
        assert session.scalars(select(Invitation)).all() == []
        assert {one.state for one in session.scalars(select(Message))} == {"cancelled"}


def test_undo_keeps_the_invitation_of_a_mail_that_left(story, transaction):
    with transaction() as session:
        mailing = invite(story.anna_actor, story.meeting, people(story.riet, story.petra))
        to_riet = select(Message).where(Message.person_id == story.riet.id)
        session.scalars(to_riet).one().state = "sent"
    with transaction() as session:
        assert undo(story.anna_actor, mailing.id) == 1
        assert session.scalars(select(Invitation)).one().person_id == story.riet.id
    with transaction(), pytest.raises(Conflict):
        undo(story.anna_actor, mailing.id)


def test_who_was_withdrawn_may_be_invited_again_with_a_new_entry_and_link(story, transaction):
    with transaction():
        was = invited(story, story.riet, last_method="REQUEST", sequence=3)
        uid = was.uid
        withdraw(story.anna_actor, was)
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet))
        again = session.scalars(select(Invitation)).one()
        assert again.uid != uid
        assert (again.generation, again.sequence, again.reply) == (1, 0, "needs_action")
        keys = {one.key for one in session.scalars(select(Message))}
        assert keys == {f"cancel:{again.id}:0:4", f"invitation:{again.id}:1"}


def test_undo_of_a_second_round_keeps_the_history_of_who_was_withdrawn(story, transaction):
    with transaction():
        was = invited(story, story.riet)
        db.session.add(Answer(invitation_id=was.id, via="link", asked="declined", reply="declined"))
        withdraw(story.anna_actor, was)
    with transaction():
        mailing = invite(story.anna_actor, story.meeting, people(story.riet))
    with transaction() as session:
        undo(story.anna_actor, mailing.id)
        kept = session.scalars(select(Invitation)).one()
        assert kept.reply == "withdrawn"
        assert len(kept.answers) == 1


def test_who_was_never_told_hears_nothing_of_a_withdrawal(story, transaction):
    with transaction():
        invite(story.anna_actor, story.meeting, people(story.riet))
    with transaction() as session:
        withdraw(story.anna_actor, session.scalars(select(Invitation)).one())
    with transaction() as session:
        (message,) = session.scalars(select(Message))
        assert (message.template, message.state) == ("invitation", "cancelled")


def test_the_audit_log_says_who_invited_and_holds_no_names(story, transaction):
    with transaction() as session:
        invite(story.anna_actor, story.meeting, people(story.riet))
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "invite")).one()
        assert entry.person_id == story.anna.person_id
        assert entry.detail["invited"] == 1
        assert "Riet" not in str(entry.detail)


def test_a_plan_without_invitation_mail_invites_without_mail(story, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).mail_plan = {"invitation": False}
        assert invite(story.anna_actor, story.meeting, people(story.riet)) is None
        assert session.scalars(select(Invitation)).one().person_id == story.riet.id
        assert session.scalars(select(Message)).all() == []


def test_a_mailbox_stands_in_as_one_person_however_often_it_is_invited(story, transaction):
    with transaction() as session:
        church = make_organisation("Dorpskerk", kind="church", email="kerk@dorp.example")
        second = make_meeting(story.anna.person, story.noord)
        invite(story.anna_actor, story.meeting, organisations(church))
        invite(story.anna_actor, second, organisations(church))
        mailboxes = select(Person).where(Person.external_id == f"mailbox:{church.id}")
        assert len(session.scalars(mailboxes).all()) == 1


def test_inviting_three_hundred_asks_the_database_a_fixed_number_of_questions(
    story, transaction, statements
):
    with transaction():
        crowd = [make_person(f"Deelnemer {number}") for number in range(60)]
    with transaction(), statements() as few:
        invite(story.anna_actor, story.meeting, people(*crowd[:10]))
    with transaction(), statements() as many:
        invite(story.anna_actor, story.meeting, people(*crowd[10:]))
    assert questions(many) == questions(few) < 30

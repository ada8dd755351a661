"""What becomes of a mail that does not get through at once."""

import pytest

from eventsapp.background import jobs
from eventsapp.core.actor import Actor, Level
from eventsapp.invitations import invite
from eventsapp.mail import delivery, outbox, repair, resending, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Bounce, Mailing, Message
from tests.meeting_changes import change_meeting

RIET = "riet@raad.example"


def write_letter(story, transaction):
    """A single letter: what is not sent again when its fate is unknown."""
    with transaction() as session:
        invitation = session.query(Mailing).order_by(Mailing.id.desc()).first()
        mailing = outbox.open_mailing(
            kind=MailingKind.LETTER,
            purpose=Purpose.MEETINGS,
            reference=invitation.reference,
            title="Brief",
            by=None,
            data=invitation.data,
        )
        kept = session.query(Message).filter_by(mailing_id=invitation.id).one()
        letter = outbox.Letter("letter:1", RIET, "Riet", "nl", "reminder_week", kept.data)
        outbox.enqueue(mailing, [letter])


@pytest.fixture
def sweep(transaction):
    def act(**how):
        with transaction():
            return repair.sweep(**how)

    return act


def test_later_is_tried_again_by_the_ladder(story, invite_people, send, rows, freeze):
    story.server.refusals = {RIET: "451 4.3.0 later"}
    invite_people("Riet Bos")
    send()
    assert rows() == [(RIET, "deferred", "later")]
    story.server.refusals = {}
    send()
    assert story.server.letters == []
    freeze("2027-01-04 09:01")
    send()
    assert rows() == [(RIET, "sent", "")]


def test_the_waits_grow(story, invite_people, send, freeze, transaction):
    story.server.refusals = {RIET: "451 4.3.0 later"}
    invite_people("Riet Bos")
    waits = []
    for minute in ("09:00", "09:01", "09:04", "09:14"):
        freeze(f"2027-01-04 {minute}")
        send()
        with transaction() as session:
            row = session.query(Message).one()
            waits.append((row.attempts, row.not_before.strftime("%H:%M")))
    assert waits == [(1, "08:01"), (2, "08:04"), (3, "08:14"), (4, "08:34")]


def test_a_refusal_is_final_and_keeps_the_reply(story, invite_people, send, rows, transaction):
    story.server.refusals = {RIET: "550 5.1.1 no such user, 100% sure"}
    invite_people("Riet Bos")
    send()
    assert rows() == [(RIET, "failed", "refused")]
    with transaction() as session:
        assert session.query(Message.last_reply).scalar() == "550 5.1.1 no such user, 100% sure"


def test_one_refusal_does_not_hold_up_the_rest(story, invite_people, send, rows):
    story.server.refusals = {RIET: "550 5.1.1 no such user"}
    invite_people("Riet Bos", "Joop Smit")
    send()
    assert [state for _, state, _ in rows()] == ["failed", "sent"]


def test_a_mail_that_cannot_be_made_does_not_hold_up_the_rest(
    story, invite_people, rows, transaction
):
    invite_people("Riet Bos", "Joop Smit")

    def broken_for_riet(message):
        return {}["no such entry"] if message.address == RIET else None

    with transaction():
        delivery.deliver(jobs.worker(), broken_for_riet)
    assert rows() == [(RIET, "failed", "template"), ("joop@raad.example", "sent", "")]


def test_nothing_is_begun_while_the_server_is_away(story, invite_people, send, transaction):
    invite_people("Riet Bos", "Joop Smit")
    with story.server.away():
        assert send().is_server_away
    with transaction() as session:
        found = session.query(Message.state, Message.attempts, Message.reason).distinct().all()
    assert [tuple(one) for one in found] == [("deferred", 0, "server_away")]


def test_after_an_hour_without_server_everything_arrives_once(
    story, invite_people, send, freeze, rows
):
    invite_people(*(f"Lid{number} Bos" for number in range(12)))
    with story.server.away():
        for minute in range(0, 60, 5):
            freeze(f"2027-01-04 09:{minute:02}")
            send()
    freeze("2027-01-04 10:00")
    send()
    assert sorted(one.to for one in story.server.letters) == sorted(row[0] for row in rows())
    assert {state for _, state, _ in rows()} == {"sent"}


def identity(letter):
    """What makes two copies the same mail and the same calendar entry."""
    parts = {one.get_content_type(): one for one in letter.message.walk()}
    lines = parts["text/calendar"].get_payload(decode=True).decode().splitlines()
    kept = [line for line in lines if line.startswith(("UID:", "SEQUENCE:", "DTSTAMP:"))]
    assert len(kept) == 3
    return letter.message["Message-ID"], kept


def test_a_break_after_the_last_dot_is_of_unknown_fate(story, invite_people, send, rows):
    story.server.silences = {RIET}
    invite_people("Riet Bos")
    send()
    assert rows() == [(RIET, "unknown", "cut_off")]


def test_an_invitation_of_unknown_fate_goes_once_more_as_the_same_mail(
    story, invite_people, send, sweep, rows, freeze
):
    story.server.silences = {RIET}
    invite_people("Riet Bos")
    send()
    story.server.silences = set()
    freeze("2027-01-04 09:02")
    sweep()
    send()
    assert rows() == [(RIET, "sent", "sent_again")]
    first, second = story.server.letters
    assert identity(first) == identity(second)


def test_a_letter_of_unknown_fate_is_left(
    story, invite_people, send, sweep, rows, freeze, transaction
):
    invite_people("Riet Bos")
    write_letter(story, transaction)
    story.server.silences = {RIET}
    send()
    freeze("2027-01-04 09:02")
    story.server.silences = set()
    sweep()
    send()
    assert [reason for _, _, reason in rows()] == ["sent_again", "cut_off"]


def test_nothing_is_sent_after_the_meeting_began(story, invite_people, send, rows, freeze):
    with story.server.away():
        invite_people("Riet Bos")
        send()
    freeze("2027-01-12 13:31")
    send()
    assert (story.server.letters, rows()) == ([], [(RIET, "skipped", "too_late")])


def test_an_invitation_is_not_tried_beyond_the_start_of_the_meeting(
    story, invite_people, send, rows, freeze
):
    story.server.refusals = {RIET: "451 4.3.0 try again in 40 minutes"}
    freeze("2027-01-12 13:00")
    invite_people("Riet Bos")
    send()
    assert rows() == [(RIET, "failed", "given_up")]


def test_what_is_put_off_until_we_give_up_is_a_soft_bounce(
    story, invite_people, send, freeze, transaction
):
    story.server.refusals = {RIET: "452 4.2.2 mailbox full, try again in 40 minutes"}
    freeze("2027-01-12 13:00")
    invite_people("Riet Bos")
    send()
    with transaction() as session:
        (found,) = session.query(Bounce.kind, Bounce.reason, Bounce.status).all()
    assert tuple(found) == ("soft", "mailbox_full", "452")


def test_another_place_still_reaches_who_is_late(
    story, invite_people, send, rows, freeze, transaction
):
    invite_people("Riet Bos")
    send()
    freeze("2027-01-12 13:25")
    story.server.refusals = {RIET: "451 4.3.0 try again in 10 minutes"}
    with transaction():
        change_meeting(story.anna, story.meeting.id, online_url="https://video.example/2")
    freeze("2027-01-12 13:28")
    send()
    freeze("2027-01-12 13:39")
    story.server.refusals = {}
    send()
    assert rows() == [(RIET, "sent", ""), (RIET, "sent", "")]


def test_what_lay_too_long_waits_for_a_word(story, invite_people, send, rows, freeze):
    invite_people("Riet Bos")
    freeze("2027-01-07 09:00")
    send()
    assert story.server.letters == []
    assert rows() == [(RIET, "failed", "overdue")]


def test_a_word_lets_it_go_after_all(story, invite_people, send, rows, freeze, transaction):
    invite_people("Riet Bos")
    freeze("2027-01-07 09:00")
    send()
    with transaction() as session:
        resending.send_again(story.anna, session.query(Message.id).scalar())
    send()
    assert rows() == [(RIET, "sent", "")]


def test_what_was_refused_and_goes_again_is_no_second_copy(
    story, invite_people, send, rows, transaction
):
    story.server.refusals = {RIET: "550 5.7.1 relaying denied"}
    invite_people("Riet Bos")
    send()
    story.server.refusals = {}
    with transaction() as session:
        resending.send_again(story.anna, session.query(Message.id).scalar())
    send()
    assert rows() == [(RIET, "sent", "")]


def test_an_undo_in_time_sends_nothing(story, invite_people, send, rows, transaction):
    mailing = invite_people("Riet Bos")
    with transaction():
        assert invite.undo(story.anna, mailing.id) == 1
    send()
    assert (story.server.letters, rows()) == ([], [(RIET, "cancelled", "taken_back")])


def test_who_opts_out_before_it_leaves_gets_nothing(story, invite_people, send, rows, transaction):
    invite_people("Riet Bos")
    with transaction() as session:
        person_id = session.query(Message.person_id).scalar()
        suppression.withhold_person(person_id, Purpose.MEETINGS, "opted_out")
    send()
    assert (story.server.letters, rows()) == ([], [(RIET, "skipped", "opted_out")])


def test_who_is_let_go_gets_mail_again(story, invite_people, send, rows, transaction):
    with transaction() as session:
        suppression.withhold_address(RIET, None, "does_not_exist")
        session.flush()
        row = session.query(suppression.Suppression).one()
        suppression.release(Actor(level=Level.COORDINATOR, person_id=1), row.id)
    invite_people("Riet Bos")
    send()
    assert rows() == [(RIET, "sent", "")]

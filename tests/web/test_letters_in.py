"""A letter that somebody wrote: beside its meeting, copied to the organiser, never in a loop."""

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.invitations import correspondence
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.reply_address import reply_address_for
from eventsapp.mail.classify import classify
from eventsapp.mail.compose import compose
from eventsapp.mail.models import InboundMail, Mailing, Message
from eventsapp.meetings.models import Meeting
from tests.calendar_replies import letter
from tests.factories import make_cast, make_invitation, make_meeting, make_person, wall

RIET = "riet@raad.example"


@pytest.fixture
def story(transaction, freeze):
    """Riet is invited to two meetings of Anna's; our mail about the second has a Message-ID."""
    freeze("2027-01-05 10:30")
    with transaction() as session:
        cast = make_cast()
        cast.first = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 1, 12, 13, 30))
        cast.second = make_meeting(cast.anna.person, cast.noord, starts=wall(2027, 2, 9, 13, 30))
        cast.riet = make_person("Riet Bos", RIET)
        cast.annas = cast.anna.person.addresses[0].email
        cast.to_first = make_invitation(cast.first, cast.riet)
        cast.to_second = make_invitation(cast.second, cast.riet)
        mailing = Mailing(
            kind="invitation",
            purpose="meetings",
            reference=f"meeting:{cast.second.id}",
            sender_name="Anna",
            sender_address="x@programma.example",
        )
        mailing.messages = [
            Message(
                key="sent",
                reference=f"invitation:{cast.to_second.id}",
                address=RIET,
                person_id=cast.riet.id,
                template="invitation",
                message_id="<ours@programma.example>",
            )
        ]
        session.add(mailing)
        session.flush()
    return cast


@pytest.fixture
def arrives(story, transaction):
    """`arrives("words", In_Reply_To="<…>")` takes a letter of Riet's in; gives the row."""
    numbers = iter(range(1_000))

    def act(text="Ik kom", sender=RIET, recipient=None, wants=True, octets=None, **headers):
        with transaction() as session:
            recipient = recipient or reply_address_for(story.riet.id)
            inbound = InboundMail(
                fingerprint=f"letter-{next(numbers)}",
                source="test",
                received_at=now(),
                recipient=recipient,
                sender=sender,
                sender_name="Riet Bos",
                subject="Re: Uitnodiging",
                kind="letter",
                octets=octets or letter(sender, recipient, text, **headers),
            )
            session.add(inbound)
            post = classify(inbound.octets, recipient)
            correspondence.file(inbound, post, lambda _: wants)
            session.flush()
            return inbound

    return act


@pytest.fixture
def copies(transaction):
    """`copies()` gives the copies that wait to be sent, composed."""

    def read():
        with transaction() as session:
            rows = session.scalars(select(Message).where(Message.template == "letter_copy"))
            return [(row, compose(row)) for row in rows]

    return read


def test_an_answer_to_our_mail_lies_beside_its_meeting(story, arrives):
    inbound = arrives(In_Reply_To="<ours@programma.example>")
    assert inbound.reference == f"invitation:{story.to_second.id}"
    assert (inbound.state, inbound.detail["is_guess"]) == ("waiting", False)
    assert inbound.message_id is not None


def test_references_will_do_too(story, arrives):
    inbound = arrives(References="<other@x.example> <ours@programma.example>")
    assert inbound.reference == f"invitation:{story.to_second.id}"


def test_without_a_thread_it_lies_beside_the_next_meeting_as_a_guess(story, arrives):
    inbound = arrives()
    assert inbound.reference == f"invitation:{story.to_first.id}"
    assert inbound.detail["is_guess"] is True
    assert inbound.person_id == story.riet.id


def test_the_address_beats_a_message_id_of_somebody_elses_mail(story, arrives, transaction):
    with transaction():
        to_petra = reply_address_for(story.petra.id)
    inbound = arrives(recipient=to_petra, In_Reply_To="<ours@programma.example>")
    assert (inbound.person_id, inbound.reference) == (story.petra.id, "")


def test_a_letter_to_nobody_in_particular_waits_for_the_coordinator(arrives, copies):
    inbound = arrives(recipient="antwoord@programma.example")
    assert (inbound.reference, inbound.person_id, inbound.state) == ("", None, "waiting")
    assert copies() == []


def test_the_words_are_kept_whole(arrives):
    text = "Ik kom\n\nOp ma 4 jan schreef Anna <a@b.example>:\n> Geachte"
    assert "> Geachte" in arrives(text).body


def test_an_unknown_writer_is_told_apart(arrives):
    assert arrives().detail["is_known"] is True
    assert arrives(sender="jan@elders.example").detail["is_known"] is False


def test_the_organiser_gets_a_copy_that_can_be_answered(story, arrives, copies):
    arrives("Ik kom, met <b>Piet</b>\n\n> oud", In_Reply_To="<ours@programma.example>")
    ((row, mail),) = copies()
    assert row.address.startswith("anna")
    assert row.data["reply_to"] == RIET
    assert "Riet Bos schrijft over" in mail.subject
    assert "Ik kom, met <b>Piet</b>" in mail.text
    assert "&lt;b&gt;Piet" in mail.html
    assert "oud" not in mail.text


def test_who_wants_no_copies_gets_none(arrives, copies):
    arrives(wants=False)
    assert copies() == []


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated; x=y"}],
)
def test_what_a_machine_wrote_is_not_copied(arrives, copies, headers):
    arrives(**headers)
    assert copies() == []


@pytest.mark.parametrize("sender", ["anna", "bijeenkomsten@programma.example", "reply", "return"])
def test_what_comes_from_ourselves_is_not_copied(story, arrives, copies, transaction, sender):
    with transaction():
        address = {
            "anna": story.annas,
            "reply": reply_address_for(story.riet.id),
            "return": "retour@programma.example",
        }.get(sender, sender)
    arrives(sender=address)
    assert copies() == []


def test_a_flood_is_not_copied(arrives, copies):
    for _ in range(correspondence.MOST_COPIES_AN_HOUR + 3):
        arrives()
    assert len(copies()) == correspondence.MOST_COPIES_AN_HOUR


def test_a_copy_about_a_closed_group_tells_nothing(story, arrives, copies, transaction):
    with transaction() as session:
        session.get(Meeting, story.first.id).is_confidential = True
    arrives("Mijn ziekte is erger")
    ((row, mail),) = copies()
    said = mail.subject + mail.text + mail.html + str(row.data)
    assert "Riet" not in said
    assert "ziekte" not in said
    assert "/manage/post/" in mail.text


@pytest.mark.parametrize("octets", [b"", b"\0\xff" * 200, b"From: \r\n\r\n", b"x" * 2_000_000])
def test_a_broken_letter_still_waits_for_somebody(arrives, octets):
    assert arrives(octets=octets or b" ").state == "waiting"


def test_no_answer_changes_because_a_letter_came(story, arrives, transaction):
    arrives("Ik kom niet")
    with transaction() as session:
        assert session.get(Invitation, story.to_first.id).reply == "needs_action"

"""What comes back: noted with the mail, and an address that is no good gets no more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from eventsapp.background import inbox
from eventsapp.background.inbox import Taken, take_in, take_in_together
from eventsapp.core.actor import Actor, Level
from eventsapp.core.settings import keep
from eventsapp.invitations import reply_address
from eventsapp.mail import bounces, outbox, return_path, suppression
from eventsapp.mail.kinds import InboundKind, MailingKind, Purpose
from eventsapp.mail.models import Bounce, InboundMail, Message, Suppression
from tests.samples import sample

RIET = "r.bos@raad.example"
KEES = Actor(level=Level.COORDINATOR, person_id=1, account_id=1, name="Kees", regions=frozenset())


@pytest.fixture
def post(app, settings, freeze):
    """Settings with both of our addresses, on Monday 4 January 2027, nine o'clock."""
    freeze("2027-01-04 09:00")
    ours = {"bounce_address": "retour@programma.example"}
    with app.app_context():
        keep(app, settings.replace(**ours, reply_address="antwoord@programma.example"))
        yield
        keep(app, settings)


def send(session, number=1, *, purpose=Purpose.MEETINGS, days=0, address=RIET):
    """Make a mail to Riet that left so many days from the start."""
    mailing = outbox.open_mailing(
        kind=MailingKind.INVITATION, purpose=purpose, reference="meeting:1", title="Uit", by=None
    )
    letter = outbox.Letter(f"k:{number}", address, "Riet", "nl", "letter", person_id=7)
    (made,) = outbox.enqueue(mailing, [letter])
    message = session.get(Message, made)
    message.state, message.settled_at = "sent", message.created_at + timedelta(days=days)
    session.flush()
    return message


def came_back(name, message):
    """Give a sample as the report about this mail."""
    return sample(name).replace(
        b"retour+42.k3vq7m2xw5ta@programma.example",
        return_path.address_for(message.id).encode(),
    )


def withheld(session):
    rows = session.execute(
        select(Suppression.reason, Suppression.purpose).where(Suppression.released_at.is_(None))
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [("exchange", "hard", "no_such_user"), ("postfix", "soft", "mailbox_full")],
)
def test_a_report_is_noted_with_the_mail_that_came_back(post, transaction, name, kind, reason):
    with transaction() as session:
        message = send(session)
        session.commit()
        assert take_in(came_back(name, message)) is Taken.NEW
        told = session.get(Message, message.id)
        assert (told.state, told.bounce_kind, told.bounce_reason) == ("sent", kind, reason)
        assert told.bounced_at is not None


def test_an_address_where_nobody_is_gets_no_more_mail_at_once(post, transaction):
    with transaction() as session:
        message = send(session)
        session.commit()
        take_in(came_back("exchange", message))
        assert withheld(session) == [("no_such_user", "")]
        assert "RecipientNotFound" in session.scalar(select(Suppression.evidence))


def test_a_full_mailbox_may_be_written_to_again(post, transaction):
    with transaction() as session:
        message = send(session)
        session.commit()
        take_in(came_back("postfix", message))
        assert withheld(session) == []


def test_a_report_that_only_names_the_message_id_is_proof_as_well(post, transaction):
    with transaction() as session:
        message = send(session)
        octets = sample("exchange").replace(
            b"<0a1b2c@programma.example>", message.message_id.encode()
        )
        session.commit()
        take_in(octets)
        assert withheld(session) == [("no_such_user", "")]


def test_an_invented_report_harms_nobody(post, transaction):
    with transaction() as session:
        send(session)
        session.commit()
        take_in(sample("exchange").replace(b"r.bos@gemeente.example", RIET.encode()))
        assert withheld(session) == []
        mail = session.scalar(select(InboundMail))
        assert (mail.state, mail.reason) == ("ignored", "not_ours")


def test_the_same_report_twice_is_once(post, transaction):
    with transaction() as session:
        message = send(session)
        session.commit()
        octets = came_back("postfix", message)
        assert [take_in(octets), take_in(b"X-Again: yes\r\n" + octets)] == [Taken.NEW, Taken.KNOWN]
        assert session.scalar(select(func.count()).select_from(Bounce)) == 1


def test_a_delay_is_noted_and_nothing_follows(post, transaction):
    with transaction() as session:
        message = send(session)
        session.commit()
        take_in(came_back("postfix_delayed", message))
        mail = session.scalar(select(InboundMail))
        assert (mail.kind, mail.state, mail.reason) == ("auto_reply", "ignored", "delayed")
        assert session.get(Message, message.id).bounced_at is None


def soft_bounces(session, days, *, name="postfix"):
    """Let a mail come back softly that was sent on each of these days."""
    for number, day in enumerate(days):
        message = send(session, f"soft{number}", days=day)
        bounces.record(message, inbox.classify(came_back(name, message)).report)


@pytest.mark.parametrize(
    ("days", "rests"),
    [
        ([0, 3, 7, 10, 14], True),
        ([0, 1, 2, 3, 4], False),
        ([0, 7, 10, 14], False),
        ([0, 1, 2, 3, 4, 20], True),
    ],
)
def test_five_soft_ones_in_a_row_over_two_weeks_make_an_address_rest(
    post, transaction, days, rests
):
    with transaction() as session:
        soft_bounces(session, days)
        assert withheld(session) == ([("mailbox_full", "")] if rests else [])


def test_a_mail_that_arrived_in_between_begins_the_row_anew(post, transaction):
    with transaction() as session:
        send(session, "arrived", days=8)
        soft_bounces(session, [0, 3, 7, 10, 14])
        assert withheld(session) == []


def test_a_mail_that_left_after_the_last_one_proves_nothing_yet(post, transaction):
    with transaction() as session:
        send(session, "under way", days=15)
        soft_bounces(session, [0, 3, 7, 10, 14])
        assert withheld(session) == [("mailbox_full", "")]


def test_being_taken_for_spam_says_nothing_about_the_address(post, transaction):
    with transaction() as session:
        soft_bounces(session, [0, 3, 7, 10, 14], name="no_first_block")
        assert withheld(session) == []


def test_one_mail_reported_twice_counts_once(post, transaction):
    with transaction() as session:
        soft_bounces(session, [0, 7, 10, 14])
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        bounces.record(message, inbox.classify(came_back("postfix", message)).report)
        assert withheld(session) == []


def test_a_late_report_does_not_undo_a_release(post, transaction, freeze):
    with transaction() as session:
        message = send(session)
        bounces.refused(message.id, 550, "550 5.1.1 User unknown")
        freeze("2027-01-05 09:00")
        suppression.release(KEES, session.scalar(select(Suppression.id)))
        session.flush()
        bounces.record(message, inbox.classify(came_back("exchange", message)).report)
        assert withheld(session) == []


def test_a_server_that_refuses_at_the_door_is_judged_alike(post, transaction):
    with transaction() as session:
        message = send(session)
        verdict = bounces.refused(message.id, 550, "550 5.1.1 User unknown")
        assert (verdict.reason, verdict.kind) == ("no_such_user", "hard")
        assert withheld(session) == [("no_such_user", "")]
        assert (message.bounced_at, message.bounce_reason) == (None, "no_such_user")


def test_what_is_refused_but_not_for_good_withholds_nothing(post, transaction):
    with transaction() as session:
        message = send(session)
        bounces.refused(message.id, 552, "552 5.2.2 Mailbox full")
        assert withheld(session) == []


@pytest.mark.parametrize(
    ("purpose", "rests"),
    [
        (Purpose.NEWSLETTER, [("complained", "newsletter")]),
        (Purpose.MEETINGS, [("complained", "meetings")]),
        (Purpose.ACCOUNT, []),
    ],
)
def test_a_complaint_ends_mail_of_that_kind(post, transaction, purpose, rests):
    with transaction() as session:
        message = send(session, purpose=purpose)
        session.commit()
        take_in(came_back("complaint", message))
        assert withheld(session) == rests


def test_a_letter_waits_and_is_tied_to_the_mail_that_it_answers(post, transaction):
    with transaction() as session:
        message = send(session)
        octets = sample("letter").replace(
            b"<0a1b2c@programma.example>", message.message_id.encode()
        )
        session.commit()
        take_in(octets, reply_address.reply_address_for(7), "receiver")
        mail = session.scalar(select(InboundMail))
        assert (mail.kind, mail.person_id, mail.message_id) == ("letter", 7, message.id)
        assert mail.octets == octets


def test_a_letter_to_another_address_than_the_mail_named_is_not_tied_to_it(post, transaction):
    with transaction() as session:
        message = send(session)
        octets = sample("letter").replace(
            b"<0a1b2c@programma.example>", message.message_id.encode()
        )
        session.commit()
        take_in(octets, reply_address.reply_address_for(8))
        mail = session.scalar(select(InboundMail))
        assert (mail.person_id, mail.reference) == (8, "")


def test_an_automatic_answer_is_kept_and_nobody_need_look(post, transaction):
    with transaction() as session:
        take_in(sample("out_of_office"))
        mail = session.scalar(select(InboundMail))
        assert (mail.kind, mail.state) == ("auto_reply", "ignored")
        assert "met verlof" in mail.body


def test_our_own_mail_that_comes_round_is_left_alone(post, transaction):
    with transaction() as session:
        ours = reply_address.reply_address_for(7).encode()
        take_in(sample("letter").replace(b"R.Bos@gemeente.example", ours))
        assert session.scalar(select(InboundMail.reason)) == "own_mail"


def test_a_mail_over_which_we_stumble_is_kept_for_a_person(post, transaction, monkeypatch):
    def stumble(_inbound, _post):
        raise ZeroDivisionError

    monkeypatch.setattr(inbox, "TABLE", {InboundKind.LETTER: stumble})
    with transaction() as session:
        assert [take_in(sample("letter")) for _ in range(2)] == [Taken.NOT_READ] * 2
        (mail,) = session.scalars(select(InboundMail))
        assert (mail.state, mail.reason, mail.octets) == ("waiting", "not_read", sample("letter"))


def test_only_addresses_that_we_gave_out_are_ours(post):
    ours = [return_path.address_for(3), reply_address.reply_address_for(7)]
    others = [RIET, "antwoord+geraden@programma.example", "retour+3.geraden@programma.example"]
    assert [inbox.accepts(one) for one in [*ours, *others]] == [True, True, False, False, False]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"From: a\x00b@raad.example\r\nSubject: \x00\r\n\r\n\x00",
        b"From: \xed\xa0\x80@raad.example\r\nMessage-ID: <\x00@\xff>\r\n\r\n\xed\xa0\x80",
        b"From: =?utf-8?q?=00=ED=A0=80?= <r@raad.example>\r\n\r\n=00",
        b"From: " + b"x" * 5000 + b"@raad.example\r\nSubject: " + b"y" * 5000 + b"\r\n\r\nz",
        b"To: " + b"x" * 5000 + b"\r\nIn-Reply-To: " + b"<a@b> " * 3000 + b"\r\n\r\n",
        sample("qmail").replace(b"r.bos", b"r\x00bos" * 100),
        sample("postfix").replace(b"552 5.2.2", b"\x00\xff" * 3000),
        sample("complaint").replace(b"abuse", b"\x00" * 300),
        sample("calendar_reply").replace(b"ACCEPTED", b"\x00\xff"),
    ],
    ids=range(10),
)
def test_whatever_comes_in_is_kept_and_stands_in_nobodys_way(post, transaction, octets):
    with transaction() as session:
        message = send(session)
        session.commit()
        assert take_in(came_back_to(octets, message)) is Taken.NEW
        assert session.scalar(select(func.count(InboundMail.id))) == 1


def came_back_to(octets, message):
    address = return_path.address_for(message.id).encode()
    return octets.replace(b"retour+42.k3vq7m2xw5ta@programma.example", address)


def several(*subjects, **changed):
    """Letters that lie in a mailbox, each with a subject and a Message-ID of its own."""
    return [
        b"From: riet@raad.example\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@raad.example>\r\n%s"
        b"\r\nIk kom.\r\n"
        % (
            reply_address.reply_address_for(7).encode(),
            subject.encode(),
            subject.encode(),
            changed.get(subject, b""),
        )
        for subject in subjects
    ]


def test_what_waits_in_a_mailbox_is_taken_in_together_and_once(post, transaction):
    with transaction() as session:
        mails = several("een", "twee", "een", twee=b"Auto-Submitted: auto-replied\r\n")
        known = [Taken.NEW, Taken.NEW, Taken.KNOWN]
        assert take_in_together([*mails, b""]) == [*known, Taken.NEW]
        assert take_in_together(mails) == [Taken.KNOWN] * 3
        rows = session.execute(select(InboundMail.subject, InboundMail.kind).order_by("id"))
        assert [tuple(row) for row in rows] == [
            ("een", "letter"),
            ("twee", "auto_reply"),
            ("", "letter"),
        ]


def test_a_report_between_letters_has_its_turn(post, transaction):
    with transaction() as session:
        message = send(session)
        session.commit()
        first, last = several("een", "twee")
        assert take_in_together([first, came_back("exchange", message), last]) == [Taken.NEW] * 3
        assert session.scalar(select(Bounce.message_id)) == message.id
        kinds = session.scalars(select(InboundMail.kind).order_by(InboundMail.id))
        assert list(kinds) == ["letter", "bounce", "letter"]


def test_one_over_which_we_stumble_does_not_stand_in_the_way_of_the_others(
    post, transaction, monkeypatch
):
    file = inbox.TABLE[InboundKind.LETTER]

    def stumble(inbound, opened):
        if inbound.subject == "twee":
            raise ZeroDivisionError
        file(inbound, opened)

    monkeypatch.setattr(inbox, "TABLE", {InboundKind.LETTER: stumble})
    with transaction() as session:
        taken = take_in_together(several("een", "twee", "drie"))
        assert taken == [Taken.NEW, Taken.NOT_READ, Taken.NEW]
        rows = session.execute(select(InboundMail.subject, InboundMail.reason).order_by("id"))
        assert [tuple(row) for row in rows] == [("een", ""), ("", "not_read"), ("drie", "")]


def test_taking_in_letters_together_asks_little_of_the_database(post, transaction, statements):
    with transaction() as session:
        session.commit()
        with statements() as ran:
            take_in_together(several(*(f"b{number}" for number in range(10))))
    assert len(ran) <= 1 + 10 * 5

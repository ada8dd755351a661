"""What mails said goes after its time; what became of them stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from eventsapp.background import jobs
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.core.errors import Conflict
from eventsapp.mail import figures, outbox, reading, resending, retention, suppression
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Bounce, InboundMail, Mailing, Message, Suppression

STATES = ("sent", "failed", "queued")


def make_mailing(session, days, name="oud"):
    made = outbox.open_mailing(
        kind=MailingKind.LETTER,
        purpose=Purpose.MEETINGS,
        reference="list:1",
        title="Nieuws",
        by=None,
        data={"letter_html": "<p>geheim</p>"},
    )
    made.created_at = now() - timedelta(days=days)
    letters = [
        outbox.Letter(f"{name}{state}", "riet@raad.example", "Riet", "nl", "letter", {"own": "ook"})
        for state in STATES
    ]
    for number, state in zip(outbox.enqueue(made, letters), STATES, strict=True):
        row = session.get(Message, number)
        row.state, row.last_reply = state, "250 riet@raad.example"
        row.created_at = made.created_at
    return made


def make_inbound(session, days, state="waiting"):
    came_in = InboundMail(
        fingerprint=f"{days}",
        source="mailbox",
        received_at=now() - timedelta(days=days),
        kind="letter",
        state=state,
        sender="riet@raad.example",
        sender_name="Riet Bos",
        subject="Ik kom",
        body="met Piet",
        octets=b"geheim",
        detail={"x": 1},
    )
    session.add(came_in)
    session.flush()
    return came_in


@pytest.fixture
def run(app):
    """Run the nightly job as the clock does."""

    def run():
        with app.app_context():
            assert jobs.run(next(job for job in jobs.TABLE if job.name == "erase-old-mail"))

    return run


def test_what_an_old_mail_said_is_erased_and_its_figures_stay(transaction, run):
    with transaction() as session:
        number = make_mailing(session, 401).id
    run()
    with transaction() as session:
        mailing = session.get(Mailing, number)
        assert mailing.data == {}
        assert mailing.purged_at is not None
        rows = session.scalars(select(Message)).all()
        assert [(one.data, one.last_reply) for one in rows] == [({}, "")] * 3
        tally = figures.figures_of(mailing).tally
        assert (tally.of(MessageState.SENT), tally.of(MessageState.FAILED)) == (1, 1)


def test_what_still_waited_after_so_long_is_not_sent(transaction, run):
    with transaction() as session:
        make_mailing(session, 401)
    run()
    with transaction() as session:
        late = session.scalars(select(Message).where(Message.reason == "too_late")).one()
        assert late.state == "skipped"


def test_younger_mail_is_left_alone(transaction, run):
    with transaction() as session:
        number = make_mailing(session, 399).id
    run()
    with transaction() as session:
        assert session.get(Mailing, number).purged_at is None
        assert {one.data["own"] for one in session.scalars(select(Message))} == {"ook"}


def age(session, days, *names):
    """Let the mails of this name have been queued so many days ago."""
    old = {"created_at": now() - timedelta(days=days)}
    for name in names:
        session.execute(update(Message).where(Message.key.like(f"{name}%")).values(**old))


def test_a_young_mail_of_a_mailing_that_goes_on_is_not_erased(transaction, run):
    with transaction() as session:
        number = make_mailing(session, 401, "jong").id
        age(session, 10, "jong")
    run()
    with transaction() as session:
        assert {one.state for one in session.scalars(select(Message))} == set(STATES)
        assert session.get(Mailing, number).data == {"letter_html": "<p>geheim</p>"}


def test_an_old_mail_beside_a_young_one_is_erased(transaction, run):
    with transaction() as session:
        made = make_mailing(session, 401)
        age(session, 401, "oud")
        young = outbox.Letter("jong", "r@raad.example", "Riet", "nl", "letter", {"own": "ook"})
        outbox.enqueue(made, [young])
    run()
    with transaction() as session:
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        assert [one.data for one in rows] == [{}, {}, {}, {"own": "ook"}]


def test_a_night_leaves_alone_what_was_erased_before(transaction, run):
    with transaction() as session:
        made = make_mailing(session, 401)
        outbox.enqueue(made, [outbox.Letter("jong", "r@raad.example", "Riet", "nl", "letter")])
    run()
    with transaction():
        assert sum(retention.purge()) == 0


def test_what_was_erased_is_not_shown_and_not_sent_again(transaction, run):
    with transaction() as session:
        made = make_mailing(session, 401)
        age(session, 401, "oud")
        outbox.enqueue(made, [outbox.Letter("jong", "r@raad.example", "Riet", "nl", "letter")])
    run()
    with transaction() as session:
        failed = session.scalars(select(Message).where(Message.state == "failed")).one()
        assert reading.copy_of(failed) is None
        with pytest.raises(Conflict, match="erased"):
            resending.send_again(SYSTEM, failed.id)
        with pytest.raises(Conflict, match="nothing"):
            resending.send_failed_again(SYSTEM, failed.mailing_id)


def test_why_an_address_gets_no_mail_stays_and_what_the_server_said_goes(transaction, run):
    with transaction() as session:
        suppression.withhold_address("riet@raad.example", None, "no_such_user", evidence="550 weg")
        session.flush()
        session.execute(update(Suppression).values(created_at=now() - timedelta(days=401)))
    run()
    with transaction() as session:
        kept = session.scalars(select(Suppression)).one()
        assert (kept.evidence, kept.reason) == ("", "no_such_user")


def test_the_evidence_names_no_address(transaction):
    said = "550 5.1.1 <riet@raad.example>: user riet@raad.example unknown"
    with transaction() as session:
        suppression.withhold_address("riet@raad.example", None, "no_such_user", evidence=said)
        session.flush()
        kept = session.scalars(select(Suppression.evidence)).one()
    assert kept == "550 5.1.1 <…>: user … unknown"


def test_what_came_in_is_erased_too_and_waits_for_nobody(transaction, run):
    with transaction() as session:
        make_inbound(session, 401)
        make_inbound(session, 10)
    run()
    with transaction() as session:
        old, young = session.scalars(select(InboundMail).order_by(InboundMail.id)).all()
        assert (old.octets, old.body, old.subject, old.detail) == (None, "", "", {})
        assert (old.sender, old.sender_name) == ("", "")
        assert (old.state, old.kind) == ("ignored", "letter")
        assert (young.octets, young.state) == (b"geheim", "waiting")


def test_what_was_settled_stays_settled(transaction, run):
    with transaction() as session:
        make_inbound(session, 500, state="settled")
    run()
    with transaction() as session:
        assert session.scalars(select(InboundMail.state)).one() == "settled"


def test_of_an_old_report_the_reason_stays_and_the_words_go(transaction, run):
    with transaction() as session:
        session.add(
            Bounce(
                address_hash="x",
                kind="hard",
                reason="no_such_user",
                diagnostic="550 riet@raad.example",
                at=now() - timedelta(days=401),
            )
        )
    run()
    with transaction() as session:
        report = session.scalars(select(Bounce)).one()
        assert (report.diagnostic, report.reason) == ("", "no_such_user")


def test_many_mails_are_erased_in_steps(transaction):
    with transaction() as session:
        made = make_mailing(session, 401)
        letters = [
            outbox.Letter(f"oud{one}", "lid@raad.example", "Lid", "nl", "letter", {"own": "ook"})
            for one in range(retention.AT_ONCE)
        ]
        outbox.enqueue(made, letters)
        age(session, 401, "oud")
    with transaction():
        assert list(retention.purge())[:3] == [retention.AT_ONCE, 3, 1]


def test_a_second_night_finds_nothing_to_do(transaction, run):
    with transaction() as session:
        make_mailing(session, 401)
    run()
    with transaction():
        assert list(retention.purge()) == [0]

"""Erasing somebody: nothing that names them stays, and what stays is said beforehand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.background import erasures
from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import (
    Consent,
    ContactList,
    LetterDraft,
    Membership,
    Subscription,
    SubscriptionRequest,
)
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.directory.models import Person, PersonAddress, Role
from eventsapp.invitations.models import (
    AccessNeed,
    Answer,
    Attendance,
    CallNote,
    Invitation,
    Notice,
    QuestionAnswer,
    RememberedNeed,
    SignUp,
)
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Bounce, InboundMail, Mailing, Message, Suppression
from eventsapp.meetings.models import Question
from eventsapp.newsletters.models import Newsletter
from eventsapp.privacy import erasing, erasure_requests
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.models import ErasureRequest
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion
from tests.every_page import rows_of_everything
from tests.factories import (
    actor_of,
    make_invitation,
    make_meeting,
    make_network,
    make_organisation,
    make_person,
    make_role,
)

NAME, EMAIL, PHONE = "Zonnebloem", "rie@zonnebloem.example", "06-98761234"


def _everything_about(session, person, cast):
    """One row of each sort that we may hold on somebody, each with the name in it."""
    anna, noord = session.merge(cast.anna), session.merge(cast.noord)
    number, words = person.id, f"{NAME} {EMAIL} {PHONE}"
    network = make_network(region_id=noord.id)
    held = make_meeting(anna.person, noord, days=-9, network=network)
    held.questions = [
        Question(kind="text", label="Wat vindt u?"), Question(kind="choice", label="Soep?"),
    ]  # fmt: skip
    session.flush()
    asked = make_invitation(held, person, reply="accepted", remark=words, email=EMAIL,
                            guest_names=words, substitute_name=NAME, substitute_email=EMAIL,
                            reply_alias=EMAIL)  # fmt: skip
    other = make_invitation(held, make_person("Wim Bos"), substitute_name=NAME,
                            substitute_email=EMAIL.upper())  # fmt: skip
    make_role(person, make_organisation(), title=words)
    trusted = ContactList(name="Trouw", owner_person_id=anna.person_id)
    mailing = Mailing(kind="invitation", purpose="meetings", reference=f"meeting:{held.id}",
                      sender_name="Anna", sender_address="x@programma.example")  # fmt: skip
    letter = InboundMail(
        fingerprint="z", source="mailbox", kind="letter", state="settled", sender=EMAIL,
        sender_name=NAME, subject=words, body=words, octets=words.encode(), detail={"who": words},
        person_id=number, reference=f"invitation:{asked.id}",
    )  # fmt: skip
    survey = Survey(title="Wat vindt u ervan?", slug="wat", is_anonymous=False)
    survey.questions = [SurveyQuestion(kind="open", words="Wat mist u?")]
    session.add_all([trusted, mailing, letter, survey])
    session.flush()
    request = SubscriptionRequest(newsletter_id=1, email=EMAIL, name=NAME)
    sign_up = SignUp(meeting_id=held.id, name=NAME, email=EMAIL)
    session.add_all([
        Membership(list_id=trusted.id, person_id=number, is_added=True),
        LetterDraft(owner_person_id=number, reference="list:1", audience="all", subject=words,
                    body=words),
        Answer(invitation_id=asked.id, via="link", asked="x", reply="accepted",
               substitute_name=NAME),
        Answer(invitation_id=other.id, via="link", asked="x", reply="accepted",
               substitute_name=NAME),
        QuestionAnswer(invitation_id=asked.id, question_id=held.questions[0].id, value=words),
        QuestionAnswer(invitation_id=asked.id, question_id=held.questions[1].id, value="ja"),
        AccessNeed(invitation_id=asked.id, remark=words),
        RememberedNeed(person_id=number, network_id=network.id, remark=words),
        Notice(invitation_id=asked.id, kind="successor", detail={"name": NAME}),
        Notice(invitation_id=other.id, kind="successor", detail={"name": NAME, "email": EMAIL}),
        CallNote(invitation_id=asked.id, outcome="comes"),
        Attendance(meeting_id=held.id, person_id=number, presence="present", may_invite=True),
        sign_up, request,
        SurveyAnswer(survey_id=survey.id, reader="x", person_id=number,
                     values={str(survey.questions[0].id): words}),
        Bounce(person_id=number, address_hash="x", kind="soft", reason="full", diagnostic=words),
        Consent(person_id=number, purpose="newsletter", is_given=True, how="import", words="Ja",
                proof=f"Lijst van 2019, {NAME} <{EMAIL}>"),
    ])  # fmt: skip
    session.flush()
    for key, reference, whom in (
        ("a", f"invitation:{asked.id}", number), ("b", f"post:{letter.id}", anna.person_id),
        ("c", f"subscription_request:{request.id}", None), ("d", f"sign_up:{sign_up.id}", None),
        ("e", f"person:{number}", number),
    ):  # fmt: skip
        own = key != "b"
        session.add(Message(
            mailing_id=mailing.id, key=key, reference=reference, person_id=whom,
            address=EMAIL if own else "anna@programma.example", name=NAME if own else "Anna",
            template="letter", data={"who": words, "regions": "3"}, last_reply=words,
            domain="zonnebloem.example" if own else "", message_id=f"<{key}@x.example>",
            state="sent",
        ))  # fmt: skip
    return held


@pytest.fixture
def riet(cast, transaction):
    """The number of somebody of whom we hold all that we can hold."""
    with transaction() as session:
        told = {"note": f"Kent {NAME}", "salutation": f"Beste {NAME}", "external_id": NAME}
        person = make_person(f"Riet {NAME}", EMAIL, phone=PHONE, **told)
        session.add(Newsletter(id=1, name="Nieuwsbrief Samen", slug="samen"))
        made = subscriptions.subscribe(SYSTEM, 1, person, how="page", words="Ja, graag")
        made.regions = [session.merge(cast.noord)]
        _everything_about(session, person, cast)
        return person.id


@pytest.fixture
def erase(transaction):
    def erase(number):
        with transaction() as session:
            erasing.erase(session.get(Person, number))

    return erase


def _with(transaction, *words):
    """Every row of every table in which one of these stands."""
    with transaction():
        rows = rows_of_everything()
    return [
        (table, row)
        for table, found in rows.items()
        for row in found
        if any(word.lower() in repr(row).lower() for word in words)
    ]


def test_nothing_that_names_somebody_is_left_in_any_table(riet, erase, transaction):
    assert len({table for table, _ in _with(transaction, NAME, PHONE)}) >= 14
    erase(riet)
    assert _with(transaction, NAME, EMAIL, PHONE) == []


def test_erasing_twice_does_no_harm(riet, erase, transaction):
    erase(riet)
    erase(riet)
    assert _with(transaction, NAME, EMAIL, PHONE) == []


def test_figures_keep_their_rows(riet, erase, transaction):
    erase(riet)
    with transaction() as session:
        assert session.scalars(select(Attendance.presence)).all() == ["present"]
        of_riet = select(Invitation.reply).where(Invitation.person_id == riet)
        assert session.scalars(of_riet).all() == ["accepted"]
        assert session.scalars(select(QuestionAnswer.value)).all() == ["ja"]
        assert session.scalars(select(SurveyAnswer.person_id)).all() == [None]
        sent = select(Message.state, Message.data).where(Message.key == "a")
        assert session.execute(sent).one() == ("sent", {"regions": "3"})
        left = session.scalars(select(Subscription)).one()
        assert left.ended_at is not None
        assert left.regions == []


def test_the_proof_of_consent_stays_without_a_name(riet, erase, transaction):
    erase(riet)
    with transaction() as session:
        proof = session.scalars(select(Consent.proof).where(Consent.proof != "")).one()
        assert proof == "Lijst van 2019, … <…>"
        assert "Ja, graag" in session.scalars(select(Consent.words)).all()


def test_the_address_stays_withheld_from_newsletters(riet, erase, app):
    erase(riet)
    with app.app_context():
        assert suppression.withheld([], [EMAIL], Purpose.NEWSLETTER)
        assert not suppression.withheld([], [EMAIL], Purpose.ACCOUNT)


def test_what_somebody_did_not_want_holds_for_the_address(riet, erase, transaction, app):
    with transaction():
        suppression.withhold_person(riet, Purpose.MEETINGS, "opted_out", evidence="by phone")
    erase(riet)
    with app.app_context():
        assert suppression.withheld([], [EMAIL], Purpose.MEETINGS)


def test_who_shares_the_address_keeps_the_own_mail(riet, erase, transaction, app, cast):
    with transaction() as session:
        wim = make_person("Wim Vos", EMAIL)
        held = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
        make_invitation(held, wim, email=EMAIL)
        number = wim.id
    erase(riet)
    with app.app_context():
        assert not suppression.withheld([number], [EMAIL], Purpose.NEWSLETTER)
    with transaction() as session:
        assert session.get(Person, number).addresses[0].email == EMAIL
        kept = select(Invitation.email).where(Invitation.person_id == number)
        assert session.scalars(kept).all() == [EMAIL]


def test_a_colleague_with_an_account_is_not_erased(cast, transaction, app):
    with transaction() as session:
        anna = session.merge(cast.anna)
        make_meeting(anna.person, session.merge(cast.noord))
        assert len(erasing.obstacles(anna.person)) == 2


def test_all_that_is_held_is_told_beforehand(riet, app):
    with app.app_context():
        from eventsapp.core.db import db

        lines = erasing.foresee(db.session.get(Person, riet))
        counted = {line.label: line.count for each in lines.values() for line in each}
    assert counted["Invitations and answers, as counts"] == 1
    assert counted["What somebody needs to take part"] == 2
    assert counted["Mails that we sent, as counts"] == 2
    assert all(line.why for line in lines[Fate.KEPT])


@pytest.fixture
def asked(cast, riet, transaction):
    """The number of a request that Kees has begun to carry out."""
    with transaction() as session:
        kees = actor_of(session.merge(cast.kees))
        erasure_requests.ask(session.get(Person, riet))
        request = session.scalars(select(ErasureRequest)).one()
        erasure_requests.begin(kees, request)
        return request.id


def _go_on(app):
    with app.app_context():
        erasures.carry_out()


def _settle_mails(transaction):
    with transaction() as session:
        for message in session.scalars(select(Message).where(Message.state == "queued")):
            message.state = "sent"


def test_nothing_is_erased_before_the_moment_to_undo_is_over(app, asked, riet, transaction):
    _go_on(app)
    with transaction() as session:
        assert session.get(Person, riet).erased_at is None
        assert session.get(ErasureRequest, asked).state == "begun"


@pytest.fixture
def over(freeze):
    """Two minutes after the press."""
    freeze((now() + erasure_requests.TO_UNDO + timedelta(seconds=5)).isoformat())


def test_first_comes_the_last_mail_and_then_the_address_is_forgotten(
    app, asked, riet, transaction, over
):
    _go_on(app)
    with transaction() as session:
        mail = session.scalars(select(Message).where(Message.template == "erasure_done")).one()
        assert (mail.address, session.get(Person, riet).erased_at) == (EMAIL, None)
    _go_on(app)
    assert _with(transaction, EMAIL) != []
    _settle_mails(transaction)
    _go_on(app)
    assert _with(transaction, NAME, EMAIL, PHONE) == []
    with transaction() as session:
        request = session.get(ErasureRequest, asked)
        assert (request.state, request.was_told) == ("erased", True)


def test_who_was_to_come_gets_a_cancellation_first(app, asked, riet, cast, transaction, over):
    with transaction() as session:
        held = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
        coming = make_invitation(held, session.get(Person, riet), reply="accepted",
                                 last_method="REQUEST", email=EMAIL)  # fmt: skip
        number = coming.id
    _go_on(app)
    with transaction() as session:
        assert session.get(Invitation, number).withdrawn_at is not None
        cancels = select(Message).where(Message.reference == f"invitation:{number}")
        assert [mail.template for mail in session.scalars(cancels)] == ["cancellation"]


def test_after_three_days_it_is_done_without_the_mail(app, asked, riet, transaction, over, freeze):
    _go_on(app)
    freeze((now() + erasing.PATIENCE + timedelta(hours=1)).isoformat())
    _go_on(app)
    with transaction() as session:
        assert session.get(Person, riet).erased_at is not None
        assert session.get(ErasureRequest, asked).was_told is False
    assert _with(transaction, EMAIL) == []


def test_who_has_no_address_is_erased_without_a_mail(app, asked, riet, transaction, over):
    with transaction() as session:
        session.query(Role).filter_by(person_id=riet).delete()
        session.query(PersonAddress).filter_by(person_id=riet).delete()
    for _ in range(2):
        _go_on(app)
    with transaction() as session:
        assert session.get(ErasureRequest, asked).was_told is False
        assert session.get(Person, riet).erased_at is not None


def test_the_log_tells_it_by_numbers_only(app, asked, riet, transaction, over):
    _go_on(app)
    _settle_mails(transaction)
    _go_on(app)
    with transaction():
        rows = rows_of_everything()["audit_entry"]
    assert any("erasure.done" in repr(row) for row in rows)
    assert not any(NAME.lower() in repr(row).lower() for row in rows)


def test_the_digest_tells_who_may_not_be_read_in_again(riet, erase, app, transaction):
    erase(riet)
    with app.app_context():
        known = f"{EMAIL} riet zonnebloem"
        assert suppression.kept_out([known, f"{EMAIL} wim vos"]) == {known}
    with transaction() as session:
        assert session.scalars(select(Suppression.evidence)).all() == ["", ""]

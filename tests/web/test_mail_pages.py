"""The pages that tell what was mailed and what became of it, and to whom."""

import pytest

from eventsapp.core.settings import keep
from eventsapp.mail import outbox, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Suppression
from tests.checks import check_page
from tests.mailed import MAIL, change, first, invite_two


@pytest.fixture
def sending(cast, transaction):
    """Anna invited Riet and Joop; the mails still wait."""
    return invite_two(cast, transaction)


def questions(asked):
    return sum(1 for statement in asked if statement.startswith("SELECT"))


def close(transaction, mailing):
    """Make the meeting of a mailing one of a closed group of its organiser."""
    from eventsapp.meetings.models import Meeting

    with transaction() as session:
        number = int(session.get(Mailing, mailing.id).reference.partition(":")[2])
        session.get(Meeting, number).is_confidential = True


def account_mail(transaction):
    with transaction():
        mailing = outbox.open_mailing(
            kind=MailingKind.ACCOUNT,
            purpose=Purpose.ACCOUNT,
            reference="account:1",
            title="Nieuw wachtwoord",
            by=None,
            undo=False,
        )
        letter = outbox.Letter(
            "a", "x@raad.example", "Xandra", "nl", "reset_password", {"link": "/secret"}
        )
        outbox.enqueue(mailing, [letter])
        return mailing


def test_the_list_tells_what_who_and_how_far(anna, sending):
    page = check_page(anna.get(MAIL))
    assert "Netwerkbijeenkomst Noord" in page
    assert "Anna de Vries" in page
    assert "2 wacht" in page


def test_the_list_writes_numbers_as_the_page_of_a_mailing_does(anna, sending, transaction):
    with transaction():
        letters = [
            outbox.Letter(f"letter:{one}", f"lid{one}@raad.example", "Lid", "nl", "invitation")
            for one in range(1000)
        ]
        outbox.enqueue(sending, letters)
    assert "1.002 wacht" in check_page(anna.get(MAIL))


def test_the_list_asks_the_same_however_long_it_is(anna, sending, transaction, statements):
    anna.get(MAIL)
    with statements() as short:
        anna.get(MAIL)
    with transaction():
        for number in range(70):
            outbox.open_mailing(
                kind=MailingKind.LETTER,
                purpose=Purpose.MEETINGS,
                reference="",
                title=f"{number}",
                by=None,
            )
    with statements() as long:
        page = check_page(anna.get(MAIL))
    assert questions(long) == questions(short)
    assert "?after=" in page


def test_a_mailing_shows_each_message(anna, sending):
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "riet@raad.example" in page
    assert "Joop Smit" in page


@pytest.mark.parametrize("mailbox", ["antwoord@programma.example", ""])
def test_a_mailing_says_where_answers_go(app, anna, sending, settings, mailbox):
    keep(app, settings.replace(reply_address=mailbox))
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    keep(app, settings)
    told = page.partition("Antwoorden gaan naar")[2].partition("</dl>")[0]
    assert ("/manage/post/" in told) is bool(mailbox)
    assert ("@programma.example" in told) is not bool(mailbox)


def test_why_a_mail_did_not_arrive_is_said_in_plain_words(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused", last_reply="550 5.1.1 <b>no</b>")
    page = check_page(anna.get(f"{MAIL}{sending.id}?state=failed"))
    assert "De mailserver van de ontvanger weigert dit adres." in page
    assert "550 5.1.1 &lt;b&gt;no&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("state", "reason"),
    [("deferred", "server_away"), ("failed", "overdue"), ("cancelled", "taken_back")],
)
def test_only_the_coordinator_reads_what_our_own_mail_server_said_of_a_mail(
    anna, kees, sending, transaction, state, reason
):
    change(transaction, sending, state=state, reason=reason, last_reply="535 5.7.8 user eventsapp")
    own = f"{MAIL}messages/{first(transaction, sending)}"
    for place in (f"{MAIL}{sending.id}?state={state}", own):
        assert "535 5.7.8" not in check_page(anna.get(place))
    assert "535 5.7.8" in check_page(kees.get(own))


def test_fifty_mails_that_failed_fit_a_page(anna, sending, transaction):
    with transaction() as session:
        letters = [
            outbox.Letter(
                f"letter:{one}", f"lid{one}@raad.example", "Lid " * 10, "nl", "invitation"
            )
            for one in range(60)
        ]
        outbox.enqueue(session.get(Mailing, sending.id), letters)
    reply = "550 5.1.1 The email account that you tried to reach does not exist. " * 7
    change(transaction, sending, state="failed", reason="refused", last_reply=reply)
    check_page(anna.get(f"{MAIL}{sending.id}"))


@pytest.mark.parametrize("who", ["bram", "kees"])
def test_mail_of_a_closed_group_does_not_exist_for_others(who, sending, transaction, request):
    close(transaction, sending)
    client, number = request.getfixturevalue(who), first(transaction, sending)
    assert "Netwerkbijeenkomst" not in check_page(client.get(MAIL))
    for place in (f"{sending.id}", f"{sending.id}/progress.json", f"messages/{number}"):
        assert client.get(MAIL + place).status_code == 404


def test_mail_of_a_closed_group_is_there_for_its_organiser(anna, sending, transaction):
    close(transaction, sending)
    assert "Netwerkbijeenkomst" in check_page(anna.get(MAIL))


def test_mail_about_accounts_never_shows_what_it_says(anna, kees, transaction):
    mailing = account_mail(transaction)
    number = first(transaction, mailing)
    assert "Nieuw wachtwoord" not in anna.get(MAIL).text
    assert anna.get(f"{MAIL}{mailing.id}").status_code == 404
    assert "Xandra" in check_page(kees.get(f"{MAIL}{mailing.id}"))
    assert kees.get(f"{MAIL}messages/{number}").status_code == 404
    assert kees.post(f"{MAIL}messages/{number}/open").status_code == 404
    assert kees.get(f"{MAIL}messages/{number}/html").status_code == 404


def test_an_editor_does_not_see_mail(app, cast, sign_in):
    ilse = sign_in(app.test_client(), cast.ilse)
    assert ilse.get(MAIL).status_code == 403


def test_nonsense_in_the_address_gives_the_first_page(anna, sending):
    check_page(anna.get(f"{MAIL}{sending.id}?state=<b>&after=zzz"))
    assert anna.get(f"{MAIL}999999").status_code == 404


@pytest.fixture
def withheld(cast, transaction):
    with transaction():
        suppression.withhold_person(cast.petra.id, Purpose.MEETINGS, "opted_out")
        suppression.withhold_address("dood@raad.example", None, "does_not_exist")


def test_who_gets_no_mail_is_listed_with_the_reason(anna, withheld):
    page = check_page(anna.get(f"{MAIL}withheld/"))
    assert "Petra de Wit" in page
    assert "Deze persoon wil deze mail niet." in page
    assert "dood@raad.example" not in page


def test_an_address_can_be_asked_for(anna, withheld):
    page = check_page(anna.get(f"{MAIL}withheld/?address=DOOD@raad.example"))
    assert "Dit adres bestaat niet." in page
    assert "Petra" not in page


def test_only_the_coordinator_lifts_it(anna, kees, withheld, transaction):
    with transaction() as session:
        number = session.query(Suppression.id).order_by(Suppression.id).first()[0]
    check_page(anna.post(f"{MAIL}withheld/{number}/release"), 403)
    assert kees.post(f"{MAIL}withheld/{number}/release").status_code == 303
    assert "Petra" not in check_page(kees.get(f"{MAIL}withheld/"))


def test_only_the_coordinator_is_led_to_the_doctor(anna, kees):
    assert "/manage/doctor/" in check_page(kees.get(MAIL))
    assert "Is de mail in orde?" not in check_page(anna.get(MAIL))


def test_reasons_are_grouped_and_lead_to_their_rows(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert f"{MAIL}{sending.id}?state=failed&amp;reason=refused" in page
    assert "Riet Bos" in anna.get(f"{MAIL}{sending.id}?state=failed&reason=refused").text
    assert "Riet Bos" not in anna.get(f"{MAIL}{sending.id}?state=failed&reason=later").text

"""The pages that tell what was mailed and what became of it."""

import html
from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.invitations.invite import Choice, invite
from eventsapp.invitations.models import Invitation
from eventsapp.mail import outbox, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Mailing, Message, Suppression
from tests.checks import check_page
from tests.factories import actor_of, make_meeting, make_person

MAIL = "/manage/mail/"


@pytest.fixture
def sending(cast, transaction):
    """Anna invited Riet and Joop; the mails still wait."""
    with transaction() as session:
        meeting = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
        people = [make_person("Riet Bos", "riet@raad.example"), make_person("Joop Smit")]
        chosen = Choice(person_ids=frozenset(one.id for one in people))
        return invite(actor_of(cast.anna), meeting, chosen)


def change(transaction, mailing, **values):
    """Let all messages of a mailing be in this state."""
    with transaction() as session:
        for row in session.scalars(select(Message).where(Message.mailing_id == mailing.id)):
            for name, value in values.items():
                setattr(row, name, value)


def first(transaction, mailing):
    with transaction() as session:
        return session.scalars(
            select(Message.id).where(Message.mailing_id == mailing.id).order_by(Message.id)
        ).first()


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


def test_progress_is_told_in_numbers(anna, sending, transaction):
    told = anna.get(f"{MAIL}{sending.id}/progress.json").get_json()
    assert (told["done"], told["total"], told["finished"]) == (0, 2, False)
    change(transaction, sending, state="sent")
    assert anna.get(f"{MAIL}{sending.id}/progress.json").get_json()["finished"]


@pytest.mark.parametrize(("seconds", "fast"), [(1, "2 per seconde"), (30, "4 per minuut")])
def test_a_mailing_under_way_says_how_fast_it_goes(anna, sending, transaction, seconds, fast):
    with transaction() as session:
        mailing = session.get(Mailing, sending.id)
        third = outbox.Letter("third", "x@raad.example", "Xandra", "nl", "invitation")
        outbox.enqueue(mailing, [third])
        rows = session.scalars(select(Message).order_by(Message.id))
        for number, row in enumerate(rows.all()[:2]):
            row.state, row.settled_at = "sent", now() - timedelta(seconds=number * seconds)
    assert fast in check_page(anna.get(f"{MAIL}{sending.id}"))
    assert fast in anna.get(f"{MAIL}{sending.id}/progress.json").get_json()["parts"]["speed"]


def test_undo_takes_the_invitations_back(anna, sending, transaction):
    later = now().replace(year=now().year + 1)
    with transaction() as session:
        session.get(Mailing, sending.id).not_before = later
    assert "/undo" in check_page(anna.get(f"{MAIL}{sending.id}"))
    anna.post(f"{MAIL}{sending.id}/undo")
    with transaction() as session:
        assert session.query(Invitation).count() == 0
        assert set(session.scalars(select(Message.state))) == {"cancelled"}


def test_undo_after_the_time_is_refused(anna, sending):
    check_page(anna.post(f"{MAIL}{sending.id}/undo"), 409)


def test_a_failed_mail_is_sent_again_once(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    number = first(transaction, sending)
    for _ in range(2):
        answer = anna.post(f"{MAIL}messages/{number}/again", data={"form_key": "k"})
        assert answer.status_code == 303
    with transaction() as session:
        assert session.get(Message, number).state == "queued"
        assert session.query(AuditEntry).filter_by(action="send_again").count() == 1


def test_what_was_sent_is_not_sent_again(anna, sending, transaction):
    change(transaction, sending, state="sent")
    check_page(anna.post(f"{MAIL}messages/{first(transaction, sending)}/again"), 409)


def test_what_lay_too_long_goes_after_all_with_one_press(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="overdue")
    assert "/send-held" in check_page(anna.get(f"{MAIL}{sending.id}"))
    anna.post(f"{MAIL}{sending.id}/send-held")
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"queued"}


def test_another_region_reads_but_does_not_send(bram, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    assert "/again" not in check_page(bram.get(f"{MAIL}{sending.id}"))
    check_page(bram.post(f"{MAIL}messages/{first(transaction, sending)}/again"), 403)
    check_page(bram.post(f"{MAIL}{sending.id}/undo"), 403)


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


def test_a_letter_to_a_list_is_taken_back_by_its_writer_only(bram, sending, transaction):
    change(transaction, sending, state="queued")
    with transaction() as session:
        session.get(Mailing, sending.id).reference = "list:1"
    assert bram.post(f"{MAIL}{sending.id}/undo").status_code == 403


def course_of(transaction, mailing):
    with transaction() as session:
        return session.get(Mailing, mailing.id).course


def test_a_mailing_is_paused_and_goes_on_by_buttons(anna, sending, transaction):
    anna.post(f"{MAIL}{sending.id}/pause")
    assert course_of(transaction, sending) == "paused"
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "Deze verzending staat stil" in page
    assert "/pause" not in page
    anna.post(f"{MAIL}{sending.id}/resume")
    assert course_of(transaction, sending) == "open"


def test_mails_of_a_change_have_no_button_that_holds_them_back(anna, sending, transaction):
    with transaction() as session:
        session.get(Mailing, sending.id).kind = "update"
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "/pause" not in page
    assert "/stop" not in page
    assert "Zonder deze mails" in check_page(anna.post(f"{MAIL}{sending.id}/stop"), 409)


def test_only_the_coordinator_is_led_to_the_doctor(anna, kees):
    assert "/manage/doctor/" in check_page(kees.get(MAIL))
    assert "Is de mail in orde?" not in check_page(anna.get(MAIL))


def test_stopping_an_invitation_round_removes_who_was_not_told(anna, sending, transaction):
    assert anna.post(f"{MAIL}{sending.id}/stop").status_code == 303
    with transaction() as session:
        assert session.query(Invitation).count() == 0
        assert set(session.scalars(select(Message.state))) == {"cancelled"}
    assert course_of(transaction, sending) == "stopped"


def test_stopping_says_what_may_still_leave_and_the_bar_goes_on(anna, sending, transaction):
    number = first(transaction, sending)
    with transaction() as session:
        session.get(Message, number).state = "leased"
    page = check_page(anna.post(f"{MAIL}{sending.id}/stop", follow_redirects=True))
    assert "1 mail wordt niet verstuurd" in page
    assert "Nog 1 werd net overgedragen" in page
    assert "data-live-progress" in page
    assert not anna.get(f"{MAIL}{sending.id}/progress.json").json["finished"]


def test_what_failed_goes_again_with_one_press_and_pressed_twice_once(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    place = f"{MAIL}{sending.id}/send-failed-again"
    assert place in check_page(anna.get(f"{MAIL}{sending.id}"))
    for _ in range(2):
        assert anna.post(place, data={"form_key": "k"}).status_code == 303
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"queued"}
        assert session.query(AuditEntry).filter_by(action="mailing.send_failed_again").count() == 1


def test_another_region_steers_no_mailing(bram, sending, transaction):
    for act in ("pause", "resume", "stop", "send-failed-again"):
        check_page(bram.post(f"{MAIL}{sending.id}/{act}"), 403)
    assert course_of(transaction, sending) == "open"


def test_that_we_stopped_by_ourselves_is_said_in_numbers(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    with transaction() as session:
        found = session.get(Mailing, sending.id)
        found.course, found.course_reason = "paused", "breaker"
        session.get(Message, found.messages[0].id).state = "sent"
        found.messages[0].reason = ""
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "van de eerste 2 kwamen er 1 terug" in page


def test_reasons_are_grouped_and_lead_to_their_rows(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert f"{MAIL}{sending.id}?state=failed&amp;reason=refused" in page
    assert "Riet Bos" in anna.get(f"{MAIL}{sending.id}?state=failed&reason=refused").text
    assert "Riet Bos" not in anna.get(f"{MAIL}{sending.id}?state=failed&reason=later").text


@pytest.fixture
def judged(sending, transaction):
    """Of the two mails one was refused because nobody is there, one because it is too large."""
    reasons = iter(["no_such_user", "too_large"])
    with transaction() as session:
        for row in session.scalars(select(Message).order_by(Message.id)):
            row.state, row.reason, row.bounce_reason = "failed", "refused", next(reasons)


def test_refusals_are_grouped_as_they_were_judged_and_lead_to_their_rows(anna, sending, judged):
    place = f"{MAIL}{sending.id}"
    page = check_page(anna.get(place))
    too_large = f"{place}?state=failed&amp;reason=refused&amp;judged=too_large"
    assert page.count(f'href="{too_large}">De mail was te groot voor deze mailbox.') == 1
    assert "De mailserver van de ontvanger weigert dit adres." not in page
    rows = check_page(anna.get(html.unescape(too_large))).partition('id="mails"')[2]
    assert rows.count("De mail was te groot voor deze mailbox.") == 2  # what was chosen, and a row
    assert "Dit adres bestaat niet." not in rows


def test_refusals_move_as_they_were_judged(anna, sending, judged):
    place = f"{MAIL}{sending.id}"
    told = anna.get(f"{place}/progress.json").json["rows"]
    assert told == {"failed:refused:no_such_user": "1", "failed:refused:too_large": "1"}
    page = anna.get(place).text
    assert all(f'data-progress-row="{name}"' in page for name in told)


def test_reasons_that_begin_while_mails_leave_are_told_to_the_page(anna, sending, transaction):
    place = f"{MAIL}{sending.id}"
    assert anna.get(f"{place}/progress.json").json["rows"] == {}
    change(transaction, sending, state="failed", reason="refused")
    with transaction() as session:
        row = session.get(Message, session.get(Mailing, sending.id).messages[0].id)
        row.state, row.reason, row.bounced_at = "sent", "", now()
        row.bounce_reason = "mailbox_full"
    told = anna.get(f"{place}/progress.json").json["rows"]
    assert told == {"failed:refused": "1", "came_back:mailbox_full": "1"}
    page = check_page(anna.get(place))
    assert all(f'data-progress-row="{name}"' in page for name in told)


def test_what_stopping_costs_counts_down_with_the_mails(anna, sending, transaction):
    words = "2 mails zijn nog niet weg."
    assert words in check_page(anna.get(f"{MAIL}{sending.id}"))
    assert words in anna.get(f"{MAIL}{sending.id}/progress.json").json["parts"]["stop"]
    with transaction() as session:
        session.get(Message, session.get(Mailing, sending.id).messages[0].id).state = "sent"
    assert (
        "1 mail is nog niet weg."
        in (anna.get(f"{MAIL}{sending.id}/progress.json").json["parts"]["stop"])
    )

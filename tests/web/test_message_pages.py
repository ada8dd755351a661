"""Single mails: every mail to somebody, what became of it, and reading one, which is noted."""

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.invitations.calendar_event import goes_with
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail import bounces
from eventsapp.mail.models import Bounce, Mailing, Message
from eventsapp.mail.outbox import PARKED
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import actor_of, make_meeting, make_person
from tests.web.test_mail_pages import account_mail, questions

MESSAGES = "/manage/mail/messages/"


@pytest.fixture
def riet(cast, transaction):
    """Riet, whom Anna invited; `riet.message` is the number of that mail."""
    with transaction() as session:
        meeting = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
        riet = make_person("Riet Bos", "riet@raad.example")
        invite(actor_of(cast.anna), meeting, Choice(person_ids=frozenset({riet.id})))
        riet.message = session.scalars(select(Message.id)).one()
    return riet


def opened(client, number):
    answer = client.post(f"{MESSAGES}{number}/open")
    assert answer.status_code == 303
    return answer.location


def close_group(transaction):
    with transaction() as session:
        session.scalars(select(Meeting)).one().is_confidential = True


def test_somebodys_page_leads_to_every_mail(anna, riet):
    assert f"/manage/people/{riet.id}/mails" in check_page(anna.get(f"/manage/people/{riet.id}"))
    page = check_page(anna.get(f"/manage/people/{riet.id}/mails"))
    assert "Netwerkbijeenkomst Noord" in page
    assert f"{MESSAGES}{riet.message}" in page


def test_from_a_mail_one_comes_to_whoever_got_it(anna, riet):
    page = check_page(anna.get(f"{MESSAGES}{riet.message}"))
    assert f'href="/manage/people/{riet.id}"' in page


def test_what_waits_for_somebody_has_no_moment(anna, riet, transaction):
    with transaction() as session:
        row = session.get(Message, riet.message)
        row.not_before, mailing = PARKED, row.mailing_id
    for place in (f"mail/{mailing}", f"mail/messages/{riet.message}", f"people/{riet.id}/mails"):
        page = check_page(anna.get(f"/manage/{place}"))
        assert "zodra iemand doorgaat" in page
        assert "9999" not in page


def test_somebody_without_mail_is_told_so(anna, cast):
    page = check_page(anna.get(f"/manage/people/{cast.petra.id}/mails"))
    assert "nog geen mail" in page


def test_a_mail_is_shown_after_it_was_opened_and_not_before(anna, riet):
    before = check_page(anna.get(f"{MESSAGES}{riet.message}"))
    assert "Beste" not in before
    assert "<iframe" not in before
    after = check_page(anna.get(opened(anna, riet.message)))
    assert "Dorpshuis De Linde" in after
    assert "<iframe" in after


def test_of_a_mail_that_is_shown_the_page_says_what_may_have_changed_since(anna, riet):
    page = check_page(anna.get(opened(anna, riet.message)))
    assert "Vaste teksten en opmaak zijn die van nu" in page


def test_the_headers_are_shown_as_they_were_sent(anna, riet, transaction):
    page = check_page(anna.get(opened(anna, riet.message)))
    with transaction() as session:
        assert session.get(Message, riet.message).message_id.strip("<>") in page
    assert "Auto-Submitted: auto-generated" in page


@pytest.mark.parametrize("is_letter_only", [True, False])
def test_a_calendar_entry_that_went_along_is_named(anna, riet, transaction, is_letter_only):
    with transaction() as session:
        row = session.get(Message, riet.message)
        row.data = {**row.data, "is_letter_only": is_letter_only}
    page = check_page(anna.get(opened(anna, riet.message)))
    assert ("gaat een agenda-afspraak mee" in page) is not is_letter_only


@pytest.mark.parametrize("template", ["cancellation", "substitute"])
def test_an_entry_that_is_cancelled_or_another_persons_goes_along_where_there_is_one(
    riet, transaction, template
):
    with transaction() as session:
        row = session.get(Message, riet.message)
        row.template, row.reference = template, f"substitute:{row.reference.partition(':')[2]}"
        assert not goes_with(row)
        row.data = {**row.data, "entry": {"uid": "x@example.org"}}
        assert goes_with(row)


def test_who_opened_a_mail_is_in_the_log(anna, riet, cast, transaction):
    opened(anna, riet.message)
    with transaction() as session:
        entry = session.query(AuditEntry).filter_by(action="mail.read").one()
        assert (entry.person_id, entry.object_id) == (cast.anna.person_id, riet.message)


def test_the_frame_can_run_nothing_and_holds_no_link_of_the_reader(anna, riet, transaction):
    place = opened(anna, riet.message)
    frame = anna.get(place.replace("?opened", "/html?opened"))
    assert "Netwerkbijeenkomst Noord" in frame.text
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    with transaction() as session:
        secret = session.get(Message, riet.message).data["link"]
    assert secret not in anna.get(place).text + frame.text


def test_the_frame_opens_for_nobody_who_did_not_open_the_mail(anna, bram, riet):
    place = opened(anna, riet.message).replace("?opened", "/html?opened")
    assert anna.get(f"{MESSAGES}{riet.message}/html").status_code == 404
    assert bram.get(place).status_code == 404


def test_an_opened_mail_closes_again_after_a_quarter_of_an_hour(anna, riet, freeze):
    freeze("2026-11-23 10:00")
    place = opened(anna, riet.message)
    freeze("2026-11-23 10:16")
    assert "<iframe" not in check_page(anna.get(place))


@pytest.mark.parametrize("who", ["bram", "kees"])
def test_mails_of_a_closed_group_are_there_for_its_organiser_only(who, riet, transaction, request):
    close_group(transaction)
    client = request.getfixturevalue(who)
    assert "Netwerkbijeenkomst" not in check_page(client.get(f"/manage/people/{riet.id}/mails"))
    for answer in (
        client.get(f"{MESSAGES}{riet.message}"),
        client.post(f"{MESSAGES}{riet.message}/open"),
        client.get(f"{MESSAGES}{riet.message}/html"),
    ):
        assert answer.status_code == 404


def test_the_organiser_of_a_closed_group_reads_its_mails(anna, riet, transaction):
    close_group(transaction)
    assert "Dorpshuis" in check_page(anna.get(opened(anna, riet.message)))


def test_an_editor_sees_no_mails_of_anybody(app, cast, sign_in, riet):
    ilse = sign_in(app.test_client(), cast.ilse)
    assert ilse.get(f"/manage/people/{riet.id}/mails").status_code == 403
    assert ilse.post(f"{MESSAGES}{riet.message}/open").status_code == 403


def test_mail_about_an_account_can_be_seen_and_not_opened(kees, transaction, cast):
    mailing = account_mail(transaction)
    with transaction() as session:
        row = session.scalars(select(Message).where(Message.mailing_id == mailing.id)).one()
        row.person_id = cast.petra.id
        number = row.id
    page = check_page(kees.get(f"/manage/people/{cast.petra.id}/mails"))
    assert "Nieuw wachtwoord" in page
    assert f"{MESSAGES}{number}" not in page
    assert kees.post(f"{MESSAGES}{number}/open").status_code == 404


def test_what_came_back_stands_beside_the_mail(anna, riet, transaction):
    with transaction() as session:
        row = session.get(Message, riet.message)
        row.state, row.bounced_at, row.bounce_reason = "sent", now(), "mailbox_full"
        session.add(
            Bounce(
                message_id=row.id,
                address_hash="x",
                kind="soft",
                reason="mailbox_full",
                status="4.2.2",
                diagnostic="452 <b>mailbox</b> full",
            )
        )
    page = check_page(anna.get(f"{MESSAGES}{riet.message}"))
    assert "Wat er terugkwam" in page
    assert "452 &lt;b&gt;mailbox&lt;/b&gt; full" in page


def test_what_a_server_did_not_take_did_not_come_back(anna, riet, transaction):
    with transaction() as session:
        row = session.get(Message, riet.message)
        row.state, row.reason = "failed", "refused"
        bounces.refused(row.id, 552, "552 5.3.4 Message too large")
    page = check_page(anna.get(f"{MESSAGES}{riet.message}"))
    assert "De mailserver nam de mail niet aan" in page
    assert "Wat er terugkwam" not in page
    why = page.partition("Waarom")[2].partition("</dd>")[0]
    assert "De mail was te groot voor deze mailbox." in why
    assert "De mail was te groot" in anna.get(f"/manage/people/{riet.id}/mails").text


def test_of_a_purged_mail_only_what_became_of_it_is_left(anna, riet, transaction):
    with transaction() as session:
        session.scalars(select(Mailing)).one().purged_at = now()
        session.get(Message, riet.message).data = {}
    page = check_page(anna.get(opened(anna, riet.message)))
    assert "is gewist op" in page
    assert "<iframe" not in page
    check_page(anna.get(f"/manage/people/{riet.id}/mails"))


def test_a_mail_whose_layout_has_changed_breaks_no_page(anna, riet, transaction):
    with transaction() as session:
        session.get(Message, riet.message).template = "of_long_ago"
    assert "opmaak sindsdien is veranderd" in check_page(anna.get(opened(anna, riet.message)))


def test_the_list_asks_the_same_however_many_mails_there_are(anna, riet, transaction, statements):
    place = f"/manage/people/{riet.id}/mails"
    anna.get(place)
    with statements() as few:
        anna.get(place)
    with transaction() as session:
        first = session.get(Message, riet.message)
        for number in range(70):
            session.add(
                Message(
                    mailing_id=first.mailing_id,
                    key=f"more{number}",
                    person_id=riet.id,
                    address="riet@raad.example",
                    template="invitation",
                    message_id=f"<{number}@programma.example>",
                )
            )
    with statements() as many:
        page = check_page(anna.get(place))
    assert questions(many) == questions(few)
    assert "?after=" in page

"""Letters: written to the people of a meeting or a list, looked at first, sent once, undone."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import ContactList, LetterDraft, Membership
from eventsapp.core.audit import AuditEntry
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.models import Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from eventsapp.mail.suppression import withhold_person
from eventsapp.meetings.models import Meeting, Paper
from tests.checks import check_page
from tests.factories import (
    make_attendance,
    make_cast,
    make_invitation,
    make_meeting,
    make_person,
)


@pytest.fixture
def story(transaction, freeze):
    """A meeting of Anna's with a paper: Riet is silent, Piet and Opa come, Jan was there before."""
    freeze("2027-01-04 10:00")
    with transaction() as session:
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        past = make_meeting(cast.anna.person, cast.noord, days=-8)
        riet = make_person("Riet van der Berg", "riet@raad.example")
        piet = make_person("Piet Jansen", "piet@raad.example")
        opa = make_person("Opa Zonder", None)
        jan = make_person("Jan Adriaans", "jan@raad.example", language="en")
        make_invitation(meeting, riet)
        make_invitation(meeting, piet, reply="accepted")
        make_invitation(meeting, opa, reply="accepted")
        make_attendance(past, jan)
        make_attendance(past, piet, "absent")
        paper = Paper(
            meeting_id=meeting.id,
            title="Notitie vervoer",
            filename="notitie.pdf",
            media_type="application/pdf",
            size=4,
            content=b"%PDF",
        )
        mine = ContactList(name="Vaste gasten", owner_person_id=cast.anna.person_id)
        mine.members = [Membership(person_id=jan.id, is_added=True)]
        session.add_all([paper, mine])
        session.flush()
        return SimpleNamespace(
            **vars(cast),
            meeting=meeting,
            past=past,
            piet=piet,
            jan=jan,
            paper=paper,
            mine=mine,
            at=f"/manage/meetings/{meeting.id}/letter",
            at_past=f"/manage/meetings/{past.id}/letter",
            at_list=f"/manage/lists/{mine.id}/letter",
        )


@pytest.fixture
def anna(story, client, sign_in):
    """Anna's browser."""
    return sign_in(client, story.anna)


def words(**values):
    return {
        "audience": "coming",
        "subject": "Andere ingang",
        "body": "<p>Neem de <strong>achterdeur</strong>.</p>",
        **values,
    }


def mails(transaction):
    with transaction() as session:
        return session.scalars(select(Message).order_by(Message.address)).all()


def composed(transaction):
    with transaction() as session:
        return compose(session.scalars(select(Message)).one())


def write_and_send(browser, at, **values):
    assert browser.post(at, data=words(**values)).status_code == 303
    return browser.post(f"{at}/send", data={"form_key": "l" * 20})


def test_before_sending_one_sees_who_gets_it_and_who_does_not(story, anna, transaction):
    page = check_page(anna.post(story.at, data=words(), follow_redirects=True))
    assert "Verstuur 1 brief" in page
    assert "Opa Zonder" in page
    assert "geen e-mailadres" in page.lower()
    assert mails(transaction) == []


def test_the_example_is_the_letter_in_a_cage_without_a_personal_link(story, anna):
    anna.post(story.at, data=words(audience="silent"))
    shown = anna.get(f"{story.at}/example")
    assert "achterdeur" in shown.text
    assert "/a/" not in shown.text
    assert "sandbox" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("audience", "addresses"),
    [("coming", ["piet@raad.example"]), ("silent", ["riet@raad.example"])],
)
def test_a_letter_goes_to_whom_it_is_for(story, anna, transaction, audience, addresses):
    write_and_send(anna, story.at, audience=audience)
    assert [one.address for one in mails(transaction)] == addresses


def send_a_substitute(transaction, story, email):
    """Piet does not come; Henk comes in his place."""
    with transaction() as session:
        invitation = session.scalars(
            select(Invitation).where(Invitation.person_id == story.piet.id)
        ).one()
        invitation.reply = "declined"
        invitation.substitute_name, invitation.substitute_email = "Henk de Boer", email


def test_who_comes_in_the_place_of_somebody_reads_the_letter(story, anna, transaction):
    send_a_substitute(transaction, story, "henk@raad.example")
    with transaction():
        withhold_person(story.piet.id, Purpose.MEETINGS, "opted_out")
    write_and_send(anna, story.at)
    (mail,) = mails(transaction)
    assert (mail.address, mail.name) == ("henk@raad.example", "Henk de Boer")
    text = composed(transaction).text
    assert "Beste Henk de Boer," in text
    assert "U krijgt dit omdat u in de plaats van Piet Jansen komt." in text
    assert "link" not in mail.data  # the personal link stays with the invitee


def test_a_substitute_without_an_address_is_reached_through_the_invitee(story, anna, transaction):
    send_a_substitute(transaction, story, "")
    write_and_send(anna, story.at)
    assert [one.address for one in mails(transaction)] == ["piet@raad.example"]


def test_who_was_there_is_written_to_afterwards(story, anna, transaction):
    write_and_send(anna, story.at_past, audience="present", subject="Thanks")
    (mail,) = mails(transaction)
    assert (mail.address, mail.expires_at) == ("jan@raad.example", None)
    assert "Kind regards," in composed(transaction).text


def test_a_letter_to_a_list_needs_no_meeting(story, anna, transaction):
    page = check_page(anna.get(f"/manage/lists/{story.mine.id}"))
    assert f'href="{story.at_list}"' in page
    check_page(anna.get(story.at_list))
    write_and_send(anna, story.at_list, audience=f"list:{story.mine.id}")
    (mail,) = mails(transaction)
    assert (mail.address, mail.state) == ("jan@raad.example", "queued")
    assert "achterdeur" in composed(transaction).html


def test_a_list_can_be_written_to_about_a_meeting(story, anna, transaction):
    write_and_send(anna, story.at, audience=f"list:{story.mine.id}")
    assert "Dorpshuis De Linde" in composed(transaction).text


def test_papers_go_along_as_links_that_work(story, anna, client, transaction):
    write_and_send(anna, story.at, papers=[story.paper.id])
    text = composed(transaction).text
    link = next(line.strip() for line in text.splitlines() if "/papers/" in line)
    path = "/" + link.split("/", 3)[3]
    assert anna.application.test_client().get(path).data == b"%PDF"


def test_a_paper_of_another_meeting_does_not_go_along(story, anna, transaction):
    write_and_send(anna, story.at_past, audience="present", papers=[story.paper.id])
    assert "/papers/" not in composed(transaction).text


def test_what_was_written_without_script_keeps_its_paragraphs(story, anna, transaction):
    write_and_send(anna, story.at, body="Eerste.\n\nTweede & derde.")
    assert "<p>Tweede &amp; derde.</p>" in composed(transaction).html


def test_html_that_could_harm_goes_out_of_a_letter(story, anna, transaction):
    body = "<p onclick=x>Dag<script>alert(1)</script></p>"
    write_and_send(anna, story.at, body=body, subject="Hoi <b>\r\nBcc: x@y.example")
    mail = composed(transaction)
    assert "alert(1)" not in mail.html
    assert "\n" not in mail.subject.strip()


def test_a_letter_carries_no_calendar_entry(story, anna, transaction):
    write_and_send(anna, story.at, audience="silent")
    with transaction() as session:
        assert calendar_part(session.scalars(select(Message)).one()) is None


def test_who_wants_no_mail_gets_none_and_is_named(story, anna, transaction):
    with transaction():
        withhold_person(story.piet.id, Purpose.MEETINGS, "opted_out")
    page = check_page(anna.post(story.at, data=words(), follow_redirects=True))
    assert "Wil geen mail over bijeenkomsten" in page
    assert anna.post(f"{story.at}/send").status_code == 409
    assert mails(transaction) == []


def test_a_form_that_is_sent_twice_mails_once(story, anna, transaction):
    first = write_and_send(anna, story.at)
    again = anna.post(f"{story.at}/send", data={"form_key": "l" * 20})
    assert again.location == first.location
    assert len(mails(transaction)) == 1


def test_a_letter_is_taken_back_and_stands_there_again(story, anna, transaction, freeze):
    done = write_and_send(anna, story.at)
    number = done.location.split("mailing=")[1]
    page = check_page(anna.post(f"{story.at}/undo/{number}", follow_redirects=True))
    assert "Andere ingang" in page
    assert [one.state for one in mails(transaction)] == ["cancelled"]


def test_what_was_typed_survives_leaving_the_page(story, anna):
    anna.post(story.at, data=words())
    assert "Andere ingang" in check_page(anna.get(story.at))


def test_a_draft_is_seen_by_its_writer_only(story, anna, client, sign_in, app):
    anna.post(story.at, data=words())
    kees = sign_in(app.test_client(), story.kees)
    assert "Andere ingang" not in check_page(kees.get(story.at))


def test_a_letter_is_thrown_away(story, anna, transaction):
    anna.post(story.at, data=words())
    anna.post(f"{story.at}/throw-away")
    with transaction() as session:
        assert session.scalars(select(LetterDraft)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "x" * 10_000},
        {"body": " "},
        {"body": "<p> </p>"},
        {"body": "x" * 30_000},
        {"audience": "everybody"},
        {"audience": ""},
    ],
)
def test_what_is_wrong_is_told_and_kept(story, anna, transaction, wrong):
    page = check_page(anna.post(story.at, data=words(**wrong)), 422, largest=200_000)
    assert "field__error" in page


def test_sending_stands_in_who_did_what(story, anna, transaction):
    write_and_send(anna, story.at)
    with transaction() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "letter")).one()
        assert (entry.object_id, entry.detail["count"]) == (story.meeting.id, 1)


def test_the_subject_tells_nothing_of_a_closed_group(story, anna, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).is_confidential = True
    write_and_send(anna, story.at)
    mail = composed(transaction)
    assert "Andere ingang" not in mail.subject
    assert "Andere ingang" in mail.text


@pytest.mark.parametrize("at", ["at", "at_list"])
def test_an_advisor_of_another_region_writes_to_nobody(story, client, sign_in, at):
    bram = sign_in(client, story.bram)
    assert bram.get(getattr(story, at)).status_code == 403
    assert bram.post(f"{getattr(story, at)}/send").status_code == 403


def test_a_list_of_another_advisor_is_not_written_to_from_ones_own_meeting(
    story, client, sign_in, transaction
):
    with transaction():
        own = make_meeting(story.bram.person, story.zuid)
    bram = sign_in(client, story.bram)
    data = words(audience=f"list:{story.mine.id}")
    assert bram.post(f"/manage/meetings/{own.id}/letter", data=data).status_code in (403, 422)


def test_a_letter_of_another_meeting_is_not_undone_here(story, anna):
    number = write_and_send(anna, story.at).location.split("mailing=")[1]
    assert anna.post(f"{story.at_past}/undo/{number}").status_code == 404


def test_the_preview_asks_a_bounded_number_of_questions(story, anna, transaction, statements):
    with transaction():
        for number in range(60):
            person = make_person(f"Gast {number}", f"gast{number}@raad.example")
            make_invitation(story.meeting, person, reply="accepted")
    anna.post(story.at, data=words())
    with statements() as asked:
        check_page(anna.get(f"{story.at}/preview"))
    assert len(asked) <= 14, asked


def test_drafts_that_nobody_touches_are_forgotten(story, anna, transaction, freeze):
    from eventsapp.contacts.letters import forget_old_drafts

    anna.post(story.at, data=words())
    freeze("2027-03-04 10:00")
    with transaction() as session:
        forget_old_drafts()
        assert session.scalars(select(LetterDraft)).all() == []

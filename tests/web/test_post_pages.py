"""The page "Post": reading, settling with one press, undoing, writing back, and who may not."""

import re

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.core.dates import now
from eventsapp.invitations.calendar_event import calendar_part
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.invitations.reply_address import person_of
from eventsapp.mail.delivery import deliver
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import InboundMail, Message
from eventsapp.mail.suppression import withhold_person
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import make_cast, make_invitation, make_meeting, make_person, wall

HELD = {
    "attendee": "jan@elders.example",
    "attendee_name": "Jan Elders",
    "partstat": "ACCEPTED",
    "comment": "",
    "proposed": [],
}


@pytest.fixture
def story(transaction, freeze):
    """Riet wrote about Anna's meeting; Jan's calendar answered; a letter is about nothing."""
    freeze("2027-01-05 10:30")
    with transaction() as session:
        cast = make_cast()
        starts = wall(2027, 1, 12, 13, 30)
        cast.meeting = make_meeting(cast.anna.person, cast.noord, starts=starts, title="Vervoer")
        riet = make_person("Riet Bos", "riet@raad.example")
        cast.invitation = make_invitation(cast.meeting, riet)
        about = f"invitation:{cast.invitation.id}"
        cast.letter = inbound("letter", about, body="Ik kom, met <b>Piet</b>\n\n> oud\n> ouder")
        cast.held = inbound("calendar_reply", about, reason="forwarded", detail=dict(HELD))
        cast.loose = inbound("letter", "", sender="wie@ergens.example", body="Hallo")
        session.add_all([cast.letter, cast.held, cast.loose])
        session.flush()
    return cast


def inbound(kind, reference, *, detail=None, **values):
    values.setdefault("sender", "riet@raad.example")
    return InboundMail(
        fingerprint=f"{kind}-{reference}-{values.get('reason', '')}-{values.pop('number', '')}",
        source="test",
        received_at=now(),
        kind=kind,
        reference=reference,
        subject="Re: Uitnodiging",
        detail=detail
        or {
            "attachments": [{"name": "brief.pdf", "kind": "application/pdf", "size": 1200}],
            "is_known": True,
            "is_guess": False,
            "message_id": "<riet-1@raad.example>",
        },
        **values,
    )


@pytest.fixture
def anna(app, story, sign_in):
    """Anna's browser."""
    return sign_in(app.test_client(), story.anna)


@pytest.fixture
def kees(app, story, sign_in):
    """The coordinator's browser."""
    return sign_in(app.test_client(), story.kees)


@pytest.fixture
def kept(transaction):
    """`kept(row)` reads a row again."""

    def read(row):
        with transaction() as session:
            session.expire_all()
            return session.get(type(row), row.id)

    return read


def at(row, part=""):
    return f"/manage/post/{row.id}{'/' if part else ''}{part}"


def press(browser, row, how, **more):
    return browser.post(at(row, "settle"), data={"as": how, **more}, follow_redirects=True)


def test_what_waits_is_shown_with_its_words(story, anna):
    page = check_page(anna.get("/manage/post/"))
    assert "Ik kom, met &lt;b&gt;Piet&lt;/b&gt;" in page
    assert "Jan Elders antwoordde ‘komt’ op de uitnodiging van Riet Bos" in page
    assert "Vervoer" in page
    assert "Hallo" not in page


def test_a_letter_is_shown_whole_with_what_is_enclosed(story, anna):
    page = check_page(anna.get(at(story.letter)))
    for words in ("brief.pdf", "&gt; ouder", "riet@raad.example", "De hele brief"):
        assert words in page


@pytest.mark.parametrize(("how", "reply"), [("comes", "accepted"), ("declines", "declined")])
def test_one_press_keeps_the_answer(story, anna, kept, transaction, how, reply):
    page = check_page(press(anna, story.letter, how))
    assert "Ongedaan maken" in page
    invitation = kept(story.invitation)
    assert (invitation.reply, invitation.replied_via) == (reply, "mail")
    letter = kept(story.letter)
    assert (letter.state, letter.settled_by) == ("settled", story.anna.person_id)


def test_a_substitute_is_kept_by_name(story, anna, kept):
    press(anna, story.letter, "substitute", substitute_name="Toon Bos")
    assert kept(story.invitation).substitute_name == "Toon Bos"


def test_a_substitute_without_a_name_is_asked_for(story, anna, kept):
    answer = press(anna, story.letter, "substitute", substitute_name=" ")
    assert "naam" in check_page(answer, 422)
    assert kept(story.letter).state == "waiting"


def test_dealt_with_changes_no_answer(story, anna, kept):
    press(anna, story.letter, "answered")
    assert kept(story.letter).state == "settled"
    assert kept(story.invitation).reply == "needs_action"


def test_undoing_lets_it_wait_again_and_restores_the_answer(story, anna, kept, transaction):
    press(anna, story.letter, "comes")
    check_page(anna.post(at(story.letter, "undo"), follow_redirects=True))
    assert kept(story.letter).state == "waiting"
    invitation = kept(story.invitation)
    assert (invitation.reply, invitation.replied_at) == ("needs_action", None)
    with transaction() as session:
        states = session.scalars(select(Message.state).where(Message.template == "confirmation"))
        assert list(states) == ["cancelled"]
        assert len(list(session.scalars(select(Answer)))) == 2


def test_undoing_gives_an_earlier_answer_back(story, anna, kept, transaction):
    with transaction() as session:
        row = session.get(Invitation, story.invitation.id)
        row.reply, row.replied_at = "declined", now()
    press(anna, story.letter, "comes")
    anna.post(at(story.letter, "undo"))
    assert kept(story.invitation).reply == "declined"


def test_undoing_leaves_an_answer_that_came_since(story, anna, kept, transaction):
    press(anna, story.letter, "comes")
    with transaction() as session:
        session.get(Invitation, story.invitation.id).reply = "tentative"
    anna.post(at(story.letter, "undo"))
    assert (kept(story.letter).state, kept(story.invitation).reply) == ("waiting", "tentative")


def test_what_somebody_settled_is_not_settled_twice(story, anna, kees, kept):
    press(anna, story.letter, "comes")
    page = check_page(press(kees, story.letter, "declines"))
    assert "Iemand heeft dit al afgehandeld." in page
    assert kept(story.invitation).reply == "accepted"


def test_a_reply_goes_to_the_writer_as_an_answer_to_that_mail(
    story, anna, transaction, open_smtp, kept
):
    check_page(
        anna.post(at(story.letter, "reply"), data={"text": "Fijn!\n<b>x"}, follow_redirects=True)
    )
    with transaction():
        deliver("w", calendar_part)
    mail, riet = open_smtp.wait_for(1)[0], story.invitation.person_id
    assert mail.to == "riet@raad.example"
    assert mail.message["In-Reply-To"] == "<riet-1@raad.example>"
    assert mail.message["Subject"] == "Re: Uitnodiging"
    with transaction():
        assert person_of(mail.message["From"].addresses[0].addr_spec) == riet
    text = mail.message.get_body(("plain",)).get_content()
    assert "Fijn!\n<b>x" in text.replace("\r\n", "\n")
    assert "/a/" not in text
    assert kept(story.letter).reason == "replied"


def test_a_reply_that_did_not_leave_is_undone_with_the_letter(story, anna, transaction):
    anna.post(at(story.letter, "reply"), data={"text": "Fijn!"})
    anna.post(at(story.letter, "undo"))
    with transaction() as session:
        states = session.scalars(select(Message.state).where(Message.template == "letter_reply"))
        assert list(states) == ["cancelled"]


@pytest.mark.parametrize("text", ["", "  ", "x" * 10_001])
def test_a_reply_needs_words_and_not_too_many(story, anna, text):
    answer = anna.post(at(story.letter, "reply"), data={"text": text})
    check_page(answer, 422)


def test_who_answered_a_forwarded_invitation_is_invited(story, anna, transaction):
    page = check_page(anna.post(at(story.held, "invite"), follow_redirects=True))
    assert "Jan Elders krijgt een uitnodiging" in page
    with transaction() as session:
        emails = session.scalars(select(Invitation.email).order_by(Invitation.id))
        assert list(emails) == ["riet@raad.example", "jan@elders.example"]


def test_an_answer_of_somebody_else_is_not_kept_as_that_of_the_invitee(story, anna):
    page = check_page(anna.get(at(story.held)))
    assert 'value="comes"' not in page
    assert 'value="Jan Elders"' in page


def test_who_gets_no_mail_gets_no_reply_either_and_the_letter_still_waits(
    story, anna, transaction, kept
):
    with transaction():
        withhold_person(story.invitation.person_id, Purpose.MEETINGS, "opted_out")
    page = check_page(anna.post(at(story.letter, "reply"), data={"text": "Fijn!"}), 409)
    assert "geen mail meer" in page
    assert "Fijn!" in page
    assert kept(story.letter).state == "waiting"


def test_a_second_press_does_nothing_more(story, anna, transaction):
    key = re.search(r'name="form_key" value="([^"]+)"', anna.get("/manage/post/").text)[1]
    for _ in range(2):
        press(anna, story.letter, "comes", form_key=key)
    with transaction() as session:
        assert len(list(session.scalars(select(Answer)))) == 1


def test_an_unknown_press_is_refused(story, anna, kept):
    assert press(anna, story.letter, "invited").status_code == 400
    assert kept(story.letter).state == "waiting"


def test_an_advisor_of_another_region_is_not_asked_and_settles_nothing(story, app, sign_in, kept):
    bram = sign_in(app.test_client(), story.bram)
    assert "Er wacht geen post" in check_page(bram.get("/manage/post/"))
    assert press(bram, story.letter, "comes").status_code == 403
    assert bram.get(at(story.letter)).status_code == 403
    answers = f"/manage/meetings/{story.meeting.id}/answers"
    for page in (answers, f"{answers}/{story.invitation.id}"):
        assert "/manage/post/" not in check_page(bram.get(page)).split("<main")[1]
    assert kept(story.letter).state == "waiting"


def test_what_is_about_no_meeting_is_for_the_coordinator(story, anna, kees, kept):
    assert anna.get(at(story.loose)).status_code == 403
    assert "Hallo" in check_page(kees.get("/manage/post/"))
    assert "Terugschrijven" not in check_page(kees.get(at(story.loose)))
    press(kees, story.loose, "answered")
    assert kept(story.loose).state == "settled"


def test_a_closed_group_is_for_its_organiser_and_deputies(story, anna, kees, transaction):
    with transaction() as session:
        session.get(Meeting, story.meeting.id).is_confidential = True
    assert "Piet" not in check_page(kees.get("/manage/post/"))
    assert kees.get(at(story.letter)).status_code == 404
    assert press(kees, story.letter, "comes").status_code == 404
    assert "Piet" in check_page(anna.get("/manage/post/"))


def test_an_editor_reads_no_letters(story, app, sign_in):
    ilse = sign_in(app.test_client(), story.ilse)
    assert ilse.get("/manage/post/").status_code == 403
    assert ilse.get(at(story.letter)).status_code == 403


def test_an_empty_post_says_what_will_lie_there(story, anna, transaction):
    with transaction() as session:
        for row in session.scalars(select(InboundMail)):
            row.state = "settled"
            row.reason, row.settled_at = "answered", now()
    assert "Er wacht geen post" in check_page(anna.get("/manage/post/"))
    assert "Afgehandeld" in check_page(anna.get("/manage/post/?settled=1"))


def test_other_kinds_of_mail_are_not_here(story, anna, transaction, kept):
    with transaction() as session:
        session.get(InboundMail, story.letter.id).kind = "bounce"
    assert anna.get(at(story.letter)).status_code == 404
    assert press(anna, story.letter, "comes").status_code == 404


def test_a_long_list_has_pages_and_a_bounded_number_of_questions(
    story, anna, transaction, statements
):
    with transaction() as session:
        session.add_all(
            inbound("letter", f"invitation:{story.invitation.id}", number=n, body=f"Brief {n}.")
            for n in range(45)
        )
    with statements() as asked:
        page = check_page(anna.get("/manage/post/"))
    assert page.count("Brief ") + 2 == 20
    assert len(asked) <= 14
    assert len(page) < 60_000
    following = re.search(r'href="([^"]*after=[^"]+)"', page)[1].replace("&amp;", "&")
    assert "Brief 18." in check_page(anna.get(f"/manage/post/{following}"))


def test_today_and_the_answers_lead_to_the_post(story, anna):
    assert "2 brieven of antwoorden wachten op jou" in check_page(anna.get("/manage/"))
    answers = f"/manage/meetings/{story.meeting.id}/answers"
    assert "Er wachten 2 brieven of antwoorden" in check_page(anna.get(answers))
    person = check_page(anna.get(f"{answers}/{story.invitation.id}"))
    assert f"/manage/post/{story.letter.id}" in person


def test_the_coordinator_is_told_of_letters_about_nothing(story, anna, kees):
    words = "1 brief gaat over geen bijeenkomst die we kennen"
    assert words in check_page(kees.get("/manage/"))
    assert words not in check_page(anna.get("/manage/"))


def test_the_post_of_one_meeting_stands_apart(story, anna, transaction):
    with transaction():
        other = make_meeting(story.anna.person, story.noord, days=30).id
    assert "Er wacht geen post" in check_page(anna.get(f"/manage/post/?meeting={other}"))
    assert "Piet" in check_page(anna.get(f"/manage/post/?meeting={story.meeting.id}"))


def test_copies_are_turned_off_and_on_at_ones_own_account(story, anna, kept):
    check_page(anna.get("/manage/me/"))
    for wants in (False, True):
        anna.post("/manage/me/copies", data={"wants": "1" if wants else "0"})
        assert kept(Account(id=story.anna.id)).copies_letters is wants

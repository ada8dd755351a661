"""What comes after the answer: guests, own questions, needs, a remark, somebody in one's place."""

import pytest

from eventsapp.invitations.models import (
    AccessNeed,
    Invitation,
    Notice,
    QuestionAnswer,
    RememberedNeed,
)
from eventsapp.meetings.models import Question
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_person

HOSTILE = '<script>alert("x")</script>"\'><img src=x onerror=alert(1)> 🙂\r\nBcc: a@b.example'


def workshop(*options):
    """A question with workshops of so many seats."""
    return Question(
        kind="workshop",
        label="Welke workshop?",
        options=[{"label": name, "seats": places} for name, places in options],
    )


def test_who_comes_may_tell_more_in_one_form(invited):
    petra = invited(reply="accepted", questions=(Question(kind="text", label="Waarover?"),))
    sent = petra.add(
        guests="2",
        guest_names="Jan en Joke",
        needs=["ring_loop", "diet"],
        needs_remark="geen noten",
        remember_needs="y",
        remark="Tot dan",
        **{f"question-{petra.question_ids[0]}": "Over vervoer"},
    )
    assert sent.location == petra.at() + "?done=extras"
    page = check_page(petra.client.get(sent.location))
    assert "Wij hebben het genoteerd" in page
    for words in ("er komen 2 mensen mee", "Jan en Joke", "geen noten", "Tot dan", "Over vervoer"):
        assert words in page
    assert page.count("checked") == 3
    kept = petra.invitation()
    assert (kept.guests, kept.guest_names, kept.remark) == (2, "Jan en Joke", "Tot dan")
    assert [row.value for row in petra.rows(QuestionAnswer)] == ["Over vervoer"]
    assert [row.kinds for row in petra.rows(AccessNeed)] == [["ring_loop", "diet"]]
    assert len(petra.rows(RememberedNeed)) == 1


def test_everything_can_be_taken_back_again(invited):
    petra = invited(reply="accepted", guests=2, guest_names="Jan", remark="Dag")
    petra.add(needs=["diet"], remember_needs="y", guests="2")
    petra.add(guests="", guest_names="", needs_remark="", remark="")
    kept = petra.invitation()
    assert (kept.guests, kept.guest_names, kept.remark) == (0, "", "")
    assert petra.rows(AccessNeed) == petra.rows(RememberedNeed) == []


def test_who_does_not_come_is_asked_for_a_remark_only(invited):
    petra = invited(reply="declined")
    page = petra.page()
    assert "Ik wil iets opmerken" in page
    assert "Ik neem iemand mee" not in page
    petra.add(guests="4", needs=["diet"], remark="Volgende keer graag")
    kept = petra.invitation()
    assert (kept.guests, kept.remark) == (0, "Volgende keer graag")
    assert petra.rows(AccessNeed) == []


@pytest.mark.parametrize("guests", ["-1", "21", "twee", "1.5", "9" * 10_000])
def test_an_impossible_number_of_guests_is_told_beside_the_field_and_all_is_kept(invited, guests):
    petra = invited(reply="accepted")
    page = check_page(petra.add(guests=guests, remark="Deze opmerking blijft"), 422)
    assert "Dit klopt nog niet" in page
    assert 'id="guests-error"' in page
    assert "Deze opmerking blijft" in page
    assert (petra.invitation().guests, petra.invitation().remark) == (0, "")


def test_more_guests_than_seats_is_told_with_what_is_left(invited):
    petra = invited(reply="accepted", meeting={"capacity": 3}, taken=1)
    assert "Er is nog 1 plaats." in petra.page()
    page = check_page(petra.add(guests="5", remark="Blijft staan"), 422)
    assert 'id="guests-error"' in page
    assert "Blijft staan" in page
    assert (petra.invitation().guests, petra.invitation().remark) == (0, "")
    assert petra.add(guests="1").status_code == 303
    assert petra.invitation().guests == 1


def test_workshops_show_the_seats_that_are_left(invited, transaction):
    petra = invited(reply="accepted", questions=(workshop(("Vervoer", 2), ("Raad", 1)),))
    choose(transaction, petra, "Raad")
    page = petra.page()
    assert "nog 2 plaatsen" in page
    assert "vol" in page
    assert "disabled" in page
    name = f"question-{petra.question_ids[0]}"
    page = check_page(petra.add(**{name: "Raad"}), 422)
    assert "vol" in page
    assert [row.value for row in petra.rows(QuestionAnswer)] == ["Raad"]
    assert petra.add(**{name: "Vervoer"}).status_code == 303


def choose(transaction, petra, value):
    """Let somebody else come and choose a workshop."""
    with transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        other = make_invitation(meeting, make_person("Riet Bos"), reply="accepted")
        session.add(
            QuestionAnswer(invitation_id=other.id, question_id=petra.question_ids[0], value=value)
        )


@pytest.mark.parametrize("value", ["Iets anders", "vervoer", "x" * 10_000])
def test_what_is_not_among_the_choices_is_refused(invited, value):
    petra = invited(reply="accepted", questions=(workshop(("Vervoer", 2)),))
    petra_name = f"question-{petra.question_ids[0]}"
    check_page(petra.add(**{petra_name: value}), 422)
    assert petra.rows(QuestionAnswer) == []


def test_a_question_of_another_meeting_can_not_be_answered(invited, transaction):
    petra = invited(reply="accepted")
    with transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        other = make_meeting(meeting.organiser, meeting.lead_region)
        other.questions = [Question(kind="text", label="Van een ander")]
        session.flush()
        foreign = other.questions[0].id
    petra.add(**{f"question-{foreign}": "ingeslopen"})
    assert petra.rows(QuestionAnswer) == []


def test_somebody_else_comes_in_my_place_with_a_name_only(invited):
    petra = invited()
    assert petra.post("substitute", substitute_name="Henk de Boer").status_code == 303
    assert "Wij weten dat Henk de Boer in uw plaats komt" in petra.page()
    kept = petra.invitation()
    assert (kept.reply, kept.substitute_name) == ("declined", "Henk de Boer")
    petra.press("accepted")
    assert petra.invitation().substitute_name == ""


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "substitute_name"),
        ({"substitute_name": " "}, "substitute_name"),
        ({"substitute_name": "x" * 10_000}, "substitute_name"),
        ({"substitute_name": "Henk", "substitute_email": "geen adres"}, "substitute_email"),
        (
            {"substitute_name": "Henk", "substitute_email": "h@x.example\r\nBcc: y"},
            "substitute_email",
        ),
    ],
)
def test_a_substitute_that_can_not_be_is_told_beside_the_field(invited, sent, field):
    petra = invited()
    page = check_page(petra.post("substitute", **sent), 422)
    assert f'id="{field}-error"' in page
    assert petra.invitation().reply == "needs_action"


def test_who_no_longer_does_this_tells_whom_to_ask(invited):
    petra = invited()
    form = {
        "successor_name": "Henk",
        "successor_email": "Henk@raad.example",
        "successor_phone": "06",
    }
    responses = [petra.post("successor", **form) for _ in range(2)]
    assert "Bedankt, wij hebben het doorgegeven" in check_page(
        petra.client.get(responses[0].location)
    )
    (notice,) = petra.rows(Notice)
    assert (notice.kind, notice.detail["name"]) == ("successor", "Henk")
    assert petra.invitation().reply == "needs_action"
    assert "successor_name-error" in check_page(petra.post("successor"), 422)


def test_this_is_not_me_is_passed_on_and_leads_to_a_telephone_number(invited):
    petra = invited()
    page = petra.page()
    assert "Ik ben niet Petra de Wit" in page
    assert "Zelf aanmelden" not in page
    assert petra.post("not-me").location == petra.at() + "?done=not_me"
    assert [notice.kind for notice in petra.rows(Notice)] == ["not_me"]


def test_for_a_public_meeting_somebody_else_is_led_to_a_sign_up_of_their_own(invited):
    petra = invited(meeting={"is_public": True})
    page = petra.page()
    assert "Zelf aanmelden" in page
    assert f"/meetings/{petra.meeting_id}" in page


@pytest.mark.parametrize("text", [HOSTILE, "x" * 10_000, "🙂" * 200, "\x00\x08", "  "])
def test_no_text_breaks_the_page_or_leaves_its_field(invited, text):
    petra = invited(reply="accepted", questions=(Question(kind="text", label=HOSTILE),))
    name = f"question-{petra.question_ids[0]}"
    sent = petra.add(
        guests="1", guest_names=text, needs=[text], needs_remark=text, remark=text, **{name: text}
    )
    petra.post("substitute", substitute_name=text, substitute_email=text)
    petra.post("successor", successor_name=text, successor_email=text, successor_phone=text)
    assert sent.status_code in (303, 422)
    if sent.status_code == 422:
        check_page(sent, 422, largest=200_000)
    page = petra.page()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_closed_group_is_not_named_where_others_look(invited):
    petra = invited(
        reply="accepted", meeting={"title": "Focusgroep longcovid", "is_confidential": True}
    )
    page = petra.page()
    assert "longcovid" not in page[: page.index("</title>")]
    links = [line for line in page.splitlines() if "calendar.google.com" in line]
    assert links
    assert "longcovid" not in "".join(links)
    entry = petra.client.get(petra.at("meeting.ics"))
    assert "longcovid" not in entry.text + entry.headers["Content-Disposition"]


def test_the_entry_for_the_calendar_is_the_readers_own_without_a_personal_link(invited):
    petra = invited(reply="accepted", meeting={"title": "Vervoer in Noord"})
    entry = petra.client.get(petra.at("meeting.ics"))
    assert entry.content_type == "text/calendar; charset=utf-8"
    assert entry.headers["Content-Disposition"] == 'attachment; filename="vervoer-in-noord.ics"'
    assert f"UID:{petra.invitation().uid}" in entry.text
    assert "ATTENDEE" not in entry.text
    assert petra.token not in entry.text.replace("\r\n ", "")


def test_calendars_on_the_web_are_plain_links_without_anything_personal(invited):
    petra = invited(reply="accepted")
    page = petra.page()
    (google,) = [part for part in page.split('"') if part.startswith("https://calendar.google")]
    assert petra.token not in google
    assert "petra" not in google.lower()
    assert (
        petra.client.get(petra.at())
        .headers["Content-Security-Policy"]
        .startswith("default-src 'none'")
    )


def test_what_was_asked_to_remember_is_known_as_soon_as_one_comes(invited, transaction):
    petra = invited()
    with transaction() as session:
        network_id = session.get_one(Invitation, petra.invitation_id).meeting.network_id
        session.add(
            RememberedNeed(
                person_id=petra.cast.petra.id,
                network_id=network_id,
                kinds=["wheelchair"],
                remark="brede deur",
            )
        )
    petra.press("declined")
    assert petra.rows(AccessNeed) == []
    petra.press("accepted")
    assert [row.kinds for row in petra.rows(AccessNeed)] == [["wheelchair"]]
    assert "brede deur" in petra.page()
    petra.add(needs=[], needs_remark="", remember_needs="y")
    petra.press("declined")
    petra.press("accepted")
    assert petra.rows(AccessNeed) == []

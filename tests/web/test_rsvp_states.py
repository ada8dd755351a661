"""Each state in which somebody may find an invitation has a page that says what to do next."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from eventsapp.core.dates import now
from eventsapp.core.links import answer_token
from eventsapp.invitations.models import Answer, Invitation
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_person


def test_a_full_meeting_offers_the_waiting_list(invited):
    petra = invited(meeting={"capacity": 2}, taken=2)
    page = petra.page()
    assert "Alle plaatsen zijn bezet" in page
    assert "Zet mij op de wachtlijst" in page
    assert "Ja, ik kom" not in page
    petra.press("accepted")
    page = petra.page()
    assert "U staat op de wachtlijst" in page
    assert "U bent de eerste op de lijst." in page
    assert petra.invitation().reply == "waitlisted"


def test_who_waits_reads_how_many_are_ahead(invited, transaction):
    petra = invited(meeting={"capacity": 1}, taken=1, reply="waitlisted", waiting_since=now())
    with transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        early = now() - timedelta(hours=1)
        make_invitation(meeting, make_person("Riet Bos"), reply="waitlisted", waiting_since=early)
    assert "Er is 1 wachtende voor u." in petra.page()


def test_when_the_last_seat_goes_while_the_page_is_open_the_press_leads_to_the_list(
    invited, transaction
):
    petra = invited(meeting={"capacity": 1})
    assert "Ja, ik kom" in petra.page()
    with transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        make_invitation(meeting, make_person("Riet Bos"), reply="accepted")
    petra.press("accepted")
    assert "U staat op de wachtlijst" in petra.page()


def test_a_past_meeting_asks_for_no_answer(invited):
    petra = invited(meeting={"days": -3})
    page = petra.page()
    assert "Deze bijeenkomst is geweest" in page
    assert "070 000 0001" in page
    assert "<form" not in page


def test_a_meeting_that_goes_on_still_shows_where_to_be(invited, freeze):
    petra = invited(meeting={"online_url": "https://meet.example/noord"})
    with petra.transaction() as session:
        starts_at = session.get_one(Invitation, petra.invitation_id).meeting.starts_at
    freeze((starts_at + timedelta(minutes=10)).isoformat())
    page = petra.page()
    assert "Deze bijeenkomst is begonnen" in page
    assert 'href="https://meet.example/noord"' in page
    assert "Dorpshuis De Linde" in page


def test_a_cancelled_meeting_says_so_with_the_reason(invited):
    petra = invited(meeting={"status": "cancelled", "cancel_reason": "De zaal staat onder water."})
    page = petra.page()
    assert "Deze bijeenkomst gaat niet door" in page
    assert "De zaal staat onder water." in page
    assert "<form" not in page


def test_a_withdrawn_invitation_shows_nothing_of_the_meeting_but_its_day(invited):
    petra = invited(meeting={"title": "Geheim overleg"}, withdrawn_at=now(), reply="withdrawn")
    page = petra.page(status=410)
    assert "Uw uitnodiging is ingetrokken" in page
    assert "Geheim overleg" not in page
    assert "Dorpshuis" not in page
    assert "Anna de Vries" in page


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"status": "cancelled"}, 409, "Deze bijeenkomst gaat niet door"),
        ({"starts_at": now() - timedelta(hours=1)}, 410, "Deze bijeenkomst is begonnen"),
    ],
    ids=["cancelled", "begun"],
)
def test_what_happened_while_the_page_was_open_is_told_instead_of_an_answer(
    invited, change, status, words
):
    petra = invited()
    petra.change(**change)
    for sent in (petra.press("accepted"), petra.post("substitute", substitute_name="Henk")):
        assert words in check_page(sent, status)
    assert petra.invitation().reply == "needs_action"


def test_a_moved_meeting_asks_again_and_remembers_the_answer_to_the_old_date(invited, transaction):
    petra = invited(sequence=1, replied_via="link")
    with transaction() as session:
        for via, reply in (("link", "accepted"), ("moved", "needs_action")):
            session.add(
                Answer(invitation_id=petra.invitation_id, via=via, asked=reply, reply=reply)
            )
            session.flush()
    page = petra.page()
    assert "Deze bijeenkomst is verplaatst." in page
    assert "Voor de vorige datum was uw antwoord: komt." in page
    assert "Ja, ik kom" in page


def test_who_never_answered_reads_that_something_changed(invited):
    assert "is veranderd na onze eerste mail" in invited(sequence=1).page()


@pytest.mark.parametrize(
    "mangle",
    [
        lambda token: token[:-4],
        lambda token: token[:10],
        lambda token: "x" + token,
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "E"),
        lambda token: "Wzk5OTksMF0." + token.partition(".")[2],
        lambda token: "x" * 8_000,
        lambda token: "%0d%0aSet-Cookie: a=b",
        lambda token: "<script>alert(1)</script>",
        lambda token: "🙂",
    ],
)
def test_a_link_that_is_cut_off_or_forged_says_what_to_do_and_whom_to_ring(invited, mangle):
    petra = invited()
    petra.token = mangle(petra.token)
    for part in ("", "answer", "extras", "fresh"):
        sent = petra.client.post(petra.at(part), follow_redirects=True)
        assert sent.status_code in (404, 405)
    page = check_page(petra.client.get(petra.at(), follow_redirects=True), 404)
    assert "Deze link werkt niet" in page
    assert "Open onze mail nog een keer" in page
    assert "alert(" not in page


@pytest.mark.parametrize("added", [".", ")", "%20", ">", "%0A", "\u201d"])
def test_what_a_mail_program_adds_to_the_link_does_no_harm(invited, added):
    petra = invited()
    response = petra.client.get(petra.at() + added)
    assert response.status_code == 302
    assert response.location == petra.at()


def test_a_link_shows_and_changes_its_own_invitation_only(invited, transaction):
    petra = invited()
    with transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        other = make_meeting(meeting.organiser, meeting.lead_region, title="Een andere dag")
        riet = make_invitation(meeting, make_person("Riet Bos"))
        elsewhere = make_invitation(other, petra.cast.petra)
    petra.press("accepted")
    page = petra.page()
    assert "Riet Bos" not in page
    assert "Een andere dag" not in page
    with transaction() as session:
        replies = {session.get_one(Invitation, each.id).reply for each in (riet, elsewhere)}
    assert replies == {"needs_action"}


def test_a_replaced_link_offers_to_mail_the_new_one_to_the_known_address(invited, transaction):
    petra = replaced(invited(meeting={"title": "Geheim overleg"}), transaction)
    page = petra.page(status=410)
    assert "Er is een nieuwere link" in page
    assert "Geheim overleg" not in page
    assert petra.invitation().email not in page
    assert {petra.post("fresh").status_code for _ in range(2)} == {303}
    (mail,) = petra.mails("fresh_link")
    assert mail.address == petra.invitation().email
    with transaction():
        assert answer_token(petra.invitation_id, 1) in mail.data["link"]
    assert "Een nieuwe link is onderweg" in check_page(
        petra.client.get(petra.at() + "?done=fresh"), 410
    )


def test_a_replaced_link_answers_nothing(invited, transaction):
    petra = replaced(invited(), transaction)
    assert petra.press("accepted").status_code == 410
    assert petra.client.get(petra.at("meeting.ics")).status_code == 410
    assert petra.invitation().reply == "needs_action"


def test_a_fresh_link_is_mailed_a_few_times_an_hour_only(invited, transaction):
    petra = replaced(invited(), transaction)
    statuses = [petra.post("fresh").status_code for _ in range(5)]
    assert statuses == [303, 303, 303, 429, 429]


def test_no_fresh_link_goes_to_who_was_withdrawn_but_the_page_says_the_same(invited, transaction):
    petra = replaced(invited(withdrawn_at=now(), reply="withdrawn"), transaction)
    assert petra.post("fresh").status_code == 303
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_the_mail_with_a_fresh_link_reads_well(invited, transaction):
    petra = replaced(invited(meeting={"title": "Vervoer <b> & meer"}), transaction)
    petra.post("fresh")
    with transaction() as session:
        mail = compose(session.scalars(select(Message)).one())
        token = answer_token(petra.invitation_id, 1)
    assert mail.subject == "Uw nieuwe link: Vervoer <b> & meer"
    assert "Geef mijn antwoord" in mail.html
    assert "Vervoer &lt;b&gt; &amp; meer" in mail.html
    assert token in mail.text


def replaced(petra, transaction):
    """Let Petra's link be the old one of two."""
    with transaction() as session:
        session.get_one(Invitation, petra.invitation_id).generation = 1
    return petra

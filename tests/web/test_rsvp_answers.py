"""One press answers an invitation, and nothing but a press does."""

import pytest
from sqlalchemy import select

from eventsapp.core.db import Model
from eventsapp.invitations.models import Answer
from tests.checks import check_page
from tests.factories import utc, wall


def test_the_page_says_what_when_where_and_who_answers(invited):
    petra = invited(meeting={"title": "Vervoer in Noord", "access": ["ring_loop"]})
    page = petra.page()
    assert "Vervoer in Noord" in page
    assert "13.30 tot 16.00 uur" in page
    assert "Dorpshuis De Linde, Noordwolde" in page
    assert "Petra de Wit, voorzitter van Adviesraad Noordwolde" in page
    assert "Bent u iemand anders?" in page
    assert "Ringleiding" in page
    assert "Anna de Vries" in page
    assert 'href="tel:+31700000001"' in page


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("accepted", "Wij weten dat u komt"),
        ("declined", "Wij weten dat u niet komt"),
        ("tentative", "U weet het nog niet"),
    ],
)
def test_one_press_saves_the_answer_and_the_page_says_so(invited, reply, words):
    petra = invited()
    response = petra.press(reply)
    assert response.status_code == 303
    assert response.location == petra.at()
    assert words in petra.page()
    kept = petra.invitation()
    assert (kept.reply, kept.replied_via) == (reply, "link")
    assert [mail.data["reply"] for mail in petra.mails("confirmation")] == [reply]


def test_a_double_click_answers_once(invited):
    petra = invited()
    assert {petra.press("accepted").status_code for _ in range(3)} == {303}
    assert len(petra.rows(Answer)) == 1
    assert len(petra.mails("confirmation")) == 1


def test_the_answer_can_be_changed_later(invited):
    petra = invited(reply="accepted")
    assert "Mijn antwoord veranderen" in petra.page()
    petra.press("declined")
    petra.press("accepted")
    assert [row.reply for row in petra.rows(Answer)] == ["declined", "accepted"]
    assert "Wij weten dat u komt" in petra.page()


@pytest.mark.parametrize("reply", ["", "waitlisted", "withdrawn", "needs_action", "x" * 10_000])
def test_what_is_no_answer_is_refused_in_words_and_changes_nothing(invited, reply):
    petra = invited()
    page = check_page(petra.press(reply), 422)
    assert "Kies een van de antwoorden." in page
    assert petra.invitation().reply == "needs_action"
    assert petra.rows(Answer) == []


@pytest.mark.parametrize("reply", ["needs_action", "accepted", "tentative", "declined"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_the_link_changes_nothing(invited, transaction, method, reply):
    petra = invited(reply=reply, questions=())
    before = contents(transaction)
    for part in ("", "answer", "extras", "substitute", "successor", "not-me", "meeting.ics"):
        assert petra.client.open(petra.at(part), method=method).status_code < 400
    assert contents(transaction) == before


def contents(transaction):
    """Every row of every table."""
    with transaction() as session:
        return {
            name: sorted(map(str, session.execute(select(table)).all()))
            for name, table in Model.metadata.tables.items()
        }


def test_reloading_the_address_of_a_form_leads_back_to_the_page(invited):
    petra = invited()
    assert petra.client.get(petra.at("answer")).location == petra.at()
    assert petra.client.get(petra.at("extras/more")).location == petra.at()


def test_the_page_speaks_the_language_of_its_reader(invited):
    petra = invited(language="en")
    page = petra.page()
    assert '<html lang="en">' in page
    assert "Yes, I come" in page
    assert "chair of Adviesraad Noordwolde" in page


def test_the_secret_in_the_address_is_kept_from_others(invited):
    petra = invited(reply="accepted")
    response = petra.client.get(petra.at())
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex">' in response.text
    assert "Set-Cookie" not in response.headers


def test_the_page_shows_no_address_of_anybody(invited):
    petra = invited(reply="accepted")
    page = petra.page()
    assert petra.invitation().email not in page
    assert "p…@post.example" in page


def test_a_meeting_in_another_zone_tells_both_times(invited):
    petra = invited(meeting={"starts": wall(2027, 3, 2, 13, 30)})
    assert "In Nederland is het dan" not in petra.page()
    petra.change(
        timezone="Europe/Lisbon", starts_at=utc(2027, 3, 2, 13, 30), ends_at=utc(2027, 3, 2, 16, 0)
    )
    page = petra.page()
    assert "13.30 tot 16.00 uur" in page
    assert "plaatselijke tijd (Europe/Lisbon)" in page
    assert "In Nederland is het dan dinsdag 2 maart 2027, 14.30 tot 17.00 uur" in page


@pytest.mark.parametrize("reply", ["needs_action", "accepted"])
def test_the_page_asks_a_bounded_number_of_questions(invited, statements, reply):
    petra = invited(reply=reply, meeting={"capacity": 100}, taken=30)
    petra.page()
    with statements() as asked:
        petra.page()
    assert len([each for each in asked if each.startswith("SELECT")]) <= 16

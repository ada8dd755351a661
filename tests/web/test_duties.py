"""What is due before an edition leaves: told by mail once, and shown on the page of today."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.background import editions as clock
from eventsapp.core.db import db
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters.models import Contribution, Edition
from tests.checks import check_page
from tests.factories import make_cast
from tests.newsletters import make_edition, make_newsletter

DAYS = {
    "contributions_on": date(2027, 2, 16),
    "review_on": date(2027, 2, 26),
    "sign_off_on": date(2027, 3, 5),
    "send_on": date(2027, 3, 9),
}


@pytest.fixture
def story(transaction, freeze):
    """An edition for 9 March that Ilse makes; Anna was asked for a piece by 16 February."""
    freeze("2027-01-26 10:00")
    with transaction() as session:
        cast = make_cast()
        edition = make_edition(make_newsletter(), created_by=cast.ilse.person_id, **DAYS)
        piece = Contribution(
            edition_id=edition.id,
            author_person_id=cast.anna.person_id,
            asked_by_id=cast.ilse.person_id,
            due_on=DAYS["contributions_on"],
            brief="Iets over vervoer",
        )
        session.add(piece)
        session.flush()
        return SimpleNamespace(cast=cast, number=edition.id, piece=piece.id)


@pytest.fixture
def tick(app, freeze):
    """`tick("2027-02-14 09:00")` lets the clock look at that moment; gives how many mails."""

    def look(moment):
        freeze(moment)
        with app.app_context():
            count = clock.tell_what_is_due()
            db.session.commit()
            return count

    return look


def change(transaction, story, **values):
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get(Edition, story.number), name, value)


def mails(transaction, template="edition_due"):
    with transaction() as session:
        found = session.scalars(
            select(Message).where(Message.template == template).order_by(Message.id)
        ).all()
        return [(one.name, compose(one)) for one in found]


def test_long_before_nobody_is_told_anything(story, tick, transaction):
    assert tick("2027-02-01 09:00") == 0
    assert mails(transaction) == mails(transaction, "contribution_due") == []


def test_two_days_before_the_editor_is_told_what_is_missing(story, tick, transaction):
    tick("2027-02-14 09:00")
    ((name, mail),) = mails(transaction)
    assert name == "Ilse Meijer"
    assert mail.subject.startswith("Binnenkort klaar")
    assert "Bijdragen binnen: dinsdag 16 februari 2027 (1 stuk ontbreekt nog)" in mail.text


def test_nobody_is_told_twice(story, tick, transaction):
    for moment in ("2027-02-14 09:00", "2027-02-14 09:15", "2027-02-15 09:00"):
        tick(moment)
    assert len(mails(transaction)) == 1
    with transaction() as session:
        assert len(session.scalars(select(Mailing)).all()) == 2  # to the editor, to the author


def test_nobody_is_mailed_at_night(story, tick, transaction):
    assert tick("2027-02-14 07:59") == 0
    assert tick("2027-02-14 08:00") > 0


def test_what_is_late_is_told_once_more(story, tick, transaction):
    tick("2027-02-14 09:00")
    tick("2027-02-17 09:00")
    tick("2027-02-18 09:00")
    subjects = [mail.subject for _, mail in mails(transaction)]
    assert [one.split(":")[0] for one in subjects] == ["Binnenkort klaar", "Te laat"]


def test_a_day_that_is_moved_is_told_of_anew(story, tick, transaction):
    tick("2027-02-14 09:00")
    change(transaction, story, contributions_on=date(2027, 2, 20))
    tick("2027-02-18 09:00")
    assert len(mails(transaction)) == 2


def test_what_is_done_is_not_asked_for(story, tick, transaction):
    with transaction() as session:
        session.get(Contribution, story.piece).state = "written"
    assert tick("2027-02-14 09:00") == 0


def test_who_still_has_to_sign_off_is_told_as_well(story, tick, transaction):
    change(transaction, story, status="review")
    tick("2027-03-04 09:00")
    assert sorted(name for name, _ in mails(transaction)) == ["Ilse Meijer", "Kees Smit"]


@pytest.mark.parametrize("status", ["sending", "sent", "dropped"])
def test_an_edition_that_left_or_was_dropped_asks_nothing(story, tick, transaction, status):
    change(transaction, story, status=status)
    assert tick("2027-02-17 09:00") == 0


def test_the_author_is_reminded_once_four_days_before(story, tick, transaction):
    for moment in ("2027-02-11 09:00", "2027-02-12 09:00", "2027-02-13 09:00"):
        tick(moment)
    ((name, mail),) = mails(transaction, "contribution_due")
    assert name == "Anna de Vries"
    assert f"/manage/contributions/{story.piece}" in mail.text


def test_who_was_asked_just_now_is_not_reminded(story, tick, transaction):
    with transaction() as session:
        asked_at = datetime.fromisoformat("2027-02-12T08:00:00+00:00")
        session.get(Contribution, story.piece).asked_at = asked_at
    tick("2027-02-13 09:00")
    assert mails(transaction, "contribution_due") == []


def test_an_author_is_left_in_peace_once_the_edition_is_signed_off(story, tick, transaction):
    change(transaction, story, status="signed_off")
    tick("2027-02-13 09:00")
    assert mails(transaction, "contribution_due") == []


def test_who_is_typing_is_not_disturbed_by_a_reminder(story, tick, transaction):
    with transaction() as session:
        before = session.get(Edition, story.number).version
    tick("2027-02-14 09:00")
    with transaction() as session:
        assert session.get(Edition, story.number).version == before


@pytest.fixture
def today_of(app, sign_in, story):
    """`today_of("anna")` gives what somebody's page of today says."""

    def ask(name):
        client = sign_in(app.test_client(), getattr(story.cast, name))
        return check_page(client.get("/manage/"))

    return ask


def test_today_shows_the_author_what_was_asked(story, freeze, today_of):
    freeze("2027-02-10 10:00")
    page = today_of("anna")
    assert "Je stuk voor de nieuwsbrief" in page
    assert "Graag uiterlijk" not in page
    assert "graag uiterlijk dinsdag 16 februari 2027" in page
    assert "Je stuk voor de nieuwsbrief" not in today_of("bram")


def test_today_shows_the_editor_the_next_step(story, freeze, today_of):
    freeze("2027-02-10 10:00")
    page = today_of("ilse")
    assert "Bijdragen binnen, uiterlijk dinsdag 16 februari 2027" in page
    assert "1 stuk ontbreekt nog" in page


def test_today_asks_who_may_sign_off(story, today_of, transaction):
    change(transaction, story, status="review", asked_by_id=story.cast.ilse.person_id)
    assert "Wacht op je akkoord" in today_of("kees")
    assert "Wacht op je akkoord" not in today_of("ilse")


def test_today_says_that_an_edition_did_not_leave(story, today_of, transaction):
    change(transaction, story, status="scheduled", is_late=True)
    assert "had al weg moeten zijn" in today_of("ilse").lower()


def test_today_shows_the_remark_to_who_made_it(story, today_of, transaction):
    change(transaction, story, remark="Noem Enschede ook.")
    assert "Teruggegeven met een opmerking" in today_of("ilse")


def test_an_advisor_sees_messages_to_the_own_region_only(story, today_of, transaction):
    region = story.cast.noord.id
    change(transaction, story, kind="regional", region_id=region, status="signed_off")
    assert "nog niet ingepland" in today_of("anna")
    assert "nog niet ingepland" not in today_of("bram")


def test_today_asks_as_much_whatever_is_being_made(story, app, sign_in, transaction, statements):
    with transaction() as session:
        newsletter = session.get(Edition, story.number).newsletter
        for _ in range(20):
            make_edition(newsletter, **DAYS)
    ilse = sign_in(app.test_client(), story.cast.ilse)
    ilse.get("/manage/")
    with statements() as asked:
        check_page(ilse.get("/manage/"))
    few = [one for one in asked if "edition" in one or "contribution" in one]
    assert len(few) <= 5, few

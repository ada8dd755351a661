"""The clock opens the next edition of a newsletter, as a draft, and tells who makes it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.background import editions as clock
from eventsapp.core.actor import Level
from eventsapp.core.db import db
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition, Newsletter
from tests.factories import make_account, make_cast
from tests.newsletters import make_block, make_edition, make_newsletter

ZONE = "Europe/Amsterdam"
RHYTHM = {"next_on": date(2027, 3, 9), "every_months": 2, "opens_days": 42}


@pytest.fixture
def story(transaction, freeze):
    """A newsletter each second Tuesday of every other month; Ilse makes it, Kees coordinates."""
    freeze("2027-01-26 09:00")
    with transaction():
        cast = make_cast()
        return SimpleNamespace(cast=cast, newsletter=make_newsletter(**RHYTHM))


def run(app, job):
    with app.app_context():
        done = job()
        db.session.commit()
        return done


def all_of(transaction, model):
    with transaction() as session:
        return session.scalars(select(model).order_by(model.id)).all()


def mails(transaction, template):
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.template == template)).all()
        return {one.name: compose(one) for one in found}


def kinds(transaction, edition):
    with transaction() as session:
        return [block.kind for block in session.get(Edition, edition.id).blocks]


def test_the_draft_is_there_six_weeks_before_and_the_editor_is_told(story, app, transaction):
    assert run(app, clock.open_editions) == 1
    (edition,) = all_of(transaction, Edition)
    assert (edition.title, edition.status) == ("Nieuwsbrief van maart 2027", "draft")
    assert (edition.send_on, edition.send_at) == (date(2027, 3, 9), time(9))
    assert (edition.contributions_on, edition.sign_off_on) == (date(2027, 2, 16), date(2027, 3, 5))
    told = mails(transaction, "edition_opened")
    assert list(told) == ["Ilse Meijer"]
    assert "Bijdragen binnen: dinsdag 16 februari 2027" in told["Ilse Meijer"].text


def test_nothing_is_opened_before_its_day(story, app, transaction, freeze):
    freeze("2027-01-25 23:30")
    assert run(app, clock.open_editions) == 0
    assert all_of(transaction, Edition) == []


def test_looking_twice_opens_once_and_the_rhythm_goes_on(story, app, transaction):
    run(app, clock.open_editions)
    assert run(app, clock.open_editions) == 0
    assert len(all_of(transaction, Edition)) == 1
    (newsletter,) = all_of(transaction, Newsletter)
    assert newsletter.next_on == date(2027, 5, 11)


def test_the_first_edition_has_a_shape_to_begin_with(story, app, transaction):
    run(app, clock.open_editions)
    (edition,) = all_of(transaction, Edition)
    assert "meetings" in kinds(transaction, edition)


def test_the_next_edition_has_the_shape_of_the_last_one_without_its_words(story, app, transaction):
    with transaction() as session:
        last = make_edition(session.get(Newsletter, story.newsletter.id), status="sent")
        make_block(last, BlockKind.HEADING, text="Uit de regio")
        make_block(last, BlockKind.ARTICLE, title="Oud nieuws", html="<p>Oud</p>")
        make_block(last, BlockKind.MEETINGS, days=30)
    run(app, clock.open_editions)
    opened = all_of(transaction, Edition)[-1]
    assert kinds(transaction, opened) == ["heading", "article", "meetings"]
    heading, article, meetings = all_of(transaction, Block)[-3:]
    assert heading.data["text"] == "Uit de regio"
    assert not article.data["title"]
    assert meetings.data["days"] == 30


def test_an_edition_that_was_dropped_or_a_message_to_a_region_gives_no_shape(
    story, app, transaction
):
    with transaction() as session:
        newsletter = session.get(Newsletter, story.newsletter.id)
        for values in ({"status": "dropped"}, {"kind": "regional"}, {"kind": "correction"}):
            make_block(make_edition(newsletter, **values), BlockKind.DIVIDER)
    run(app, clock.open_editions)
    assert "divider" not in kinds(transaction, all_of(transaction, Edition)[-1])


def test_what_somebody_opened_by_hand_is_not_opened_again(story, app, transaction):
    with transaction() as session:
        newsletter = session.get(Newsletter, story.newsletter.id)
        make_edition(newsletter, send_on=date(2027, 3, 2))
    assert run(app, clock.open_editions) == 0
    assert len(all_of(transaction, Edition)) == 1
    assert all_of(transaction, Newsletter)[0].next_on == date(2027, 5, 11)


def test_an_edition_begun_by_hand_gets_the_days_of_the_rhythm(
    story, app, transaction, sign_in, freeze
):
    freeze("2027-01-20 09:00")
    ilse = sign_in(app.test_client(), story.cast.ilse)
    assert ilse.post("/manage/editions/new", data={"title": "Maart"}).status_code == 303
    (edition,) = all_of(transaction, Edition)
    assert (edition.send_on, edition.review_on) == (date(2027, 3, 9), date(2027, 2, 26))
    freeze("2027-01-26 09:00")
    assert run(app, clock.open_editions) == 0
    assert len(all_of(transaction, Edition)) == 1


def test_a_second_edition_by_hand_has_no_days_of_the_rhythm(
    story, app, transaction, sign_in, freeze
):
    freeze("2027-01-20 09:00")
    ilse = sign_in(app.test_client(), story.cast.ilse)
    for title in ("Maart", "Extra"):
        ilse.post("/manage/editions/new", data={"title": title})
    assert [one.send_on for one in all_of(transaction, Edition)] == [date(2027, 3, 9), None]


def test_dates_that_were_missed_are_not_made_up_for(story, app, transaction, freeze):
    freeze("2027-08-20 09:00")
    assert run(app, clock.open_editions) == 1
    (edition,) = all_of(transaction, Edition)
    assert edition.send_on == date(2027, 9, 14)
    assert edition.contributions_on == date(2027, 8, 24)


def test_an_edition_does_not_leave_on_a_day_off(story, app, transaction):
    with transaction() as session:
        session.get(Newsletter, story.newsletter.id).next_on = date(2027, 1, 31)  # a Sunday
    run(app, clock.open_editions)
    assert all_of(transaction, Edition)[0].send_on == date(2027, 2, 1)
    assert all_of(transaction, Newsletter)[0].next_on.weekday() == 6


def test_a_time_that_the_clocks_skip_is_moved_when_the_clock_opens(story, app, transaction):
    with transaction() as session:
        newsletter = session.get(Newsletter, story.newsletter.id)
        newsletter.next_on, newsletter.send_at = date(2027, 3, 28), time(2, 30)
        newsletter.opens_days = 70
    run(app, clock.open_editions)
    (edition,) = all_of(transaction, Edition)
    # 28 March is Easter Sunday, so it leaves on Tuesday, when half past two does exist.
    assert (edition.send_on, edition.send_at) == (date(2027, 3, 30), time(2, 30))


@pytest.mark.parametrize("values", [{"is_active": False}, {"next_on": None}])
def test_a_newsletter_that_rests_opens_nothing(story, app, transaction, values):
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get(Newsletter, story.newsletter.id), name, value)
    assert run(app, clock.open_editions) == 0


def test_one_newsletter_that_is_wrong_holds_up_no_other(story, app, transaction):
    with transaction():
        make_newsletter("Kapot", **{**RHYTHM, "every_months": 0})
        make_newsletter("Heel", **RHYTHM)
    assert run(app, clock.open_editions) == 2


def test_an_english_newsletter_names_its_editions_in_english(story, app, transaction):
    with transaction() as session:
        session.get(Newsletter, story.newsletter.id).language = "en"
    run(app, clock.open_editions)
    assert all_of(transaction, Edition)[0].title == "Newsletter of March 2027"


def test_without_an_editor_the_coordinator_is_told(story, app, transaction):
    with transaction() as session:
        session.merge(story.cast.ilse).is_active = False
    run(app, clock.open_editions)
    assert list(mails(transaction, "edition_opened")) == ["Kees Smit"]


def at_once(app, job):
    """Let two clocks do the same thing at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda _: run(app, job), range(2)))


def test_two_clocks_at_once_open_one_edition(story, app, transaction):
    assert at_once(app, clock.open_editions) == 1
    assert len(all_of(transaction, Edition)) == 1
    assert len(mails(transaction, "edition_opened")) == 1


def test_mails_to_colleagues_are_not_counted_with_those_of_the_edition(story, app, transaction):
    with transaction():
        make_account("Ina Redacteur", level=Level.EDITOR)
    run(app, clock.open_editions)
    with transaction() as session:
        (mailing,) = session.scalars(select(Mailing)).all()
        assert mailing.reference.startswith("edition_work:")
        assert mailing.purpose == "account"
        assert len(mailing.messages) == 2

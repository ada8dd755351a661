"""When a mailing under way is expected to be done, as its page and the moving figures say it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.invitations.invite import Choice, invite
from eventsapp.mail.models import Message
from tests.checks import check_page
from tests.factories import actor_of, make_meeting, make_person


@pytest.fixture
def speed(app, cast, transaction, freeze, sign_in):
    """Let two of three mails leave so many seconds apart, the second now; say what Anna reads."""

    def told(seconds, at="2027-07-06 10:00", read=None, course="open"):
        freeze(at)
        with transaction() as session:
            meeting = make_meeting(session.merge(cast.anna).person, session.merge(cast.noord))
            people = [make_person(f"Lid{number}") for number in range(3)]
            chosen = Choice(person_ids=frozenset(one.id for one in people))
            mailing = invite(actor_of(cast.anna), meeting, chosen)
            mailing.course = course
            rows = session.scalars(select(Message).order_by(Message.id)).all()
            for row, ago in zip(rows, (seconds, 0), strict=False):
                row.state, row.settled_at = "sent", now() - timedelta(seconds=ago)
        freeze(read or at)
        anna, place = sign_in(app.test_client(), cast.anna), f"/manage/mail/{mailing.id}"
        words = anna.get(f"{place}/progress.json").json["parts"]["speed"]
        assert words in check_page(anna.get(place))
        return str(words)

    return told


# The third mail leaves after half the time that was between the two before it.
HOUR = 3600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2, "1 per seconde, binnen een minuut klaar"),
        (60, "2 per minuut, binnen een minuut klaar"),
        (118, "1 per minuut, binnen een minuut klaar"),
        (120, "1 per minuut, klaar om ongeveer 10.01 uur"),
        (4 * HOUR, "1 per uur, klaar om ongeveer 12.00 uur"),
        (39 * HOUR, "klaar om ongeveer 05.30 uur"),
        (40 * HOUR, "klaar op wo 7 jul 2027 om ongeveer 06.00 uur"),
        (7 * 48 * HOUR, "klaar op di 13 jul 2027 om ongeveer 10.00 uur"),
    ],
)
def test_the_end_is_told_as_one_would_say_it(speed, seconds, words):
    assert speed(seconds).endswith(words)


def test_a_day_away_over_the_end_of_summer_time_is_told_by_the_clock_of_that_day(speed):
    words = speed(48 * HOUR, at="2027-10-30 10:00")
    assert words.endswith("klaar op zo 31 okt 2027 om ongeveer 09.00 uur")


def test_one_that_stands_still_has_no_end(speed):
    assert speed(120, course="paused") == ""


def test_one_of_which_nothing_left_for_long_has_no_end(speed):
    assert speed(120, read="2027-07-06 10:06") == ""

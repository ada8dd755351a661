"""What the pages of mail say about one mail."""

from datetime import UTC, datetime, timedelta

import pytest

from eventsapp.mail.models import Message
from eventsapp.mail.outbox import PARKED
from eventsapp.manage.mailing_words import when_of

NINE = datetime(2027, 1, 4, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "not_before", "shown"),
    [("deferred", TEN, TEN), ("deferred", PARKED, None), ("sent", TEN, NINE)],
)
def test_a_mail_that_was_put_off_shows_its_next_try_and_one_that_ended_its_end(
    state, not_before, shown
):
    assert when_of(Message(state=state, settled_at=NINE, not_before=not_before)) == shown

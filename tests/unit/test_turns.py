"""How often jobs run is told to the queue in its own language, and means the same there."""

from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter

from eventsapp.background.jobs import TABLE
from eventsapp.background.worker import SELDOM_ENOUGH, cron

NOON = datetime(2027, 1, 12, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("job", TABLE, ids=lambda job: job.name)
def test_a_job_comes_as_often_as_the_table_says(job):
    turns = croniter(cron(job.every), NOON)
    first, second = (turns.get_next(datetime) for _ in range(2))
    is_woken = job.every < SELDOM_ENOUGH
    assert second - first == (timedelta(minutes=1) if is_woken else job.every)

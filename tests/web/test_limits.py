"""What somebody may do only so often: counted with the work that it belongs to."""

from datetime import timedelta

import pytest

from eventsapp.core import limits
from eventsapp.core.errors import TooMany

HOUR = timedelta(hours=1)


def test_so_many_and_no_more(app, transaction):
    with transaction():
        for _ in range(3):
            limits.spend("test", "anna", 3, HOUR)
        with pytest.raises(TooMany):
            limits.spend("test", "anna", 3, HOUR)


def test_what_was_rolled_back_does_not_count(app, transaction):
    for _ in range(2):
        with transaction() as session:
            limits.spend("test", "anna", 1, HOUR)
            session.rollback()


def test_it_counts_within_work_that_has_written_already(app, transaction, cast):
    with transaction() as session:
        session.merge(cast.petra).note = "belt liever"
        session.flush()
        limits.spend("test", "anna", 1, HOUR)
        with pytest.raises(TooMany):
            limits.spend("test", "anna", 1, HOUR)


def test_everybody_has_the_own_count_and_it_passes(app, transaction, freeze):
    freeze("2027-03-02 10:00")
    with transaction():
        limits.spend("test", "anna", 1, HOUR)
        limits.spend("test", "bram", 1, HOUR)
    freeze("2027-03-02 11:01")
    with transaction():
        limits.spend("test", "anna", 1, HOUR)

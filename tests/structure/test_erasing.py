"""Every table that names a person stands in the list by which people are erased."""

import re

import eventsapp.app  # noqa: F401 - all tables are known once the application is
from eventsapp.core.db import Model
from eventsapp.privacy.holdings import HOLDINGS
from eventsapp.privacy.kinds import Fate

NAMES_SOMEBODY = re.compile(
    r"(^|_)(person|author|owner|organiser|sender|recipient|email|address|phone|reader)(_id|_hash)?$"
    r"|(^|_)by(_person)?(_id)?$"
)
# Of a programme, a newsletter or an organisation, not of a person; or a day ("answer before").
NOT_A_PERSON = {
    "mailing.sender_address", "organisation.email", "organisation.phone", "meeting.answer_by",
    "erasure_request.answer_by", "invitation.organizer",
}  # fmt: skip
# The colleague who began or settled something, by number only; the row itself is nobody's.
BY_NUMBER_ONLY = {"mailing"}


def _named():
    return {table for holding in HOLDINGS for table in holding.tables}


def _naming():
    """Tables with a column that names somebody, and those that hang on a row of somebody's."""
    tables = Model.metadata.tables
    found = {
        name
        for name, table in tables.items()
        for column in table.columns
        if f"{name}.{column.name}" not in NOT_A_PERSON
        and (
            NAMES_SOMEBODY.search(column.name)
            or any(key.column.table.name == "person" for key in column.foreign_keys)
        )
    }
    personal = {"invitation", "subscription", "account", "person_address"}
    hanging = {
        name
        for name, table in tables.items()
        for key in table.foreign_keys
        if key.column.table.name in personal
    }
    return (found | hanging) - BY_NUMBER_ONLY


def test_every_table_that_names_a_person_is_in_the_list():
    assert sorted(_naming() - _named()) == []


def test_the_list_names_tables_that_exist():
    assert sorted(_named() - set(Model.metadata.tables)) == []


def test_what_is_erased_or_stripped_has_somebody_who_does_it():
    silent = [one.label for one in HOLDINGS if one.fate is Fate.ERASED and one.erase is None]
    assert silent == []


def test_what_stays_has_a_reason():
    assert [one.label for one in HOLDINGS if one.fate is Fate.KEPT and not one.why] == []


def test_the_test_itself_knows_a_reference_to_a_person():
    assert {"invitation", "message", "consent", "survey_answer", "answer"} <= _naming()

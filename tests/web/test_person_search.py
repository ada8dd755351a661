"""People are found by words within their names, by an index that follows every change."""

import pytest
from sqlalchemy import delete, select, update

from eventsapp.core.db import db
from eventsapp.directory.models import Person
from eventsapp.directory.person_search import grams, has_words, people_with
from tests import factories as make


@pytest.fixture
def people(transaction):
    with transaction():
        for key in ("riet van der berg", "jan oosterwester", "wes de wit", "łukasz berg"):
            make._kept(Person(given_name=key, sort_key=key, search_key=key))


def found(text):
    """Who is meant, by the index and by the conditions that go with it."""
    wanted = select(Person.given_name).where(*has_words(text)).order_by(Person.given_name)
    looked_up = people_with(text)
    names = list(db.session.scalars(wanted))
    if looked_up is not None:
        by_index = list(db.session.scalars(wanted.where(Person.id.in_(looked_up))))
        assert by_index == names
    return names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("wester", ["jan oosterwester"]),
        ("wes", ["wes de wit"]),
        ("we", ["wes de wit"]),
        ("w", ["wes de wit"]),
        ("berg", ["riet van der berg", "łukasz berg"]),
        ("berg rie", ["riet van der berg"]),
        ("riet berg der van", ["riet van der berg"]),
        ("bergen", []),
        ("%", ["jan oosterwester", "riet van der berg", "wes de wit", "łukasz berg"]),
        ('"x" OR rowid', []),
        ("日本", []),
    ],
)
def test_words_are_found_by_the_index_as_they_are_without_it(people, transaction, text, names):
    with transaction():
        assert found(text) == names


def test_a_new_name_is_found_at_once_and_the_old_one_no_more(people, transaction):
    with transaction():
        who = Person.given_name == "jan oosterwester"
        db.session.execute(update(Person).where(who).values(search_key="jan zuiderzee"))
        assert (found("zuider"), found("wester")) == (["jan oosterwester"], [])
        assert list(db.session.scalars(people_with("wester"))) == []


def test_who_is_gone_is_found_no_more(people, transaction):
    with transaction():
        db.session.execute(delete(Person).where(Person.given_name == "wes de wit"))
        assert list(db.session.scalars(people_with("wes"))) == []


def test_what_was_taken_back_is_not_found(people, transaction):
    with transaction() as session:
        make._kept(Person(given_name="x", search_key="ongedaan"))
        session.rollback()
        assert list(db.session.scalars(people_with("ongedaan"))) == []


def test_words_too_short_for_the_index_are_not_looked_up():
    assert grams("a b") == []
    assert grams("we") == [" we"]
    assert grams("berg") == ["ber", "erg"]

"""Reading in a list of addresses, from the file to the rows, on both databases."""

import pytest
from sqlalchemy import func, select

from eventsapp.contacts import address_import, consent
from eventsapp.contacts.address_import import opened
from eventsapp.core.audit import AuditEntry
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.directory import people, queries, ties
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.models import Organisation, Person, Role
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.suppression import withheld
from tests import factories as make

LIST = (
    "Voornaam;Tussenvoegsel;Achternaam;E-mail;Telefoon;Organisatie;Functie;Gemeente\n"
    "Riet;van der;Berg;riet@raad.example;06-12345678;Adviesraad Noordwolde;Voorzitter;Noordwolde\n"
    "Ad;;Bos;ad@raad.example;;Adviesraad Noordwolde;Secretaris;Noordwolde\n"
    ";;;;;;;\n"
    "Bea;;Vos;geen adres;;Adviesraad Noordwolde;Lid;Noordwolde\n"
)


@pytest.fixture
def session(transaction):
    with transaction() as session:
        yield session


@pytest.fixture
def cast(session):
    cast = make.make_cast()
    make.make_municipality("Noordwolde", cast.noord)
    return cast


@pytest.fixture
def anna(cast):
    return make.actor_of(cast.anna)


def check(actor, data, name="leden.csv"):
    octets = data.encode() if isinstance(data, str) else data
    record = address_import.receive(actor, opened(name, octets))
    address_import.choose(actor, record, record.columns)
    address_import.settle(address_import.prepare(record.id))
    return record


def read_in(actor, data):
    record = check(actor, data)
    address_import.confirm(actor, record, record.result)
    address_import.settle(address_import.prepare(record.id))
    return record


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def test_a_dry_run_tells_each_line_and_keeps_nothing(anna, session):
    before = count(session, Person)
    record = check(anna, LIST)
    lines, more = address_import.outcomes(record)
    assert [(line["number"], line["doing"]) for line in lines] == [
        (2, "added"),
        (3, "added"),
        (5, "fault"),
    ]
    assert (record.state, record.counts, more) == ("checked", {"added": 2, "fault": 1}, False)
    assert count(session, Person) == before


def test_a_list_brings_people_organisation_and_functions_at_once(anna, session):
    read_in(anna, LIST)
    raad = session.scalars(select(Organisation)).one()
    assert (raad.kind, raad.municipality.name) == ("social_council", "Noordwolde")
    held = {(role.person.name, role.kind) for role in ties.roles_at(raad.id)}
    assert held == {("Riet van der Berg", "chair"), ("Ad Bos", "secretary")}
    riet = people.find_same("riet@raad.example", "Riet van der Berg")
    assert (riet.salutation, riet.phone) == ("Beste Riet", "+31612345678")


def test_what_was_read_in_is_found_again(anna):
    read_in(anna, LIST)
    found = queries.people_page(anna, "berg").items
    assert [line.name for line in found] == ["Riet van der Berg"]
    assert queries.organisations_page(anna, "noordwolde").items


def test_the_same_list_twice_changes_nothing(anna, session):
    read_in(anna, LIST)
    rows = [count(session, table) for table in (Person, Organisation, Role)]
    again = read_in(anna, LIST)
    assert again.counts == {"left": 2, "fault": 1}
    assert [count(session, table) for table in (Person, Organisation, Role)] == rows


def test_a_changed_list_changes_those_lines_only(anna, session):
    read_in(anna, LIST)
    record = read_in(anna, LIST.replace("06-12345678", "06-87654321"))
    assert record.counts == {"changed": 1, "left": 1, "fault": 1}
    session.expire_all()
    assert people.find_same("riet@raad.example", "Riet van der Berg").phone == "+31687654321"


def test_who_opted_out_stays_so_also_under_another_name(anna, cast):
    read_in(anna, LIST)
    riet = people.find_same("riet@raad.example", "Riet van der Berg")
    consent.record(anna, riet.id, Purpose.MEETINGS, is_given=False, how="telephone")
    read_in(anna, LIST + "Maria;;Berg;riet@raad.example;;;;\n")
    maria = people.find_same("riet@raad.example", "Maria Berg")
    assert set(withheld([riet.id, maria.id], [], Purpose.MEETINGS)) == {riet.id, maria.id}


def test_an_advisor_of_another_region_changes_nothing(cast, anna, session):
    read_in(anna, LIST)
    bram = make.actor_of(cast.bram)
    record = read_in(bram, LIST.replace("06-12345678", "06-87654321").replace("Bea", "Cor"))
    assert record.counts == {"left": 2, "fault": 1}


def test_when_the_address_book_changed_meanwhile_nothing_is_done_but_shown_anew(anna, session):
    record = check(anna, LIST)
    read_in(anna, LIST)
    address_import.confirm(anna, record, record.result)
    address_import.settle(address_import.prepare(record.id))
    assert record.state == ImportState.CHECKED
    assert record.counts == {"left": 2, "fault": 1}
    assert record.fault


def test_confirming_what_was_not_shown_is_refused(anna):
    record = check(anna, LIST)
    with pytest.raises(Conflict):
        address_import.confirm(anna, record, "something else")


def test_work_that_was_done_is_not_done_again(anna, session):
    record = check(anna, LIST)
    address_import.confirm(anna, record, record.result)
    once, twice = (address_import.prepare(record.id) for _ in range(2))
    address_import.settle(once)
    address_import.settle(twice)
    assert count(session, AuditEntry) == 1


def test_a_reading_in_is_audited_without_names(anna, session):
    read_in(anna, LIST)
    entry = session.scalars(select(AuditEntry)).one()
    assert entry.action == "addresses.read_in"
    assert entry.detail == {"people": 2, "organisations": 1, "changed": 0, "roles": 2}


def test_a_meaning_chosen_twice_is_refused(anna):
    record = address_import.receive(anna, opened("leden.csv", LIST.encode()))
    with pytest.raises(InputError) as refused:
        address_import.choose(anna, record, ["email", "", "family_name", "email"])
    assert refused.value.field == "column-3"


def test_columns_that_name_nobody_are_refused(anna):
    record = address_import.receive(anna, opened("leden.csv", LIST.encode()))
    with pytest.raises(InputError):
        address_import.choose(anna, record, ["", "", "", "email"])


def test_a_list_of_somebody_else_looks_as_if_it_were_not_there(anna, cast):
    record = address_import.receive(anna, opened("leden.csv", LIST.encode()))
    with pytest.raises(NotFound):
        address_import.import_for(make.actor_of(cast.kees), record.id)


def test_a_file_with_only_names_of_columns_is_refused(anna):
    with pytest.raises(InputError):
        address_import.receive(anna, opened("leden.csv", b"Naam;E-mail\n"))


def test_the_name_of_a_file_is_no_path(anna):
    record = address_import.receive(anna, opened("..\\..\\etc/passwd\r\nX: y", LIST.encode()))
    assert record.file_name == "passwd X: y"


def test_a_file_is_kept_for_a_day(anna, freeze, session):
    freeze("2027-01-12 10:00")
    record = check(anna, LIST)
    freeze("2027-01-13 10:01")
    address_import.forget_old()
    assert not address_import.has_file(record)
    assert record.state == ImportState.DROPPED


def test_a_long_list_waits_for_the_job(anna, session):
    head, line = LIST.splitlines()[0], "Naam{0};;Lang;naam{0}@post.example;;;;"
    data = "\n".join([head, *(line.format(n) for n in range(600))]).encode()
    record = address_import.receive(anna, opened("lang.csv", data))
    address_import.choose(anna, record, record.columns)
    assert not address_import.is_short(record)
    assert address_import.waiting() == record.id
    address_import.settle(address_import.prepare(record.id))
    assert address_import.waiting() is None
    assert address_import.progress_of(record)[1] == 600
    shown, more = address_import.outcomes(record, "added", start=550)
    assert (len(shown), more) == (50, False)


def test_who_was_erased_by_own_wish_is_not_read_in_again(anna, session):
    suppression.keep_out(suppression.identity_of("riet@raad.example", "Riet Vos"), None)
    read_in(anna, "Naam;E-mail\nRiet Vos;RIET@raad.example\nWim Vos;riet@raad.example\n")
    named = select(Person.given_name).where(Person.family_name == "Vos")
    assert session.scalars(named).all() == ["Wim"]

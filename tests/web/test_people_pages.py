"""The pages of people and their functions, as advisors use them."""

from datetime import date

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import Consent
from eventsapp.core.audit import AuditEntry
from eventsapp.directory.models import Person, Role
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.suppression import withheld
from tests import factories as make
from tests.checks import check_page


@pytest.fixture
def town(cast, transaction):
    with transaction():
        noord = make.db.session.merge(cast.noord)
        return make.make_municipality("Noordwolde", noord)


@pytest.fixture
def raad(town, transaction):
    with transaction():
        merged = make.db.session.merge(town)
        return make.make_organisation("Adviesraad Noordwolde", merged, email="raad@post.example")


@pytest.fixture
def riet(raad, transaction):
    with transaction():
        person = make.make_person("Riet van der Berg", "riet@post.example", phone="+31612345678")
        make.make_role(person, make.db.session.merge(raad))
        return person


@pytest.fixture
def anna(client, sign_in, cast):
    return sign_in(client, cast.anna)


@pytest.fixture
def bram(app, sign_in, cast):
    return sign_in(app.test_client(), cast.bram)


def filled(**values):
    return {"family_name": "Bos", "language": "nl", "addresses-0-email": "", **values}


def test_the_list_shows_function_address_and_telephone(anna, riet):
    page = check_page(anna.get("/manage/people/"))
    for shown in ("Riet van der Berg", "Adviesraad Noordwolde", "riet@post.example", "06 12345678"):
        assert shown in page
    assert 'href="tel:+31612345678"' in page


def test_the_list_is_narrowed_down_and_says_when_nobody_is_found(anna, riet, cast):
    assert "Riet" in check_page(anna.get(f"/manage/people/?region={cast.noord.id}&role=chair"))
    page = check_page(anna.get(f"/manage/people/?region={cast.zuid.id}&q=riet"))
    assert "Riet van der Berg" not in page


@pytest.mark.parametrize("query", ["region=x", "sort=%00", "after=forged", "kind=nothing", "q=%25"])
def test_odd_filters_do_no_harm(anna, riet, query):
    check_page(anna.get(f"/manage/people/?{query}"))


def test_a_list_of_fifty_is_bounded(anna, transaction, statements, cast):
    with transaction():
        for number in range(60):
            person = make.make_person(f"Jan Jansen{number}")
            make.make_role(person, make.make_organisation(f"Raad {number}"))
    with statements() as asked:
        page = check_page(anna.get("/manage/people/"))
    assert page.count("data-label") >= 150
    assert len(asked) <= 14, "\n".join(asked)


def test_the_page_of_a_person_shows_functions_now_and_before(anna, riet, raad, transaction):
    with transaction():
        make.make_role(
            make.db.session.merge(riet),
            make.db.session.merge(raad),
            "secretary",
            valid_from=date(2020, 1, 1),
            valid_until=date(2023, 1, 1),
        )
    page = check_page(anna.get(f"/manage/people/{riet.id}"))
    assert "Functies nu" in page
    assert "Eerdere functies" in page
    assert "31 dec 2022" in page


def test_the_page_of_a_person_shows_the_meetings(anna, riet, cast, transaction):
    with transaction() as session:
        organiser = session.merge(cast.anna).person
        meeting = make.make_meeting(organiser, session.merge(cast.noord), days=-30, title="Vervoer")
        person = session.merge(riet)
        make.make_invitation(meeting, person, reply="accepted")
        make.make_attendance(meeting, person)
    page = check_page(anna.get(f"/manage/people/{riet.id}"))
    assert "Vervoer" in page
    assert "Aanwezig" in page


def test_somebody_is_added_with_two_addresses(anna, transaction):
    answer = anna.post(
        "/manage/people/new",
        data=filled(
            given_name="Ad",
            **{"addresses-0-email": "ad@post.example", "addresses-1-email": "AD@werk.example"},
            **{"addresses-1-via": "secretariaat"},
        ),
    )
    assert answer.status_code == 303
    with transaction() as session:
        ad = session.scalars(select(Person).where(Person.family_name == "Bos")).one()
        kept = [(one.email, one.via) for one in ad.addresses]
    assert kept == [("ad@post.example", ""), ("ad@werk.example", "secretariaat")]


def test_a_double_click_adds_one_person(anna, transaction):
    for _ in range(2):
        anna.post("/manage/people/new", data=filled(form_key="once"))
    with transaction() as session:
        assert len(session.scalars(select(Person).where(Person.family_name == "Bos")).all()) == 1


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(anna):
    data = filled(given_name="Ad", note="Belt liever", **{"addresses-0-email": "geen adres"})
    page = check_page(anna.post("/manage/people/new", data=data), 422)
    assert 'id="addresses-0-email-error"' in page
    assert "Belt liever" in page


@pytest.mark.parametrize("name", ["x" * 10_000, "<script>alert(1)</script>", "🙂", "Bos\r\nBcc: x"])
def test_odd_names_are_refused_or_shown_as_text(anna, name):
    answer = anna.post("/manage/people/new", data=filled(family_name=name), follow_redirects=True)
    page = check_page(answer, answer.status_code)
    assert "<script>alert" not in page


def test_who_may_be_the_same_is_shown_before_adding(anna, riet, transaction):
    data = {"given_name": "Riet", "prefix": "van der", "family_name": "Berg", "language": "nl"}
    page = check_page(anna.post("/manage/people/new", data=data), 422)
    assert f'href="/manage/people/{riet.id}"' in page
    assert anna.post("/manage/people/new", data={**data, "is_other": "y"}).status_code == 303


def test_an_advisor_of_another_region_reads_but_changes_nothing(bram, riet, raad):
    page = check_page(bram.get(f"/manage/people/{riet.id}"))
    assert f"/manage/people/{riet.id}/edit" not in page
    role = f"/manage/people/{riet.id}/functions/new?organisation={raad.id}"
    for path in (f"/manage/people/{riet.id}/edit", f"/manage/people/{riet.id}/mail", role):
        check_page(bram.get(path), 403)
        check_page(bram.post(path, data=filled()), 403)


def test_an_editor_sees_no_address_book(client, sign_in, cast, riet, raad):
    ilse = sign_in(client, cast.ilse)
    for path in (
        "/manage/people/",
        f"/manage/people/{riet.id}",
        "/manage/people/new",
        "/manage/organisations/",
        f"/manage/organisations/{raad.id}",
        "/manage/organisations/new",
        "/manage/networks/",
        "/manage/regions/",
        "/manage/search/?q=riet",
        "/manage/import/",
    ):
        check_page(ilse.get(path), 403)


def test_a_stranger_is_led_to_the_sign_in_page(client, riet):
    answer = client.get(f"/manage/people/{riet.id}")
    assert answer.status_code in (302, 303)
    assert "/sign-in" in answer.location


def test_somebody_is_changed(anna, riet, transaction):
    page = check_page(anna.get(f"/manage/people/{riet.id}/edit"))
    assert "riet@post.example" in page
    data = filled(given_name="Riet", version=str(riet.version), salutation="Beste mevrouw")
    assert anna.post(f"/manage/people/{riet.id}/edit", data=data).status_code == 303
    with transaction() as session:
        assert session.get(Person, riet.id).salutation == "Beste mevrouw"


def test_the_second_of_two_is_told_who_changed_it_and_can_still_keep(anna, riet, cast, transaction):
    path = f"/manage/people/{riet.id}/edit"
    stale = filled(given_name="Riet", family_name="Berg", version=str(riet.version))
    anna.post(path, data={**stale, "phone": "070 1234567"})
    page = check_page(anna.post(path, data={**stale, "note": "Mijn opmerking"}), 409)
    assert "Anna de Vries" in page
    assert "Mijn opmerking" in page
    version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
    answer = anna.post(path, data={**stale, "note": "Mijn opmerking", "version": version})
    assert answer.status_code == 303


def test_changes_are_in_the_log_without_names(anna, riet, transaction):
    data = filled(version=str(riet.version))
    anna.post(f"/manage/people/{riet.id}/edit", data=data)
    with transaction() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.object_id, entry.detail) == ("person.changed", riet.id, {})


def test_a_function_is_found_added_and_told(anna, riet, raad, transaction):
    page = check_page(anna.get(f"/manage/people/{riet.id}/functions/new?q=noordwolde"))
    path = f"/manage/people/{riet.id}/functions/new?organisation={raad.id}"
    assert path.replace("&", "&amp;") in page
    check_page(anna.get(path))
    data = {"kind": "member", "valid_from": "2026-01-01", "address_id": ""}
    assert anna.post(path, data=data).status_code == 303
    with transaction() as session:
        kinds = session.scalars(select(Role.kind).where(Role.person_id == riet.id)).all()
    assert sorted(kinds) == ["chair", "member"]


def test_a_function_held_already_is_refused_beside_the_field(anna, riet, raad):
    path = f"/manage/people/{riet.id}/functions/new?organisation={raad.id}"
    data = {"kind": "chair", "valid_from": "2026-01-01", "address_id": ""}
    page = check_page(anna.post(path, data=data), 422)
    assert 'id="kind-error"' in page


def test_a_function_ends_on_a_day(anna, riet, transaction):
    with transaction() as session:
        role = session.scalars(select(Role)).one()
    check_page(anna.get(f"/manage/functions/{role.id}/end"))
    check_page(anna.post(f"/manage/functions/{role.id}/end", data={"on": "2020-01-01"}), 422)
    assert (
        anna.post(f"/manage/functions/{role.id}/end", data={"on": "2026-02-01"}).status_code == 303
    )
    with transaction() as session:
        assert session.scalars(select(Role.valid_until)).one() == date(2026, 2, 1)


def test_a_function_is_handed_to_a_successor(anna, riet, raad, transaction):
    with transaction() as session:
        role = session.scalars(select(Role)).one()
        ad = make.make_person("Ad Bos")
    page = check_page(anna.get(f"/manage/functions/{role.id}/succeed?q=bos"))
    assert f"person={ad.id}" in page
    path = f"/manage/functions/{role.id}/succeed?person={ad.id}"
    check_page(anna.get(path))
    assert anna.post(path, data={"on": "2026-02-01"}).status_code == 303
    page = check_page(anna.get(f"/manage/organisations/{raad.id}"))
    assert page.index("Ad Bos") < page.index("Riet van der Berg")


def test_an_opt_out_is_kept_with_its_reason_and_shown(anna, riet, transaction):
    path = f"/manage/people/{riet.id}/mail"
    check_page(anna.get(path))
    data = {
        "wants": "no",
        "wants_newsletter": "unknown",
        "how": "telephone",
        "words": "Belde: stop",
    }
    assert anna.post(path, data=data).status_code == 303
    assert "krijgt geen" in check_page(anna.get(f"/manage/people/{riet.id}")).lower()
    with transaction() as session:
        assert riet.id in withheld([riet.id], [], Purpose.MEETINGS)
        assert session.scalars(select(Consent.words)).one() == "Belde: stop"


def test_an_opt_out_can_be_taken_back(anna, riet, transaction):
    path = f"/manage/people/{riet.id}/mail"
    data = {"wants": "no", "wants_newsletter": "unknown", "how": "mail", "words": "stop"}
    anna.post(path, data=data)
    anna.post(path, data={**data, "wants": "yes", "words": "toch wel"})
    with transaction():
        assert not withheld([riet.id], [], Purpose.MEETINGS)


def test_who_was_erased_is_not_there_any_more(anna, riet, transaction):
    with transaction() as session:
        session.get(Person, riet.id).erased_at = make.now()
    check_page(anna.get(f"/manage/people/{riet.id}"), 404)
